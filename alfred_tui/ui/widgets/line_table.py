"""A live table: columns over typed rows, sorted by any of them and filtered as one types."""

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from alfred_tui.ui.look import Piece
from alfred_tui.ui.text import cut_middle, fit
from alfred_tui.ui.widgets.columns import Fitted, TableColumn, fitted
from alfred_tui.ui.widgets.line_view import LineView, Row
from alfred_tui.ui.wrapping import crop, width_of_line


class LineTable(LineView[Row]):
    """Rows under a head line. `<` and `>` choose the column to sort by, `S` turns the order."""

    finds = "filter: words in any cell; esc shows all"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("less_than_sign", "sort_by(-1)", "sort by the column before", key_display="<", show=False),
        Binding("greater_than_sign", "sort_by(1)", "sort by the next column", key_display=">", show=False),
        Binding("S", "turn", "turn the order", show=False),
    ]

    def __init__(
        self,
        title: str,
        columns: Sequence[TableColumn[Row]],
        identity: Callable[[Row], Hashable],
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(title, id=id)
        self.frame.head_lines = 1
        self.columns = tuple(columns)
        self._identity = identity
        self.sort_column = -1
        """-1: none is chosen."""
        self.reverse = False
        self._all: Sequence[Row] = ()
        self._needle = ""
        self._verdicts: dict[int, tuple[Row, bool]] = {}
        self._needed: dict[int, int] = {}
        """Cells that a column's widest text takes, by its place."""
        self._fitted: tuple[int, Fitted[Row]] | None = None
        """For which width, and what fits into it."""

    # Rows

    def load(self, rows: Sequence[Row]) -> None:
        """Takes all rows; shows those that fit the filter, in order. The cursor stays on its row."""
        self._all = rows
        self._measure(rows)
        shown = self._fitting(rows) if self._needle else rows
        if self.sort_column >= 0:
            shown = sorted(shown, key=self.columns[self.sort_column].key, reverse=self.reverse)
        held = self._identity(self.current) if self.current is not None and self.cursor_shown else None
        self.show(shown)
        if held is not None and (self.current is None or self._identity(self.current) != held):
            index = next((i for i, row in enumerate(shown) if self._identity(row) == held), None)
            if index is not None:
                self.move_to(index)

    def _measure(self, rows: Sequence[Row]) -> None:
        needed = {at: one.needs(rows) for at, one in enumerate(self.columns) if one.needs is not None}
        if needed != self._needed:
            self._needed = needed
            self._fitted = None
            self.redraw()

    def _fitting(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that fit; one that is the same object as before is not looked at again."""
        fits, before = self.fits(self._needle), self._verdicts
        now: dict[int, tuple[Row, bool]] = {}
        for row in rows:
            known = before.get(id(row))
            now[id(row)] = known if known is not None and known[0] is row else (row, fits(row))
        self._verdicts = now
        return [row for row, fit in now.values() if fit]

    def fits(self, needle: str) -> Callable[[Row], bool]:
        """What a filter means: every word is somewhere in the row's cells."""
        words = needle.lower().split()

        def found(row: Row) -> bool:
            told = " ".join(text for one in self.columns for text, _ in one.cell(row)).lower()
            return all(word in told for word in words)

        return found

    def find(self, needle: str) -> None:
        """Filters; empty shows all."""
        self._needle = needle.strip()
        self._verdicts = {}
        self.load(self._all)

    @property
    def filtered(self) -> tuple[Piece, ...]:
        """Words for the title while rows are hidden, or sorted by a column for which there is no room."""
        told: tuple[Piece, ...] = ()
        if self._needle:
            told = ((f" /{self._needle} {len(self.rows)} of {len(self._all)}", "accent"),)
        shown = [column for column, _ in self.widths(self.frame.inner_width).columns]
        if self.sort_column >= 0 and (by := self.columns[self.sort_column]) not in shown:
            told += ((f" by {by.title}{self._mark(by)}", "accent"),)
        return told

    def empty(self) -> str:
        return "Nothing fits the filter; esc shows all." if self._needle else ""

    # Drawing

    def widths(self, width: int) -> Fitted[Row]:
        """The columns that fit into `width` cells, each with its width."""
        if self._fitted is None or self._fitted[0] != width:
            self._fitted = (width, fitted(self.columns, self._needed, width))
        return self._fitted[1]

    def head(self, width: int) -> Sequence[Piece]:
        told = []
        room = self.widths(width)
        for column, cells in room.columns:
            mark = self._mark(column)
            title = column.title[: cells - len(mark)] + mark
            told.append(fit(title, cells, "right" if column.right else "left"))
        return [((" " * room.gap).join(told)[:width], "muted")]

    def _mark(self, column: TableColumn[Row]) -> str:
        """In which order the rows stand by it, if they do."""
        if self.sort_column < 0 or self.columns[self.sort_column] is not column:
            return ""
        return "▼" if self.reverse else "▲"

    def pieces(self, row: Row, width: int) -> list[Piece]:
        out: list[Piece] = []
        room = self.widths(width)
        for number, (column, cells) in enumerate(room.columns):
            shown = _cropped(column, row, cells)
            pad = " " * (cells - width_of_line(shown))
            gap: list[Piece] = [(" " * room.gap, "plain")] if number else []
            out += [*gap, (pad, "plain"), *shown] if column.right else [*gap, *shown, (pad, "plain")]
        return [
            (text, "muted" if self.frame.stale and tone in ("plain", "good", "strong") else tone)
            for text, tone in out
        ]

    # Order

    def sort(self, column: int, *, reverse: bool = False) -> None:
        """Sorts by a column; -1 for the source's own order."""
        self.sort_column, self.reverse = column, reverse
        self.load(self._all)
        self.refresh()

    def action_sort_by(self, by: int) -> None:
        count = len(self.columns) + 1
        self.sort((self.sort_column + 1 + by) % count - 1)

    def action_turn(self) -> None:
        self.sort(self.sort_column, reverse=not self.reverse)

    def head_clicked(self, x: int, y: int) -> None:
        if y != self.frame.top - 1:
            return
        left = 0
        room = self.widths(self.frame.inner_width)
        for column, cells in room.columns:
            if left <= x < left + cells + room.gap:
                index = self.columns.index(column)
                self.sort(index, reverse=self.sort_column == index and not self.reverse)
                return
            left += cells + room.gap


def _cropped(column: TableColumn[Row], row: Row, width: int) -> list[Piece]:
    pieces = column.cell(row)
    if not column.middle:
        return crop(pieces, width)
    *before, (text, tone) = pieces
    return crop([*before, (cut_middle(text, width - width_of_line(before)), tone)], width)
