"""The six triggers in a run: each fires at its time and not before, not through a gap; and what follows."""

import asyncio
from collections.abc import Callable, Collection

import msgspec
import pytest
from alfred_tui.actions.clock import Clock
from alfred_tui.actions.context import StepContext
from alfred_tui.domain.canary import Sample
from alfred_tui.domain.document.actions import Action, Run, Scale
from alfred_tui.domain.document.checklist import (
    Checklist,
    Phase,
    Procedure,
    Rollback,
    Section,
    Step,
    TriggerRule,
)
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.run import intents as i
from alfred_tui.domain.run.automatic import countdown_due
from alfred_tui.domain.run.events import CountdownStarted, CountdownStopped, SoakEnded
from alfred_tui.domain.run.state import RunState
from alfred_tui.domain.run.watching import is_armed, soak_left
from alfred_tui.engine.trigger_watch import Reads, TriggerWatch, watch_triggers

from tests.unit.engine.test_engine import Bench, is_, passes, step

SERVICES = ("alfred-bot", "financial-tax")
ERRORS = TriggerRule(
    id="error-rate", title="Error rate exceeds 1%", promql='errors{s="{service}"}', each=SERVICES, above=1.0,
    scale=100.0, unit="%", sustained=300.0, interval=15.0,
)  # fmt: skip
LATENCY = TriggerRule(
    id="latency", title="Latency exceeds 500ms", promql='p95{s="{service}"}', each=SERVICES, above=500.0,
    scale=1000.0, unit="ms", sustained=300.0, interval=15.0,
)  # fmt: skip
MIGRATION = TriggerRule(id="database-migration", title="Database migration failed", step="migrate")
HUMAN = tuple(
    TriggerRule(id=name, title=name)
    for name in ("critical-functionality", "security-vulnerability", "critical-bug")
)
RULES = (HUMAN[0], ERRORS, LATENCY, HUMAN[1], MIGRATION, HUMAN[2])


class StandingClock(Clock):
    """A clock that a test moves."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 1_000_000.0

    def now(self) -> float:
        return self.at


class Prometheus:
    """Answers from a function of query and time."""

    def __init__(self, answers: Callable[[str, float], float | None]) -> None:
        self._answers = answers

    async def instant(self, promql: str, at: float) -> Sample:
        value = self._answers(promql, at)
        return Sample(at=at, state="no-data") if value is None else Sample(at=at, value=value)


def document(
    *steps: Step, automatic: bool = False, soak: float = 900.0, countdown: float = 60.0
) -> Checklist:
    back = Procedure(
        id="application", title="Back", steps=(step("undo", Scale(deployments=("a",), replicas=1)),)
    )
    phase = Phase(id="p", title="P", sections=(Section(id="s", title="S", steps=steps),))
    rollback = Rollback(
        triggers=RULES, procedures=(back,), automatic=automatic, soak=soak, countdown=countdown
    )
    return Checklist(title="t", phases=(phase,), rollback=rollback)


async def never_ends(ctx: StepContext) -> Outcome:
    await asyncio.Event().wait()
    raise AssertionError


class Watched:
    """A run whose first change is under way, and the watch over its triggers on a standing clock."""

    def __init__(self, bench: Bench, prometheus: Reads, gone: Collection[str] = ()) -> None:
        async def canary_gone(service: str) -> bool:
            return service in gone

        self.clock = StandingClock()
        self.bench = bench
        self.watch = TriggerWatch(bench.engine, prometheus, self.clock, canary_gone)

    def status(self, trigger: str) -> str:
        return self.bench.engine.state.triggers[trigger].status

    async def look(self, seconds: float = 15.0) -> None:
        """A look at the rules after so many seconds."""
        self.clock.at += seconds
        await self.watch.look()

    async def seconds_until_fired(self, trigger: str, most: int = 60) -> float:
        """How long after now it fires, looked at each interval."""
        began = self.clock.at
        for _ in range(most):
            await self.look()
            if self.status(trigger) == "fired":
                return self.clock.at - began
        raise AssertionError("it never fired")


@pytest.mark.parametrize(("rule", "over", "within"), [(ERRORS, 0.014, 0.01), (LATENCY, 0.6, 0.5)])
async def test_a_watched_trigger_fires_one_interval_after_its_five_minutes_at_the_latest(
    rule: TriggerRule, over: float, within: float
) -> None:
    worst = {"value": within}
    asked = rule.promql.replace("{service}", "financial-tax")
    answers = Prometheus(lambda q, at: worst["value"] if q == asked else 0.001)
    async with Bench(document(step("a")), {Run: never_ends}) as bench:
        await bench.until(is_("a", "running"))
        watched = Watched(bench, answers)
        for _ in range(4):
            await watched.look()
        assert watched.status(rule.id) == "armed"
        worst["value"] = over
        took = await watched.seconds_until_fired(rule.id)
        assert 300 < took <= 315
        fired = bench.engine.state.triggers[rule.id]
        assert fired.subject == "financial-tax"
        assert len(fired.samples) == 21
        other = LATENCY if rule is ERRORS else ERRORS
        assert watched.status(other.id) == "armed"


@pytest.mark.parametrize("rule", [ERRORS, LATENCY])
async def test_a_gap_neither_fires_nor_clears_what_is_watched(rule: TriggerRule) -> None:
    value: dict[str, float | None] = {"is": 0.9}
    async with Bench(document(step("a")), {Run: never_ends}) as bench:
        await bench.until(is_("a", "running"))
        watched = Watched(bench, Prometheus(lambda q, at: value["is"]))
        for _ in range(20):
            await watched.look()
        assert watched.status(rule.id) == "pending"
        value["is"] = None
        for _ in range(100):
            await watched.look()
        assert watched.status(rule.id) == "pending"
        assert bench.engine.state.triggers[rule.id].gap
        value["is"] = 0.9
        assert await watched.seconds_until_fired(rule.id) <= 30


async def test_a_canary_that_was_removed_clears_and_one_that_only_has_no_data_stays_fired() -> None:
    promql = 'errors{s="{service}",t="{track}"}'
    rule = msgspec.structs.replace(ERRORS, promql=promql, canaries=("alfred-bot",))
    value: dict[str, float | None] = {"is": 0.9}
    gone: set[str] = set()
    beside = msgspec.structs.replace(document(step("a")), rollback=Rollback(triggers=(rule,)))
    canary = 'errors{s="alfred-bot",t="canary"}'
    async with Bench(beside, {Run: never_ends}) as bench:
        await bench.until(is_("a", "running"))
        watched = Watched(bench, Prometheus(lambda q, at: value["is"] if q == canary else 0.001), gone)
        await watched.seconds_until_fired(rule.id)
        value["is"] = None
        await watched.look()
        assert watched.status(rule.id) == "fired"
        gone.add("alfred-bot")
        await watched.look()
        cleared = bench.engine.state.triggers[rule.id]
        assert (cleared.status, cleared.subject) == ("cleared", "alfred-bot canary")
        assert cleared.message.endswith("(the canary is not there any more)")


async def test_one_good_value_starts_the_five_minutes_over() -> None:
    value = {"is": 0.9}
    async with Bench(document(step("a")), {Run: never_ends}) as bench:
        await bench.until(is_("a", "running"))
        watched = Watched(bench, Prometheus(lambda q, at: value["is"]))
        for _ in range(19):
            await watched.look()
        value["is"] = 0.001
        await watched.look()
        value["is"] = 0.9
        assert await watched.seconds_until_fired("error-rate") > 300


async def test_a_failed_migration_fires_at_once_and_no_other_failure_does() -> None:
    async def fails(ctx: StepContext) -> Outcome:
        return Outcome(status="failed" if ctx.step.id == "migrate" else "passed")

    async with Bench(document(step("a"), step("migrate")), {Run: fails}) as bench:
        watching = asyncio.create_task(watch_triggers(bench.engine, None, Clock()))
        state = await bench.until(lambda s: "database-migration" in s.triggers and fired(s) != ())
        watching.cancel()
    assert fired(state) == ("database-migration",)


@pytest.mark.parametrize("rule", HUMAN)
async def test_a_human_trigger_fires_when_the_lead_declares_it_with_a_note(rule: TriggerRule) -> None:
    async with Bench(document(step("a")), {Run: never_ends}) as bench:
        await bench.until(is_("a", "running"))
        no = await bench.engine.submit(i.Declare(by="ann", trigger=rule.id, note=" "))
        assert not no.accepted
        assert fired(bench.engine.state) == ()
        assert (await bench.engine.submit(i.Declare(by="ann", trigger=rule.id, note="login fails"))).accepted
        assert fired(bench.engine.state) == (rule.id,)
        assert "login fails" in bench.engine.state.triggers[rule.id].message


@pytest.mark.parametrize("rule", [ERRORS, MIGRATION])
async def test_no_sample_and_no_step_takes_back_what_the_lead_declared(rule: TriggerRule) -> None:
    """Corrupted data is seen by people, after a migration that passed."""
    async with Bench(document(step("migrate"), step("a")), {Run: passes_but_a}) as bench:
        await bench.until(is_("a", "running"))
        watched = Watched(bench, Prometheus(lambda q, at: 0.001))
        await watched.look()
        assert (await bench.engine.submit(i.Declare(by="ann", trigger=rule.id, note="seen"))).accepted
        await watched.look()
        resumed = Watched(bench, Prometheus(lambda q, at: 0.001))
        resumed.clock.at = watched.clock.at
        await resumed.look()
        assert fired(bench.engine.state) == (rule.id,)


async def passes_but_a(ctx: StepContext) -> Outcome:
    return await (never_ends if ctx.step.id == "a" else passes)(ctx)


async def test_nothing_is_armed_before_the_first_change_and_all_is_with_it() -> None:
    looks = step("look", changes=False)
    async with Bench(document(looks, step("a")), {Run: never_ends}) as bench:
        watching = asyncio.create_task(watch_triggers(bench.engine, None, Clock()))
        await bench.until(is_("look", "running"))
        await asyncio.sleep(0)
        assert not bench.engine.state.triggers
        await bench.engine.submit(i.Cancel(by="ann", step="look"))
        await bench.until(is_("look", "cancelled"))
        await bench.engine.submit(i.Decide(by="ann", step="look", verdict="passed", note="seen"))
        state = await bench.until(lambda s: len(s.triggers) == len(RULES))
        watching.cancel()
    assert {one.status for one in state.triggers.values()} == {"armed"}


async def test_they_stay_armed_through_the_soak_and_no_longer() -> None:
    async with Bench(document(step("a"), soak=900.0)) as bench:
        state = await bench.until(lambda s: s.result == "done")
    assert is_armed(state, state.ended_at + 899)
    assert not is_armed(state, state.ended_at + 900)
    assert soak_left(state, state.ended_at + 899) == 1
    assert soak_left(state, state.ended_at + 1000) == 0


async def test_what_is_pending_at_the_soaks_end_is_watched_until_it_fires_or_clears() -> None:
    value = {"is": 0.001}
    async with Bench(document(step("a"), soak=60.0)) as bench:
        state = await bench.until(lambda s: s.result == "done")
        watched = Watched(bench, Prometheus(lambda q, at: value["is"]))
        watched.clock.at = state.ended_at
        await watched.look(30)
        value["is"] = 0.9
        await watched.look(30)
        state, at = bench.engine.state, watched.clock.at
        assert watched.status("error-rate") == "pending"
        assert at == state.ended_at + 60
        assert 285 < soak_left(state, at) < 330
        for _ in range(19):
            await watched.look()
            assert is_armed(bench.engine.state, watched.clock.at)
        value["is"] = 0.001
        await watched.look()
        assert not is_armed(bench.engine.state, watched.clock.at)
        assert watched.watch.soaked() == SoakEnded(by="ann")


async def test_a_silence_that_could_hide_a_breach_leaves_the_soaks_end_unknown() -> None:
    """Seen before and after it, and of one service alone."""
    value: dict[str, float | None] = {"is": 0.001}
    quiet = ERRORS.promql.replace("{service}", "financial-tax")
    answers = Prometheus(lambda q, at: value["is"] if q == quiet else 0.001)
    async with Bench(document(step("a"), soak=900.0)) as bench:
        state = await bench.until(lambda s: s.result == "done")
        watched = Watched(bench, answers)
        watched.clock.at = state.ended_at
        for value["is"], looks in ((0.001, 4), (None, 19), (0.001, 1), (None, 20), (0.001, 4)):
            for _ in range(looks):
                await watched.look()
        ended = watched.watch.soaked()
        assert ended.unseen == "trigger error-rate of financial-tax was not seen for 5:15 (no data)"


@pytest.mark.parametrize(("late", "unseen"), [(60.0, False), (400.0, True)])
async def test_who_comes_to_a_soak_that_has_begun_has_not_seen_its_beginning(
    late: float, unseen: bool
) -> None:
    async with Bench(document(step("a"), soak=900.0)) as bench:
        state = await bench.until(lambda s: s.result == "done")
        watched = Watched(bench, Prometheus(lambda q, at: 0.001))
        watched.clock.at = state.ended_at
        await watched.look(late)
        await watched.look()
        assert bool(watched.watch.soaked().unseen) == unseen


async def test_what_is_watched_fires_in_the_soak_and_an_automatic_rollback_starts_then_too() -> None:
    value = {"is": 0.001}
    asked = Prometheus(lambda q, at: value["is"])
    document_ = document(step("a"), soak=900.0, automatic=True)
    async with Bench(document_, {Run: passes, Scale: passes}) as bench:
        state = await bench.until(lambda s: s.result == "done")
        watched = Watched(bench, asked)
        watched.clock.at = state.ended_at
        await watched.look()
        value["is"] = 0.9
        assert await watched.seconds_until_fired("error-rate") <= 330
        assert countdown_due(bench.engine.state, watched.clock.at) is not None


async def test_what_an_earlier_process_saw_pending_counts_on_in_the_next() -> None:
    """For every service that was beyond the limit, not only for the one that is named; the time in which
    nobody looked is a gap."""
    value = dict.fromkeys(SERVICES, 0.9)
    asked = {rule.promql.replace("{service}", name): name for rule in (ERRORS, LATENCY) for name in SERVICES}
    answers = Prometheus(lambda q, at: value[asked[q]])
    async with Bench(document(step("a")), {Run: never_ends}) as bench:
        await bench.until(is_("a", "running"))
        first = Watched(bench, answers)
        for _ in range(18):
            await first.look()
        second = Watched(bench, answers)
        second.clock.at = first.clock.at + 3600
        value[bench.engine.state.triggers["error-rate"].subject] = 0.001
        assert await second.seconds_until_fired("error-rate") <= 60
        assert len(bench.engine.state.triggers["error-rate"].samples) == 21


async def test_what_an_earlier_process_saw_fire_stays_fired() -> None:
    async with Bench(document(step("a")), {Run: never_ends}) as bench:
        await bench.until(is_("a", "running"))
        first = Watched(bench, Prometheus(lambda q, at: 0.9))
        await first.seconds_until_fired("error-rate")
        second = Watched(bench, Prometheus(lambda q, at: 0.9))
        second.clock.at = first.clock.at
        await second.look()
        assert second.status("error-rate") == "fired"


def fired(state: RunState) -> tuple[str, ...]:
    return tuple(name for name, one in state.triggers.items() if one.status == "fired")


async def test_an_automatic_rollback_starts_after_its_countdown() -> None:
    async with automatic(countdown=60.0) as bench:
        await declare(bench)
        state = await bench.until(lambda s: s.countdown is not None)
        assert state.countdown is not None
        assert not state.rollbacks
        assert state.countdown.ends_at - state.at == pytest.approx(60.0, abs=5.0)
        state = await bench.until(lambda s: bool(s.rollbacks))
    assert state.rollbacks[0].by == "the cockpit"
    assert state.rollbacks[0].at >= bench_countdown_end(bench)
    assert "critical-bug" in state.rollbacks[0].reason


async def test_what_started_by_itself_is_not_counted_down_again() -> None:
    async with automatic(countdown=60.0) as bench:
        await declare(bench)
        state = await bench.until(lambda s: bool(s.rollbacks))
        assert state.countdown is None
        await bench.until(lambda s: s.result == "rolled_back")
        for _ in range(20):
            await asyncio.sleep(0)
    assert len(bench.engine.state.rollbacks) == 1
    assert not [one for one in bench.log.entries if isinstance(one.event, CountdownStopped)]


async def test_a_lead_who_is_faster_than_the_countdown_starts_the_only_rollback() -> None:
    async with automatic(countdown=3600.0) as bench:
        await declare(bench)
        await bench.until(lambda s: s.countdown is not None)
        back = i.RollBack(by="ann", procedure="application", word="rollback")
        assert (await bench.engine.submit(back)).accepted
        assert bench.engine.state.countdown is None
        assert [one.by for one in bench.engine.state.rollbacks] == ["ann"]


@pytest.mark.parametrize("stop", [i.StopCountdown(by="ann", note="known"), i.Pause(by="ann")])
async def test_the_lead_stops_the_countdown_and_it_does_not_begin_again(stop: i.AnyIntent) -> None:
    async with automatic(countdown=3600.0) as bench:
        await declare(bench)
        await bench.until(lambda s: s.countdown is not None)
        assert (await bench.engine.submit(stop)).accepted
        assert bench.engine.state.countdown is None
        if isinstance(stop, i.Pause):
            await bench.engine.submit(i.Continue(by="ann"))
        await bench.engine.submit(i.GiveValue(by="ann", name="any", value="thing"))
        await asyncio.sleep(0.02)
        assert bench.engine.state.countdown is None
        assert not bench.engine.state.rollbacks
        again = await bench.engine.submit(i.StopCountdown(by="ann"))
        assert not again.accepted


async def test_without_automatic_nothing_starts_by_itself() -> None:
    async with Bench(document(step("a")), {Run: never_ends}) as bench:
        watching = asyncio.create_task(watch_triggers(bench.engine, None, Clock(1000)))
        await bench.until(lambda s: len(s.triggers) == len(RULES))
        await declare(bench)
        await asyncio.sleep(0.05)
        watching.cancel()
    assert bench.engine.state.countdown is None
    assert not bench.engine.state.rollbacks


class automatic:  # noqa: N801 - reads as a condition
    """A run with an automatic rollback, its change under way and its triggers armed."""

    def __init__(self, countdown: float) -> None:
        performers: dict[type[Action], object] = {Run: never_ends, Scale: passes}
        checklist = document(step("a"), automatic=True, countdown=countdown)
        self._bench = Bench(checklist, performers)  # type: ignore[arg-type]

    async def __aenter__(self) -> Bench:
        bench = await self._bench.__aenter__()
        clock = bench.engine._equipment.clock
        self._watching = asyncio.create_task(watch_triggers(bench.engine, None, clock))
        await bench.until(lambda s: len(s.triggers) == len(RULES))
        return bench

    async def __aexit__(self, *_: object) -> None:
        self._watching.cancel()
        await self._bench.__aexit__()


async def declare(bench: Bench) -> None:
    answer = await bench.engine.submit(i.Declare(by="ann", trigger="critical-bug", note="totals are wrong"))
    assert answer.accepted


def bench_countdown_end(bench: Bench) -> float:
    events = (one.event for one in bench.log.entries)
    return next(one.ends_at for one in events if isinstance(one, CountdownStarted))


async def test_a_query_that_cannot_be_asked_is_a_gap_and_ends_no_watch() -> None:
    class Broken:
        async def instant(self, promql: str, at: float) -> Sample:
            raise CockpitError("The query cannot be asked.")

    async with Bench(document(step("a")), {Run: never_ends}) as bench:
        await bench.until(is_("a", "running"))
        watched = Watched(bench, Broken())
        await watched.look()
        state = bench.engine.state.triggers["error-rate"]
        assert (state.status, state.gap) == ("armed", True)
        assert "cannot be asked" in state.message
