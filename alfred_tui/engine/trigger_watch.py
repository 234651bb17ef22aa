"""Watches the rollback triggers beside the run: armed at the first change, to the end of the soak after it."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from alfred_tui.actions.clock import Clock
from alfred_tui.domain.canary import Sample
from alfred_tui.domain.checklist import TriggerRule
from alfred_tui.domain.events import AnyEvent, TriggerMoved
from alfred_tui.domain.state import RunState
from alfred_tui.domain.triggers import TriggerState


class Runs(Protocol):
    """The engine, as far as the watch needs it."""

    @property
    def state(self) -> RunState: ...

    async def note(self, events: Sequence[AnyEvent]) -> None: ...


class Reads(Protocol):
    """Prometheus, as far as the watch needs it."""

    async def instant(self, promql: str, at: float) -> Sample: ...


async def watch_triggers(run: Runs, metrics: Reads | None, clock: Clock) -> None:
    """Until cancelled. What changes a trigger's state is recorded with the samples that did."""
    while True:
        state = run.state
        if state.first_change_at and state.result is None:
            events = [event for rule in state.checklist.rollback.triggers if (event := _arm(rule, state))]
            await run.note(events)
        await clock.sleep(15.0)


def _arm(rule: TriggerRule, state: RunState) -> TriggerMoved | None:
    if rule.id in state.triggers:
        return None
    return TriggerMoved(trigger=rule.id, state=TriggerState(status="armed", since=state.at))
