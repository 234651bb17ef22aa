"""Keys typed without a pause do what they would do one by one."""

import pytest
from alfred_tui.domain.evidence import Evidence
from alfred_tui.domain.run.intents import Decide, Sign, Skip
from textual.events import Paste

from tests.ui.fakes import FakeRun
from tests.ui.seat import seat


async def test_what_is_typed_at_once_after_the_opening_key_goes_to_the_dialog() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press_at_once("enter", *"seen", "tab", *"pasted", "enter")
        await lead.until(lambda: run.intents, "an intent")
        pasted = Evidence(label="pasted", value="pasted", kind="note")
        assert run.intents == [Sign(by="maria", steps=("notes",), note="seen", evidence=(pasted,))]


async def test_letters_behind_a_tab_go_to_the_field_that_it_leads_to() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press("enter")
        await lead.press_at_once("shift+tab", *"-smith", "tab", *"read", "enter")
        await lead.until(lambda: run.intents, "an intent")
        assert run.intents == [Sign(by="maria-smith", steps=("notes",), note="read")]


async def test_a_choice_and_its_note_are_typed_in_one_go() -> None:
    run = FakeRun()
    run.start("tests")
    run.finish("tests", "failed", "2 of 80 failed")
    async with seat(run) as lead:
        await lead.press_at_once("enter", "2", "tab", *"flaky", "enter")
        await lead.until(lambda: run.intents, "an intent")
        assert run.intents == [Decide(by="maria", step="tests", verdict="passed", note="flaky")]


async def test_keys_behind_an_answer_go_to_the_screen_under_the_dialog() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        await lead.press_at_once("s", *"no", "enter", "down", "down", "s", *"nor", "enter")
        await lead.until(lambda: len(run.intents) == 2, "two intents")
        assert run.intents == [
            Skip(by="maria", steps=("notes",), reason="no"),
            Skip(by="maria", steps=("approval",), reason="nor"),
        ]


async def test_a_paste_waits_for_its_turn_too() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("notes")
        lead._send("s")
        assert lead.app._driver is not None
        lead.app._driver.send_message(Paste("rehearsal"))
        await lead.press_at_once("enter")
        await lead.until(lambda: run.intents, "an intent")
        assert run.intents == [Skip(by="maria", steps=("notes",), reason="rehearsal")]


async def test_the_word_of_a_rollback_is_typed_behind_its_key() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press_at_once("ctrl+r", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback, "a rollback")


@pytest.mark.parametrize("times", [1, 2])
async def test_the_keys_go_on_after_screens_that_close(times: int) -> None:
    async with seat() as lead:
        await lead.go("notes")
        await lead.press_at_once(*(["?", "escape", "s", "escape"] * times), "down")
        await lead.until(lambda: len(lead.app.screen_stack) == 1)
        assert lead.selected == "dashboards"


async def test_what_is_looked_for_is_typed_behind_its_key() -> None:
    async with seat() as lead:
        await lead.press_at_once("/", *"manifests", "enter", "down", "down")
        await lead.sees("/manifests")
        assert lead.selected == "apply"
