"""A run that can be driven: its record, its engine, and what is held for as long as it is led."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from alfred_tui.actions.clock import Clock
from alfred_tui.actions.context import Equipment
from alfred_tui.cli.canary_gone import canary_gone
from alfred_tui.cli.leading import keep, overtaken, silent, unguarded
from alfred_tui.cli.shared import SharedConnection, SharedLive
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.errors import in_words
from alfred_tui.domain.run.intents import GiveValue
from alfred_tui.domain.run.planning import placeholders
from alfred_tui.engine.engine import Engine
from alfred_tui.engine.heartbeat import beat
from alfred_tui.engine.trigger_watch import watch_triggers
from alfred_tui.journal import Journal, RunFolder, RunLock

if TYPE_CHECKING:
    from alfred_tui.cluster.lease.lead_lease import LeadLease
    from alfred_tui.metrics.source import MetricsSource


@dataclass(kw_only=True)
class Session:
    """A run that can be driven. `close` lets go of everything, in whatever state it is."""

    folder: RunFolder
    lock: RunLock
    journal: Journal
    engine: Engine
    equipment: Equipment
    clock: Clock
    target: Target | None
    metrics: "MetricsSource | None"
    values: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    connection: SharedConnection | None = None
    live: SharedLive | None = None
    lease: "LeadLease | None" = None
    tell: Callable[[str], None] = lambda _: None
    """Says a sentence to the lead at once."""
    notices: list[str] = field(default_factory=list)

    async def drive(self) -> None:
        """Runs the engine, and the watch over the triggers beside it, until the engine is left."""
        works: dict[str, Coroutine[Any, Any, None]] = {
            "The watch over the rollback triggers": watch_triggers(
                self.engine,
                self.metrics,
                self.clock,
                canary_gone(self.engine.state.checklist, self.equipment),
            ),
            "The look at the machine's clocks": beat(self.engine.note, self.clock.slept),
        }
        if self.lease:
            works["The renewal of the Lease"] = keep(self.lease, self.engine, self.tell)
        beside = [asyncio.create_task(self._told(*one)) for one in works.items()]
        try:
            await self.engine.run()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _told(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        """Does it until it is cancelled; should it break, that is said: nothing else would show it."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - a task boundary
            if self.engine.failure is None:
                self.tell(f"{what} has ended ({in_words(error)}). Quit and resume the run to have it again.")

    async def give_values(self) -> None:
        """Answers the placeholders that the command line names, so that nobody is asked for them."""
        state = self.engine.state
        if state.result is not None:
            return
        named = {
            name for step in state.definitions.values() for name in placeholders(step, state.checklist.ask)
        }
        for name, value in self.values.items():
            if name in named and name not in state.values:
                answer = await self.engine.submit(GiveValue(by=state.lead, name=name, value=value))
                if not answer.accepted:
                    self.notices.append(answer.message)

    def unguarded(self) -> bool:
        """Whether nothing but the lock on this machine keeps a second lead of this cluster off."""
        return bool(unguarded(self.lease))

    def silent(self) -> bool:
        """Whether no step is started, because the Lease cannot be renewed."""
        return silent(self.lease)

    def overtaken(self) -> bool:
        """Whether no step is started, because another holds the Lease."""
        return overtaken(self.lease)

    async def close(self) -> None:
        """Closes the connection and the journal, and lets go of the Lease and the lock."""
        if self.lease and not any(one.status == "running" for one in self.engine.state.steps.values()):
            await self.lease.release()  # while a command goes on, nobody else shall lead at once
        if self.live:
            await self.live.close()
        if self.connection:
            await self.connection.close()
        await asyncio.to_thread(self.journal.close)
        self.lock.release()
