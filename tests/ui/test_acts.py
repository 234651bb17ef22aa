"""Which acts a step offers, and which step waits next: pure, from the run's state."""

import pytest
from alfred_tui.domain.run.events import Ask, StepConfirmed, StepWaiting
from alfred_tui.domain.run.intents import Decide, Retry, Sign, Skip, Stop
from alfred_tui.present.acts import acts, next_waiting, waiting
from alfred_tui.present.headings import heading
from alfred_tui.present.signoffs import signoffs

from tests.ui.fakes import FakeRun


def test_each_state_offers_what_would_be_accepted() -> None:
    run = FakeRun()
    assert acts(run.state, "notes") == ("sign", "na", "skip")
    assert acts(run.state, "tests") == ("na", "skip")
    assert acts(run.state, "announce") == ("value", "na", "skip")
    run.start("tests")
    assert acts(run.state, "tests") == ("cancel",)
    run.finish("tests", "failed", "no")
    assert acts(run.state, "tests") == ("decide", "retry", "skip")
    assert acts(run.state, "look") == ("sign", "na", "skip")
    assert acts(run.state, "nowhere") == ()


async def test_a_settled_step_can_only_be_opened_again_and_a_finished_run_offers_nothing() -> None:
    run = FakeRun()
    await run.submit(Sign(by="maria", steps=("notes",)))
    assert acts(run.state, "notes") == ("reopen",)
    await run.submit(Stop(by="maria", reason="over"))
    assert acts(run.state, "dashboards") == ()
    assert waiting(run.state) == ()


async def test_what_is_up_for_review_can_be_checked_again() -> None:
    """What was looked at was not ready: the check is made anew before anybody signs."""
    run = FakeRun()
    run.start("tests")
    run.record(StepWaiting(step="tests", ask=Ask(kind="sign", prompt="Read it")))
    assert acts(run.state, "tests") == ("sign", "retry", "na", "skip")
    assert (await run.submit(Retry(by="maria", step="tests"))).accepted
    assert run.status["tests"] == "pending"
    assert not (await run.submit(Retry(by="maria", step="notes"))).accepted


def test_what_waits_is_what_asks_and_what_holds() -> None:
    run = FakeRun()
    assert waiting(run.state) == ("notes", "dashboards", "approval", "backup", "announce")
    run.start("tests")
    run.finish("tests", "error", "no answer")
    assert "tests" in waiting(run.state)


@pytest.mark.parametrize(
    ("after", "by", "found"),
    [
        ("notes", 1, "dashboards"),
        ("announce", 1, "notes"),
        ("notes", -1, "announce"),
        ("tests", 1, "announce"),
        ("tests", -1, "backup"),
        ("look", 1, "notes"),
        ("reviews", 1, "notes"),
        ("reviews", -1, "announce"),
    ],
)
def test_the_next_that_waits_is_found_from_anywhere_round_the_end(after: str, by: int, found: str) -> None:
    assert next_waiting(FakeRun().state, after, by) == found


async def test_sign_offs_are_told_with_their_word_the_newest_first() -> None:
    run = FakeRun()
    await run.submit(Sign(by="maria", steps=("notes",), note="read"))
    run.clock.pass_(5)
    await run.submit(Skip(by="sam", steps=("dashboards",), reason="none", not_applicable=True))
    run.start("tests")
    run.finish("tests", "failed", "no")
    run.clock.pass_(5)
    await run.submit(Decide(by="maria", step="tests", verdict="passed", note="flaky"))
    run.clock.pass_(5)
    run.record(StepConfirmed(step="apply", by="maria"))
    told = [(one.word, one.by, one.step, one.note) for one in signoffs(run.state)]
    assert told == [
        ("started", "maria", "apply", ""),
        ("counted as passed", "maria", "tests", "flaky"),
        ("not applicable", "sam", "dashboards", "none"),
        ("signed", "maria", "notes", "read"),
    ]


async def test_a_heading_says_how_far_it_is_and_what_is_open() -> None:
    run = FakeRun()
    await run.submit(Sign(by="maria", steps=("notes",)))
    one = heading(run.state, "reviews")
    assert one is not None
    assert (one.settled, one.total, one.parallel, one.where) == (1, 6, True, "Preparation")
    assert ("waiting", "Two people approved") in one.open
    assert heading(run.state, "nowhere") is None
