"""A list of lines of which only those in view are made: the base of the live tables and the checklist.

A change costs the lines it touches, not the widget: rows are compared by identity, each line's strip is
cached, and only changed lines in view are repainted. (A DataTable repaints every visible cell for each
change, 40 to 80 ms whatever its size; measured with Textual 8.2.)
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from alfred_tui.ui.look import Tone

Row = TypeVar("Row")
Piece = tuple[str, Tone]
"""Text of known width, and its tone."""


class LineView(ScrollView, Generic[Row], can_focus=True):
    """Rows drawn one a line, with a cursor. Subclasses say how a row is drawn."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lv--good", "lv--bad", "lv--warn", "lv--busy", "lv--muted", "lv--plain", "lv--accent",
        "lv--cursor", "lv--cursor-blurred", "lv--header",
    }  # fmt: skip
    DEFAULT_CSS = """
    LineView { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; }
    LineView > .lv--good { color: $text-success; }
    LineView > .lv--bad { color: $text-error; text-style: bold; }
    LineView > .lv--warn { color: $text-warning; }
    LineView > .lv--busy { color: $text-primary; text-style: bold; }
    LineView > .lv--accent { color: $text-accent; text-style: bold; }
    LineView > .lv--muted { color: $text-muted; }
    LineView > .lv--plain { color: $foreground; }
    LineView > .lv--header { color: $text-muted; text-style: bold; }
    LineView > .lv--cursor {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
    }
    LineView > .lv--cursor-blurred { background: $block-cursor-blurred-background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home,g", "edge(-1)", "first", show=False),
        Binding("end,G", "edge(1)", "last", show=False),
    ]

    class Moved(Message):
        """The cursor is on another row."""

        def __init__(self, view: "LineView[Any]", index: int) -> None:
            super().__init__()
            self.view = view
            self.index = index

        @property
        def control(self) -> "LineView[Any]":
            return self.view

    class Chosen(Moved):
        """A row was clicked twice, or entered."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._rows: Sequence[Row] = ()
        self._strips: dict[int, Strip] = {}
        self._styles: dict[str, Style] = {}
        self.cursor = 0
        self.header_lines = 0

    # What a subclass says

    def pieces(self, row: Row, width: int) -> list[Piece]:
        """A row as text with tones; together at most `width` cells."""
        raise NotImplementedError

    def header(self, width: int) -> str:
        """The text of the head line, when `header_lines` is 1."""
        return ""

    def empty(self) -> str:
        """What stands there when there are no rows."""
        return ""

    # Rows

    @property
    def rows(self) -> Sequence[Row]:
        """What is shown, in order."""
        return self._rows

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None

    def show(self, rows: Sequence[Row], *, changed: "set[int] | None" = None) -> None:
        """Shows these rows. Those that are the same object as before are drawn again only if in `changed`."""
        before, self._rows = self._rows, rows
        first, last = self._window()
        dirty = [
            index
            for index in range(first, last)
            if (changed and index in changed)
            or (index >= len(rows)) != (index >= len(before))
            or (index < len(rows) and index < len(before) and rows[index] is not before[index])
        ]
        if len(rows) != len(before):
            self._strips.clear()
            self.virtual_size = Size(self.size.width, len(rows) + self.header_lines)
            self.cursor = max(0, min(self.cursor, len(rows) - 1))
            if not rows or not before:
                self.refresh()
                return
        else:
            stale = [
                i
                for i in self._strips
                if i >= len(before) or rows[i] is not before[i] or (changed and i in changed)
            ]
            for index in stale:
                del self._strips[index]
        for index in dirty:
            self._repaint(index)

    def _window(self) -> tuple[int, int]:
        top = int(self.scroll_offset.y)
        return top, top + max(0, self.size.height - self.header_lines)

    def _repaint(self, index: int) -> None:
        y = index - int(self.scroll_offset.y) + self.header_lines
        if self.header_lines <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def redraw(self) -> None:
        """Forgets what was drawn: ages, widths or styles have changed."""
        self._strips.clear()
        self._styles.clear()
        self.refresh()

    # Drawing

    @property
    def inner_width(self) -> int:
        """Cells for text: the scrollbar's are taken off."""
        return self.scrollable_content_region.width

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()
        self._styles.clear()

    def style(self, tone: str) -> Style:
        """A tone's style, on this widget's background."""
        found = self._styles.get(tone)
        if found is None:
            found = self._styles[tone] = self.get_component_rich_style(f"lv--{tone}")
        return found

    def render_line(self, y: int) -> Strip:
        width = self.inner_width
        if y < self.header_lines:
            return Strip([Segment(self.header(width)[:width].ljust(width), self.style("header"))], width)
        index = y - self.header_lines + int(self.scroll_offset.y)
        if not self._rows and y == self.header_lines:
            return Strip([Segment(self.empty()[:width].ljust(width), self.style("muted"))], width)
        if index >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        strip = self._strips.get(index)
        if strip is None:
            segments = [
                Segment(text, self.style(tone)) for text, tone in self.pieces(self._rows[index], width)
            ]
            strip = Strip(segments).adjust_cell_length(width, self.style("plain"))
            if len(self._strips) > 2000:
                self._strips.clear()
            self._strips[index] = strip
        if index == self.cursor and self.cursor_shown:
            cursor = self.style("cursor" if self.has_focus else "cursor-blurred")
            strip = Strip([Segment(s.text, (s.style or Style()) + cursor) for s in strip], width)
        return strip

    @property
    def cursor_shown(self) -> bool:
        """Whether the cursor's line is marked."""
        return True

    # Cursor

    def move_to(self, index: int, *, tell: bool = True) -> None:
        """Puts the cursor on a row and brings it into view."""
        if not self._rows:
            return
        index = max(0, min(index, len(self._rows) - 1))
        before, self.cursor = self.cursor, index
        top, bottom = self._window()
        if index < top:
            self.scroll_to(y=index, animate=False)
        elif index >= bottom:
            self.scroll_to(y=index - (bottom - top) + 1, animate=False)
        self._repaint(before)
        self._repaint(index)
        if tell and before != index:
            self.post_message(self.Moved(self, index))

    def action_move(self, by: int) -> None:
        self.move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        self.move_to(self.cursor + by * max(1, self.size.height - self.header_lines - 1))

    def action_edge(self, which: int) -> None:
        self.move_to(0 if which < 0 else len(self._rows) - 1)

    def on_click(self, event: events.Click) -> None:
        index = event.y - self.header_lines + int(self.scroll_offset.y)
        if event.y < self.header_lines:
            self.header_clicked(event.x)
        elif 0 <= index < len(self._rows):
            self.move_to(index)
            self.row_clicked(index, event.x)
            if event.chain == 2:
                self.post_message(self.Chosen(self, index))

    def header_clicked(self, x: int) -> None:
        """The head line was clicked."""

    def row_clicked(self, index: int, x: int) -> None:
        """A row was clicked."""

    def on_resize(self) -> None:
        self._strips.clear()
        self.virtual_size = Size(self.size.width, len(self._rows) + self.header_lines)

    def on_focus(self) -> None:
        self._repaint(self.cursor)

    def on_blur(self) -> None:
        self._repaint(self.cursor)
