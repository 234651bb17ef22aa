"""A table's columns, and how the room that there is is shared among them. Pure: cheap to test."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic

import msgspec

from alfred_tui.ui.look import Piece, Tone
from alfred_tui.ui.widgets.line_view import Row

Cell = tuple[Piece, ...]

_GAP = 2
"""Cells between two columns, where there is room."""


def cell(text: str, tone: Tone = "plain") -> Cell:
    """A cell of one tone."""
    return ((text, tone),)


class TableColumn(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """A column: how a row's cell reads and sorts. Where room is short, columns of higher `drop` go first;
    those of 0 stay, and stand closer before anything in them is cut.
    """

    title: str
    cell: Callable[[Row], Cell]
    key: Callable[[Row], Any]
    width: int
    """Cells that it has at least, where there is room for them."""
    least: int = 0
    """Cells that it can do with when there is not; 0: it needs its `width`."""
    needs: Callable[[Sequence[Row]], int] | None = None
    """Cells that the widest of its texts takes, of all rows: it has so many where there is room, up to
    `widest`."""
    grow: int = 0
    """Its share of the room that is left."""
    widest: int = 0
    """More room than this is of no use to it; 0: always of use."""
    right: bool = False
    middle: bool = False
    """Whether a text that is too long is cut in its middle."""
    drop: int = 0


class Fitted(msgspec.Struct, Generic[Row], frozen=True):
    """The columns for which there is room, each with its width, and the cells between two of them."""

    gap: int
    columns: tuple[tuple[TableColumn[Row], int], ...]


def fitted(columns: Sequence[TableColumn[Row]], needed: Mapping[int, int], width: int) -> Fitted[Row]:
    """Shares `width` cells. `needed` has, by its place, what each column with `needs` has said."""
    whole = [_whole(one, needed.get(at, 0)) for at, one in enumerate(columns)]
    tight = [one.least or wanted for one, wanted in zip(columns, whole, strict=True)]
    cut = [one.least or one.width for one in columns]
    kept = list(range(len(columns)))

    def taken(sizes: Sequence[int], gap: int) -> int:
        return sum(sizes[at] for at in kept) + gap * (len(kept) - 1)

    while taken(whole, _GAP) > width and any(columns[at].drop for at in kept):
        kept.remove(max(kept, key=lambda at: (columns[at].drop, at)))
    gap = _GAP if taken(whole, _GAP) <= width else 1
    sizes = next((one for one in (whole, tight, cut) if taken(one, gap) <= width), cut)
    while len(kept) > 1 and taken(sizes, gap) > width:
        kept.pop()
    shown = [columns[at] for at in kept]
    grown = _grown(shown, [sizes[at] for at in kept], width - taken(sizes, gap))
    return Fitted(gap, tuple(zip(shown, grown, strict=True)))


def _whole(column: TableColumn[Row], wanted: int) -> int:
    """Cells in which none of its texts is cut, as far as it wants so many."""
    return max(column.width, min(wanted, column.widest) if column.widest else wanted)


def _grown(kept: Sequence[TableColumn[Row]], sizes: list[int], spare: int) -> list[int]:
    """Gives out the room that is left."""
    for _ in kept:  # what one column has no use for goes to the others
        able = [i for i, one in enumerate(kept) if one.grow and (not one.widest or sizes[i] < one.widest)]
        total = sum(kept[i].grow for i in able)
        if spare <= 0 or not able:
            break
        shares = [spare * kept[i].grow // total for i in able]
        shares[0] += spare - sum(shares)
        for i, share in zip(able, shares, strict=True):
            most = kept[i].widest - sizes[i] if kept[i].widest else share
            sizes[i] += min(share, most)
            spare -= min(share, most)
    return sizes
