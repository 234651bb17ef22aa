"""Text in which one can search: lines with tones, matches marked, the next and the one before by key."""

import re
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from alfred_tui.ui.look import Piece
from alfred_tui.ui.widgets.toned_text import TonedText
from alfred_tui.ui.wrapping import TonedLine, wrap


class FoundText(TonedText):
    """Scrolls, wraps and is searched."""

    finds = "search; enter, then n and N for the next and the one before"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "again(1)", "next match", id="match-next", tooltip="the next match"),
        Binding("N", "again(-1)", "previous match", show=False, id="match-previous"),
    ]

    def __init__(self, title: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(title, id=id)
        self.needle = ""
        self._at = -1
        """The line of the match that was gone to last."""

    @property
    def matches(self) -> list[int]:
        """The numbers of the lines that have what is looked for."""
        if not self.needle:
            return []
        needle = self.needle.casefold()
        told = ("".join(text for text, _ in line).casefold() for line in self._source)
        return [number for number, line in enumerate(told) if needle in line]

    def find(self, needle: str) -> None:
        """Marks what is looked for, and goes to the first line from the window on that has it."""
        self.needle = needle
        self._at = self._line_at(self.first_row) - 1
        self.redraw()
        if needle:
            self.action_again(1)

    def action_again(self, by: int) -> None:
        found = self.matches
        if not found:
            if self.needle:
                self.notify(f"“{self.needle}” is not in this text.", timeout=3)
            return
        after = [one for one in found if (one > self._at if by > 0 else one < self._at)]
        self._at = (after or found)[0 if by > 0 else -1]
        self.scroll_rows_to(self._row_of(self._at))

    def _row_of(self, line: int) -> int:
        """The first row of a line, as it is wrapped now."""
        return sum(self._height(one) for one in self._source[:line])

    def _line_at(self, row: int) -> int:
        at = 0
        for number, line in enumerate(self._source):
            at += self._height(line)
            if at > row:
                return number
        return 0

    def _height(self, line: TonedLine) -> int:
        width = self.frame.inner_width
        return sum(1 for _ in wrap(line, width)) if width > 0 else 1

    def pieces(self, row: TonedLine, width: int) -> Sequence[Piece]:
        if not self.needle:
            return row
        pattern = re.compile(re.escape(self.needle), re.IGNORECASE)
        return [piece for text, tone in row for piece in _marked(text, (text, tone), pattern)]


def _marked(text: str, piece: Piece, pattern: re.Pattern[str]) -> list[Piece]:
    out: list[Piece] = []
    at = 0
    for found in pattern.finditer(text):
        out += [(text[at : found.start()], piece[1]), (found[0], "accent")]
        at = found.end()
    return [*out, (text[at:], piece[1])]
