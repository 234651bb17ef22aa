"""A live table: columns over typed rows, sorted by any of them and filtered as one types."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic

from textual.binding import Binding, BindingType

from alfred_tui.ui.text import fit
from alfred_tui.ui.widgets.line_view import LineView, Piece, Row


@dataclass(frozen=True, kw_only=True)
class TableColumn(Generic[Row]):
    """A column: how a row's cell reads and sorts. Where room is short, columns of higher `drop` go first."""

    title: str
    cell: Callable[[Row], Piece]
    key: Callable[[Row], Any]
    width: int
    grow: int = 0
    """Its share of the room that is left."""
    right: bool = False
    drop: int = 0


class LineTable(LineView[Row]):
    """Rows under a head line. `<` and `>` choose the column to sort by, `S` turns the order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("less_than_sign", "sort_by(-1)", "sort by the column before", show=False),
        Binding("greater_than_sign", "sort_by(1)", "sort by the next column", show=False),
        Binding("S", "turn", "turn the order", show=False),
    ]

    def __init__(self, columns: Sequence[TableColumn[Row]], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.header_lines = 1
        self.columns = tuple(columns)
        self.sort_column = -1
        """-1: as the source orders them."""
        self.reverse = False
        self._all: Sequence[Row] = ()
        self._matches: Callable[[Row], bool] | None = None
        self._layout: tuple[int, list[tuple[TableColumn[Row], int]]] = (-1, [])

    def load(self, rows: Sequence[Row]) -> None:
        """Takes all rows; shows those that match, in order."""
        self._all = rows
        shown: list[Row] = [row for row in rows if self._matches(row)] if self._matches else list(rows)
        if self.sort_column >= 0:
            shown.sort(key=self.columns[self.sort_column].key, reverse=self.reverse)
        self.show(shown)

    def filter(self, matches: Callable[[Row], bool] | None) -> None:
        """Shows only the rows that match."""
        self._matches = matches
        self.load(self._all)

    def widths(self, width: int) -> list[tuple[TableColumn[Row], int]]:
        """The columns that fit into `width` cells, each with its width."""
        if self._layout[0] == width:
            return self._layout[1]
        kept = list(self.columns)
        while len(kept) > 1 and sum(one.width + 1 for one in kept) > width:
            kept.remove(max(kept, key=lambda one: (one.drop, kept.index(one))))
        spare = max(0, width - sum(one.width + 1 for one in kept))
        grow = sum(one.grow for one in kept)
        out = [(one, one.width + (spare * one.grow // grow if grow else 0)) for one in kept]
        self._layout = (width, out)
        return out

    def header(self, width: int) -> str:
        told = []
        for column, cells in self.widths(width):
            mark = ("▼" if self.reverse else "▲") if self._sorted_by(column) else ""
            told.append(fit(column.title + mark, cells, right=column.right))
        return " ".join(told)

    def _sorted_by(self, column: TableColumn[Row]) -> bool:
        return self.sort_column >= 0 and self.columns[self.sort_column] is column

    def pieces(self, row: Row, width: int) -> list[Piece]:
        out: list[Piece] = []
        for column, cells in self.widths(width):
            text, tone = column.cell(row)
            out.append((fit(text, cells, right=column.right) + " ", tone))
        return out

    def sort(self, column: int, *, reverse: bool = False) -> None:
        """Sorts by a column; -1 for the source's own order."""
        self.sort_column, self.reverse = column, reverse
        self.load(self._all)
        self.redraw()

    def action_sort_by(self, by: int) -> None:
        count = len(self.columns) + 1
        self.sort((self.sort_column + 1 + by) % count - 1)

    def action_turn(self) -> None:
        self.sort(self.sort_column, reverse=not self.reverse)

    def header_clicked(self, x: int) -> None:
        left = 0
        for column, cells in self.widths(self.inner_width):
            if left <= x <= left + cells:
                index = self.columns.index(column)
                self.sort(index, reverse=self.sort_column == index and not self.reverse)
                return
            left += cells + 1
