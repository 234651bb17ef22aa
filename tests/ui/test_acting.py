"""The lead's keys: each does to the run what the screen says it does."""

import pytest
from alfred_tui.domain.events import TriggerMoved
from alfred_tui.domain.evidence import Evidence
from alfred_tui.domain.intents import Cancel, Decide, Declare, Reopen, Retry, Sign, Skip, Stop
from alfred_tui.domain.triggers import TriggerState
from alfred_tui.ui.screens.acting import ActingScreen

from tests.ui.fakes import FakeRun, app
from tests.ui.looking import go, main, sees, sees_no, tree, type_into, until

WIDE = (160, 48)


async def test_space_signs_with_the_leads_name() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await go(pilot, "notes")
        await pilot.press("space")
        await until(pilot, lambda: run.status["notes"] == "passed")
        assert run.intents == [Sign(by="maria", steps=("notes",))]
        await sees(pilot, "maria signed 12:00:00")


async def test_the_sign_off_is_in_view_with_its_grounds() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await go(pilot, "notes")
        await pilot.press("enter")
        await sees(pilot, "Your name")
        await type_into(pilot, "note", "read them")
        await type_into(pilot, "evidence", "https://notes")
        await pilot.press("enter")
        await until(pilot, lambda: run.status["notes"] == "passed")
        link = Evidence(label="link", value="https://notes", kind="link")
        assert run.intents == [Sign(by="maria", steps=("notes",), note="read them", evidence=(link,))]
        await sees(pilot, "12:00:00 ✍ maria Release notes are", "link: https://notes")


async def test_several_marked_items_are_signed_at_once() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await go(pilot, "notes")
        await pilot.press("m", "m")
        await sees(pilot, "2 marked", "sign 2 marked")
        await pilot.press("space")
        await until(pilot, lambda: run.status["dashboards"] == "passed")
        assert run.intents == [Sign(by="maria", steps=("notes", "dashboards"))]
        await sees_no(pilot, "marked")


async def test_a_heading_marks_every_open_step_under_it() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await go(pilot, "notes")
        await pilot.press("left", "m")
        assert tree(pilot.app).marked == {  # type: ignore[arg-type]
            "notes", "dashboards", "approval", "backup", "tests", "announce",
        }  # fmt: skip
        await pilot.press("m")
        assert not tree(pilot.app).marked  # type: ignore[arg-type]


async def test_on_a_heading_no_key_acts_on_the_step_that_was_left() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await go(pilot, "notes")
        await pilot.press("left")
        await sees(pilot, "SECTION reviews", "What four eyes saw")
        await pilot.press("space", "n", "s", "r", "x", "o")
        await pilot.pause()
        assert run.intents == []


async def test_a_second_person_signs_under_their_own_name() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await go(pilot, "approval")
        await pilot.press("space")
        await sees(pilot, "1 more to sign")
        await pilot.press("space")
        await sees(pilot, "signed already: maria")
        await type_into(pilot, "by", "maria")
        await pilot.press("enter")
        await until(pilot, lambda: len(run.intents) == 2)
        assert run.status["approval"] == "waiting"
        await pilot.press("space")
        await sees(pilot, "signed already: maria")
        await type_into(pilot, "by", "sam")
        await pilot.press("enter")
        await until(pilot, lambda: run.status["approval"] == "passed")
        await sees(pilot, "maria signed", "sam signed")


async def test_evidence_that_is_needed_is_asked_for() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await go(pilot, "backup")
        await pilot.press("space")
        await sees(pilot, "a note or evidence is needed here")
        await pilot.press("enter")
        await sees(pilot, "A note is needed here")
        await type_into(pilot, "evidence", "./restore.log")
        await pilot.press("enter")
        await until(pilot, lambda: run.status["backup"] == "passed")
        assert run.state.steps["backup"].signatures[0].evidence[0].kind == "file"


@pytest.mark.parametrize(("key", "not_applicable"), [("n", True), ("s", False)])
async def test_a_step_is_settled_without_being_done_only_with_a_reason(
    key: str, not_applicable: bool
) -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await go(pilot, "dashboards")
        await pilot.press(key)
        await sees(pilot, "Because")
        await pilot.press("enter")
        await sees(pilot, "A reason is needed")
        await type_into(pilot, "reason", "none here")
        await pilot.press("enter")
        await until(pilot, lambda: run.status["dashboards"] == "skipped")
        told = Skip(by="maria", steps=("dashboards",), reason="none here", not_applicable=not_applicable)
        assert run.intents == [told]
        await sees(pilot, "not applicable Dashboards" if not_applicable else "skipped Dashboards")


async def test_a_settled_step_is_opened_again() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await go(pilot, "notes")
        await pilot.press("space")
        await sees(pilot, "o re-open")
        await pilot.press("o")
        await sees(pilot, "what was signed stays in the journal")
        await type_into(pilot, "reason", "wrong file")
        await pilot.press("enter")
        await until(pilot, lambda: run.status["notes"] == "waiting")
        assert run.intents[-1] == Reopen(by="maria", step="notes", reason="wrong file")


async def test_a_check_that_failed_is_retried_with_one_key() -> None:
    run = FakeRun()
    run.start("tests")
    run.finish("tests", "failed", "2 of 80 failed")
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await sees(pilot, "✘ failed", "2 of 80 failed", "r retry")
        await pilot.press("r")
        await until(pilot, lambda: run.status["tests"] == "pending")
        assert run.intents == [Retry(by="maria", step="tests")]


async def test_a_failed_step_is_decided_with_a_note() -> None:
    run = FakeRun()
    run.start("tests")
    run.finish("tests", "failed", "2 of 80 failed")
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await sees(pilot, "decide")
        await pilot.press("enter")
        await sees(pilot, "What to do")
        await pilot.press("2", "enter")
        await sees(pilot, "A note is needed")
        await type_into(pilot, "note", "flaky")
        await pilot.press("enter")
        await until(pilot, lambda: run.status["tests"] == "passed")
        assert run.intents == [Decide(by="maria", step="tests", verdict="passed", note="flaky")]
        await sees(pilot, "counted as passed All tests pass")


async def ready_to_apply(run: FakeRun) -> None:
    for step in ("notes", "dashboards", "approval", "backup", "tests", "announce"):
        await run.submit(Skip(by="maria", steps=(step,), reason="rehearsal"))


async def test_a_change_starts_only_after_its_word() -> None:
    run = FakeRun()
    await ready_to_apply(run)
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await sees(pilot, "Type apply to start")
        await pilot.press("enter")
        await sees(pilot, "kubectl apply -k prod")
        await type_into(pilot, "word", "aply")
        await pilot.press("enter")
        await sees(pilot, "nothing has been done")
        await type_into(pilot, "word", "apply")
        await pilot.press("enter")
        await until(pilot, lambda: run.state.steps["apply"].confirmed_by == "maria")


async def test_a_placeholder_is_asked_for_once() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await go(pilot, "announce")
        await pilot.press("enter")
        await sees(pilot, "The ticket of this change", "CHG-1")
        await pilot.press("enter")
        await until(pilot, lambda: run.state.values == {"ticket": "CHG-1"})


async def test_a_running_check_is_cancelled_at_once() -> None:
    run = FakeRun()
    run.start("tests")
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await sees(pilot, "▶ running", "x cancel")
        await pilot.press("x")
        await until(pilot, lambda: run.cancelled == ["tests"])


async def test_a_running_change_is_cancelled_only_after_a_word() -> None:
    run = FakeRun()
    await ready_to_apply(run)
    run.start("apply")
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await sees(pilot, "▶ running")
        await pilot.press("x")
        await sees(pilot, "What it has done so far stays")
        assert run.cancelled == []
        await type_into(pilot, "word", "cancel")
        await pilot.press("enter")
        await until(pilot, lambda: run.cancelled == ["apply"])
        assert run.intents[-1] == Cancel(by="maria", step="apply")


async def test_p_pauses_and_goes_on() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("p")
        await sees(pilot, "paused by maria", "p continue")
        await pilot.press("p")
        await sees_no(pilot, "paused by maria")


async def test_a_trigger_is_declared_with_what_was_seen() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("D")
        await sees(pilot, "Declare a rollback trigger")
        await pilot.press("down", "enter")
        await sees(pilot, "Say what was seen.")
        await type_into(pilot, "note", "blank page")
        await pilot.press("enter")
        await until(pilot, lambda: run.intents == [Declare(by="maria", trigger="broken", note="blank page")])
        await sees(pilot, "ROLLBACK TRIGGER FIRED", "declared by maria: blank page")


async def test_a_fired_trigger_is_told_wherever_the_lead_looks() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        fired = TriggerState(status="fired", since=run.clock(), value=2.5, subject="shop", message="2.5%")
        run.record(TriggerMoved(trigger="errors", state=fired))
        await sees(pilot, "✘ ROLLBACK TRIGGER FIRED  ctrl+r", "✘ fired Error rate")


async def test_the_run_is_stopped_with_a_reason() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("X")
        await sees(pilot, "what was done stays done")
        await type_into(pilot, "reason", "window over")
        await pilot.press("enter")
        await until(pilot, lambda: run.state.result == "stopped")
        assert run.intents == [Stop(by="maria", reason="window over")]


async def test_escape_leaves_everything_as_it_is() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await go(pilot, "notes")
        for key in ("enter", "n", "s", "X", "D"):
            await pilot.press(key)
            await until(pilot, lambda: len(pilot.app.screen_stack) == 2)
            await pilot.press("escape")
            await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        assert run.intents == []


async def test_a_refusal_is_told_in_its_own_words() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await go(pilot, "tests")
        await pilot.press("space")
        await sees(pilot, "is not waiting for a signature")


async def test_one_key_goes_to_the_next_step_that_waits_for_the_lead() -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        await sees(pilot, "◆ 5 for you")
        await go(pilot, "dashboards")
        await pilot.press("right_square_bracket")
        assert main(pilot.app).selected == "approval"  # type: ignore[arg-type]
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert main(pilot.app).selected == "notes"  # type: ignore[arg-type]


async def test_a_key_is_not_taken_for_a_step_that_came_under_the_cursor_by_itself(
    pilot_hold: None,
) -> None:
    run = FakeRun()
    async with app(run).run_test(size=WIDE, notifications=True) as pilot:
        before = main(pilot.app).selected  # type: ignore[arg-type]
        main(pilot.app)._came_by_itself = 0.0  # type: ignore[arg-type]
        await pilot.press("space")
        await until(pilot, lambda: main(pilot.app).selected != before)  # type: ignore[arg-type]
        await pilot.press("space")
        await sees(pilot, "has just moved")
        assert len(run.intents) == 1


@pytest.fixture
def pilot_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActingScreen, "HOLD_STILL", 3600.0)
