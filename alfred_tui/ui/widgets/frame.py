"""What stands around a panel's rows: title, head and notes, and the marks of cursor and place."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from alfred_tui.domain.cluster.workloads import Freshness
from alfred_tui.domain.duration import format_duration, format_elapsed
from alfred_tui.ui.look import CONNECTION, Piece, Tone
from alfred_tui.ui.text import width_of
from alfred_tui.ui.wrapping import TonedLine, crop, width_of_line, wrap

if TYPE_CHECKING:
    from alfred_tui.ui.widgets.line_view import LineView

_NOTE_LINES = 3
_TITLE_FLOOR = 24
"""What stands at the right end leaves the title at least so many cells, or all that it needs."""


class Frame:
    """The frame of one `LineView`. It has no sides, but for a rule at the left where it is `ruled`."""

    def __init__(self, view: "LineView[Any]", title: str) -> None:
        self._view = view
        self._title: tuple[Piece, ...] = ((title, "strong"),) if title else ()
        self._aside: tuple[Piece, ...] = ()
        self._notes: tuple[TonedLine, ...] = ()
        self._note_lines: list[TonedLine] = []
        self.head_lines = 0
        self.most_notes = _NOTE_LINES
        self.ruled = False
        """Whether a line separates it from what stands at its left."""
        self.stale = False
        """Whether its data is not live; its rule is broken then."""

    @property
    def top(self) -> int:
        """Lines above the rows."""
        return bool(self._title) + self.head_lines

    @property
    def note_count(self) -> int:
        """Lines that the notes want."""
        return len(self._note_lines)

    @property
    def bottom(self) -> int:
        """Lines under the rows."""
        return min(len(self._note_lines), max(0, self._view.cells.height - self.top - 1))

    @property
    def left(self) -> int:
        """Cells before the rows: the rule, and the cursor's mark."""
        return 1 + self.ruled

    @property
    def inner_width(self) -> int:
        """Cells for a row; the last one is kept for the mark of the place."""
        return self.inner(self._view.cells.width)

    def inner(self, width: int) -> int:
        """Cells for a row where the whole is `width` wide."""
        return max(0, width - self.left - 1)

    # What is told

    def heading(self, title: str, *more: Piece, aside: Sequence[Piece] = ()) -> None:
        """The title, what is told beside it, and what stands at the right end."""
        told, right = ((title, "strong"), *more), tuple(aside)
        if (told, right) != (self._title, self._aside):
            self._title, self._aside = told, right
            self._view.refresh(Region(0, 0, self._view.size.width, 1))

    def notes(self, *lines: TonedLine) -> None:
        """Sentences under the rows, wrapped: at most three lines, or up to `most_notes` in a tall panel."""
        if lines != self._notes:
            self._notes = lines
            self.resized()
            self._view.grew()

    def resized(self) -> None:
        """Wraps the notes for the width there is."""
        width = max(1, self.inner_width)
        found = [line for note in self._notes for line in wrap(note, width)] if width > 1 else []
        room = max(_NOTE_LINES, min(self.most_notes, self._view.size.height // 2))
        if len(found) > room:
            last = (*found[room - 1], (" …", "muted"))
            found = [*found[: room - 1], tuple(crop(last, width))]
        self._note_lines = found

    def freshness(self, fresh: Freshness, now: float) -> tuple[Piece, ...]:
        """Breaks the rule when the data is not live, and gives the words that say so beside the title."""
        live = fresh.connection == "live"
        if self.stale != (not live):
            self.stale = not live
            self._view.redraw()
        if live and fresh.every:
            old = format_elapsed(now - fresh.heard_at)
            every = format_duration(fresh.every)
            return ((f" ◌ {old} old, watch forbidden: list every {every}", "muted"),)
        if live:
            return ()
        glyph, tone = CONNECTION[fresh.connection]
        told = f" {glyph} {fresh.connection.replace('-', ' ')}"
        if fresh.connection != "connecting":
            told += f" for {format_elapsed(now - fresh.since)}" if fresh.since else ""
            told += f", data is {format_elapsed(now - fresh.heard_at)} old" if fresh.heard_at else ""
        return ((told, tone),)

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line of the whole panel."""
        view, (width, height) = self._view, self._view.cells
        if self._title and y == 0:
            return Strip(self._title_line(width)).adjust_cell_length(width, view.brush("rule"))
        inner = self.inner_width
        if y < self.top:
            body = [Segment(text, view.brush(tone)) for text, tone in view.head(inner)]
            return self._around(body, inner, width)
        if y >= height - self.bottom:
            line = self._note_lines[y - height + self.bottom]
            return self._around([Segment(text, view.brush(tone)) for text, tone in line], inner, width)
        at = y - self.top
        marked = view.on_cursor(at)
        mark = (
            Segment("▌", view.brush("busy" if view.has_focus else "muted", self._cursor()))
            if marked
            else None
        )
        return self._around(view.render_row(at), inner, width, mark, self._place(at))

    def _cursor(self) -> Literal["focused", "blurred"]:
        return "focused" if self._view.has_focus else "blurred"

    def _around(
        self,
        body: list[Segment],
        inner: int,
        width: int,
        mark: Segment | None = None,
        place: Segment | None = None,
    ) -> Strip:
        brush = self._view.brush
        blank = Segment(" ", brush("plain"))
        rule = [Segment("│", brush("rule"))] if self.ruled else []
        fill = brush("plain", self._cursor()) if mark else brush("plain")
        middle = Strip(body).adjust_cell_length(inner, fill)
        return Strip([*rule, mark or blank, *middle, place or blank]).adjust_cell_length(
            width, brush("plain")
        )

    def _place(self, at: int) -> Segment | None:
        """The mark of the place at the right edge, where there is more than is in view."""
        count, height, first = len(self._view.rows), self._view.window_height, self._view.first_row
        if count <= height or height <= 0:
            return None
        size = max(1, height * height // count)
        start = round(first / (count - height) * (height - size))
        return Segment("┃", self._view.brush("muted")) if start <= at < start + size else None

    def _title_line(self, width: int) -> list[Segment]:
        focused = self._view.has_focus
        tone: Tone = "busy" if focused else "warn" if self.stale else "rule"
        line = "━" if focused else "╌" if self.stale else "─"
        corner = ("┝" if focused else "├") if self.ruled else line
        title: list[Piece] = [(corner + line + " ", tone)]
        (name, _), *more = self._title
        title += [(name, "busy" if focused else "strong"), *more]
        aside = list(self._aside)
        room = width - 2 - (width_of_line(aside) + 3 if aside else 0)
        if room < min(_TITLE_FLOOR, width_of_line(title)):
            aside, room = [], width - 2
        shown = crop(title, room)
        right: list[Piece] = [(" ", tone), *aside, (f" {line}", tone)] if aside else [(line, tone)]
        fill = width - width_of_line(shown) - width_of_line(right) - 1
        pieces = [*shown, (" " + line * max(0, fill), tone), *right]
        return [Segment(text, self._view.brush(tone)) for text, tone in pieces if width_of(text)]
