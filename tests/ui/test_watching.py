"""A watcher sees the same, and no act is there: not in the keys, not in the help, not in the palette."""

from collections.abc import Iterable

import pytest
from alfred_tui.domain.run.events import RunFinished

from tests.ui.fakes import FakeRun
from tests.ui.seat import NARROW, WIDE, Seat, seat

ACTS = ("sign", "act", "skip", "na", "retry", "cancel", "reopen", "pause", "declare", "stop")
KEYS = ("space", "enter", "n", "s", "r", "x", "o", "p", "D", "X")


def active(lead: Seat) -> Iterable[str | None]:
    return [one.binding.id for one in lead.app.screen.active_bindings.values()]


async def test_every_act_is_there_for_the_lead() -> None:
    async with seat() as lead:
        assert set(ACTS) <= set(active(lead))
        await lead.sees("space sign off")


async def test_no_act_is_there_for_a_watcher() -> None:
    run = FakeRun()
    async with seat(run, leads=False) as watcher:
        await watcher.sees("WATCHING maria")
        assert not set(ACTS) & set(active(watcher))
        await watcher.press(*KEYS)
        assert run.intents == []
        assert len(watcher.app.screen_stack) == 1
        for word in ("sign off", "skip", "pause", "for you"):
            assert word not in watcher.text.splitlines()[-1]


async def test_the_watchers_help_and_palette_have_no_act() -> None:
    async with seat(leads=False) as watcher:
        palette = {one.title.lower() for one in watcher.app.get_system_commands(watcher.main)}
        assert "the way back" in palette
        assert not [one for one in palette if "sign" in one or "skip" in one or "cancel" in one]
        await watcher.press("?")
        await watcher.sees("KEYS")
        assert "sign off" not in watcher.text


async def test_the_watcher_sees_the_way_back_without_a_place_to_start_it() -> None:
    run = FakeRun()
    async with seat(run, leads=False) as watcher:
        await watcher.press("ctrl+r")
        await watcher.sees("Read-only: the lead starts a rollback.", "Put the old version back")
        assert "type rollback" not in watcher.text
        await watcher.press(*"rollback", "enter")
        assert run.intents == []
        await watcher.press("escape")
        await watcher.sees("CHECKLIST")


async def test_a_watcher_leaves_at_once() -> None:
    run = FakeRun()
    run.start("tests")
    async with seat(run, leads=False) as watcher:
        await watcher.press("q")
        await watcher.until(lambda: watcher.app._exit)


@pytest.mark.parametrize("size", [NARROW, (100, 30), WIDE])
async def test_a_watcher_sees_the_checklist_at_every_size(size: tuple[int, int]) -> None:
    run = FakeRun()
    async with seat(run, leads=False, layout="oncall", size=size) as watcher:
        if size[0] < 110:
            await watcher.sees("3 Checklist")
            await watcher.press("3")
        await watcher.sees("CHECKLIST 0/8", "Release notes are written")
        await watcher.press("down", "m")
        assert not watcher.tree.marked
        keys = watcher.text.splitlines()[-1]
        assert not [word for word in ("mark", "sign", "skip", "pause") if word in keys]


async def test_a_watcher_is_told_when_no_lead_drives_the_run() -> None:
    led = [True]
    async with seat(leads=False, led=lambda: led[0]) as watcher:
        await watcher.sees("waiting for a person")
        led[0] = False
        await watcher.sees("no lead drives the run")
        assert "waiting for a person" not in watcher.text.splitlines()[0]
        led[0] = True
        await watcher.sees("waiting for a person")


async def test_a_run_that_is_over_needs_no_lead() -> None:
    run = FakeRun()
    run.record(RunFinished(result="done"))
    async with seat(run, leads=False, led=lambda: False) as watcher:
        await watcher.sees("done")
        assert "no lead" not in watcher.text
