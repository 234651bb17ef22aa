"""The soak of a run without a screen: watched to its end or said to be left out, and no success when a
trigger fires in it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from alfred_tui.actions.context import StepContext
from alfred_tui.domain.document.actions import Run, Scale
from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.rollback.point import RollbackPoint
from alfred_tui.domain.run.events import PointCaptured, SoakEnded, TriggerMoved
from alfred_tui.domain.run.state import RunState
from alfred_tui.domain.run.triggers import TriggerState
from alfred_tui.engine.trigger_watch import watch_triggers
from alfred_tui.headless.lead import HeadlessLead
from alfred_tui.headless.soak import GRACE, Soak
from alfred_tui.headless.stderr import ExitCode, exit_code
from alfred_tui.headless.stdout import text_line
from alfred_tui.present.report import markdown
from alfred_tui.present.soak import not_known_told

from tests.unit.engine.test_engine import Bench, is_, passes, step
from tests.unit.engine.test_trigger_watch import Prometheus, declare, document

LONG = 1e6
"""Seconds of the run's time, a thousandth of which passes in a real one."""


class Lead:
    """Without a screen, over a run on the bench."""

    def __init__(
        self,
        bench: Bench,
        *,
        left_out: str = "",
        on_trouble: Literal["stop", "rollback"] = "stop",
        grace: float = GRACE,
    ) -> None:
        self.told: list[str] = []
        self.bench = bench
        engine = bench.engine
        soak = Soak(engine.submit, "ann", left_out=left_out, speed=1000, tell=self.told.append, grace=grace)
        self._lead = HeadlessLead(
            engine, "ann", attestations={}, values={}, on_trouble=on_trouble, soak=soak,
            now=engine._equipment.clock.now,
        )  # fmt: skip

    async def led(self) -> RunState:
        return await asyncio.wait_for(self._lead.lead(), 10)

    def ended(self) -> list[SoakEnded]:
        """What the record says of the soak's end."""
        return [one.event for one in self.bench.log.entries if isinstance(one.event, SoakEnded)]


def soaking(soak: float, *, automatic: bool = False) -> Checklist:
    return document(step("a"), soak=soak, automatic=automatic, countdown=1.0)


async def test_it_is_watched_to_its_end_and_both_are_said() -> None:
    async with Bench(soaking(60.0)) as bench, watched(bench, lambda at: 0.001):
        lead = Lead(bench)
        state = await lead.led()
    (ended,) = lead.ended()
    assert ended == SoakEnded(by="ann")
    assert bench.log.entries[-1].at >= state.ended_at + 60
    assert "The triggers are watched for" in lead.told[0]
    assert exit_code(state) == ExitCode.DONE
    assert text_line(state, bench.log.entries[-1]).endswith("soak: the triggers were watched to its end")


async def test_one_that_is_left_out_stands_in_the_record_with_the_reason() -> None:
    async with Bench(soaking(LONG)) as bench:
        lead = Lead(bench, left_out="--no-soak")
        state = await lead.led()
    (ended,) = lead.ended()
    assert ended.left == pytest.approx(LONG, rel=0.01)
    assert "early: --no-soak" in markdown(state, state.at)
    assert exit_code(state) == ExitCode.DONE


@asynccontextmanager
async def watched(bench: Bench, answers: Callable[[float], float | None]) -> AsyncIterator[None]:
    """The watch over the triggers beside it, with what Prometheus answers at a time."""
    metrics, clock = Prometheus(lambda query, at: answers(at)), bench.engine._equipment.clock
    watching = asyncio.create_task(watch_triggers(bench.engine, metrics, clock))
    yield
    watching.cancel()


async def test_one_in_which_nothing_was_seen_is_no_success() -> None:
    async with Bench(soaking(320.0)) as bench, watched(bench, lambda at: None):
        lead = Lead(bench)
        state = await lead.led()
    (ended,) = lead.ended()
    assert "trigger error-rate of alfred-bot, financial-tax was not seen for 5:" in ended.unseen
    assert "(no data)" in ended.unseen
    assert "watched to its end, but trigger error-rate" in markdown(state, state.at)
    assert not_known_told(state) == ended.unseen
    assert exit_code(state) == ExitCode.FAILED


async def test_where_the_watch_breaks_off_nobody_calls_its_end_good() -> None:
    async with Bench(soaking(60.0)) as bench:
        lead = Lead(bench, grace=0.0)
        state = await lead.led()
    (ended,) = lead.ended()
    assert (ended.left, ended.unseen) == (0, "the watch over the triggers broke off")
    assert exit_code(state) == ExitCode.FAILED


async def test_a_trigger_that_is_pending_where_nobody_watches_on_is_no_success() -> None:
    over = TriggerState(
        status="pending", seen_at=1.0, broken_for=90.0, message="shop: 1.4 % for 1:30 of 5:00"
    )
    async with Bench(soaking(LONG)) as bench:
        await bench.engine.note([TriggerMoved(trigger="error-rate", state=over)])
        lead = Lead(bench, left_out="--no-soak")
        state = await lead.led()
    assert exit_code(state) == ExitCode.FAILED
    assert not_known_told(state) == "trigger error-rate is pending (shop: 1.4 % for 1:30 of 5:00)"


async def test_a_run_without_a_soak_ends_with_its_last_step() -> None:
    async with Bench(soaking(0.0)) as bench:
        lead = Lead(bench)
        await lead.led()
    assert lead.ended() == []
    assert lead.told == []


async def test_a_trigger_that_fires_in_it_ends_it_and_is_no_success() -> None:
    async with Bench(soaking(LONG)) as bench:
        lead = Lead(bench)
        leading = asyncio.create_task(lead.led())
        await bench.until(lambda s: s.result == "done")
        await declare(bench)
        state = await leading
    (ended,) = lead.ended()
    assert "trigger critical-bug has fired (declared by ann: totals are wrong)" in ended.reason
    assert state.result == "done"
    assert exit_code(state) == ExitCode.FAILED


async def test_an_automatic_rollback_that_is_called_for_in_it_is_led_to_its_end() -> None:
    async with Bench(soaking(LONG, automatic=True), {Run: passes, Scale: passes}) as bench:
        watching = asyncio.create_task(watch_triggers(bench.engine, None, bench.engine._equipment.clock))
        lead = Lead(bench)
        leading = asyncio.create_task(lead.led())
        await bench.until(lambda s: s.result == "done" and bool(s.triggers))
        await declare(bench)
        state = await leading
        watching.cancel()
    assert [one.by for one in state.rollbacks] == ["the cockpit"]
    assert exit_code(state) == ExitCode.ROLLED_BACK


async def test_a_lead_who_is_to_roll_back_at_trouble_does_so_in_the_soak_too() -> None:
    async with Bench(soaking(LONG), {Run: passes, Scale: passes}) as bench:
        await bench.engine.note([PointCaptured(point=RollbackPoint(at=1.0))])
        lead = Lead(bench, on_trouble="rollback")
        leading = asyncio.create_task(lead.led())
        await bench.until(lambda s: s.result == "done")
        await declare(bench)
        state = await leading
    assert "critical-bug has fired" in state.rollbacks[0].reason
    assert exit_code(state) == ExitCode.ROLLED_BACK


async def test_who_comes_back_after_it_does_not_say_that_it_was_watched() -> None:
    async with Bench(soaking(1.0)) as bench:
        state = await bench.until(lambda s: s.result == "done")
        clock = bench.engine._equipment.clock
        while clock.now() < state.ended_at + 1.0:
            await asyncio.sleep(0)
        lead = Lead(bench)
        await lead.led()
    assert lead.ended() == []


async def test_a_trigger_that_fires_under_way_lets_nothing_further_start() -> None:
    goes_on = asyncio.Event()

    async def in_time(ctx: StepContext) -> Outcome:
        await goes_on.wait()
        return Outcome(status="passed")

    async with Bench(document(step("a"), step("b"), soak=LONG), {Run: in_time}) as bench:
        lead = Lead(bench)
        leading = asyncio.create_task(lead.led())
        await bench.until(is_("a", "running"))
        await declare(bench)
        await bench.until(lambda s: bool(s.paused_by))
        goes_on.set()
        state = await leading
    assert bench.status("a") == "passed"
    assert bench.status("b") == "pending"
    assert "critical-bug has fired" in state.result_why
    assert exit_code(state) == ExitCode.FAILED
