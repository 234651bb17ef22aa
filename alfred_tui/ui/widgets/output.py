"""The output of the selected step: a file of any size, of which only what is shown is read; it follows."""

import re
from collections.abc import Sequence
from typing import ClassVar, overload

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from alfred_tui.ui.ports import Output
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.line_view import LineView, Piece
from alfred_tui.ui.widgets.panel import PanelFrame


class _Lines(Sequence[int]):
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


class OutputView(LineView[int]):
    """Lines read as they come into view."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "again(False)", "next match", show=False),
        Binding("N", "again(True)", "previous match", show=False),
        Binding("f", "follow", "follow the end", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._output: Output | None = None
        self._page: tuple[int, Sequence[str]] = (0, ())
        self.following = True
        self.needle = ""

    @property
    def cursor_shown(self) -> bool:
        return bool(self.needle)

    def open(self, output: Output | None) -> None:
        """Shows another output."""
        self._output = output
        self._page = (0, ())
        self.following = True
        self.needle = ""
        self.cursor = 0
        self.show(_Lines(0))
        self.poll(force=True)

    @property
    def is_closed(self) -> bool:
        """Whether there is no output to look at (yet)."""
        return self._output is None

    def poll(self, *, force: bool = False) -> None:
        """Looks for more."""
        if self._output is None or not (self._output.refresh() or force):
            return
        self._page = (0, ())
        count = self._output.line_count
        last = {len(self.rows) - 1} if self.rows else None
        self.show(_Lines(count), changed=last)
        if self.following:
            self.scroll_end(animate=False, immediate=True)

    def pieces(self, row: int, width: int) -> list[Piece]:
        text = clean(self._line(row))
        if self.needle:
            found = re.search(re.escape(self.needle), text, re.IGNORECASE)
            if found:
                a, b = found.span()
                return [(text[:a], "plain"), (text[a:b], "warn"), (text[b:width], "plain")]
        return [(text[:width], "plain")]

    def _line(self, index: int) -> str:
        start, page = self._page
        if not start <= index < start + len(page) and self._output is not None:
            start = max(0, index - 100)
            page = self._output.lines(start, 300)
            self._page = (start, page)
        return page[index - start] if start <= index < start + len(page) else ""

    def empty(self) -> str:
        return "This step has left no output." if self._output is None else ""

    def find(self, needle: str) -> None:
        """Goes to the next line with `needle`."""
        self.needle = needle
        self.redraw()
        if needle:
            self._search(backwards=False, start=max(0, self.cursor))

    def _search(self, *, backwards: bool, start: int) -> None:
        if self._output is None or not self.needle:
            return
        found = self._output.search(re.escape(self.needle), start, backwards=backwards)
        if found is None:
            self.notify(f"“{self.needle}” is not {'above' if backwards else 'below'}.", timeout=2)
        else:
            self.following = False
            self.move_to(found)

    def action_again(self, backwards: bool) -> None:
        self._search(backwards=backwards, start=self.cursor + (-1 if backwards else 1))

    def action_follow(self) -> None:
        self.following = True
        self.scroll_end(animate=False)

    def action_move(self, by: int) -> None:
        self.following = False
        self.scroll_to(y=self.scroll_offset.y + by, animate=False)

    def action_page(self, by: int) -> None:
        self.following = False
        self.scroll_to(y=self.scroll_offset.y + by * max(1, self.size.height - 1), animate=False)

    def action_edge(self, which: int) -> None:
        self.following = which > 0
        self.scroll_to(y=0 if which < 0 else self.max_scroll_y, animate=False)


class OutputPanel(PanelFrame):
    """The view in its frame."""

    TITLE = "OUTPUT"

    def compose(self) -> ComposeResult:
        yield OutputView(id="output-lines")

    @property
    def view(self) -> OutputView:
        """The lines."""
        return self.query_one(OutputView)

    def open(self, title: str, output: Output | None) -> None:
        """Shows a step's output."""
        self.heading(f"OUTPUT {title}")
        self.view.open(output)
        self._tell()

    def poll(self) -> None:
        """Looks for more."""
        self.view.poll()
        self._tell()

    def _tell(self) -> None:
        count = len(self.view.rows)
        self.footing(
            f"{count} lines" + (" · following" if self.view.following else " · f follow") if count else ""
        )
