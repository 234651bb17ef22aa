"""Watches the rollback triggers beside the run: from its first change to the end of the soak after it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from alfred_tui.actions.clock import Clock
from alfred_tui.domain.canary import Sample
from alfred_tui.domain.document.checklist import TriggerRule
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.evidence import Status
from alfred_tui.domain.run.automatic import countdown_due
from alfred_tui.domain.run.events import AnyEvent, CountdownStopped, Entry, SoakEnded, TriggerMoved
from alfred_tui.domain.run.intents import Answer, AnyIntent, RollBack
from alfred_tui.domain.run.state import RunState
from alfred_tui.domain.run.triggers import (
    Subject,
    TriggerState,
    advance,
    after_step,
    armed,
    is_news,
    is_watched,
    subjects,
    without_canary,
    worst,
)
from alfred_tui.domain.run.watching import has_soak, is_armed, soak_end
from alfred_tui.engine.soak_seen import SoakSeen
from alfred_tui.metrics.queries import fill

COCKPIT = "the cockpit"
"""In whose name an automatic rollback starts."""


class Runs(Protocol):
    """The engine, as far as the watch needs it."""

    @property
    def state(self) -> RunState: ...

    def subscribe(self, listener: Callable[[RunState, tuple[Entry, ...]], None]) -> Callable[[], None]: ...

    async def note(self, events: Sequence[AnyEvent]) -> None: ...

    async def submit(self, intent: AnyIntent) -> Answer: ...


class Reads(Protocol):
    """Prometheus, as far as the watch needs it."""

    async def instant(self, promql: str, at: float) -> Sample: ...


CanaryGone = Callable[[str], Awaitable[bool]]
"""Whether the cluster says that a service has no canary; False where that is not known."""


async def _not_known(service: str) -> bool:
    return False


async def watch_triggers(
    run: Runs, metrics: Reads | None, clock: Clock, canary_gone: CanaryGone = _not_known
) -> None:
    """Until cancelled. What moves a trigger is recorded, with the samples that did.

    Values are asked for at the rules' interval; a step's end and a person's word count at once.
    """
    watch = TriggerWatch(run, metrics, clock, canary_gone)
    changed = asyncio.Event()
    leave = run.subscribe(lambda state, entries: changed.set())
    due, soaks = 0.0, False
    try:
        while True:
            changed.clear()
            wake = 0.0
            if is_armed(run.state, clock.now()):
                if clock.now() >= due:
                    due = clock.now() + watch.interval
                    await watch.look()
                else:
                    await watch.look_at_steps()
                soaks = run.state.result is not None
                wake = min(due, soak_end(run.state)) if soaks else due
            elif soaks and has_soak(run.state) and not run.state.soak_ended:
                await run.note([watch.soaked()])
            wake = await _roll_back_when_due(run, clock, wake)
            await _until(changed, clock, wake)
    finally:
        leave()


async def _roll_back_when_due(run: Runs, clock: Clock, wake: float) -> float:
    """Begins the countdown of an automatic rollback, and the rollback at its end. When to look again."""
    begins = countdown_due(run.state, clock.now())
    if begins:
        await run.note([begins])
    countdown = run.state.countdown
    if countdown is None:
        return wake
    if clock.now() < countdown.ends_at:
        return min(wake or countdown.ends_at, countdown.ends_at)
    intent = RollBack(by=COCKPIT, procedure=countdown.procedure, word="rollback", reason=countdown.reason)
    answer = await run.submit(intent)
    if not answer.accepted:
        await run.note([CountdownStopped(by=COCKPIT, note=answer.message)])
    return wake


async def _until(changed: asyncio.Event, clock: Clock, wake: float) -> None:
    """Until the run changed, or the time of `wake` (0: never) on the run's clock."""
    timeout = max(0.0, wake - clock.now()) / clock.speed + 0.001 if wake else None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            await changed.wait()


class TriggerWatch:
    """One look after another at every rule."""

    def __init__(
        self, run: Runs, metrics: Reads | None, clock: Clock, canary_gone: CanaryGone = _not_known
    ) -> None:
        self._run = run
        self._metrics = metrics
        self._clock = clock
        self._canary_gone = canary_gone
        self._rules = run.state.checklist.rollback.triggers
        self._states: dict[tuple[str, str], TriggerState] = {}
        self._steps: dict[str, Status] = {}
        self._soak = SoakSeen()

    @property
    def interval(self) -> float:
        """Seconds of the run's time between two looks: the shortest that a rule asks for."""
        return min((rule.interval for rule in self._rules if is_watched(rule)), default=15.0)

    async def look(self) -> None:
        """Measures every watched rule once, and records what moved."""
        await self._arm()
        await self._look(self._rules)

    async def look_at_steps(self) -> None:
        """Records what the steps that rules name have moved since the last look."""
        await self._arm()
        await self._look([rule for rule in self._rules if not is_watched(rule)])

    def soaked(self) -> SoakEnded:
        """How the soak has ended, with what was not seen in it."""
        state, now = self._run.state, self._clock.now()
        watched = [rule for rule in self._rules if is_watched(rule)]
        if watched and self._metrics is None:
            return SoakEnded(by=state.lead, reason="no Prometheus is named, so no query was watched")
        return SoakEnded(by=state.lead, unseen=self._soak.unseen(watched, state.ended_at, now))

    async def _arm(self) -> None:
        missing = [rule for rule in self._rules if rule.id not in self._run.state.triggers]
        if missing:
            now = armed(self._clock.now())
            await self._run.note([TriggerMoved(trigger=rule.id, state=now) for rule in missing])

    async def _look(self, rules: Sequence[TriggerRule]) -> None:
        moved = await asyncio.gather(*(self._rule(rule) for rule in rules))
        events = [event for event in moved if event is not None]
        if events:
            await self._run.note(events)

    async def _rule(self, rule: TriggerRule) -> TriggerMoved | None:
        before = self._run.state.triggers.get(rule.id)
        if before is None or before.by:
            return None
        if is_watched(rule) and self._metrics is not None:
            after = worst(await asyncio.gather(*(self._subject(rule, one) for one in subjects(rule))))
        elif rule.step:
            after = self._after_step(rule, before)
        else:
            return None
        # Which of several quiet services is named makes no news.
        quiet = before.status == after.status == "armed" and before.gap == after.gap
        return TriggerMoved(trigger=rule.id, state=after) if is_news(before, after) and not quiet else None

    async def _subject(self, rule: TriggerRule, watched: Subject) -> TriggerState:
        assert self._metrics is not None
        subject = watched.name
        key = (rule.id, subject)
        at = self._clock.now()
        try:
            promql = fill(rule.promql, service=watched.service, track=watched.track)
            sample = await self._metrics.instant(promql, at)
        except CockpitError as error:
            # A rule that cannot be asked must not end the watch over the others: it is a gap, and shown.
            sample = Sample(at=at, state="error", message=str(error))
        if sample.state == "ok" and rule.scale != 1:
            sample = Sample(at=sample.at, value=sample.value * rule.scale)
        before = self._states.get(key) or self._recorded(rule, subject, at)
        after = advance(rule, before, (sample,), self._clock.now())
        broken = after.status in ("pending", "fired") and watched.track == "canary"
        # Only the cluster can say that no data means no canary.
        if broken and sample.state == "no-data" and await self._canary_gone(watched.service):
            after = without_canary(rule, after, at)
        self._states[key] = after
        ended_at = self._run.state.ended_at if self._run.state.result else None
        why = sample.message or sample.state.replace("-", " ")
        self._soak.heard(key, at, why if after.gap else "", ended_at)
        return after

    def _recorded(self, rule: TriggerRule, subject: str, at: float) -> TriggerState:
        """Where an earlier process left it: what has fired stays fired, and what was pending goes on."""
        known = self._run.state.triggers.get(rule.id)
        for one in (known, *known.others) if known else ():
            if one.subject == subject and one.status != "armed":
                return msgspec.structs.replace(one, others=())
        return armed(at - rule.interval, subject)

    def _after_step(self, rule: TriggerRule, before: TriggerState) -> TriggerState:
        one = self._run.state.steps.get(rule.step)
        if one is None or self._steps.get(rule.step) == one.status:
            return before
        self._steps[rule.step] = one.status
        return after_step(rule, before, one.status, self._clock.now())
