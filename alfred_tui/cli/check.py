"""`check`: every error and every trap of the given files at once."""

import json
import os
from collections import Counter
from pathlib import Path

import click

from alfred_tui.domain.checklist import Checklist
from alfred_tui.domain.plain import plain
from alfred_tui.headless.encoding import utf_8
from alfred_tui.headless.stderr import ExitCode, say


@click.command("check")
@click.argument("files", nargs=-1, metavar="FILE…")
@click.option(
    "--json", "as_json", is_flag=True, help="Print title, phases, sections, steps, steps by action."
)
@click.option("--var", "variables", multiple=True, metavar="K=V", help="Set a variable of the checklist.")
def command(files: tuple[str, ...], as_json: bool, variables: tuple[str, ...]) -> int:
    """Validate checklists: errors as FILE:LINE:COL: message, all of them at once.

    A FILE may be a path or the name of a shipped checklist (default: production).
    """
    from alfred_tui.cli.options import checklist_path, parse_vars
    from alfred_tui.documents import Invalid, load_checklist

    overrides = parse_vars(variables)
    told, bad = [], False
    for name in files or ("production",):
        path = checklist_path(name)
        try:
            loaded = load_checklist(path, overrides=overrides, environ=os.environ)
        except Invalid as invalid:
            bad = True
            for problem in invalid.problems:
                say(str(problem))
            continue
        for problem in loaded.warnings:
            say(str(problem))
        told.append({"file": str(path), "warnings": len(loaded.warnings), **counts(loaded.checklist)})
        if not as_json:
            click.echo(plain(_line(path, loaded.checklist, len(loaded.warnings))))
    if as_json:
        utf_8()
        click.echo(
            json.dumps(told[0] if len(told) == 1 and len(files) <= 1 else told, indent=2, ensure_ascii=False)
        )
    return ExitCode.USAGE if bad else ExitCode.DONE


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


def _line(path: Path, checklist: Checklist, warnings: int) -> str:
    procedures = len(checklist.rollback.procedures)
    sections = _many(len(list(checklist.sections())) + procedures, "section")
    back = f" ({_many(procedures, 'rollback procedure')} among them)" if procedures else ""
    steps = _many(len(list(checklist.steps())), "step")
    told = f"{_many(len(checklist.phases), 'phase')}, {sections}{back}, {steps}"
    warned = f", {_many(warnings, 'warning')}" if warnings else ""
    return f"{path}: {checklist.title}: {told}{warned}"


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
