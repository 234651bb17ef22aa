"""Keys in the order in which they were typed, whatever one of them opens.

Textual gives each key to what has the focus at that moment, and looks for its binding once it has bubbled up
to the app. A key typed at once after another therefore goes to where the focus was before the first one has
done its work: Tab's next letters into the field before, a dialog's first letters to the screen under it.
Here a key waits until the one before is worked off: it has gone up to the app, what it caused has done so
too, and a screen that it opened is mounted and has its focus.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual.app import App
from textual.events import Key, Paste
from textual.message_pump import MessagePump

_PATIENCE = 1.0
"""Seconds after which a key no longer waits, should a closing screen have lost the word that it may go."""
_ROUNDS = 2
"""Ways up to the app: behind the key itself, then behind the messages that it caused."""


class KeysInTurn:
    """The keys and pastes that wait for their turn."""

    def __init__(self, app: App[Any], handle: Callable[[Key | Paste], Awaitable[None]]) -> None:
        self._app = app
        self._handle = handle
        self._waiting: deque[Key | Paste] = deque()
        self._turn = 0
        self._held: asyncio.TimerHandle | None = None

    async def take(self, event: Key | Paste) -> None:
        """Handles an event as soon as those before are worked off."""
        self._waiting.append(event)
        if self._held is None:
            await self._next()

    async def _next(self) -> None:
        if not self._waiting:
            return
        self._turn += 1
        turn, event, way = self._turn, self._waiting.popleft(), self._way()
        self._held = asyncio.get_running_loop().call_later(
            _PATIENCE, lambda: self._app.call_later(self._over, turn)
        )
        await self._handle(event)
        self._up(way, turn, _ROUNDS - 1)

    def _way(self) -> list[MessagePump]:
        """The nodes that a key comes through, the app last."""
        return [*(self._app.focused or self._app.screen).ancestors_with_self]

    def _up(self, way: list[MessagePump], turn: int, rounds: int) -> None:
        """Goes up behind what is in the queue of each node; one that takes nothing more is passed by."""
        while way:
            node = way.pop(0)
            if node is self._app:
                break
            if node.call_later(self._up, way, turn, rounds):
                return
        self._app.call_later(self._at_the_top, turn, rounds)

    async def _at_the_top(self, turn: int, rounds: int) -> None:
        if rounds and turn == self._turn:
            self._up(self._way(), turn, rounds - 1)
        else:
            await self._over(turn)

    async def _over(self, turn: int) -> None:
        if turn != self._turn or self._held is None:
            return
        self._held.cancel()
        self._held = None
        await self._next()
