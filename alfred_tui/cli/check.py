"""`check`: every error and every trap of the given files at once."""

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.domain.errors import Usage
from alfred_tui.domain.plain import plain
from alfred_tui.headless.encoding import utf_8
from alfred_tui.headless.stderr import ExitCode, say

if TYPE_CHECKING:
    from alfred_tui.documents import Loaded


@click.command("check")
@click.argument("files", nargs=-1, metavar="FILE…")
@click.option(
    "--json", "as_json", is_flag=True, help="Print title, phases, sections, steps, steps by action."
)
@click.option("--var", "variables", multiple=True, metavar="K=V", help="Set a variable of the checklist.")
def command(files: tuple[str, ...], as_json: bool, variables: tuple[str, ...]) -> int:
    """Validate checklists: errors as FILE:LINE:COL: message, all of them at once.

    A FILE may be a path, - for standard input, or the name of a shipped checklist (default: production).
    """
    from alfred_tui.cli.options import parse_vars
    from alfred_tui.documents import Invalid

    overrides = parse_vars(variables)
    told, bad = [], False
    for name in files or ("production",):
        try:
            loaded = _load(name, overrides)
        except Invalid as invalid:
            bad = True
            for problem in invalid.problems:
                say(str(problem))
            continue
        except Usage as absent:  # the others are told all the same
            bad = True
            say(f"{name}:1:1: {absent}")
            continue
        for problem in loaded.warnings:
            say(str(problem))
        told.append({"file": loaded.path, "warnings": len(loaded.warnings), **counts(loaded.checklist)})
        if not as_json:
            click.echo(plain(_line(loaded.path, loaded.checklist, len(loaded.warnings))))
    if as_json:
        utf_8()
        click.echo(
            json.dumps(told[0] if len(told) == 1 and len(files) <= 1 else told, indent=2, ensure_ascii=False)
        )
    return ExitCode.USAGE if bad else ExitCode.DONE


def _load(name: str, overrides: Mapping[str, str]) -> "Loaded":
    from alfred_tui.cli.options import checklist_path
    from alfred_tui.documents import load_checklist, load_text
    from alfred_tui.documents.yaml import MAX_BYTES

    if name != "-":
        return load_checklist(checklist_path(name), overrides=overrides, environ=os.environ)
    data = sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin is not None else b""
    return load_text(data, name=name, overrides=overrides, environ=os.environ)


def counts(checklist: Checklist) -> dict[str, object]:
    """Title, and how many phases, sections, steps, and steps by action.

    A rollback procedure is a section of the document too; its steps are not among the checklist's.
    """
    steps = list(checklist.steps())
    procedures = checklist.rollback.procedures
    return {
        "title": checklist.title,
        "phases": len(checklist.phases),
        "sections": len(list(checklist.sections())) + len(procedures),
        "steps": len(steps),
        "steps_by_action": dict(Counter(step.action.key for step in steps).most_common()),
        "triggers": len(checklist.rollback.triggers),
        "procedures": len(procedures),
    }


def _line(path: str, checklist: Checklist, warnings: int) -> str:
    procedures = len(checklist.rollback.procedures)
    sections = _many(len(list(checklist.sections())) + procedures, "section")
    back = f" ({_many(procedures, 'rollback procedure')} among them)" if procedures else ""
    steps = _many(len(list(checklist.steps())), "step")
    told = f"{_many(len(checklist.phases), 'phase')}, {sections}{back}, {steps}"
    warned = f", {_many(warnings, 'warning')}" if warnings else ""
    return f"{path}: {checklist.title}: {told}{warned}"


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
