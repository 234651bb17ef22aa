"""What must hold of a run that was killed, resumed and finished."""

import hashlib
from collections import Counter
from pathlib import Path

import msgspec
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.evidence import GOOD
from alfred_tui.domain.run.events import Entry, StepDecided, StepFinished, StepReopened, StepStarted
from alfred_tui.journal import RunFolder, read_entries, verify
from alfred_tui.process import Spool


def ran(folder: Path, step: str) -> int:
    """How often the step's command has begun, by its own counter."""
    try:
        return len((folder / "count" / step).read_text().splitlines())
    except FileNotFoundError:
        return 0


def shown_line(entry: Entry) -> bytes:
    """What a listener was shown, in a form that can be held against the journal."""
    digest = hashlib.sha256(msgspec.json.encode(entry.event)).hexdigest()[:16]
    return f"{entry.seq} {digest}\n".encode()


def broken_promises(folder: Path, run: RunFolder) -> list[str]:
    """Sentences, one for each promise that the record breaks; empty when all hold."""
    try:
        verify(run.journal)
        entries = read_entries(run.journal)
        state, _ = run.read()
    except CockpitError as error:
        return [str(error)]
    wrong = [] if state.result == "done" else [f"the run ended as {state.result}: {state.result_why}"]
    kept = {shown_line(entry) for entry in entries}
    shown = (folder / "shown").read_bytes().splitlines(keepends=True)
    wrong += [
        f"event {line.decode().strip()} was shown and is not on disk" for line in shown if line not in kept
    ]
    for step in state.checklist.steps():
        wrong += _step(folder, run, step.id, entries)
        if state.steps[step.id].status not in GOOD:
            wrong.append(f"{step.id} is {state.steps[step.id].status} at the end")
    return wrong


def _step(folder: Path, run: RunFolder, step: str, entries: list[Entry]) -> list[str]:
    events = [entry.event for entry in entries if getattr(entry.event, "step", "") == step]
    started = Counter(event.attempt for event in events if isinstance(event, StepStarted))
    finished = [event for event in events if isinstance(event, StepFinished)]
    again = [event for event in events if isinstance(event, StepReopened)]
    decided = [event for event in events if isinstance(event, StepDecided)]
    bad = [one.outcome for one in finished if one.outcome.status != "passed"]
    wrong = []
    if (count := ran(folder, step)) != 1:
        wrong.append(f"{step} ran {count} times")
    if any(times != 1 for times in started.values()):
        wrong.append(f"{step} started an attempt twice: {dict(started)}")
    if len(bad) != len(again) + len(decided):
        wrong.append(f"{step} ended badly {len(bad)} times and was decided {len(again) + len(decided)} times")
    wrong += [f"{step} is {one.status} and does not say why" for one in bad if not one.reason]
    if not bad:
        lines = Spool(run.attempt(step, 1)).lines(0, 9)
        if lines != [f"begin {step}", f"end {step}"]:
            wrong.append(f"{step} passed and its output is {lines}")
    return wrong
