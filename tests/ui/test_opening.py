"""The first paint waits for nothing; what is slow is opened behind it."""

import asyncio
import subprocess
import sys

import pytest
from alfred_tui.domain.errors import CockpitError
from alfred_tui.ui.app import CockpitApp
from alfred_tui.ui.ports import AskResume, Cockpit, Tell
from alfred_tui.ui.screens.main import MainScreen

from tests.ui.fakes import FakeRun, cockpit
from tests.ui.seat import NARROW, Seat


async def test_the_screen_says_what_is_opened_and_then_shows_it() -> None:
    ready = asyncio.Event()

    async def opening(ask: AskResume, tell: Tell) -> Cockpit:
        await ready.wait()
        return cockpit()

    app = CockpitApp(opening=opening, told="Starting the embedded cluster …")
    async with app.run_test(size=NARROW) as pilot:
        lead = Seat(app, pilot)
        await lead.sees("Starting the embedded cluster …")
        ready.set()
        await lead.until(lambda: isinstance(app.screen, MainScreen))
        await lead.sees("CHECKLIST")


@pytest.mark.parametrize(("key", "resumes"), [("enter", True), ("y", True), ("n", False)])
async def test_whether_to_resume_is_asked_first(key: str, resumes: bool) -> None:
    answers: list[bool] = []

    async def opening(ask: AskResume, tell: Tell) -> Cockpit:
        answers.append(await ask("Run 20270115-1200 is unfinished: 12 of 120 settled."))
        return cockpit()

    app = CockpitApp(opening=opening)
    async with app.run_test(size=NARROW) as pilot:
        lead = Seat(app, pilot)
        await lead.sees("12 of 120 settled.", "Resume it?", "n start a new run")
        await lead.press(key)
        await lead.sees("CHECKLIST")
        assert answers == [resumes]


async def test_what_cannot_be_opened_ends_the_screen_with_its_error() -> None:
    async def opening(ask: AskResume, tell: Tell) -> Cockpit:
        raise CockpitError("The state folder cannot be written.")

    app = CockpitApp(opening=opening)
    async with app.run_test(size=NARROW):
        await Seat(app, None).until(lambda: app._exit)  # type: ignore[arg-type]
    assert "cannot be written" in str(app.refused)


async def test_one_can_leave_while_it_opens() -> None:
    async def opening(ask: AskResume, tell: Tell) -> Cockpit:
        await asyncio.Event().wait()
        raise AssertionError

    app = CockpitApp(opening=opening, told="Opening …")
    async with app.run_test(size=NARROW) as pilot:
        lead = Seat(app, pilot)
        await lead.sees("Opening …")
        await lead.press("space", "ctrl+r", "question_mark", "q")
        await lead.until(lambda: app._exit)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_what_the_opening_waits_for_is_said_and_one_can_leave(key: str) -> None:
    async def opening(ask: AskResume, tell: Tell) -> Cockpit:
        tell("Run 7 is held by bob on desk; waiting until 21:04:30 to see whether it is alive.")
        await asyncio.Event().wait()
        raise AssertionError

    app = CockpitApp(opening=opening, told="Opening production …")
    async with app.run_test(size=NARROW) as pilot:
        lead = Seat(app, pilot)
        await lead.sees("Opening production …", "held by bob on desk", "until 21:04:30", "q leaves")
        await lead.press(key)
        await lead.until(lambda: app._exit)


async def test_what_is_told_once_the_cockpit_is_open_is_a_notice() -> None:
    tells: list[Tell] = []

    async def opening(ask: AskResume, tell: Tell) -> Cockpit:
        tells.append(tell)
        return cockpit(unguarded=lambda: True)

    app = CockpitApp(opening=opening)
    async with app.run_test(size=(200, 50)) as pilot:
        lead = Seat(app, pilot)
        await lead.sees("CHECKLIST", "only this machine is guarded")
        tells[0]("bob@desk leads now; this cockpit may only watch.")
        await lead.until(lambda: [one.message for one in app._notifications])
        assert "bob@desk leads now" in next(iter(app._notifications)).message


async def test_a_lead_whose_lease_cannot_be_renewed_sees_that_nothing_starts_for_as_long_as_it_lasts() -> (
    None
):
    quiet = [True]

    async def opening(ask: AskResume, tell: Tell) -> Cockpit:
        return cockpit(silent=lambda: bool(quiet))

    app = CockpitApp(opening=opening)
    async with app.run_test(size=NARROW) as pilot:
        lead = Seat(app, pilot)
        await lead.sees("NO STARTS: LEASE")
        await lead.resize(200, 50)
        await lead.sees("NO STEP IS STARTED: THE LEASE CANNOT BE RENEWED")
        quiet.clear()
        await lead.until(lambda: "NO STEP IS STARTED" not in lead.text)


async def test_who_was_taken_over_sees_it_for_as_long_as_the_screen_is_open() -> None:
    async def opening(ask: AskResume, tell: Tell) -> Cockpit:
        return cockpit(overtaken=lambda: True)

    app = CockpitApp(opening=opening)
    async with app.run_test(size=NARROW) as pilot:
        lead = Seat(app, pilot)
        await lead.sees("NO STARTS: ANOTHER LEADS")
        await lead.resize(200, 50)
        await lead.sees("NO STEP IS STARTED: ANOTHER LEADS HERE")


async def test_a_small_terminal_is_told_so_after_opening_too() -> None:
    async def opening(ask: AskResume, tell: Tell) -> Cockpit:
        return cockpit()

    app = CockpitApp(opening=opening)
    async with app.run_test(size=(50, 12)) as pilot:
        lead = Seat(app, pilot)
        await lead.until(lambda: any(isinstance(one, MainScreen) for one in app.screen_stack))
        await lead.sees("The cockpit needs 60×16.")
        await lead.resize(100, 30)
        await lead.sees("CHECKLIST")


async def test_the_cluster_is_connected_after_the_first_paint() -> None:
    seen: list[str] = []

    async def connect() -> None:
        seen.append(lead.text)

    app = CockpitApp(cockpit(FakeRun(), connect=connect))
    async with app.run_test(size=NARROW) as pilot:
        lead = Seat(app, pilot)
        await lead.until(lambda: seen)
    assert "CHECKLIST" in seen[0]


def test_what_the_first_paint_does_not_need_is_not_loaded_before_it() -> None:
    code = "import sys, alfred_tui.ui.app; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    for name in (
        "alfred_tui.ui.screens.main", "alfred_tui.ui.screens.asking", "alfred_tui.ui.screens.rollback",
        "alfred_tui.ui.screens.help", "alfred_tui.ui.widgets.search_box", "alfred_tui.engine",
        "alfred_tui.actions", "alfred_tui.cluster", "kubernetes", "aiohttp", "yaml",
    ):  # fmt: skip
        assert name not in loaded
