"""What changes by itself is drawn at most once in a frame, and a single change is not kept waiting."""

from collections.abc import Callable
from typing import cast

import pytest
from alfred_tui.ui import drawn_together
from alfred_tui.ui.drawn_together import DrawnTogether
from textual.message_pump import MessagePump

_FRAME = 0.1


@pytest.fixture(autouse=True)
def frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn_together, "FRAME", _FRAME)


class _Turn:
    """A widget's turn: what is to be called in it, and its timers, by hand."""

    def __init__(self) -> None:
        self.at = 100.0
        self.calls: list[Callable[[], None]] = []
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.drawn: list[float] = []
        self.drawing = DrawnTogether(cast(MessagePump, self), self._draw, now=lambda: self.at)

    def call_later(self, callback: Callable[[], None]) -> None:
        self.calls.append(callback)

    def set_timer(self, delay: float, callback: Callable[[], None]) -> None:
        self.timers.append((self.at + delay, callback))

    def _draw(self) -> None:
        self.drawn.append(self.at)

    def go_on(self, seconds: float) -> None:
        """Works off the calls, then the timers that are due by then."""
        self.at += seconds
        calls, self.calls = self.calls, []
        for call in calls:
            call()
        due = [call for at, call in self.timers if at <= self.at]
        self.timers = [(at, call) for at, call in self.timers if at > self.at]
        for call in due:
            call()


def test_a_change_after_a_calm_is_drawn_at_once() -> None:
    turn = _Turn()
    turn.drawing.soon()
    turn.go_on(0)
    assert turn.drawn == [100.0]


def test_changes_that_come_together_are_one_drawing() -> None:
    turn = _Turn()
    for _ in range(50):
        turn.drawing.soon()
    turn.go_on(0)
    assert turn.drawn == [100.0]


def test_what_follows_within_the_frame_waits_for_its_end_and_is_drawn_then() -> None:
    turn = _Turn()
    turn.drawing.soon()
    turn.go_on(0)
    for _ in range(5):
        turn.drawing.soon()
        turn.go_on(_FRAME / 10)
    assert turn.drawn == [100.0]
    turn.go_on(_FRAME)
    assert len(turn.drawn) == 2
    turn.go_on(_FRAME * 5)
    assert len(turn.drawn) == 2, "nothing has changed since"


def test_what_changes_while_it_is_drawn_is_drawn_too() -> None:
    turn = _Turn()
    again = iter([True])

    def draw() -> None:
        turn.drawn.append(turn.at)
        if next(again, False):
            turn.drawing.soon()

    turn.drawing = DrawnTogether(cast(MessagePump, turn), draw, now=lambda: turn.at)
    turn.drawing.soon()
    for _ in range(3):
        turn.go_on(_FRAME)
    assert len(turn.drawn) == 2
