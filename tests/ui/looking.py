"""What a test sees of the screen, and how it waits for it."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from alfred_tui.ui.app import CockpitApp
from alfred_tui.ui.screens.main import MainScreen
from alfred_tui.ui.widgets.checklist import ChecklistTree
from textual.pilot import Pilot
from textual.widgets import Input


def seen(app: CockpitApp) -> str:
    """The screen as text, as it stands in the terminal."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def line_with(app: CockpitApp, text: str) -> str:
    """The first line of the screen that has a text; empty when there is none."""
    return next((line for line in seen(app).splitlines() if text in line), "")


async def until(pilot: Pilot[Any], holds: Callable[[], object], told: str = "") -> None:
    """Waits until something holds, at most some seconds."""
    deadline = time.monotonic() + 5
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"{told or 'it'} did not come true; the screen:\n{seen(pilot.app)}")
        await asyncio.sleep(0.005)


async def sees(pilot: Pilot[Any], *texts: str) -> None:
    """Waits until all texts are on the screen."""
    for text in texts:
        await until(pilot, lambda text=text: text in seen(pilot.app), f"“{text}” on the screen")


async def sees_no(pilot: Pilot[Any], text: str) -> None:
    """Waits until a text is not on the screen."""
    await until(pilot, lambda: text not in seen(pilot.app), f"the end of “{text}”")


def main(app: CockpitApp) -> MainScreen:
    """The main screen."""
    assert isinstance(app.screen, MainScreen)
    return app.screen


def tree(app: CockpitApp) -> ChecklistTree:
    """The checklist."""
    return app.screen_stack[0].query_one(ChecklistTree)


async def go(pilot: Pilot[Any], step: str) -> None:
    """The lead moves the cursor to a step."""
    main(pilot.app).select(step)  # type: ignore[arg-type]
    await pilot.pause()


async def type_into(pilot: Pilot[Any], field: str, text: str) -> None:
    """Types into a dialog's field."""
    box = pilot.app.screen.query_one(f"#{field}", Input)
    box.focus()
    box.value = text
    await pilot.pause()
