"""A panel of lines of which only those in view are made: the base of every table, tree and text.

It draws its own title, head, notes and scroll mark, so that a panel is one widget. A change costs the lines
it touches: rows are compared with those before, each row's strip is kept, and only changed lines in view
are painted. (A DataTable repaints every visible cell for each change, 40 to 80 ms whatever its size;
measured with Textual 8.2.)
"""

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, Generic, Literal, TypeVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from alfred_tui.ui.look import Brush, Piece
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.frame import Frame

Row = TypeVar("Row")

_KEPT = 1000
"""Strips that are kept; a screen shows far fewer."""
_WHEEL = 3
"""Rows that one notch of the wheel moves."""


class LineView(Widget, Generic[Row], can_focus=True):
    """Rows drawn one a line under a title, with a cursor. Subclasses say how a row is drawn."""

    DEFAULT_CSS = "LineView { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "a page up", show=False),
        Binding("pagedown", "page(1)", "a page down", show=False),
        Binding("home,g", "edge(-1)", "first", show=False),
        Binding("end,G", "edge(1)", "last", show=False),
    ]

    finds: ClassVar[str] = ""
    """What `/` does here, for the line that one types in; empty: nothing."""

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

    def __init__(self, title: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.brush = Brush(self)
        self.frame = Frame(self, title)
        self._rows: Sequence[Row] = ()
        self._cells: Size | None = None
        """While it is drawn: its size."""
        self._drawn: dict[Hashable, tuple[Row, list[Piece], Strip]] = {}
        self.keeps_cursor = False
        """Whether the cursor is shown while the focus is elsewhere, too."""
        self.cursor = 0
        self.first_row = 0
        """The row at the top of the window."""

    # What a subclass says

    def pieces(self, row: Row, width: int) -> Sequence[Piece]:
        """A row as text with tones; together at most `width` cells."""
        raise NotImplementedError

    def head(self, width: int) -> Sequence[Piece]:
        """The head line, where the frame has one."""
        return ()

    def same(self, before: Row, after: Row) -> bool:
        """Whether a row need not be drawn again."""
        return before is after

    def key(self, row: Row) -> Hashable:
        """By what a row's strip is kept."""
        return id(row)

    def find(self, needle: str) -> None:
        """Filters or searches, as one types; empty ends it."""

    def empty(self) -> str:
        """What stands there when there are no rows."""
        return ""

    @property
    def cursor_shown(self) -> bool:
        """Whether the cursor's line is marked."""
        return self.has_focus or self.keeps_cursor

    # Rows

    @property
    def rows(self) -> Sequence[Row]:
        """What is shown, in order."""
        return self._rows

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None

    def show(self, rows: Sequence[Row]) -> None:
        """Shows these rows; paints those in view that are not the same as before."""
        before, self._rows = self._rows, rows
        first = self.first_row
        self._clamp()
        if len(rows) != len(before):
            self.grew()
            return
        if first != self.first_row:
            self.refresh()
            return
        for index in range(first, min(len(rows), first + self.window_height)):
            if not self.same(before[index], rows[index]):
                self.repaint(index)

    def grew(self) -> None:
        """Paints everything, since the number of lines is another; where the height follows it, lays out."""
        height = self.styles.height
        self.refresh(layout=height is not None and height.is_auto)

    def repaint(self, index: int) -> None:
        """Paints a row again."""
        y = index - self.first_row
        if 0 <= y < self.window_height:
            self.refresh(Region(0, y + self.frame.top, self.size.width, 1))

    def refresh_drawn(self) -> None:
        """Paints those rows in view that time alone, or what their cells look up, has changed."""
        width = self.frame.inner_width
        for index in range(self.first_row, min(len(self._rows), self.first_row + self.window_height)):
            row = self._rows[index]
            drawn = self._drawn.get(self.key(row))
            if drawn is not None and list(self.pieces(row, width)) != drawn[1]:
                del self._drawn[self.key(row)]
                self.repaint(index)

    def refresh_live(self) -> None:
        """Draws again what depends on time alone. Called once a second."""

    def redraw(self) -> None:
        """Forgets what was drawn: widths or styles have changed."""
        self._drawn.clear()
        self.refresh()

    # Drawing

    @property
    def window_height(self) -> int:
        """How many rows are in view."""
        return max(0, self.cells.height - self.frame.top - self.frame.bottom)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self._rows)) + self.frame.top + self.frame.note_count

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.brush.clear()
        self._drawn.clear()
        self.refresh()  # or the lines on the screen would be older than what is known to be drawn

    @property
    def cells(self) -> Size:
        """Its size. While its lines are drawn it is looked up once: each look asks the whole layout."""
        return self._cells or self.size

    def render_lines(self, crop: Region) -> list[Strip]:
        self._cells = self.size
        try:
            return super().render_lines(crop)
        finally:
            self._cells = None

    def render_line(self, y: int) -> Strip:
        return self.frame.render_line(y)

    def render_row(self, y: int) -> list[Segment]:
        """The `y`-th line of the window, as wide as the frame leaves it."""
        width, index = self.frame.inner_width, y + self.first_row
        if not self._rows and y == 0:
            return [Segment(clean(self.empty())[:width], self.brush("muted"))]
        if index >= len(self._rows):
            return []
        row = self._rows[index]
        if self.on_cursor(y):
            return self._segments(self.pieces(row, width), "focused" if self.has_focus else "blurred")
        drawn = self._drawn.get(self.key(row))
        if drawn is None or not (drawn[0] is row or self.same(drawn[0], row)):
            if len(self._drawn) > _KEPT:
                self._drawn.clear()
            pieces = list(self.pieces(row, width))
            drawn = self._drawn[self.key(row)] = row, pieces, Strip(self._segments(pieces))
        return list(drawn[2])

    def on_cursor(self, y: int) -> bool:
        """Whether the `y`-th line of the window is the cursor's."""
        return y + self.first_row == self.cursor < len(self._rows) and self.cursor_shown

    def _segments(
        self, pieces: Sequence[Piece], cursor: Literal["", "focused", "blurred"] = ""
    ) -> list[Segment]:
        """As few segments as there are tones: each costs its share of every frame, and of the terminal."""
        runs: list[Piece] = []
        for text, tone in pieces:
            if not text:
                continue
            if runs and (runs[-1][1] == tone or text.isspace()):
                runs[-1] = (runs[-1][0] + text, runs[-1][1])
            else:
                runs.append((text, tone))
        return [Segment(text, self.brush(tone, cursor)) for text, tone in runs]

    # Cursor

    def move_to(self, index: int, *, tell: bool = True) -> None:
        """Puts the cursor on a row and brings it into view."""
        if not self._rows:
            return
        index = max(0, min(index, len(self._rows) - 1))
        before, self.cursor = self.cursor, index
        self.reveal(index)
        self.repaint(before)
        self.repaint(index)
        if tell and before != index:
            self.post_message(self.Moved(self, index))

    def reveal(self, index: int) -> None:
        """Scrolls as little as brings a row into view."""
        height = self.window_height
        if index < self.first_row:
            self.scroll_rows_to(index)
        elif height and index >= self.first_row + height:
            self.scroll_rows_to(index - height + 1)

    def scroll_rows_to(self, row: int) -> None:
        """Brings a row to the top, as far as there are rows below it."""
        before, self.first_row = self.first_row, row
        self._clamp()
        if before != self.first_row:
            self.refresh()

    def _clamp(self) -> None:
        count = len(self._rows)
        self.cursor = max(0, min(self.cursor, count - 1))
        self.first_row = max(0, min(self.first_row, count - self.window_height))

    def action_move(self, by: int) -> None:
        self.move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        self.move_to(self.cursor + by * max(1, self.window_height - 1))

    def action_edge(self, which: int) -> None:
        self.move_to(0 if which < 0 else len(self._rows) - 1)

    # Mouse and life

    def on_click(self, event: events.Click) -> None:
        x, y = event.x - self.frame.left, event.y - self.frame.top
        if event.y < self.frame.top:
            self.head_clicked(x, event.y)
        elif y < self.window_height and (index := y + self.first_row) < len(self._rows):
            self.move_to(index)
            self.row_clicked(index, x)
            if event.chain == 2:
                self.post_message(self.Chosen(self, index))

    def head_clicked(self, x: int, y: int) -> None:
        """The title or the head line was clicked."""

    def row_clicked(self, index: int, x: int) -> None:
        """A row was clicked."""

    def wheel(self, by: int) -> None:
        """The wheel was turned."""
        self.scroll_rows_to(self.first_row + by)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.wheel(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.wheel(-_WHEEL)

    def on_resize(self) -> None:
        self.redraw()
        before = self.first_row, self.frame.note_count
        self.frame.resized()
        self._clamp()
        if self.cursor_shown:
            self.reveal(self.cursor)
        if before != (self.first_row, self.frame.note_count):  # it was painted before this is told
            self.refresh()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
