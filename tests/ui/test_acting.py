"""The lead's keys: each does to the run what the screen says it does."""

from collections.abc import Sequence

import pytest
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.evidence import Evidence
from alfred_tui.domain.run.events import Ask, RunContinued, RunFinished, RunPaused, StepWaiting, TriggerMoved
from alfred_tui.domain.run.intents import (
    Cancel,
    Confirm,
    Continue,
    Decide,
    Declare,
    Reopen,
    Retry,
    RollBack,
    Sign,
    Skip,
    Stop,
)
from alfred_tui.domain.run.triggers import TriggerState
from alfred_tui.ui.screens.acting import ActingScreen
from msgspec.structs import replace

from tests.ui.fakes import CHECKLIST, FakeRun
from tests.ui.seat import NARROW, seat


async def test_space_signs_with_the_leads_name() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press("space")
        await lead.until(lambda: run.status["notes"] == "passed")
        assert run.intents == [Sign(by="maria", steps=("notes",))]
        await lead.sees("maria signed 12:00:00")


async def test_the_sign_off_is_in_view_with_its_grounds() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press("enter")
        await lead.sees("Your name")
        await lead.write("note", "read them")
        await lead.write("evidence", "https://notes")
        await lead.press("enter")
        await lead.until(lambda: run.status["notes"] == "passed")
        link = Evidence(label="link", value="https://notes", kind="link")
        assert run.intents == [Sign(by="maria", steps=("notes",), note="read them", evidence=(link,))]
        await lead.sees("12:00:00 ✎ maria Release notes are", "link: https://notes")


async def test_grounds_that_do_not_fit_beside_the_title_have_a_line_of_their_own() -> None:
    run = FakeRun()
    async with seat(run, size=(120, 40)) as lead:
        link = Evidence(label="link", value="https://git/9", kind="link")
        await run.submit(Sign(by="maria", steps=("notes",), note="read them", evidence=(link,)))
        await run.submit(Sign(by="maria", steps=("dashboards",)))
        await lead.sees("         read them · https://git/9")
        assert len([line for line in lead.text.splitlines() if "✎ maria" in line]) == 2
        await lead.focus("#panel-signoff")
        await lead.press("home", "enter")
        await lead.until(lambda: lead.selected == "notes")
        await lead.focus("#panel-signoff")
        await lead.press("z")
        await lead.sees("Release notes are written: read them · https://git/9")


async def test_several_marked_items_are_signed_at_once() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press("m", "m")
        await lead.sees("2 marked", "sign 2 marked")
        await lead.press("space")
        await lead.until(lambda: run.status["dashboards"] == "passed")
        assert run.intents == [Sign(by="maria", steps=("notes", "dashboards"))]
        await lead.sees_no("marked")


async def test_a_heading_marks_every_open_step_under_it() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press("left", "m")
        assert lead.tree.marked == {
            "notes", "dashboards", "approval", "backup", "tests", "announce",
        }  # fmt: skip
        await lead.press("m")
        assert not lead.tree.marked


async def test_escape_takes_marks_away_that_were_not_meant() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press("left", "m")
        await lead.sees("6 marked")
        await lead.press("escape")
        await lead.sees_no("marked")
        assert not lead.tree.marked


async def test_on_a_heading_no_key_acts_on_the_step_that_was_left() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press("left")
        await lead.sees("SECTION reviews", "What four eyes saw")
        await lead.press("space", "n", "s", "r", "x", "o")
        await lead.settle()
        assert run.intents == []


async def test_a_second_person_signs_under_their_own_name() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("approval")
        await lead.press("space")
        await lead.sees("1 more to sign")
        await lead.press("space")
        await lead.sees("signed already: maria")
        await lead.write("by", "Maria")
        await lead.write("note", "seen")
        await lead.press("enter")
        await lead.sees("the other person's", "seen")
        assert len(run.intents) == 1
        await lead.write("by", "sam")
        await lead.press("enter")
        await lead.until(lambda: run.status["approval"] == "passed")
        await lead.sees("maria signed", "sam signed")


async def test_evidence_that_is_needed_is_asked_for() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("backup")
        await lead.press("space")
        await lead.sees("a note or evidence is needed here")
        await lead.press("enter")
        await lead.sees("A note is needed here")
        await lead.write("evidence", "./restore.log")
        await lead.press("enter")
        await lead.until(lambda: run.status["backup"] == "passed")
        assert run.state.steps["backup"].signatures[0].evidence[0].kind == "file"


async def test_what_was_found_stands_right_under_the_question_about_it() -> None:
    run = FakeRun()
    run.start("tests")
    found = (Evidence(label="destroy", value="1"), Evidence(label="destroy", value="queue.jobs"))
    run.record(StepWaiting(step="tests", ask=Ask(kind="sign", prompt="Read every destroy"), evidence=found))
    async with seat(run, size=NARROW) as lead:
        await lead.go("tests")
        await lead.sees("destroy: queue.jobs", "r retry")
        lines = lead.text.splitlines()
        at = next(number for number, line in enumerate(lines) if "◆ Read every destroy" in line)
        assert "destroy: 1" in lines[at + 1]


async def test_white_space_is_no_evidence() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("backup")
        await lead.press("space")
        await lead.write("note", "   ")
        await lead.write("evidence", "  ")
        await lead.press("enter")
        await lead.sees("A note is needed here")
        assert run.intents == []


async def test_a_settled_step_cannot_be_marked_and_one_settled_meanwhile_is_marked_no_more() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press("m")
        await lead.sees("1 marked")
        await run.submit(Sign(by="sam", steps=("notes",)))
        await lead.sees_no("1 marked")
        await lead.go("notes")
        await lead.press("m")
        await lead.is_told("is settled")
        assert not lead.tree.marked


@pytest.mark.parametrize(("key", "not_applicable"), [("n", True), ("s", False)])
async def test_a_step_is_settled_without_being_done_only_with_a_reason(
    key: str, not_applicable: bool
) -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("dashboards")
        await lead.press(key)
        await lead.sees("Because")
        await lead.press("enter")
        await lead.sees("A reason is needed")
        await lead.write("reason", "none here")
        await lead.press("enter")
        await lead.until(lambda: run.status["dashboards"] == "skipped")
        told = Skip(by="maria", steps=("dashboards",), reason="none here", not_applicable=not_applicable)
        assert run.intents == [told]
        await lead.sees("maria not applicable" if not_applicable else "maria skipped")


async def test_a_settled_step_is_opened_again() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press("space")
        await lead.sees("o re-open")
        await lead.press("o")
        await lead.sees("what was signed stays in the journal")
        await lead.write("reason", "wrong file")
        await lead.press("enter")
        await lead.until(lambda: run.status["notes"] == "waiting")
        assert run.intents[-1] == Reopen(by="maria", step="notes", reason="wrong file")


async def test_a_check_that_failed_is_retried_with_one_key() -> None:
    run = FakeRun()
    run.start("tests")
    run.finish("tests", "failed", "2 of 80 failed")
    async with seat(run) as lead:
        await lead.sees("✘ failed", "2 of 80 failed", "r retry")
        await lead.press("r")
        await lead.until(lambda: run.status["tests"] == "pending")
        assert run.intents == [Retry(by="maria", step="tests")]


async def test_a_failed_step_is_decided_with_a_note() -> None:
    run = FakeRun()
    run.start("tests")
    run.finish("tests", "failed", "2 of 80 failed")
    async with seat(run) as lead:
        await lead.sees("decide")
        await lead.press("enter")
        await lead.sees("What to do")
        await lead.press("2", "enter")
        await lead.sees("A note is needed")
        await lead.write("note", "flaky")
        await lead.press("enter")
        await lead.until(lambda: run.status["tests"] == "passed")
        assert run.intents == [Decide(by="maria", step="tests", verdict="passed", note="flaky")]
        await lead.sees("maria counted as passed")


async def test_the_question_about_a_failed_step_leads_to_the_way_back_too() -> None:
    run = FakeRun()
    run.start("tests")
    run.finish("tests", "failed", "2 of 80 failed")
    async with seat(run) as lead:
        await lead.press("enter")
        await lead.sees("5 roll back: opens the way back")
        await lead.press("5", "enter")
        await lead.sees("type rollback and press enter")
        assert run.intents == []
        await lead.press("escape")
        await lead.sees_no("What to do")


async def test_the_question_about_a_failed_step_can_end_the_run() -> None:
    run = FakeRun()
    run.start("tests")
    run.finish("tests", "failed", "2 of 80 failed")
    async with seat(run) as lead:
        await lead.press("enter", "6", "enter")
        await lead.sees("A note is needed")
        await lead.write("note", "not tonight")
        await lead.press("enter")
        await lead.until(lambda: run.state.result is not None)
        assert run.intents == [Stop(by="maria", reason="not tonight")]


async def ready_to_apply(run: FakeRun) -> None:
    for step in ("notes", "dashboards", "approval", "backup", "tests", "announce"):
        await run.submit(Skip(by="maria", steps=(step,), reason="rehearsal"))


async def test_a_change_starts_only_after_its_word() -> None:
    run = FakeRun()
    await ready_to_apply(run)
    async with seat(run) as lead:
        await lead.sees("Type apply to start")
        await lead.press("enter")
        await lead.sees("kubectl apply -k prod")
        await lead.write("word", "aply")
        await lead.press("enter")
        await lead.sees("nothing has been done")
        await lead.write("word", "apply")
        await lead.press("enter")
        await lead.until(lambda: run.state.steps["apply"].confirmed_by == "maria")


async def test_a_placeholder_is_asked_for_once() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("announce")
        await lead.press("enter")
        await lead.sees("The ticket of this change", "CHG-1")
        await lead.press("enter")
        await lead.until(lambda: run.state.values == {"ticket": "CHG-1"})


async def test_a_running_check_is_cancelled_at_once() -> None:
    run = FakeRun()
    run.start("tests")
    async with seat(run) as lead:
        await lead.sees("▶ running", "x cancel")
        await lead.press("x")
        await lead.until(lambda: run.cancelled == ["tests"])


def previewed() -> FakeRun:
    """A run whose change has a preview."""
    phase = CHECKLIST.phases[-1]
    steps = tuple(replace(s, preview="diff") if s.id == "apply" else s for s in phase.sections[0].steps)
    release = replace(phase, sections=(replace(phase.sections[0], steps=steps),))
    return FakeRun(checklist=replace(CHECKLIST, phases=(*CHECKLIST.phases[:-1], release)))


async def test_what_would_change_stands_above_the_word() -> None:
    run = previewed()
    await ready_to_apply(run)

    async def preview(step: str) -> Sequence[str]:
        return [f"diff of {step}", "-  image: shop:1", "+  image: shop:2"]

    async with seat(run, preview=preview) as lead:
        await lead.press("enter")
        await lead.sees("WHAT WOULD CHANGE", "diff of apply", "-  image: shop:1", "Type apply to start")
        await lead.write("word", "apply")
        await lead.press("enter")
        await lead.until(lambda: isinstance(run.intents[-1], Confirm))
    confirmed = run.intents[-1]
    assert isinstance(confirmed, Confirm)
    assert [one.value.splitlines()[0] for one in confirmed.shown] == ["diff of apply"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_long_difference_leaves_the_word_in_view_and_can_be_read_on(size: tuple[int, int]) -> None:
    run = previewed()
    await ready_to_apply(run)

    async def preview(step: str) -> Sequence[str]:
        return [f"+line {number}" for number in range(60)]

    async with seat(run, preview=preview, size=size) as lead:
        await lead.press("enter")
        await lead.sees("+line 1", "Type apply to start", "pgdn read on")
        await lead.press(*["pagedown"] * 15)
        await lead.sees("+line 59", "Type apply to start")


async def test_what_would_change_and_cannot_be_read_is_said() -> None:
    run = previewed()
    await ready_to_apply(run)

    async def preview(step: str) -> Sequence[str]:
        raise CockpitError("It ended with exit 2: no route to host.")

    async with seat(run, preview=preview) as lead:
        await lead.press("enter")
        await lead.sees("What would change could not be read", "no route to host", "Type apply to start")
        assert "Nothing would change" not in lead.text
        await lead.write("word", "apply")
        await lead.press("enter")
        await lead.until(lambda: isinstance(run.intents[-1], Confirm))
    confirmed = run.intents[-1]
    assert isinstance(confirmed, Confirm)
    assert "could not be read" in confirmed.shown[0].value


async def test_a_running_change_is_cancelled_only_after_a_word() -> None:
    run = FakeRun()
    await ready_to_apply(run)
    run.start("apply")
    async with seat(run) as lead:
        await lead.sees("▶ running")
        await lead.press("x")
        await lead.sees("What it has done so far stays")
        assert run.cancelled == []
        await lead.write("word", "cancel")
        await lead.press("enter")
        await lead.until(lambda: run.cancelled == ["apply"])
        assert run.intents[-1] == Cancel(by="maria", step="apply")


async def test_why_the_cockpit_paused_the_run_is_told_where_the_lead_looks() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        run.record(RunPaused(by="the cockpit", reason="The context prod means another server now."))
        await lead.sees("The run is paused by the cockpit: The", "context prod means another server now.")
        await lead.sees("Paused by the cockpit:")  # said once more, for who looks elsewhere
        await lead.press("left")
        await lead.sees("The run is paused by the cockpit: The", "context prod means another server now.")
        run.record(RunContinued(by="maria"))
        await lead.go("notes")
        await lead.until(lambda: "The run is paused" not in lead.text)


async def test_a_run_that_was_stopped_says_why_and_that_it_may_go_on() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        run.record(RunFinished(result="stopped", reason="backup waits for an attestation"))
        await lead.sees("The run is stopped: backup waits for an", "p continue")
        await lead.press("p")
        await lead.until(lambda: run.intents[-1:] == [Continue(by="maria")])


async def test_a_run_that_is_through_offers_no_pause_and_no_marks() -> None:
    run = FakeRun()
    async with seat(run, size=(200, 60)) as lead:
        await lead.sees("m mark", "p pause")
        run.record(RunFinished(result="done"))
        await lead.sees_no("p pause")
        assert "m mark" not in lead.text


async def test_p_pauses_and_goes_on() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("p")
        await lead.sees("paused by maria", "p continue")
        await lead.press("p")
        await lead.sees_no("paused by maria")


async def test_a_trigger_is_declared_with_what_was_seen() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("D")
        await lead.sees("Declare a rollback trigger")
        await lead.press("down", "enter")
        await lead.sees("Say what was seen.")
        await lead.write("note", "blank page")
        await lead.press("enter")
        await lead.until(lambda: run.intents == [Declare(by="maria", trigger="broken", note="blank page")])
        await lead.sees("ROLLBACK TRIGGER FIRED", "✘ fired Critical", "declared by maria: blank")


async def test_a_fired_trigger_is_told_wherever_the_lead_looks() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        fired = TriggerState(status="fired", since=run.clock(), value=2.5, subject="shop", message="2.5%")
        run.record(TriggerMoved(trigger="errors", state=fired))
        await lead.sees("✘ ROLLBACK TRIGGER FIRED  ctrl+r", "✘ fired Error rate")
        assert not lead.app._notifications  # it is told once, and nothing is covered
        for panel, key in (("#panel-rollouts", "enter"), ("#panel-rollouts", "l"), ("CanaryPanel", "z")):
            await lead.focus(panel)
            await lead.press(key)
            await lead.sees("✘ ROLLBACK TRIGGER FIRED  ctrl+r")
            await lead.press("escape")


async def test_the_run_is_stopped_with_a_reason() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("X")
        await lead.sees("what was done stays done")
        await lead.write("reason", "window over")
        await lead.press("enter")
        await lead.until(lambda: run.state.result == "stopped")
        assert run.intents == [Stop(by="maria", reason="window over")]


async def test_escape_leaves_everything_as_it_is() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        for key in ("enter", "n", "s", "X", "D"):
            await lead.press(key)
            await lead.until(lambda: len(lead.app.screen_stack) == 2)
            await lead.press("escape")
            await lead.until(lambda: len(lead.app.screen_stack) == 1)
        assert run.intents == []


async def test_a_refusal_is_told_in_its_own_words() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("tests")
        await lead.press("space")
        await lead.is_told("is not waiting for a signature")


async def test_one_key_goes_to_the_next_step_that_waits_for_the_lead() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.sees("◆ 5 for you")
        await lead.go("dashboards")
        await lead.press("right_square_bracket")
        assert lead.selected == "approval"
        await lead.press("left_square_bracket", "left_square_bracket")
        assert lead.selected == "notes"


async def test_a_key_is_not_taken_for_a_step_that_came_under_the_cursor_by_itself(
    pilot_hold: None,
) -> None:
    run = FakeRun()
    async with seat(run) as lead:
        before = lead.selected
        lead.main._came_by_itself = float("-inf")
        await lead.press("space")
        await lead.until(lambda: lead.selected != before)
        await lead.press("space")
        await lead.sees("has just moved")
        assert len(run.intents) == 1


@pytest.fixture
def pilot_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActingScreen, "HOLD_STILL", 3600.0)


async def test_who_skips_a_check_that_refused_is_told_what_begins_then() -> None:
    """A restore that is not safe: skipped, the check would let the services be stopped at once."""
    application, database = CHECKLIST.rollback.procedures
    check = Step(id="check", title="May it be restored", action=a.Run(command="check"), changes=False)
    stop = Step(id="stop", title="Stop the services", action=a.Scale(deployments=("shop",), replicas=0))
    database = replace(database, steps=(check, stop, *database.steps))
    rollback = replace(CHECKLIST.rollback, procedures=(application, database))
    run = FakeRun(checklist=replace(CHECKLIST, rollback=rollback))
    await run.submit(RollBack(by="maria", procedure="database", word="rollback"))
    run.start("check")
    run.finish("check", "failed", "the restore is not safe")
    async with seat(run) as lead:
        await lead.go("check")
        await lead.press("s")
        await lead.sees("it lets this begin at once", "“Stop the services”: scale shop")
        await lead.press("escape", "enter")
        await lead.sees("Counted as passed or skipped, it lets this begin at once: “Stop")
