"""The journal against the disk it lies on, and a long run taken up again."""

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

import msgspec
from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.run.events import AnyEvent, RunStarted, StepFinished, StepStarted
from alfred_tui.domain.run.folding import apply
from alfred_tui.domain.run.planning import plan
from alfred_tui.journal import Journal, RunFolder

from tests.bench.rollback import Measurement

STARTED = RunStarted(run="bench", title="Bench", digest="d", lead="ann", host="h")
_ROUNDS = 15
_APPENDS = 100
_BURST = 50


def checklist(steps: int, command: str = "true") -> Checklist:
    """One with so many steps in sections of twenty, ten phases."""
    made = [Step(id=f"s{n}", title=f"Step {n}", action=Run(command=command)) for n in range(steps)]
    sections = [
        Section(id=f"sec{n}", title=f"Section {n}", steps=tuple(made[n : n + 20]))
        for n in range(0, steps, 20)
    ]
    size = max(1, len(sections) // 10)
    phases = tuple(
        Phase(id=f"p{n}", title=f"Phase {n}", sections=tuple(sections[n : n + size]))
        for n in range(0, len(sections), size)
    )
    return Checklist(title="Bench", phases=phases)


def outcome(step: str) -> StepFinished:
    """An ordinary event."""
    told = (Evidence(label="ended", value="exit 0 after 0.0s", ok=True),)
    return StepFinished(step=step, attempt=1, outcome=Outcome(status="passed", evidence=told))


def raw_appends(path: Path, body: bytes, count: int) -> float:
    """Appends per second of write and fsync on a plain file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    began = time.perf_counter()
    for _ in range(count):
        os.write(descriptor, body)
        os.fsync(descriptor)
    rate = count / (time.perf_counter() - began)
    os.close(descriptor)
    return rate


async def _single(journal: Journal, events: list[StepFinished]) -> float:
    began = time.perf_counter()
    for event in events:
        await journal.append([event], time.time())
    return len(events) / (time.perf_counter() - began)


async def _bursts(journal: Journal, events: list[StepFinished]) -> float:
    began = time.perf_counter()
    for first in range(0, len(events), _BURST):
        burst = events[first : first + _BURST]
        await asyncio.gather(*(journal.append([event], time.time()) for event in burst))
    return len(events) / (time.perf_counter() - began)


async def appending(folder: Path) -> list[Measurement]:
    """Single events and bursts against raw append and fsync: the disk is others', too, so round by round."""
    journal = Journal.create(folder / "journal.db", checklist(20))
    await journal.append([STARTED], time.time())
    events = [outcome(f"s{n % 20}") for n in range(_APPENDS)]
    body = msgspec.json.encode(events[0]) + bytes(48)
    raw, single, burst = [], [], []
    for number in range(_ROUNDS):
        raw.append(raw_appends(folder / f"raw{number}", body, _APPENDS))
        single.append(await _single(journal, events))
        burst.append(await _bursts(journal, events * 5))
    journal.close()
    alone = statistics.median(ours / disk for ours, disk in zip(single, raw, strict=True))
    together = statistics.median(ours / disk for ours, disk in zip(burst, raw, strict=True))
    return [
        Measurement("raw append and fsync", statistics.median(raw), "/s"),
        Measurement("journal, single events", statistics.median(single), "/s"),
        Measurement("journal, single against raw", alone, "×", least=0.45),
        Measurement(f"journal, bursts of {_BURST}", statistics.median(burst), "/s"),
        Measurement("journal, bursts against raw", together, "×", least=5.0),
    ]


async def resuming(folder: Path, steps: int = 10_000) -> list[Measurement]:
    """A run of 10,000 steps, all but one done: from its folder to its next step's start on disk."""
    run = RunFolder.create(folder, "long")
    journal = run.create_journal(checklist(steps))
    await journal.append([STARTED], time.time())
    for first in range(0, steps - 1, 1000):
        events: list[AnyEvent] = []
        for number in range(first, min(first + 1000, steps - 1)):
            events += [StepStarted(step=f"s{number}", attempt=1), outcome(f"s{number}")]
        await journal.append(events, time.time())
    journal.close()
    began = time.perf_counter()
    journal = Journal.open(run.journal)
    state, _ = run.read()
    (due,) = plan(state, time.time()).start
    ready = time.perf_counter() - began
    (entry,) = await journal.append([StepStarted(step=due.id, attempt=1)], time.time())
    started = time.perf_counter()
    apply(state, entry)
    plan(state, time.time())
    one = time.perf_counter() - started
    journal.close()
    return [
        Measurement(f"open and resume {steps:,} steps", ready * 1000, "ms", most=1000.0),
        Measurement(f"apply one event and plan, {steps:,} steps", one * 1000, "ms"),
    ]


async def measurements() -> list[Measurement]:
    """All of them."""
    with tempfile.TemporaryDirectory(prefix="alfred-bench-") as name:
        return [*await appending(Path(name)), *await resuming(Path(name))]
