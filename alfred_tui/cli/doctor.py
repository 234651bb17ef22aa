"""`doctor`: looks at everything that a run would need, side by side, and changes nothing."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Awaitable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from alfred_tui.cli.options import Options, checklist_path, shared
from alfred_tui.domain.errors import in_words
from alfred_tui.headless.encoding import on_terminal, utf_8
from alfred_tui.headless.stderr import ExitCode

if TYPE_CHECKING:
    from alfred_tui.cli.examine.subject import Subject
    from alfred_tui.present.doctor import Finding

_COLOURS = {
    "ok": "green",
    "missing": "red",
    "refused": "red",
    "unknown": "yellow",
    "not configured": "yellow",
}
_Part = tuple[str, str, Awaitable[tuple["Finding", ...]]]


@click.command("doctor")
@click.argument("checklist", required=False, default="production")
@shared
@click.option("--watcher", is_flag=True, help="Only what `alfred-cockpit watch` needs.")
@click.option("--json", "as_json", is_flag=True, help="The same table as JSON.")
def command(checklist: str, watcher: bool, as_json: bool, **shared_options: Any) -> int:
    """Look at everything that a run of CHECKLIST needs here, and say what is missing and what to do.

    Cluster and rights, metrics API, Prometheus and each query, SSH hosts, programs, secrets, folders, the
    terminal. Changes nothing. Exit 0 when nothing needed is missing, 1 otherwise.
    """
    options = Options(**shared_options)
    return asyncio.run(_doctor(checklist, options, watcher=watcher, as_json=as_json))


async def _doctor(checklist: str, options: Options, *, watcher: bool, as_json: bool) -> int:
    from alfred_tui.cli.examine.subject import Subject
    from alfred_tui.present.doctor import lacking

    loaded = None
    if not watcher:
        from alfred_tui.cli.given import load

        loaded, _ = load(checklist_path(checklist), options)
    about = (
        f"What a run of “{loaded.checklist.title}” needs." if loaded else "What `alfred-cockpit watch` needs."
    )
    subject = Subject(options=options, environ=os.environ, checklist=loaded.checklist if loaded else None)
    try:
        findings, cut = await examine(subject)
    except asyncio.CancelledError:
        _leave(ExitCode.INTERRUPTED)
    _tell(findings, about, as_json=as_json)
    code = ExitCode.FAILED if lacking(findings) else ExitCode.DONE
    if cut:
        _leave(code)
    return code


def _leave(code: ExitCode) -> NoReturn:
    """Ends at once. A thread that still waits (for a name server, say) cannot be ended, nor in Python 3.11 a
    program's start in which all tasks are cancelled: either would hold the end up."""
    if sys.stdout is not None:
        sys.stdout.flush()
    os._exit(code)


async def examine(subject: "Subject", within: float | None = None) -> tuple[tuple["Finding", ...], bool]:
    """Everything at once, in the order of the table; and whether something did not answer within the time."""
    from alfred_tui.cli.examine.subject import ALTOGETHER
    from alfred_tui.present.doctor import Finding

    limit = ALTOGETHER if within is None else within
    parts = [(area, name, asyncio.ensure_future(work)) for area, name, work in _parts(subject)]
    await asyncio.wait([task for _, _, task in parts], timeout=limit)
    found: list[Finding] = []
    cut = False
    for area, name, task in parts:
        if task.done() and not task.cancelled() and task.exception() is None:
            found += task.result()
            continue
        if task.done() and (problem := task.exception()) is not None:
            said = f"It could not be looked at ({in_words(problem)})."
        else:
            cut = True
            task.cancel()
            said = f"It did not answer within {limit:g} s."
        found.append(Finding(subject=area, name=name, word="unknown", said=said))
    return tuple(found), cut


def _parts(subject: "Subject") -> Iterator[_Part]:
    """What is looked at, with the names under which it is told when it does not answer."""
    from alfred_tui.cli.examine import machine
    from alfred_tui.cli.examine.cluster import examine_cluster

    yield "cluster", "API server", examine_cluster(subject)
    if subject.checklist is not None:
        from alfred_tui.cli.examine.hosts import examine_host
        from alfred_tui.cli.examine.prometheus import examine_prometheus
        from alfred_tui.cli.examine.tools import examine_tool, programs

        yield "prometheus", "server", examine_prometheus(subject)
        for name, host in subject.checklist.hosts.items():
            yield "ssh", name, examine_host(subject, name, host)
        for name, (steps, optional) in programs(subject).items():
            yield "tools", name, examine_tool(subject, name, steps, optional=optional)
        yield "environment", "secrets", machine.examine_secrets(subject)
    yield "folders", "state", machine.examine_folders(subject)
    yield "terminal", "TERM", machine.examine_terminal(subject)


def _tell(findings: "Sequence[Finding]", about: str, *, as_json: bool) -> None:
    from alfred_tui.present.doctor import as_data, lines

    if as_json:
        utf_8()
        click.echo(json.dumps(as_data(findings, about), indent=2, ensure_ascii=False))
        return
    on_screen = on_terminal()
    coloured = on_screen and not os.environ.get("NO_COLOR")
    for line in lines(findings, about, shutil.get_terminal_size().columns if on_screen else 0):
        if coloured and line.word:
            head, rest = line.text[: 2 + len(line.word)], line.text[2 + len(line.word) :]
            bad = line.needed or line.word == "ok"
            click.echo(click.style(head, fg=_COLOURS[line.word] if bad else "yellow") + rest)
        else:
            click.echo(line.text)
