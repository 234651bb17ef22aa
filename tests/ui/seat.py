"""The seat before the screen: what one presses and sees, and how a test waits for it."""

import asyncio
import time
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from alfred_tui.ui.app import CockpitApp
from alfred_tui.ui.screens.main import MainScreen
from alfred_tui.ui.widgets.checklist import ChecklistTree
from textual import events
from textual.keys import _character_to_key
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.fakes import FakeRun, app

WIDE = (130, 32)
NARROW = (80, 24)
_DEADLINE = 15.0


class Seat:
    """A person before the screen."""

    def __init__(self, app: CockpitApp, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot

    # What is done

    async def press(self, *keys: str) -> None:
        """Presses keys; each is worked off when this returns."""
        for key in keys:
            self._send(key)
            await self.settle()

    async def press_at_once(self, *keys: str) -> None:
        """Presses keys without a pause between them; all are worked off when this returns."""
        for key in keys:
            self._send(key)
        await self.settle()

    def _send(self, key: str) -> None:
        name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
        char = key if len(key) == 1 else " " if key == "space" else None
        event = events.Key(name, char)
        event.set_sender(self.app)
        assert self.app._driver is not None
        self.app._driver.send_message(event)

    async def settle(self) -> None:
        """Waits until all widgets have worked off their messages, and what came of them."""
        quiet = 0
        while quiet < 2:
            await self.pilot.pause(0)
            quiet = (
                0
                if any(map(_busy, [self.app, *self.app.screen.walk_children(with_self=True)]))
                else quiet + 1
            )

    async def write(self, field: str, text: str) -> None:
        """Fills a field of a dialog."""
        await self.until(lambda: self.app.screen.query(f"#{field}"), f"the field {field}")
        box = self.app.screen.query_one(f"#{field}", Input)
        box.focus()
        box.value = text
        await self.settle()

    async def go(self, step: str) -> None:
        """Moves the cursor to a step."""
        self.main.select(step)
        await self.settle()

    async def focus(self, selector: str) -> None:
        """Moves the focus to a panel."""
        self.app.screen.query_one(selector).focus()
        await self.settle()

    async def resize(self, width: int, height: int) -> None:
        """Another size of the terminal."""
        await self.pilot.resize_terminal(width, height)

    async def click(self, text: str, *, times: int = 1) -> None:
        """Clicks the first cell of a text on the screen."""
        for y, line in enumerate(self.text.splitlines()):
            if (x := line.find(text)) >= 0:
                await self.pilot.click(offset=(_cells(line[:x]), y), times=times)
                return
        raise AssertionError(f"“{text}” is not on the screen:\n{self.text}")

    # What is seen

    @property
    def text(self) -> str:
        """The screen as it stands in the terminal."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    def line(self, text: str) -> str:
        """The first line that has a text; empty when there is none."""
        return next((line for line in self.text.splitlines() if text in line), "")

    async def sees(self, *texts: str) -> None:
        """Waits until all texts are on the screen."""
        for text in texts:
            await self.until(lambda text=text: text in self.text, f"“{text}” on the screen")  # type: ignore[misc]

    async def is_told(self, text: str) -> None:
        """Waits for a notice with a text, wherever its lines break."""
        await self.until(
            lambda: any(text in one.message for one in self.app._notifications), f"“{text}” in a notice"
        )

    async def sees_no(self, text: str) -> None:
        """Waits until a text is not on the screen."""
        await self.until(lambda: text not in self.text, f"the end of “{text}”")

    async def until(self, holds: Callable[[], object], told: str = "it") -> None:
        """Waits until something holds, at most some seconds."""
        deadline = time.monotonic() + _DEADLINE
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"{told} did not come; the screen:\n{self.text}")
            await asyncio.sleep(0.01)

    @property
    def main(self) -> MainScreen:
        """The main screen, which must be in front."""
        assert isinstance(self.app.screen, MainScreen)
        return self.app.screen

    @property
    def tree(self) -> ChecklistTree:
        """The checklist of the main screen."""
        return self.app.screen_stack[0].query_one(ChecklistTree)

    @property
    def listed(self) -> list[str]:
        """The ids of the checklist's rows that are not folded away."""
        return [row.id for row, _ in self.tree.rows]

    @property
    def selected(self) -> str:
        """What the keys act on."""
        return self.main.selected


def _busy(node: MessagePump) -> bool:
    """Whether something is left to be worked off."""
    return bool(node._next_callbacks) or not node._message_queue.empty()


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


@asynccontextmanager
async def seat(
    run: FakeRun | None = None, *, size: tuple[int, int] = WIDE, **cockpit: Any
) -> AsyncIterator[Seat]:
    """A seat before a cockpit over fakes."""
    made = app(run, **cockpit)
    async with made.run_test(size=size, notifications=True) as pilot:
        before = Seat(made, pilot)
        await before.settle()
        yield before
