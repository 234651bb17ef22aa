"""A rollback that starts by itself: its countdown stands on every screen, and one key stops it."""

import msgspec
from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.domain.run.events import CountdownStarted, RunFinished, SoakEnded
from alfred_tui.domain.run.intents import StopCountdown

from tests.ui.fakes import CHECKLIST, NOON, FakeClock, FakeRun
from tests.ui.seat import NARROW, seat
from tests.ui.test_rollback_screen import with_point

COUNTDOWN = CountdownStarted(
    trigger="errors", procedure="application", ends_at=NOON + 42, reason="Error rate above 1%"
)


def soaking() -> Checklist:
    rollback = msgspec.structs.replace(CHECKLIST.rollback, soak=900.0)
    return msgspec.structs.replace(CHECKLIST, rollback=rollback)


async def test_the_countdown_stands_in_the_header_and_x_stops_it() -> None:
    run = with_point()
    async with seat(run) as lead:
        await lead.go("tests")
        run.start("tests")
        run.record(COUNTDOWN)
        await lead.sees("ROLLS BACK IN 0:42 · x stops it", "x stop the rollback")
        run.clock.pass_(2)
        await lead.sees("ROLLS BACK IN 0:40")
        await lead.press("x")
        await lead.sees_no("ROLLS BACK")
        assert run.intents == [StopCountdown(by="maria")]
        assert run.status["tests"] == "running"
        await lead.press("x")
        await lead.until(lambda: run.cancelled == ["tests"])


async def test_the_countdown_stands_on_the_rollback_screen_and_x_stops_it_while_the_word_is_typed() -> None:
    run = with_point()
    async with seat(run) as lead:
        await lead.press("ctrl+r", "r", "o")
        run.record(COUNTDOWN)
        await lead.sees(
            "ROLLBACK BY ITSELF IN 0:42 · x stops it",
            "It starts by itself at 12:00:42: Error rate above 1%.",
            "x stop the rollback",
        )
        await lead.press("x")
        await lead.sees("Its start by itself was stopped, and stays so until the trigger has cleared.")
        await lead.press(*"llback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        assert run.intents[0] == StopCountdown(by="maria")


async def test_a_watcher_sees_the_countdown_and_has_no_key_for_it() -> None:
    run = with_point()
    async with seat(run, leads=False) as lead:
        run.record(COUNTDOWN)
        await lead.sees("ROLLS BACK IN 0:42")
        assert "x stop" not in lead.text
        await lead.press("x", "ctrl+r")
        await lead.sees("ROLLBACK BY ITSELF IN 0:42")
        await lead.press("x")
        assert "x stop" not in lead.text
        assert run.state.countdown is not None


async def test_on_a_narrow_terminal_it_is_shorter_and_still_there() -> None:
    run = with_point()
    async with seat(run, size=NARROW) as lead:
        run.record(COUNTDOWN)
        await lead.sees("BACK IN 0:42 · x", "x stop the rollback")


async def test_the_soak_after_the_run_is_shown_until_it_is_over() -> None:
    clock = FakeClock()
    run = FakeRun(clock, checklist=soaking())
    run.start("apply")
    run.finish("apply")
    run.record(RunFinished(result="done"))
    async with seat(run, size=(200, 40)) as lead:
        await lead.sees("soak: triggers watched 15:00 more")
        clock.pass_(60)
        await lead.sees("soak: triggers watched 14:00 more")
        await lead.press("q")
        await lead.sees("The triggers are still watched", "The soak lasts 14:00 more")
        await lead.press("n")
        clock.pass_(900)
        await lead.sees_no("soak")


async def test_a_soak_in_which_nothing_was_seen_does_not_end_as_if_all_were_well() -> None:
    run = FakeRun(checklist=soaking())
    run.start("apply")
    run.finish("apply")
    run.record(RunFinished(result="done"))
    told = "trigger errors of shop was not seen for 15:00 (no data)"
    run.record(SoakEnded(by="ann", unseen=told))
    async with seat(run, size=(200, 40)) as lead:
        await lead.sees(
            "not known to be good", "In the soak trigger errors of shop was not seen", "(no data)"
        )
