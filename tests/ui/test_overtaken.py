"""A dialog about a step follows the run: when its question no longer stands, it closes and says why."""

from typing import Any

import pytest
from alfred_tui.domain.run.events import AnyEvent, RunFinished, StepSkipped
from alfred_tui.domain.run.intents import Decide, GiveValue, Reopen, Retry, RollBack, Sign

from tests.ui.fakes import FakeRun
from tests.ui.seat import Seat, seat


def failed(run: FakeRun) -> None:
    run.start("tests")
    run.finish("tests", "failed", "2 of 80 failed")


def roll_back() -> RollBack:
    return RollBack(by="maria", procedure="application", word="rollback")


async def closed(lead: Seat, told: str) -> None:
    await lead.until(lambda: len(lead.app.screen_stack) == 1, "the end of the dialog")
    await lead.is_told(told)


async def test_a_decision_closes_when_a_rollback_begins() -> None:
    run = FakeRun()
    failed(run)
    async with seat(run) as lead:
        await lead.press("enter")
        await lead.sees("What to do")
        await run.submit(roll_back())
        await closed(lead, "was overtaken: a rollback has begun")
        assert not any(isinstance(one, Retry) for one in run.intents)


@pytest.mark.parametrize(
    ("intent", "told"),
    [
        (Retry(by="sam", step="tests"), "it was opened again"),
        (Decide(by="sam", step="tests", verdict="passed", note="fine"), "it was settled as passed by sam"),
    ],
)
async def test_a_decision_closes_when_somebody_else_decides(intent: Any, told: str) -> None:
    run = FakeRun()
    failed(run)
    async with seat(run) as lead:
        await lead.press("enter")
        await lead.sees("What to do")
        await run.submit(intent)
        await closed(lead, told)


async def test_a_decision_closes_when_the_step_runs_again() -> None:
    run = FakeRun()
    failed(run)
    async with seat(run) as lead:
        await lead.press("enter")
        await lead.sees("What to do")
        run.start("tests")
        await closed(lead, "it is running (attempt 2)")


async def test_a_signature_closes_when_the_step_is_settled() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press("enter")
        await lead.sees("Your name")
        await run.submit(Sign(by="sam", steps=("notes",)))
        await closed(lead, "was overtaken: it was settled as passed by sam")


async def test_a_signature_stays_while_another_person_signs_too() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("approval")
        await lead.press("enter")
        await lead.sees("Your name")
        await run.submit(Sign(by="sam", steps=("approval",)))
        await lead.settle()
        await lead.write("note", "read")
        await lead.press("enter")
        await lead.until(lambda: run.status["approval"] == "passed")


@pytest.mark.parametrize(
    "event",
    [StepSkipped(step="notes", by="sam", reason="none", cause="person"), RunFinished(result="stopped")],
)
async def test_a_skip_closes_when_there_is_nothing_left_to_skip(event: AnyEvent) -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press("s")
        await lead.sees("Because")
        run.record(event)
        await closed(lead, "was overtaken")


async def test_a_value_closes_when_it_is_there() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("announce")
        await lead.press("enter")
        await lead.sees("A value for <ticket>")
        await run.submit(GiveValue(by="sam", name="ticket", value="CHG-7"))
        await closed(lead, "<ticket> has a value by now: CHG-7")


async def test_breaking_off_closes_when_the_change_has_ended() -> None:
    run = FakeRun()
    run.start("apply")
    async with seat(run) as lead:
        await lead.go("apply")
        await lead.press("x")
        await lead.sees("to break it off")
        run.finish("apply")
        await closed(lead, "was overtaken")


async def test_a_reopening_closes_when_the_step_is_open() -> None:
    run = FakeRun()
    run.record(StepSkipped(step="notes", by="sam", reason="none", cause="person"))
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press("o")
        await lead.sees("Re-open:")
        await run.submit(Reopen(by="sam", step="notes"))
        await closed(lead, "was overtaken")


async def test_a_dialog_under_the_way_back_is_gone_when_that_closes() -> None:
    run = FakeRun()
    failed(run)
    async with seat(run) as lead:
        await lead.press("enter")
        await lead.sees("What to do")
        await lead.press("ctrl+r", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback)
        await lead.press("escape")
        await closed(lead, "was overtaken: a rollback")


async def test_a_dialog_stays_when_another_step_moves() -> None:
    run = FakeRun()
    failed(run)
    async with seat(run) as lead:
        await lead.press("enter")
        await lead.sees("What to do")
        await run.submit(Sign(by="sam", steps=("notes",)))
        await lead.settle()
        await lead.sees("What to do")
