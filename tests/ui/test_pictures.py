"""Pictures of the screen as it is meant to look. After a wanted change: `pytest --snapshot-update`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import pytest
from alfred_tui.domain.run.intents import Sign
from textual.app import App
from textual.pilot import Pilot

from tests.ui.fakes import FakeCanary, FakeLogs, FakeRun, app, log_line, log_origin
from tests.ui.test_canary_chart import VIEW as MEASURED
from tests.ui.test_named_screen import naming
from tests.ui.test_pod_screen import cluster as unwell
from tests.ui.test_rollback_screen import with_point
from tests.ui.test_rollout_screen import shop


class Compare(Protocol):
    """Holds an app's picture against the one that was taken."""

    def __call__(
        self,
        app: App[Any],
        *,
        terminal_size: tuple[int, int] = ...,
        press: tuple[str, ...] = ...,
        run_before: Callable[[Pilot[Any]], Awaitable[None]] | None = ...,
    ) -> bool: ...


SIZES = pytest.mark.parametrize(
    "size", [(80, 24), (120, 40), (200, 60)], ids=lambda one: f"{one[0]}x{one[1]}"
)


def midway() -> FakeRun:
    """A run with a sign-off, a check that runs and people to wait for."""
    run = with_point()
    asyncio.run(run.submit(Sign(by="maria", steps=("notes",), note="read them twice")))
    run.start("tests")
    run.clock.pass_(75)
    return run


@SIZES
def test_the_main_screen(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(midway()), terminal_size=size)


def test_the_main_screen_in_light(snap_compare: Compare) -> None:
    assert snap_compare(app(midway()), terminal_size=(120, 40), press=("t",))


def test_the_walkthrough(snap_compare: Compare) -> None:
    assert snap_compare(app(midway(), layout="walkthrough"), terminal_size=(120, 40))


@SIZES
def test_the_rollback_screen(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(midway()), terminal_size=size, press=("ctrl+r",))


async def _in_shop(pilot: Pilot[Any], panel: str, *keys: str) -> None:
    await pilot.pause()
    pilot.app.screen.query_one(panel).focus()
    await pilot.pause()
    for key in ("enter", *keys):
        await pilot.press(key)
        await pilot.pause(0.3)


@SIZES
def test_the_rollout_screen(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def opened(pilot: Pilot[Any]) -> None:
        await _in_shop(pilot, "#panel-rollouts", "down")

    assert snap_compare(app(cluster=shop()), terminal_size=size, run_before=opened)


@SIZES
def test_the_pod_screen(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def opened(pilot: Pilot[Any]) -> None:
        await _in_shop(pilot, "#panel-pods")

    assert snap_compare(app(cluster=unwell()), terminal_size=size, run_before=opened)


@SIZES
def test_what_a_pod_names(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def opened(pilot: Pilot[Any]) -> None:
        await _in_shop(pilot, "#panel-pods")
        await pilot.press("o")

    assert snap_compare(app(cluster=naming()), terminal_size=size, run_before=opened)


def test_the_undo_dialog(snap_compare: Compare) -> None:
    async def opened(pilot: Pilot[Any]) -> None:
        await _in_shop(pilot, "#panel-rollouts", "down", "u")

    assert snap_compare(app(cluster=shop()), terminal_size=(80, 24), run_before=opened)


def test_the_sign_dialog(snap_compare: Compare) -> None:
    assert snap_compare(app(midway()), terminal_size=(100, 30), press=("left_square_bracket", "enter"))


def three_logs() -> FakeLogs:
    """Three pods: one ended and began again, one prints errors, one may not be read."""
    names = ("shop-6d4b75cb6d-2x8kq", "shop-6d4b75cb6d-9hzlp", "shop-canary-5c8d9f7b66-qq2rt")
    refused = 'User "maria" cannot get resource "pods/log" in API group "" in the namespace "shop"'
    lines = [log_line(0, "■ ended: exit code 1 (Error)", kind="notice")]
    lines += [log_line(0, "↻ started again, restart 1", kind="notice")]
    for n in range(70):
        text = f'{{"level": "info", "id": {n}, "took": {n % 7 * 12}, "message": "handled a request"}}'
        lines.append(log_line(n % 2, text, n % 60))
        if n % 11 == 5:
            lines.append(
                log_line(1, "ERROR \x1b[31mno connection\x1b[0m to db.internal:5432", n % 60, "error")
            )
    origins = [log_origin(n, name) for n, name in enumerate(names)]
    origins[2] = log_origin(2, names[2], state="forbidden", message=refused)
    return FakeLogs(origins, lines)


@SIZES
def test_the_logs_screen(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def open_logs(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        pilot.app.screen.query_one("#panel-rollouts").focus()
        await pilot.press("l")
        await pilot.pause(0.3)

    assert snap_compare(app(midway(), logs=three_logs()), terminal_size=size, run_before=open_logs)


@SIZES
def test_the_canary_in_full(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def opened(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        pilot.app.screen.query_one("CanaryPanel").focus()
        await pilot.press("z", "left", "left")
        await pilot.pause(0.3)

    assert snap_compare(app(canary=FakeCanary(MEASURED)), terminal_size=size, run_before=opened)


@pytest.mark.parametrize("column", ["2", "3", "4"])
def test_a_column_of_a_small_terminal(snap_compare: Compare, column: str) -> None:
    assert snap_compare(app(midway()), terminal_size=(80, 24), press=(column,))
