"""Changes that come one after another, drawn together."""

import time
from collections.abc import Callable

from textual.message_pump import MessagePump

FRAME = 0.1
"""Real seconds between two drawings of what changes by itself, at least."""


class DrawnTogether:
    """Draws for one widget what its sources tell: at once when nothing was drawn within the frame before,
    so that a single change is not kept waiting, and else when that frame is over."""

    def __init__(
        self, widget: MessagePump, draw: Callable[[], None], *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._widget = widget
        self._draw = draw
        self._now = now
        self._asked = False
        self._drawn_at = float("-inf")

    def soon(self) -> None:
        """Something has changed. Takes no time: sources call it from their own tasks."""
        if not self._asked:
            self._asked = True
            self._widget.call_later(self._in_turn)

    def _in_turn(self) -> None:
        # A timer must be made in the widget's own task.
        rest = self._drawn_at + FRAME - self._now()
        if rest > 0:
            self._widget.set_timer(rest, self._now_due)
        else:
            self._now_due()

    def _now_due(self) -> None:
        self._asked = False
        self._drawn_at = self._now()
        self._draw()
