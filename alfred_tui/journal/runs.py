"""Where runs live: one folder each, under the platform's state folder.

RUNS/<run id>/journal.db     events (see `store`)
RUNS/<run id>/lead.lock      who leads
RUNS/<run id>/steps/<step>/<attempt>/   a command's spool and result
"""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.domain.errors import CockpitError, Usage, in_words
from alfred_tui.domain.run.events import Entry, RunStarted
from alfred_tui.domain.run.folding import begin, fold
from alfred_tui.domain.run.state import RunState
from alfred_tui.journal.lock import Held, holder, is_led
from alfred_tui.journal.store import Journal, read_beginning, read_checklist, read_entries, verify


def state_dir(given: str | None, environ: Mapping[str, str]) -> Path:
    """The state folder: as given, else ALFRED_COCKPIT_STATE, else the platform's. Not created here."""
    if given or environ.get("ALFRED_COCKPIT_STATE"):
        return Path(given or environ["ALFRED_COCKPIT_STATE"]).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "alfred-cockpit"
    base = environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "alfred-cockpit"


def new_run_id(now: float) -> str:
    """`20261123-0141-3f9c`: sorts by time, told apart by four random digits."""
    return f"{time.strftime('%Y%m%d-%H%M', time.localtime(now))}-{os.urandom(2).hex()}"


class RunFolder:
    """One run's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, state: Path, run: str) -> "RunFolder":
        """A new one, readable by its owner only. Raises CockpitError when it cannot be made."""
        path = state / "runs" / run
        try:
            path.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise CockpitError(
                f"The run's folder {path} could not be made: {error.strerror}.",
                hint="Name a folder that can be written with --state-dir or ALFRED_COCKPIT_STATE.",
            ) from error
        return cls(path)

    @classmethod
    def find(cls, state: Path, run: str) -> "RunFolder":
        """The run of that id, or of an id that begins so. Raises Usage when none or several do."""
        found = [one for one in _folders(state) if run and one.name.startswith(run)]
        exact = [one for one in found if one.name == run]
        if len(exact or found) != 1:
            several = ", ".join(one.name for one in found)
            what = f"fits several runs: {several}" if found else f"is no run in {state}"
            raise Usage(f"'{run}' {what}.", hint="`alfred-cockpit runs` lists the runs.")
        return cls((exact or found)[0])

    @property
    def run(self) -> str:
        """The run's id."""
        return self.path.name

    @property
    def journal(self) -> Path:
        """The journal's path."""
        return self.path / "journal.db"

    def attempt(self, step: str, attempt: int) -> Path:
        """Where an attempt's command keeps its output and result."""
        return self.path / "steps" / step / str(attempt)

    def create_journal(self, checklist: Checklist) -> Journal:
        """A new journal in this folder."""
        return Journal.create(self.journal, checklist)

    def started(self) -> RunStarted:
        """What the run began with. Raises CockpitError when the journal is empty or broken."""
        (entry, *_) = self._entries(1)
        if not isinstance(entry.event, RunStarted):
            raise CockpitError(f"The run {self.run} does not begin with its start; its journal is broken.")
        return entry.event

    def _entries(self, limit: int = -1) -> list[Entry]:
        entries = read_entries(self.journal, limit=limit)
        if not entries:
            raise CockpitError(
                f"The run {self.run} has no events.", hint="It ended before it began; start a new one."
            )
        return entries

    def read(self) -> tuple[RunState, list[Entry]]:
        """The state and all events. Raises CockpitError when the journal is empty or broken."""
        entries = self._entries()
        checklist = read_checklist(self.journal)
        try:
            return fold(begin(checklist, entries[0]), entries[1:]), entries
        except Exception as error:
            verify(self.journal)  # tells from where on it does not hold
            raise CockpitError(
                f"The events of the run {self.run} do not fit each other ({in_words(error)}), although each "
                "is as it was recorded; this is a defect.",
                hint="Keep the run's folder as it is, and report it.",
            ) from error


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `runs`."""

    run: str
    title: str
    lead: str
    began_at: float
    at: float
    result: str
    """done, failed, stopped, rolled_back, or `unfinished`."""
    settled: int
    steps: int
    mode: str
    digest: str = ""
    host: str = ""
    """Where it was last led."""
    led: bool | None = None
    """Whether a process leads it; None when that cannot be told from here."""
    led_by: Held | None = None
    rolling_back: str = ""
    """The rollback in the middle of which it stands, and how far that is; empty when in none."""


def newest_run(state: Path) -> str:
    """The id of the run that began last. Raises Usage when there is none.

    Not by id: those of one minute, and of the hour that a clock is put back, do not sort by time.
    """
    found = _folders(state)
    if not found:
        raise Usage(f"There are no runs in {state}.", hint="Start one with `alfred-cockpit` or `… demo`.")
    return max(found, key=lambda path: (read_beginning(path / "journal.db"), path)).name


def _folders(state: Path) -> list[Path]:
    """The folders of all runs, also of those that cannot be read. Raises CockpitError, Usage."""
    place = state / "runs"
    try:
        return [one for one in sorted(place.iterdir()) if _holds_journal(one)]
    except FileNotFoundError:
        return []
    except NotADirectoryError as error:
        raise Usage(
            f"The runs should be in {place}, and that is no folder.",
            hint="Name the folder where runs are kept with --state-dir or ALFRED_COCKPIT_STATE.",
        ) from error
    except OSError as error:
        raise CockpitError(
            f"The runs in {place} cannot be read: {error.strerror}.",
            hint="Give the right to read it, or name another folder with --state-dir.",
        ) from error


def _holds_journal(folder: Path) -> bool:
    try:
        return (folder / "journal.db").is_file()
    except OSError:
        return True  # who reads it tells what is wrong with it


def list_runs(state: Path, host: str) -> tuple[list[RunSummary], list[str]]:
    """Summaries as seen from `host`, newest first; and a sentence for each folder that could not be read."""
    found: list[RunSummary] = []
    broken: list[str] = []
    for path in reversed(_folders(state)):
        folder = RunFolder(path)
        try:
            run_state, _ = folder.read()
        except CockpitError as error:
            broken.append(str(error))
            continue
        found.append(_summary(folder, run_state, host))
    found.sort(key=lambda one: one.began_at, reverse=True)
    return found, broken


def _summary(folder: RunFolder, state: RunState, host: str) -> RunSummary:
    started: RunStarted = state.started
    main = [state.steps[step.id] for step in state.checklist.steps()]
    return RunSummary(
        run=folder.run,
        title=started.title,
        lead=state.lead,
        began_at=state.began_at,
        at=state.at,
        result=state.result or "unfinished",
        settled=sum(1 for one in main if one.status in ("passed", "skipped")),
        steps=len(main),
        mode=started.mode,
        digest=started.digest,
        host=state.host,
        led=is_led(folder.path, host),
        led_by=holder(folder.path),
        rolling_back=_rolling_back(state),
    )


def _rolling_back(state: RunState) -> str:
    if state.rollback is None or state.result is not None:
        return ""
    steps = [state.steps[step.id] for step in state.rollback.steps]
    settled = sum(one.status in ("passed", "skipped") for one in steps)
    return f"{state.rollback.title}, {settled} of {len(steps)}"
