"""The output of the selected step: a file of any size, of which only what is shown is read; it follows."""

import asyncio
import re
from collections.abc import Hashable, Sequence
from typing import ClassVar, overload

from textual.binding import Binding, BindingType

from alfred_tui.ui.look import Piece
from alfred_tui.ui.ports import Output
from alfred_tui.ui.text import clean, cut, window
from alfred_tui.ui.widgets.reading_view import ReadingView

_PAGE = 300
_SIDEWAYS = 16
_SOON = 0.05
"""Seconds between two portions of a file that is still being counted: a portion costs a few milliseconds."""


class _Numbers(Sequence[int]):
    """The numbers of the lines: a sequence as long as the output, holding nothing."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        return range(self._count)[index]


class OutputPanel(ReadingView[int]):
    """Lines read as they come into view."""

    finds = "search; enter, then n and N for the next and the one before"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "again(False)", "next match", show=False, id="match-next"),
        Binding("N", "again(True)", "previous match", show=False, id="match-previous"),
        Binding("f", "follow", "follow the end", show=False),
        Binding("right", f"sideways({_SIDEWAYS})", "further right in long lines", show=False),
        Binding("left", f"sideways(-{_SIDEWAYS})", "back left", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__("OUTPUT", id=id)
        self._output: Output | None = None
        self._page: tuple[int, Sequence[str]] = (0, ())
        self._seen_size = -1
        self._counted = True
        self._counting = False
        self._step = ""
        self._shift = 0
        self._searching = asyncio.Lock()
        self.following = True
        self.needle = ""

    @property
    def cursor_shown(self) -> bool:
        return bool(self.needle)

    def key(self, row: int) -> Hashable:
        return row

    def same(self, before: int, after: int) -> bool:
        return before == after

    # Content

    @property
    def is_closed(self) -> bool:
        """Whether there is no output to look at (yet)."""
        return self._output is None

    def open(self, title: str, output: Output | None) -> None:
        """Shows a step's output, from its end."""
        self._step, self._output = title, output
        self._page, self._seen_size, self._counted = (0, ()), -1, True
        self._shift, self.following, self.needle = 0, True, ""
        self.cursor = self.first_row = 0
        self._drawn.clear()
        self.show(_Numbers(0))
        self.refresh()
        self.poll()

    def poll(self) -> None:
        """Looks for more, in a bounded number of bytes; a long file is counted over several calls."""
        if self._output is not None and not (self._counted and self._output.size == self._seen_size):
            self._seen_size = self._output.size
            self._counted = self._output.refresh()
            self._page = (0, ())
            count = self._output.line_count
            last = len(self.rows) - 1  # it may have grown
            self._drawn.pop(last, None)
            self.show(_Numbers(count))
            self.repaint(last)
            if self.following:
                self.scroll_rows_to(count)
            if not self._counted and not self._counting:
                self._counting = True
                self.set_timer(_SOON, self._count_on)
        self._head()

    def _count_on(self) -> None:
        self._counting = False
        self.poll()

    def _head(self) -> None:
        count = len(self.rows)
        more: list[Piece] = [(f" {clean(self._step)}", "muted")]
        if self.needle:
            more.append((f" /{clean(self.needle)}", "accent"))
        told = f"{count} line{'s' * (count != 1)}" + ("" if self._counted else ", counting…")
        place = f" · from column {self._shift + 1}" if self._shift else ""
        aside: list[Piece] = [(told + place, "muted")] if count else []
        if count and not self.following:
            aside += [(" · ", "muted"), ("f", "busy"), (" follow", "muted")]
        self.frame.heading("OUTPUT", *more, aside=aside)

    def empty(self) -> str:
        return "This step has left no output." if self._output is None else "No output yet."

    # Drawing

    def pieces(self, row: int, width: int) -> Sequence[Piece]:
        text = clean(self._line(row).expandtabs(8))
        shown = window(text, self._shift, width)
        if len(text) > self._shift + width:
            shown = cut(shown[:-1] + "…", width)
        if self.needle and (found := re.search(re.escape(self.needle), shown, re.IGNORECASE)):
            a, b = found.span()
            return [(shown[:a], "plain"), (shown[a:b], "accent"), (shown[b:], "plain")]
        return [(shown, "plain")]

    def _line(self, index: int) -> str:
        start, page = self._page
        if not start <= index < start + len(page) and self._output is not None:
            start = max(0, index - _PAGE // 3)
            page = self._output.lines(start, min(_PAGE, len(self.rows) - start))
            self._page = (start, page)
        return page[index - start] if start <= index < start + len(page) else ""

    # Search

    def find(self, needle: str) -> None:
        """Marks `needle` in the lines, and goes to the next line that has it."""
        self.needle = needle
        self.redraw()
        self._head()
        if needle:
            self._search(again=False, backwards=False)

    def action_again(self, backwards: bool) -> None:
        if self.needle:
            self._search(again=True, backwards=backwards)

    def _search(self, *, again: bool, backwards: bool) -> None:
        self.run_worker(self._in_turn(self.needle, again, backwards), group="search", exit_on_error=False)

    async def _in_turn(self, needle: str, again: bool, backwards: bool) -> None:
        """One search after the other: each begins where the one before ended."""
        async with self._searching:
            if needle == self.needle:  # else it was typed over
                await self._find_next(needle, again, backwards)

    async def _find_next(self, needle: str, again: bool, backwards: bool) -> None:
        """Searches in a thread, since the file may be long; begins again at the other end, and says so."""
        output, pattern = self._output, "(?i)" + re.escape(needle)
        if output is None:
            return
        start = self.cursor + (-1 if backwards else 1) if again else self.cursor or self.first_row
        found = None
        if start >= 0:
            found = await asyncio.to_thread(output.search, pattern, start, backwards=backwards)
        if found is None:
            other = max(0, len(self.rows) - 1) if backwards else 0
            found = await asyncio.to_thread(output.search, pattern, other, backwards=backwards)
            if found is None:
                self.notify(f"“{needle}” is not in this output.", timeout=3)
                return
            self.notify("The search went on from the other end.", timeout=2)
        if (output, needle) == (self._output, self.needle):
            self.following = False
            self.show(_Numbers(max(len(self.rows), output.line_count)))
            self.move_to(found)
            self._head()

    # Moving

    def action_follow(self) -> None:
        self.following = True
        self.scroll_rows_to(len(self.rows))
        self._head()

    def action_sideways(self, by: int) -> None:
        self._shift = max(0, self._shift + by)
        self.redraw()
        self._head()

    def wheel(self, by: int) -> None:
        self.scroll_rows_to(self.first_row + by)
        self.following = self.first_row + self.window_height >= len(self.rows)
        self._head()
