"""Help, the palette, and leaving: what they say is what is so."""

from alfred_tui.domain.run.events import RunFinished, StepCancelAsked
from alfred_tui.ui.screens.help import words
from alfred_tui.ui.widgets.pods import PodsPanel

from tests.ui.fakes import FakeRun
from tests.ui.seat import seat


async def test_quitting_while_steps_run_says_what_goes_on_and_asks() -> None:
    run = FakeRun()
    run.start("tests")
    async with seat(run) as lead:
        await lead.press("q")
        await lead.sees("1 step is running", "▶ All tests pass", "Commands go on without this screen")
        await lead.press("escape")
        await lead.sees_no("Commands go on")
        assert not lead.app._exit
        await lead.press("q", "y")
        await lead.until(lambda: lead.app._exit)


async def test_quitting_before_a_cancelled_step_has_ended_says_that_it_still_is_to_be() -> None:
    run = FakeRun()
    run.start("tests")
    run.record(StepCancelAsked(step="tests", by="ann"))
    async with seat(run) as lead:
        await lead.sees("being cancelled")
        await lead.press("q")
        await lead.sees("▶ All tests pass — to be cancelled, also by who resumes")


async def test_quitting_while_sign_offs_wait_names_them_and_asks() -> None:
    async with seat() as lead:
        await lead.press("q")
        await lead.sees("The run is not over: ", "wait for a person", "◆ Release notes are written")
        await lead.sees("Nothing is lost: what was done and signed is recorded.")
        await lead.press("n")
        await lead.sees_no("Nothing is lost")
        assert not lead.app._exit
        await lead.press("q", "q")
        await lead.until(lambda: lead.app._exit)


async def test_quitting_a_demo_says_that_it_ends() -> None:
    run = FakeRun(mode="demo", scenario="healthy")
    run.start("tests")
    async with seat(run) as lead:
        await lead.press("q")
        await lead.sees("The demo's cluster and commands end with its screen")
        assert "go on without" not in lead.text


async def test_quitting_a_run_that_is_over_asks_nothing() -> None:
    run = FakeRun()
    run.record(RunFinished(result="stopped"))
    async with seat(run) as lead:
        await lead.press("q")
        await lead.until(lambda: lead.app._exit)


async def test_ctrl_c_asks_as_q_does() -> None:
    run = FakeRun()
    run.start("tests")
    async with seat(run) as lead:
        await lead.press("ctrl+c")
        await lead.sees("1 step is running")


async def test_the_help_shows_every_key_that_is_active_and_what_it_does() -> None:
    async with seat(size=(130, 60)) as lead:
        expected = [
            (lead.app.get_key_display(one.binding), words(one.binding))
            for one in lead.app.screen.active_bindings.values()
            if not one.binding.system
        ]
        await lead.press("?")
        await lead.sees("KEYS")
        lines = lead.text
        await lead.press("pagedown")
        lines += lead.text
        for key, told in expected:
            if told:
                assert any(key in line and told in line for line in lines.splitlines()), (key, told)
        await lead.press("escape")
        await lead.sees_no("KEYS")


async def test_the_help_of_another_panel_has_that_panels_keys() -> None:
    async with seat(size=(130, 60)) as lead:
        await lead.focus("#panel-pods")
        await lead.press("?")
        await lead.sees("sort by the next column", "turn the order")
        assert "mark, to sign" not in lead.text


async def test_the_palette_has_every_command_and_every_layout() -> None:
    async with seat() as lead:
        titles = {one.title for one in lead.app.get_system_commands(lead.main)}
        assert {"Layout: cockpit", "Layout: walkthrough", "Layout: oncall", "The way back"} <= titles
        assert "Sign off with your name and the time" in titles


async def test_a_command_of_the_palette_does_what_its_key_does() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("ctrl+p")
        await lead.press(*"next layout", "enter")
        await lead.until(lambda: lead.app._layout_name != "cockpit" or len(lead.app.screen_stack) == 2)
        await lead.press("enter")
        await lead.until(lambda: lead.app._layout_name == "walkthrough")


async def test_a_key_in_the_bottom_line_can_be_clicked() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.sees("n not applicable")
        await lead.click("not applicable")
        await lead.sees("Not applicable: Release notes are written")


async def test_column_heads_sort_and_turn_the_order() -> None:
    async with seat(size=(200, 50)) as lead:
        pods = lead.app.screen.query_one(PodsPanel)
        await lead.click("STATUS")
        await lead.until(lambda: pods.rows[0].name.startswith("search"))
        await lead.sees("STATUS▲")
        await lead.click("STATUS")
        await lead.sees("STATUS▼")
        assert pods.rows[-1].name.startswith("search")


async def test_the_keys_line_drops_what_matters_least() -> None:
    async with seat(size=(60, 20)) as lead:
        keys = lead.text.splitlines()[-1]
        assert "space sign off" in keys
        assert "^r rollback" in keys
        assert "mark" not in keys
        assert len(keys) == 60
