"""This machine: secrets, folders and the terminal. Values of secrets are neither read out nor told."""

import asyncio
import codecs
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from alfred_tui.cli.examine.subject import Subject, named
from alfred_tui.cli.layouts import layouts
from alfred_tui.cli.options import host_name
from alfred_tui.domain.document.actions import Approvals, ManifestsDryRun, SecretApply, TerraformPlan
from alfred_tui.domain.errors import Usage
from alfred_tui.headless.encoding import on_terminal
from alfred_tui.journal import list_runs
from alfred_tui.journal import state_dir as where
from alfred_tui.present.doctor import Finding, Word

ROOM = 64 << 20
"""Bytes of room that a run's record and output want at least."""
_SMALLEST = (80, 24)


async def examine_secrets(subject: Subject) -> tuple[Finding, ...]:
    """Each secret that the checklist names, and each token that a step reads."""
    return await asyncio.to_thread(_secrets, subject)


def _secrets(subject: Subject) -> tuple[Finding, ...]:
    uses: dict[str, list[str]] = {
        name: [] for name in (subject.checklist.secrets if subject.checklist else ())
    }
    tokens: dict[str, list[str]] = {}
    for step in subject.steps():
        taken = {*step.secrets, *([step.stdin] if step.stdin else [])}
        if isinstance(step.action, SecretApply):
            taken |= set(step.action.data.values())
        for name in taken:
            uses.setdefault(name, []).append(step.id)
        if isinstance(step.action, Approvals) and step.action.pull_request:
            tokens.setdefault(step.action.token_env, []).append(step.id)
    return (
        *(_secret(subject, name, steps, needed=bool(steps)) for name, steps in uses.items()),
        *(_secret(subject, name, steps, needed=False) for name, steps in tokens.items() if name not in uses),
    )


def _secret(subject: Subject, name: str, steps: list[str], *, needed: bool) -> Finding:
    use = f" It is for {named(steps)}." if steps else " No step names it."

    def told(word: Word, said: str, then: str = "") -> Finding:
        return Finding(subject="environment", name=name, word=word, said=said + use, then=then, needed=needed)

    environ = subject.environ
    if environ.get(name):
        return told("ok", "Set in the environment.")
    if path := environ.get(f"{name}_FILE"):
        return _kept_in(Path(path).expanduser(), told)
    if command := environ.get(f"{name}_COMMAND"):
        program = command.split(" ")[0]
        if shutil.which(program, path=environ.get("PATH", "")) is None:
            return told("missing", f"{name}_COMMAND begins with {program}, which is not on PATH.")
        return told("ok", f"Given by a command ({program} …), which was not run.")
    then = f"Set {name}, {name}_FILE or {name}_COMMAND before the run."
    return told("missing", "Not set.", then)


def _kept_in(path: Path, told: Callable[..., Finding]) -> Finding:
    try:
        empty = path.stat().st_size == 0
        with path.open("rb"):
            pass
    except OSError as problem:
        return told("missing", f"Its file {path} cannot be read: {problem.strerror}.")
    if empty:
        return told("missing", f"Its file {path} is empty.")
    return told("ok", f"Kept in {path}.")


async def examine_folders(subject: Subject) -> tuple[Finding, ...]:
    """Where runs are kept, and where commands run."""
    state = await asyncio.to_thread(_state, subject)
    if subject.checklist is None:
        return (state,)
    return (state, *await asyncio.to_thread(_work, subject))


def _state(subject: Subject) -> Finding:
    folder = where(subject.options.state_dir, subject.environ)

    def told(word: Word, said: str, then: str = "", free: int | None = None) -> Finding:
        return Finding(
            subject="folders", name="state", word=word, said=said, then=then,
            facts={"path": str(folder), "free_bytes": free},
        )  # fmt: skip

    other = "Name another one with --state-dir or ALFRED_COCKPIT_STATE."
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        if there.is_dir() and there == folder:
            with tempfile.TemporaryFile(dir=folder):
                pass
        elif not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
            return told("refused", f"{folder} cannot be made: {there} cannot be written.", other)
        free = shutil.disk_usage(there).free
    except OSError as problem:
        return told("refused", f"{folder} cannot be written: {problem.strerror}.", other)
    if free < ROOM:
        return told("missing", f"{folder} has {free >> 20} MiB of room left.", f"Make room. {other}", free)
    kept = f", {_runs(folder)}" if there == folder else ", to be made"
    return told("ok", f"{folder}{kept}, {free / (1 << 30):.1f} GiB free.", free=free)


def _runs(folder: Path) -> str:
    found, broken = list_runs(folder, host_name())
    told = f"{len(found)} run{'' if len(found) == 1 else 's'}"
    return f"{told} and {len(broken)} that cannot be read" if broken else told


def _work(subject: Subject) -> tuple[Finding, ...]:
    folder = subject.workdir
    if not folder.is_dir():
        said = f"{folder} is no folder."
        then = "Name the one where commands are to run with --workdir."
        return (Finding(subject="folders", name="work", word="missing", said=said, then=then),)
    places: dict[str, list[str]] = {}
    for step in subject.steps():
        named_place = step.cwd if not step.on else ""
        if isinstance(step.action, TerraformPlan):
            named_place = step.action.dir
        elif isinstance(step.action, ManifestsDryRun):
            named_place = step.action.path
        if named_place and "$" not in named_place and "<" not in named_place:
            places.setdefault(named_place, []).append(step.id)
    absent = {place: steps for place, steps in places.items() if not (folder / place).exists()}
    work = Finding(subject="folders", name="work", word="ok", said=f"Commands run in {folder}.")
    return (
        work,
        *(
            Finding(
                subject="folders", name=place, word="missing",
                said=f"There is no {place} in {folder}; it is for {named(steps)}.",
                then="Set --workdir to the folder that the checklist is about.",
            )
            for place, steps in absent.items()
        ),
    )  # fmt: skip


async def examine_terminal(subject: Subject) -> tuple[Finding, ...]:
    """What the screen would be drawn on."""
    environ = subject.environ

    def told(name: str, word: Word, said: str, then: str = "", *, needed: bool = False) -> Finding:
        return Finding(subject="terminal", name=name, word=word, said=said, then=then, needed=needed)

    tty = on_terminal()
    term = environ.get("TERM", "")
    if not tty:
        kind = told("TERM", "unknown", f"Standard output is no terminal (TERM={term or 'unset'}).")
    elif term in ("", "dumb"):
        how = "Set TERM, for example TERM=xterm-256color, or run with --headless."
        kind = told("TERM", "missing", f"TERM={term or 'unset'} cannot be drawn on.", how, needed=True)
    else:
        kind = told("TERM", "ok", f"TERM={term}.")
    return (
        kind,
        _size(told, tty=tty),
        _colours(told, environ),
        _letters(told),
        await asyncio.to_thread(_layout, told, subject.options.layout),
    )


def _layout(told: Callable[..., Finding], name: str) -> Finding:
    try:
        layouts(name)
    except Usage as problem:
        return told("layout", "missing", str(problem).replace("\n", " "), needed=True)
    return told("layout", "ok", f"{name}.")


def _size(told: Callable[..., Finding], *, tty: bool) -> Finding:
    if not tty:
        return told("size", "unknown", "The size of the terminal is not known.")
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    said = f"{columns} columns, {rows} rows."
    if columns < _SMALLEST[0] or rows < _SMALLEST[1]:
        return told("size", "missing", said, f"Make it at least {_SMALLEST[0]} by {_SMALLEST[1]}.")
    return told("size", "ok", said)


def _colours(told: Callable[..., Finding], environ: Mapping[str, str]) -> Finding:
    if environ.get("NO_COLOR"):
        return told("colours", "ok", "NO_COLOR is set: states are told by signs and words.")
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return told("colours", "ok", "16 million (COLORTERM).")
    if "256color" in environ.get("TERM", ""):
        return told("colours", "ok", "256; set COLORTERM=truecolor where the terminal has more.")
    return told("colours", "unknown", "Perhaps 16.", "Set COLORTERM=truecolor where the terminal has more.")


def _letters(told: Callable[..., Finding]) -> Finding:
    encoding = (sys.stdout.encoding if sys.stdout else None) or "ascii"
    try:
        utf8 = codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        utf8 = False
    if utf8:
        return told("letters", "ok", "UTF-8.")
    return told(
        "letters", "missing", f"The locale writes {encoding}.", "Set LANG to one with UTF-8, such as C.UTF-8."
    )
