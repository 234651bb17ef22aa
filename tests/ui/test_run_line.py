"""On every full screen the lead learns what the run is at, and that something waits for them."""

from functools import partial

import msgspec
import pytest
from alfred_tui.domain.run.events import CountdownStarted, TriggerMoved
from alfred_tui.domain.run.triggers import TriggerState

from tests.ui.fakes import CLUSTER, NOON, FakeCluster, FakeRun
from tests.ui.seat import NARROW, WIDE, Seat, seat
from tests.ui.test_pod_screen import DETAIL

SCREENS = {
    "rollout": ("#panel-rollouts", "enter"),
    "pod": ("#panel-pods", "enter"),
    "logs": ("#panel-rollouts", "l"),
    "chart": ("CanaryPanel", "z"),
    "rollback": ("#panel-checklist", "ctrl+r"),
}
everywhere = pytest.mark.parametrize("screen", SCREENS)


def cluster() -> FakeCluster:
    """One whose pods can be opened."""
    one = FakeCluster(msgspec.structs.replace(CLUSTER))
    one.details = {pod.name: DETAIL for pod in CLUSTER.pods}
    return one


async def opened(lead: Seat, screen: str) -> None:
    panel, key = SCREENS[screen]
    await lead.focus(panel)
    await lead.press(key)
    await lead.until(lambda: lead.app.screen is not lead.app.screen_stack[0], f"the screen {screen}")


def is_on_top(lead: Seat, told: str) -> bool:
    return told in top(lead)


def top(lead: Seat) -> str:
    return (lead.text.splitlines() or [""])[0]


@everywhere
async def test_what_runs_and_what_waits_is_told_and_goes_on(screen: str) -> None:
    run = FakeRun()
    async with seat(run, cluster=cluster(), size=WIDE) as lead:
        await opened(lead, screen)
        await lead.until(lambda: "◆ 5 for you: Release notes are written" in top(lead), "what waits")
        assert "LEAD maria" in top(lead)
        assert "Preparation" in top(lead)
        run.start("tests")
        await lead.until(lambda: "▶ All tests pass 0:00" in top(lead), "what runs")
        run.clock.pass_(61)
        await lead.until(lambda: "▶ All tests pass 1:01" in top(lead), "the time that it runs")
        run.finish("tests", "failed", "exit code 1")
        await lead.until(lambda: "◆ 6 for you" in top(lead), "the failed step among what waits")


@everywhere
async def test_on_a_small_terminal_the_labels_and_counts_stay(screen: str) -> None:
    run = FakeRun(scenario="canary-errors", speed=60.0, mode="demo")
    run.start("tests")
    async with seat(run, cluster=cluster(), size=NARROW) as lead:
        lead.app.open_rollback("") if screen == "rollback" else await opened(lead, screen)
        for told in ("LEAD", "DEMO ×60", "▶ ", "◆ 5", "0/8"):
            await lead.until(partial(is_on_top, lead, told), told)
        assert len(top(lead)) == 80


async def test_a_watcher_is_told_that_they_watch_and_that_nobody_leads() -> None:
    async with seat(leads=False, led=lambda: False, cluster=cluster()) as watcher:
        await opened(watcher, "rollout")
        await watcher.until(lambda: "WATCHING" in top(watcher), "that they watch")
        assert "◆ 5 waiting" in top(watcher)
        assert "no lead" in top(watcher)


async def test_a_countdown_is_told_wherever_the_lead_is() -> None:
    run = FakeRun()
    async with seat(run, cluster=cluster()) as lead:
        await opened(lead, "pod")
        fired = TriggerState(status="fired", since=NOON, value=2.5, subject="shop", message="2.5%")
        run.record(TriggerMoved(trigger="errors", state=fired))
        await lead.until(lambda: "✘ ROLLBACK TRIGGER FIRED  ctrl+r" in top(lead), "the trigger")
        run.record(CountdownStarted(trigger="errors", procedure="application", ends_at=NOON + 60))
        await lead.until(lambda: "✘ ROLLS BACK IN 1:00" in top(lead), "the countdown")
