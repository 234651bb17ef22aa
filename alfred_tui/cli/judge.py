"""`judge`: canary metrics given as JSON, judged as the cockpit judges its own."""

import json
import sys
from pathlib import Path

import click

from alfred_tui.domain.errors import Usage


@click.command("judge")
@click.argument("file", metavar="FILE.json")
def command(file: str) -> None:
    """Judge the metrics in FILE.json (- for standard input); the verdict is JSON on standard output.

    The judgement is the answer, not the exit code: a failed canary exits 0 here.
    """
    from alfred_tui.domain.judge_document import judge_file
    from alfred_tui.domain.judge_file import read_judge_text

    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Usage(f"The metrics {file} could not be read: {error.strerror}.") from error
    click.echo(json.dumps(judge_file(read_judge_text(text)), indent=2, ensure_ascii=False, allow_nan=False))
