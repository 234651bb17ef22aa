"""Pictures of the screen as it is meant to look. After a wanted change: `pytest --snapshot-update`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import pytest
from alfred_tui.domain.intents import Sign
from textual.app import App
from textual.pilot import Pilot

from tests.ui.fakes import FakeRun, app
from tests.ui.test_rollback_screen import with_point


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


def midway() -> FakeRun:
    """A run with a sign-off, a check that runs and people to wait for."""
    run = with_point()
    asyncio.run(run.submit(Sign(by="maria", steps=("notes",), note="read them twice")))
    run.start("tests")
    run.clock.pass_(75)  # type: ignore[attr-defined]
    return run


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda one: f"{one[0]}x{one[1]}")
def test_the_main_screen(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(midway()), terminal_size=size)


def test_the_main_screen_in_light(snap_compare: Compare) -> None:
    assert snap_compare(app(midway()), terminal_size=(120, 40), press=("t",))


def test_the_walkthrough(snap_compare: Compare) -> None:
    assert snap_compare(app(midway(), layout="walkthrough"), terminal_size=(120, 40))


def test_the_rollback_screen(snap_compare: Compare) -> None:
    assert snap_compare(app(midway()), terminal_size=(120, 40), press=("ctrl+r",))


def test_the_sign_dialog(snap_compare: Compare) -> None:
    assert snap_compare(app(midway()), terminal_size=(100, 30), press=("left_square_bracket", "enter"))
