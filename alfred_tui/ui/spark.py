"""Sparklines as text: several series on one scale, gaps left open."""

from collections.abc import Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"
GAP = "╌"


def spark(points: Sequence[float | None], width: int, height: int, top: float) -> list[str]:
    """`height` rows of `width` cells; the newest point is at the right. `top` is the scale's upper end.

    A gap (None) stands as a dashed sign on the lowest row, so that it is told from a zero.
    """
    shown = list(points[-width:])
    lead = width - len(shown)
    rows = []
    for row in range(height - 1, -1, -1):
        cells = [" "] * lead
        for point in shown:
            if point is None:
                cells.append(GAP if row == 0 else " ")
                continue
            filled = max(0.0, min(1.0, point / top if top > 0 else 0.0)) * height * 8
            eighths = int(max(0, min(8, round(filled) - row * 8)))
            if row == 0 and eighths == 0:
                eighths = 1  # a measured zero is a line at the bottom, not a gap
            cells.append(_EIGHTHS[eighths])
        rows.append("".join(cells))
    return rows
