"""`judge`: canary metrics given as JSON, judged as the cockpit judges its own."""

import json
import sys
from pathlib import Path

import click

from alfred_tui.domain.errors import Usage
from alfred_tui.headless.encoding import utf_8

_MOST = 256 << 20
"""Bytes of a file, beyond which it is hardly one of metrics."""


@click.command("judge")
@click.argument("file", metavar="FILE.json")
def command(file: str) -> None:
    """Judge the metrics in FILE.json (- for standard input); the verdict is JSON on standard output.

    docs/prometheus.md has the form of the file. The judgement is the answer, not the exit code: a failed
    canary exits 0 here.
    """
    from alfred_tui.domain.judging.document import judge_file
    from alfred_tui.domain.judging.file import read_judge_text

    text = _read(file)
    utf_8()
    click.echo(json.dumps(judge_file(read_judge_text(text)), indent=2, ensure_ascii=False, allow_nan=False))


def _read(file: str) -> bytes:
    """Raises Usage."""
    try:
        if file != "-":
            with Path(file).open("rb") as opened:
                text = opened.read(_MOST + 1)
        elif sys.stdin is not None:
            text = sys.stdin.buffer.read(_MOST + 1)
        else:
            raise Usage("The metrics could not be read: standard input is closed.")
    except OSError as error:
        raise Usage(f"The metrics {file} could not be read: {error.strerror}.") from error
    if len(text) > _MOST:
        raise Usage(f"The metrics {file} are more than {_MOST >> 20} MiB, which is more than is judged.")
    return text
