"""The engine: one loop that carries out what `planning.plan` says, and takes intents.

The order of truth: intent, event on disk, effect; effect, event on disk, screen. Every change of the run
goes through `_record`, under one lock, so that what is decided on is what is true.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from alfred_tui.actions.context import Equipment, Performer, StepContext, WorkloadPerformer
from alfred_tui.actions.evidence_files import with_digests
from alfred_tui.actions.registry import on_workload
from alfred_tui.domain.canary import Measurement
from alfred_tui.domain.document.actions import Action
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.rollback.point import RollbackPoint
from alfred_tui.domain.run.events import (
    AnyEvent,
    Entry,
    PointCaptured,
    RunFinished,
    RunPaused,
    StepFinished,
    StepProgressed,
    StepSkipped,
    StepStarted,
    StepWaiting,
    ValueGiven,
    WorkloadActBegun,
    WorkloadActEnded,
)
from alfred_tui.domain.run.folding import fold
from alfred_tui.domain.run.intents import ActOnWorkload, Answer, AnyIntent, Cancel, RollBack, Sign
from alfred_tui.domain.run.planning import Plan, current_steps, plan
from alfred_tui.domain.run.state import RunState
from alfred_tui.engine.decisions import No, decide
from alfred_tui.engine.performing import perform, perform_act

Listener = Callable[[RunState, tuple[Entry, ...]], None]

_LAST_ACTS = 5.0
"""Real seconds in which acts on workloads may end when the engine is left: one request each."""


class EventLog(Protocol):
    """Where events go. On disk when `append` returns."""

    async def append(self, events: Sequence[AnyEvent], at: float) -> tuple[Entry, ...]: ...


class Engine:
    """Drives one run. `run` ends when `close` or `detach` is called."""

    def __init__(
        self,
        state: RunState,
        log: EventLog,
        equipment: Equipment,
        performers: Mapping[type[Action], Performer],
        *,
        attempt_folder: Callable[[str, int], Path],
        on_workload: WorkloadPerformer = on_workload,
        guard: Callable[[], str | None] = lambda: None,
        may_start: Callable[[], str | None] = lambda: None,
        waits: Callable[[], str | None] = lambda: None,
        confirm: Callable[[], Awaitable[None]] | None = None,
        redact: Callable[[AnyEvent], AnyEvent] = lambda event: event,
    ) -> None:
        self._state = state
        self._log = log
        self._equipment = equipment
        self._performers = performers
        self._attempt_folder = attempt_folder
        self._on_workload = on_workload
        self._guard = guard
        """Says what changed under way in the cluster that is pinned, or None; asked before each change."""
        self._may_start = may_start
        """Says why this cockpit may start nothing (another leads), or None; asked before every start."""
        self._waits = waits
        """Says why nothing may be started for now, or None: it ends by itself, and `look_again` is called."""
        self._confirm = confirm
        """Brings up to date what `may_start` and `waits` say; awaited before each start, outside the turn."""
        self._redact = redact
        """Takes the secrets out of an event: of all that is recorded, published and reported."""
        self._listeners: list[Listener] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._acts: dict[int, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self._leaving = False
        self._detached = False
        self.failure: CockpitError | None = None
        """Why the engine stopped by itself: the journal could not be written."""

    @property
    def state(self) -> RunState:
        """The run as of the last event on disk."""
        return self._state

    @property
    def running(self) -> tuple[str, ...]:
        """Steps that this engine is performing now."""
        return tuple(self._tasks)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` after each change, with the new state and its events. Returns the way out."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def submit(self, intent: AnyIntent) -> Answer:
        """Takes an intent: its events are on disk when this returns."""
        # Shielded: a caller that goes away may not leave an event on disk that the state has not seen.
        return await asyncio.shield(asyncio.ensure_future(self._take(intent)))

    async def _take(self, intent: AnyIntent) -> Answer:
        if self.failure:
            return Answer(accepted=False, message=str(self.failure))
        if isinstance(intent, ActOnWorkload) and self._confirm:
            await self._confirm()
        if isinstance(intent, Sign):
            try:
                intent = await asyncio.to_thread(with_digests, intent, self._equipment.workdir)
            except CockpitError as error:
                return Answer(accepted=False, message=str(error))
        async with self._turn:
            try:
                events = decide(self._state, intent, self._equipment.clock.now())
                self._refuse_secret_values(events)
                if isinstance(intent, ActOnWorkload) and (why := self._why_no_act()):
                    raise No(why)
            except No as no:
                return Answer(accepted=False, message=str(no))
            try:
                await self._record(events)
            except CockpitError as error:
                return Answer(accepted=False, message=str(error))
        for event in events:
            if isinstance(event, WorkloadActBegun):
                task = asyncio.create_task(self._act(event), name=f"act {event.number}")
                self._acts[event.number] = task
        if isinstance(intent, Cancel):
            self._cancel((intent.step,))
        if isinstance(intent, RollBack):
            self._cancel(self._stopped())
        return Answer(accepted=True)

    def _why_no_act(self) -> str | None:
        return self._may_start() or self._waits() or self._guard()

    def _refuse_secret_values(self, events: Sequence[AnyEvent]) -> None:
        for event in events:
            if isinstance(event, ValueGiven) and self._redact(event) != event:
                raise No(
                    f"What was given for <{event.name}> holds a secret; it would be shown and recorded. "
                    "Name the secret in the step instead."
                )

    async def note(self, events: Sequence[AnyEvent]) -> None:
        """Records what the cockpit itself saw (a trigger moved, a run was resumed)."""
        await asyncio.shield(asyncio.ensure_future(self._note(events)))

    async def _note(self, events: Sequence[AnyEvent]) -> None:
        async with self._turn:
            await self._record(events)

    async def run(self) -> None:
        """Carries out what is due until `close` or `detach`; first takes up what was left running."""
        for step_id, one in self._state.steps.items():
            if one.status == "running":
                self._begin(self._state.step(step_id), one.attempt, taken_up=True)
                if one.cancelled_by:
                    self._cancel((step_id,))  # a cockpit ended before it had
        if self._state.rollbacks:
            self._cancel(self._stopped())  # the rollback did, and a cockpit ended before they had
        try:
            await self.note(self._unseen_ends())
            while not self._leaving:
                self._wake.clear()
                wake_at = await self._carry_out()
                await self._wait(wake_at)
        except CockpitError as error:
            self._fail(error)
        finally:
            await self._end_tasks()

    def close(self) -> None:
        """Ends `run`, cancelling what is running."""
        self._cancel(tuple(self._tasks))
        self._leave()

    def detach(self) -> None:
        """Ends `run`, leaving commands that run to themselves; a later process takes them up."""
        self._detached = True
        self._leave()

    def _fail(self, error: CockpitError) -> None:
        """Nothing can be recorded any more: what runs is left to itself, and its end to who resumes."""
        self.failure = error
        self.detach()
        self._publish(())

    def look_again(self) -> None:
        """What `may_start` or `waits` say has changed."""
        self._wake.set()

    def _leave(self) -> None:
        self._leaving = True
        self._wake.set()

    def _unseen_ends(self) -> list[AnyEvent]:
        """Acts that another process began and did not see the end of: not known, so not done again."""
        told = "The cockpit ended before it was known whether this was done; look at the workload."
        return [
            WorkloadActEnded(number=one.number, outcome=Outcome(status="interrupted", reason=told))
            for one in self._state.acts
            if one.outcome is None and one.number not in self._acts
        ]

    async def _end_tasks(self) -> None:
        if self._acts:
            _, late = await asyncio.wait(self._acts.values(), timeout=_LAST_ACTS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        tasks = list(self._tasks.values())
        if self._detached:
            self._cancel(tuple(self._tasks))
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self, wake_at: float) -> None:
        clock = self._equipment.clock
        timeout = max(0.0, wake_at - clock.now()) / clock.speed + 0.001 if wake_at else None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._wake.wait()

    async def _carry_out(self) -> float:
        """Does what is due now, and says when to look again."""
        async with self._turn:
            due = await self._settle()
        if not due.start:
            return due.wake_at
        if self._confirm:
            await self._confirm()
        async with self._turn:
            due = await self._settle()  # the run may have moved meanwhile
            if why := self._why_not(due.start):
                await self._record([RunPaused(by="the cockpit", reason=why)])
            if why or self._leaving or self._waits():
                return due.wake_at
            starts = [(step, self._state.steps[step.id].attempt + 1) for step in due.start]
            await self._record([StepStarted(step=step.id, attempt=attempt) for step, attempt in starts])
        for step, attempt in starts:
            self._begin(step, attempt)
        return due.wake_at

    async def _settle(self) -> Plan:
        """Records what needs no start; what is due then. The caller holds the turn."""
        while True:
            due = plan(self._state, self._equipment.clock.now())
            events: list[AnyEvent] = [
                StepSkipped(step=step.id, reason=reason, cause="branch") for step, reason in due.skip
            ]
            events += [StepWaiting(step=step.id, ask=ask) for step, ask in due.ask]
            if due.finish:
                events.append(RunFinished(result=due.finish))
            if not events:
                return due
            await self._record(events)

    def _why_not(self, start: Sequence[Step]) -> str | None:
        """Why nothing of this may start now."""
        if not start:
            return None
        drift = self._guard() if any(step.is_change for step in start) else None
        return self._may_start() or drift

    def _begin(self, step: Step, attempt: int, *, taken_up: bool = False) -> None:
        task = asyncio.create_task(self._attempt(step, attempt, taken_up=taken_up), name=f"step {step.id}")
        self._tasks[step.id] = task

    async def _attempt(self, step: Step, attempt: int, *, taken_up: bool) -> None:
        ctx = StepContext(
            step=step,
            attempt=attempt,
            folder=self._attempt_folder(step.id, attempt),
            checklist=self._state.checklist,
            state=lambda: self._state,
            equipment=self._equipment,
            progress=_Progress(self, step.id),
            capture=self._capture,
            detached=lambda: self._detached,
            taken_up=taken_up,
        )
        try:
            event = await perform(ctx, self._performers)
        finally:
            self._tasks.pop(step.id, None)
        await self._finish(event)
        self._wake.set()

    async def _act(self, begun: WorkloadActBegun) -> None:
        try:
            event = await perform_act(begun, self._equipment, self._on_workload)
        finally:
            self._acts.pop(begun.number, None)
        await self._finish(event)

    async def _finish(self, event: StepFinished | StepWaiting | WorkloadActEnded) -> None:
        try:
            await self.note([event])
        except CockpitError as error:
            self._fail(error)

    async def _capture(self, point: RollbackPoint) -> None:
        await self.note([PointCaptured(point=point)])

    def _stopped(self) -> tuple[str, ...]:
        """What runs and is not of the rollbacks."""
        ours = {step.id for step in current_steps(self._state)}
        return tuple(step for step in self._tasks if step not in ours)

    def _cancel(self, steps: Sequence[str]) -> None:
        for step in steps:
            if step in self._tasks:
                # Not before it has begun: a task that is cancelled then tells nobody of its end.
                asyncio.get_running_loop().call_soon(self._tasks[step].cancel)

    async def _record(self, events: Sequence[AnyEvent]) -> None:
        """Durable first, then true, then shown. The caller holds the turn."""
        if not events:
            return
        events = [self._redact(event) for event in events]
        entries = await self._log.append(events, self._equipment.clock.now())
        self._state = fold(self._state, entries)
        self._publish(entries)
        self._wake.set()

    def _publish(self, entries: tuple[Entry, ...]) -> None:
        for listener in tuple(self._listeners):
            listener(self._state, entries)


class _Progress:
    """Tells what a running step is at."""

    def __init__(self, engine: Engine, step: str) -> None:
        self._engine = engine
        self._step = step

    async def __call__(
        self, note: str, measurements: Sequence[Measurement] = (), *, mark: str = "", aloud: bool = False
    ) -> None:
        event = StepProgressed(
            step=self._step, note=note, measurements=tuple(measurements), mark=mark, aloud=aloud
        )
        await self._engine.note([event])
