"""Curves as text: several on one scale, two dots wide and four high to a cell, gaps left open.

An own line-API chart: 4 ms for 300 points in 120 × 20 cells, where the libraries for it take 19 to 39 ms
and bring numpy or an old pin (measured with Textual 8.2).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from alfred_tui.ui.look import Piece, Tone
from alfred_tui.ui.spark import Point, runs

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of Unicode's braille patterns, by row and column of the dot."""
_LIMIT, _GAP, _CURSOR = "┄", "╌", "│"


@dataclass(frozen=True)
class Curve:
    """Values at equal distances. A dotted one can be told from a drawn one without colour."""

    points: Sequence[Point]
    tone: Tone
    style: Literal["drawn", "dotted"] = "drawn"


@dataclass(frozen=True)
class Scale:
    """The plane: cells, the value at its upper end, and how many points its whole width stands for."""

    width: int
    height: int
    top: float
    span: int

    def x(self, index: int) -> int:
        """The dot's column of a point."""
        return round(index * (self.width * 2 - 1) / max(1, self.span - 1))

    def y(self, value: float) -> int:
        """The dot's row of a value, from above."""
        share = min(1.0, max(0.0, value / self.top)) if self.top > 0 else 0.0
        return round((1 - share) * (self.height * 4 - 1))

    def column(self, index: int) -> int:
        """The cell's column of a point."""
        return min(self.width - 1, self.x(index) // 2)

    def row(self, value: float) -> int:
        """The cell's row of a value, from above."""
        return self.y(value) // 4


def chart(
    curves: Sequence[Curve], scale: Scale, *, limit: Point = None, cursor: int = -1
) -> list[list[Piece]]:
    """`scale.height` rows of together `scale.width` cells, the highest first.

    Where curves meet, the cell has the tone of the first. The limit is a dashed line and the cursor's
    column an upright one, wherever no curve hides them; a gap of the first curve is a dash at the bottom.
    """
    cells: list[list[Piece]] = [[(" ", "plain")] * scale.width for _ in range(scale.height)]
    if limit is not None and 0 < limit <= scale.top:
        cells[scale.row(limit)] = [(_LIMIT, "warn")] * scale.width
    if cursor >= 0:
        for row in cells:
            row[scale.column(cursor)] = (_CURSOR, "accent")
    for index, point in enumerate(curves[0].points if curves else ()):
        if point is None:
            cells[-1][scale.column(index)] = (_GAP, "warn")
    bits = [[0] * scale.width for _ in range(scale.height)]
    for curve in reversed(curves):
        for x, y in _dots(curve, scale):
            bits[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
            cells[y // 4][x // 2] = (chr(0x2800 + bits[y // 4][x // 2]), curve.tone)
    return [runs(row) for row in cells]


def _dots(curve: Curve, scale: Scale) -> list[tuple[int, int]]:
    """The dots of a curve: a line between neighbours, nothing across a gap."""
    dots: list[tuple[int, int]] = []
    before: tuple[int, int] | None = None
    for index, point in enumerate(curve.points):
        if point is None:
            before = None
            continue
        here = (scale.x(index), scale.y(point))
        dots += _line(before or here, here)
        before = here
    return dots if curve.style == "drawn" else [dot for dot in dots if dot[0] % 3 != 2]


def _line(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    return [
        (
            round(start[0] + (end[0] - start[0]) * n / steps),
            round(start[1] + (end[1] - start[1]) * n / steps),
        )
        for n in range(steps + 1)
    ]


def ticks(top: float, height: int) -> list[float]:
    """Round values from zero up to `top`, at least three rows apart: 1, 2 or 5 times a power of ten."""
    if top <= 0 or height < 1:
        return [0.0]
    least = top * 3 / max(1, height)
    power = 10.0 ** math.floor(math.log10(least))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))
    return [step * n for n in range(int(top / step + 1e-9) + 1)]
