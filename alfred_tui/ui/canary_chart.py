"""The canary's samples as charts with axes, and what they were at the cursor: lines for the zoomed panel."""

from collections.abc import Sequence

from alfred_tui.present.canary import CanaryView, MetricView
from alfred_tui.ui.braille import Curve, Scale, chart, ticks
from alfred_tui.ui.look import VERDICT, Piece, Tone
from alfred_tui.ui.text import clean, fit, width_of
from alfred_tui.ui.widgets.detail import clock
from alfred_tui.ui.wrapping import TonedLine, crop, width_of_line

_AXIS = (9, 16)
"""Cells of the values' labels beside the charts, at least and at most."""
_TIME = 10
"""Cells of a time's label under the charts, with the room before the next."""
_LEAST = 4
"""Rows below which a chart tells nothing: the panel is scrolled rather."""


def chart_lines(view: CanaryView, width: int, height: int, cursor: int) -> list[TonedLine]:
    """All of the panel in `width` cells; as many rows as fill `height`, or more where there is no room.

    `cursor` is the index of the sample that is read, in `view.times`.
    """
    if not view.times:
        return [(("No sample has been taken yet.", "muted"),)]
    marks = 2 if view.marks else 0
    beside = sum(2 + bool(one.reason) + bool(one.comparison) for one in view.metrics)
    rows = max(_LEAST, (height - 2 - marks - beside - 1) // max(1, len(view.metrics)))
    labels = [_labels(metric, rows) for metric in view.metrics]
    longest = max((width_of(text) for each in labels for text in each.values()), default=0)
    axis = max(_AXIS[0], min(_AXIS[1], longest + 2))
    plane = max(8, width - axis)
    foot = [*_time_axis(view, axis, plane), *_mark_lines(view, axis, plane, cursor)]
    lines: list[TonedLine] = [_where(view, cursor)]
    for metric, values in zip(view.metrics, labels, strict=True):
        scale = Scale(width=plane, height=rows, top=_top(metric), span=view.span)
        lines += [*_heads(metric, width, cursor), *_plane(metric, scale, axis, values, cursor)]
        said = [(one, "muted") for one in (metric.reason, metric.comparison) if one]
        lines += [((f"{view.of}: {clean(one)}", "muted"),) for one, _ in said]
    return [*lines, *foot]


def _where(view: CanaryView, cursor: int) -> TonedLine:
    return (
        ("at ", "muted"), (clock(view.times[cursor]), "strong"),
        (f"   sample {cursor + 1} of {view.span}", "muted"),
    )  # fmt: skip


def _heads(metric: MetricView, width: int, cursor: int) -> list[TonedLine]:
    """The metric's name and verdict, and below it both sides at the cursor."""
    word, tone = VERDICT.get(metric.verdict, ("", "muted"))
    name = crop([(clean(metric.name), "strong")], width - width_of(word) - 1)
    pad = " " * max(1, width - width_of_line(name) - width_of(word))
    limit: list[Piece] = []
    if metric.limit is not None:
        limit = [("   ┄┄ limit ", "warn"), (f"{metric.limit:g}{clean(metric.unit)}", "plain")]
    both: TonedLine = (
        ("━━ canary ", "busy"), _reading(metric, metric.canary.points, cursor),
        ("   ╍╍ stable ", "muted"), _reading(metric, metric.baseline.points, cursor), *limit,
    )  # fmt: skip
    return [(*name, (pad, "plain"), (word, tone)), tuple(crop(both, width))]


def _reading(metric: MetricView, points: Sequence[float | None], cursor: int) -> Piece:
    value = points[cursor] if cursor < len(points) else None
    if value is None:
        return ("no number", "warn")
    tone: Tone = "bad" if metric.breaks(value) else "strong"
    return (f"{value:.4g}{clean(metric.unit)}", tone)


def _top(metric: MetricView) -> float:
    """The value at the chart's upper end."""
    known = [p for side in (metric.canary, metric.baseline) for p in side.points if p is not None]
    return max([*known, metric.limit or 0, 1e-9]) * 1.1


def _labels(metric: MetricView, rows: int) -> dict[int, str]:
    """Round values with their unit, by the row that they stand at; without it where it is too long."""
    top, unit = _top(metric), clean(metric.unit)
    scale = Scale(width=1, height=rows, top=top, span=1)
    found = {scale.row(value): f"{value:g}" for value in ticks(top, rows)}
    fits = all(width_of(text + unit) + 2 <= _AXIS[1] for text in found.values())
    return {row: text + unit * fits for row, text in found.items()}


def _plane(
    metric: MetricView, scale: Scale, axis: int, labels: dict[int, str], cursor: int
) -> list[TonedLine]:
    """The curves, with their values at the left."""
    drawn = chart(
        [Curve(metric.canary.points, "busy"), Curve(metric.baseline.points, "muted", "dotted")],
        scale,
        limit=metric.limit,
        cursor=cursor,
    )
    return [
        (
            (fit(labels.get(row, ""), axis - 2, "right"), "muted"),
            (" ┤" if row in labels else " │", "rule"),
            *pieces,
        )
        for row, pieces in enumerate(drawn)
    ]


def _time_axis(view: CanaryView, axis: int, width: int) -> list[TonedLine]:
    """Times of day under the samples that they belong to; those to come by the interval."""
    scale = Scale(width=width, height=1, top=1.0, span=view.span)
    ruler, labels = ["─"] * width, [" "] * width
    free = 0
    for index in range(view.span):
        place = scale.column(index)
        if place < free or place + 8 > width:
            continue
        known = len(view.times)
        at = view.times[index] if index < known else view.times[-1] + (index - known + 1) * view.interval
        ruler[place] = "┬"
        labels[place : place + 8] = clock(at)
        free = place + _TIME
    lead = " " * (axis - 1)
    return [((lead + "└" + "".join(ruler), "rule"),), ((lead + " " + "".join(labels), "muted"),)]


def _mark_lines(view: CanaryView, axis: int, width: int, cursor: int) -> list[TonedLine]:
    """The run's own events under the samples before which they came, with their times in words."""
    if not view.marks:
        return []
    scale = Scale(width=width, height=1, top=1.0, span=view.span)
    cells = [" "] * width
    for index, _ in view.marks:
        cells[scale.column(min(index, len(view.times) - 1))] = "▲"
    words: list[Piece] = [("▲ ", "accent")]
    for number, (index, word) in enumerate(view.marks):
        near = abs(min(index, len(view.times) - 1) - cursor) <= 1
        words += [("  · " if number else "", "muted"), (clean(word), "strong" if near else "muted")]
    return [((" " * axis + "".join(cells), "accent"),), tuple(words)]
