"""Sparklines as text: several series on one scale, with the limit's line, gaps left open."""

from collections.abc import Sequence
from typing import Literal, TypeVar

Mark = Literal["in", "beyond", "gap", "limit", "empty"]
"""What a cell shows: a value within or beyond the limit, no value, the limit's line, or nothing."""
Run = tuple[str, Mark]
Point = float | None
"""None is a gap: it was measured, and was no number."""

Look = TypeVar("Look")

GAP = "╌"
LIMIT = "┄"
_EIGHTHS = " ▁▂▃▄▅▆▇█"


def resample(points: Sequence[Point], width: int, *, below: bool = False) -> list[Point]:
    """Exactly `width` points that stand for all of them: each the highest (`below`: the lowest) of its own.

    A peak never vanishes; where half of the points or more are gaps, it is a gap.
    """
    count, worst = len(points), min if below else max
    out: list[Point] = []
    for place in range(width if count else 0):
        first = place * count // width
        part = points[first : max(first + 1, (place + 1) * count // width)]
        known = [one for one in part if one is not None]
        out.append(worst(known) if len(known) * 2 > len(part) else None)
    return out


def filled(width: int, share: float) -> int:
    """How many of `width` cells the points take when they are this share of all that will come."""
    return max(1, min(width, round(width * share)))


def spark(
    points: Sequence[Point],
    width: int,
    height: int,
    top: float,
    limit: float | None = None,
    share: float = 1.0,
    *,
    below: bool = False,
) -> list[list[Run]]:
    """`height` rows of `width` cells, the highest first. The points fill `share` of the width from the left.

    `top` is the scale's upper end. A measured zero is a line at the bottom, a gap a dash there. In more
    than one row the limit is a dashed line at its own height, wherever no value hides it. `below`: values
    under it break it.
    """
    shown = resample(points, filled(width, share), below=below)
    at = _limit_row(limit, top, height)
    rows = []
    for row in range(height - 1, -1, -1):
        blank: Run = (LIMIT, "limit") if row == at else (" ", "empty")
        cells = [_cell(point, row, height, top, blank, _mark(point, limit, below)) for point in shown]
        rows.append(runs([*cells, *[blank] * (width - len(cells))]))
    return rows


def _limit_row(limit: float | None, top: float, height: int) -> int:
    if limit is None or height < 2 or top <= 0 or not 0 < limit <= top:
        return -1
    return min(height - 1, int(limit / top * height))


def _mark(point: Point, limit: float | None, below: bool) -> Mark:
    if point is None or limit is None:
        return "in"
    return "beyond" if (point < limit if below else point > limit) else "in"


def _cell(point: Point, row: int, height: int, top: float, blank: Run, mark: Mark) -> Run:
    if point is None:
        return (GAP, "gap") if row == 0 else blank
    filled = max(0.0, min(1.0, point / top if top > 0 else 0.0)) * height * 8
    eighths = max(0, min(8, round(filled) - row * 8))
    if row == 0:
        eighths = max(1, eighths)
    if not eighths:
        return blank
    return _EIGHTHS[eighths], mark


def runs(cells: Sequence[tuple[str, Look]]) -> list[tuple[str, Look]]:
    """Neighbours that look alike as one."""
    found: list[tuple[str, Look]] = []
    for text, look in cells:
        if found and found[-1][1] == look:
            found[-1] = (found[-1][0] + text, look)
        else:
            found.append((text, look))
    return found
