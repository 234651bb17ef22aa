"""Watches the rollback triggers beside the run: from its first change to the end of the soak after it."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from alfred_tui.actions.clock import Clock
from alfred_tui.domain.canary import Sample
from alfred_tui.domain.checklist import TriggerRule
from alfred_tui.domain.events import AnyEvent, TriggerMoved
from alfred_tui.domain.evidence import Status
from alfred_tui.domain.state import RunState
from alfred_tui.domain.triggers import (
    TriggerState,
    advance,
    after_step,
    armed,
    is_news,
    is_watched,
    subjects,
    worst,
)
from alfred_tui.metrics.queries import fill

_IDLE = 1.0
"""Real seconds between looks while nothing is armed."""


class Runs(Protocol):
    """The engine, as far as the watch needs it."""

    @property
    def state(self) -> RunState: ...

    async def note(self, events: Sequence[AnyEvent]) -> None: ...


class Reads(Protocol):
    """Prometheus, as far as the watch needs it."""

    async def instant(self, promql: str, at: float) -> Sample: ...


async def watch_triggers(run: Runs, metrics: Reads | None, clock: Clock) -> None:
    """Until cancelled. What moves a trigger is recorded, with the samples that did."""
    watch = TriggerWatch(run, metrics, clock)
    while True:
        if not is_armed(run.state, clock.now()):
            await asyncio.sleep(_IDLE)
            continue
        began = clock.now()
        await watch.look()
        await clock.sleep(max(1.0, watch.interval - (clock.now() - began)))


def is_armed(state: RunState, now: float) -> bool:
    """From the first change to the end of the soak after the last step."""
    if not state.first_change_at or state.rollbacks:
        return False
    return state.result is None or (
        state.result == "done" and now < state.ended_at + state.checklist.rollback.soak
    )


class TriggerWatch:
    """One look after another at every rule."""

    def __init__(self, run: Runs, metrics: Reads | None, clock: Clock) -> None:
        self._run = run
        self._metrics = metrics
        self._clock = clock
        self._rules = run.state.checklist.rollback.triggers
        self._states: dict[tuple[str, str], TriggerState] = {}
        self._steps: dict[str, Status] = {}

    @property
    def interval(self) -> float:
        """Seconds of the run's time between two looks: the shortest that a rule asks for."""
        return min((rule.interval for rule in self._rules if is_watched(rule)), default=15.0)

    async def look(self) -> None:
        """Measures every watched rule once, and records what moved."""
        moved = await asyncio.gather(*(self._rule(rule) for rule in self._rules))
        events = [event for event in moved if event is not None]
        if events:
            await self._run.note(events)

    async def _rule(self, rule: TriggerRule) -> TriggerMoved | None:
        before = self._run.state.triggers.get(rule.id)
        if before is None:
            return TriggerMoved(trigger=rule.id, state=armed(self._clock.now()))
        if is_watched(rule) and self._metrics is not None:
            after = worst([await self._subject(rule, subject) for subject in subjects(rule)])
        elif rule.step:
            after = self._after_step(rule, before)
        else:
            return None
        # Which of several quiet services is named makes no news.
        quiet = before.status == after.status == "armed" and before.gap == after.gap
        return TriggerMoved(trigger=rule.id, state=after) if is_news(before, after) and not quiet else None

    async def _subject(self, rule: TriggerRule, subject: str) -> TriggerState:
        assert self._metrics is not None
        key = (rule.id, subject)
        at = self._clock.now()
        sample = await self._metrics.instant(fill(rule.promql, service=subject), at)
        if sample.state == "ok" and rule.scale != 1:
            sample = Sample(at=sample.at, value=sample.value * rule.scale)
        before = self._states.get(key) or armed(at - rule.interval, subject)
        self._states[key] = advance(rule, before, (sample,), self._clock.now())
        return self._states[key]

    def _after_step(self, rule: TriggerRule, before: TriggerState) -> TriggerState:
        one = self._run.state.steps.get(rule.step)
        if one is None or self._steps.get(rule.step) == one.status:
            return before
        self._steps[rule.step] = one.status
        return after_step(rule, before, one.status, self._clock.now())
