"""Canary against stable: a sparkline each on one scale, the limit, and what the verdict would be now.

The value beside a sparkline is the last sample, a verdict and its reason are about the whole bake; both say
so. What is no longer measured is grey, and the title says since when.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.present.canary import CanaryView, MetricView, SeriesView
from alfred_tui.ui.look import VERDICT, Piece, Tone
from alfred_tui.ui.spark import Mark, filled, spark
from alfred_tui.ui.text import bar, clean, fit, safe_lines, width_of
from alfred_tui.ui.widgets.detail import clock
from alfred_tui.ui.widgets.toned_text import TonedText
from alfred_tui.ui.wrapping import TonedLine, crop, width_of_line, wrap

_LABEL, _VALUE, _BAR = 7, 13, 10
_HEAD = len("─ CANARY  ─")
"""Cells of the title that the panel's name and rule take."""
_MOST_ROWS = 5
_BESIDE = 44
"""From this width on a sparkline has its name and value beside it."""


class CanaryPanel(TonedText):
    """The panel. Zoomed, it is a chart with axes on a screen of its own."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,z", "chart", "chart", key_display="z", id="chart", tooltip="charts that can be read")
    ]

    class Zoomed(Message):
        """The chart is asked for."""

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("CANARY", id=id)
        self.now = now
        self._view = CanaryView()
        self._past: tuple[Piece, ...] = ()

    def on_resize(self) -> None:
        self.load(self._view)

    def refresh_live(self) -> None:
        if self.frame.stale:
            self.load(self._view)

    def action_chart(self) -> None:
        self.post_message(self.Zoomed())

    def load(self, view: CanaryView) -> None:
        """Shows the samples as they are now."""
        self._view = view
        stale = self.frame.freshness(view.freshness, self.now()) if view.freshness else ()
        service: list[Piece] = [(f" {clean(view.service)}", "muted")] if view.service else []
        self._past = since(view, self.now())
        told = [*self._past, *stale]
        beside = width_of_line([*told, *service]) <= self.frame.inner_width - _HEAD
        width = self.frame.inner_width
        above = [] if beside else [((text.strip(), tone),) for text, tone in told]
        lines = [*above, *self._lines(view, width, len(above))] if width > 0 else []
        hidden = bool(view.verdict) and width > 0 and _height(lines, width) > self.window_height
        verdict = (
            ((" ", "plain"), VERDICT.get(view.verdict, (clean(view.verdict), "plain"))) if hidden else ()
        )
        self.frame.heading("CANARY", *(told if beside else ()), *service, *verdict)
        if width > 0:
            self.write(lines)

    def _lines(self, view: CanaryView, width: int, above: int) -> Sequence[TonedLine]:
        lines: list[TonedLine] = []
        if not view.metrics:
            lines.append((("No canary is watched yet.", "muted"),))
        foot = [*_marks(view, width), *_summary(view, width)]
        height = self.window_height - above
        rows = _spark_rows(view, foot, width, height)
        drawn = [_metric(view, metric, width, rows) for metric in view.metrics]
        if self._past:
            drawn = [[_greyed(line) for line in metric] for metric in drawn]
        airy = sum(_height(metric, width) + 1 for metric in drawn) + _height(foot, width)
        for metric in drawn:
            lines += [*metric, ()] if airy <= height else metric
        return [*lines, *foot]


def _spark_rows(view: CanaryView, foot: Sequence[TonedLine], width: int, height: int) -> int:
    """How many rows a sparkline may have, so that the verdict below stays in view; at least one."""
    least = [_metric(view, metric, width, 1) for metric in view.metrics]
    fixed = _height(foot, width) + sum(_height(metric, width) for metric in least)
    room = (height - fixed) // (2 * max(1, len(view.metrics)))
    return 1 + max(0, min(_MOST_ROWS - 1, room - (width < _BESIDE)))


def _height(lines: Sequence[TonedLine], width: int) -> int:
    """How many lines they are once they are wrapped."""
    return sum(1 for line in lines for _ in wrap(line, width))


def since(view: CanaryView, now: float) -> tuple[Piece, ...]:
    """What says that the samples are no longer of now; nothing while they are."""
    if view.phase == "done" and view.last_at:
        return ((f" ended {clock(view.ended_at or view.last_at)}", "warn"),)
    if silent := view.silent_for(now):
        return ((f" last sample {format_elapsed(silent)} ago", "warn"),)
    return ()


def _greyed(line: TonedLine) -> TonedLine:
    """The line without the tones of what is happening now; a verdict keeps its own."""
    kept = set(VERDICT.values())
    return tuple(piece if piece in kept else (piece[0], "muted") for piece in line)


def _summary(view: CanaryView, width: int) -> list[TonedLine]:
    lines: list[TonedLine] = []
    if view.phase != "idle":
        clocks = f" {format_elapsed(view.elapsed)} of {format_elapsed(view.bake)}"
        cells = max(1, min(_BAR, width - width_of(clocks) - len("bake ")))
        full, rest = bar(view.elapsed / view.bake if view.bake else 1.0, cells)
        told: TonedLine = (("bake ", "muted"), (full, "busy"), (rest, "rule"), (clocks, "plain"))
        samples: Piece = (f"{view.samples} sample{'s' * (view.samples != 1)}", "muted")
        if width_of_line(told) + width_of(samples[0]) + 3 <= width:
            lines.append((*told, (" · ", "muted"), samples))
        else:
            lines += [told, (samples,)]
    if view.verdict:
        when = f"{clean(view.of)} " if view.phase == "done" else f"{clean(view.of)} so far "
        when = f"verdict {when}" if width >= _BESIDE else when
        outvoted = view.verdict != "fail" and any(one.verdict == "fail" for one in view.metrics)
        score: Piece = (f" score {view.score:g}" if outvoted else "", "muted")
        lines.append(((when, "muted"), VERDICT.get(view.verdict, (clean(view.verdict), "plain")), score))
    if view.freshness and view.freshness.connection not in ("live", "connecting"):
        lines += [((line, "warn"),) for line in safe_lines(view.freshness.message)]
    return lines


def _share(view: CanaryView) -> float:
    """How much of the bake the samples cover: the charts' width is the whole of it."""
    count = max((len(metric.canary.points) for metric in view.metrics), default=0)
    expected = view.bake / view.interval if view.bake and view.interval else 0.0
    return min(1.0, count / expected) if expected else 1.0


def _metric(view: CanaryView, metric: MetricView, width: int, rows: int) -> list[TonedLine]:
    share = _share(view)
    known = [p for side in (metric.canary, metric.baseline) for p in side.points if p is not None]
    top = max([*known, (metric.limit or 0) * 1.15, 1e-9])
    lines: list[TonedLine] = [_head(metric, width)]
    if not metric.canary.points and not metric.baseline.points:
        return [*lines, (("no samples yet", "muted"),)]
    lines += _side("canary", metric.canary, metric, width, rows, top, share)
    lines += _side("stable", metric.baseline, metric, width, rows, top, share)
    lines += [((f"{clean(view.of)}: {clean(metric.reason)}", "muted"),)] if metric.reason else []
    return lines


def _head(metric: MetricView, width: int) -> TonedLine:
    word, tone = VERDICT.get(metric.verdict, ("", "muted"))
    name, limit = clean(metric.name), ""
    if metric.limit is not None:
        value, sign = f"{metric.limit:g}{clean(metric.unit)}", "≥" if metric.below else "≤"
        room = width - width_of(name) - width_of(word) - 1
        limit = next((one for one in (f" limit {value}", f" {sign}{value}") if width_of(one) <= room), "")
    left = crop([(name, "strong"), (limit, "muted")], width - width_of(word) - 1)
    pad = " " * max(1, width - width_of_line(left) - width_of(word))
    return (*left, (pad, "plain"), (word, tone))


def _side(
    name: str, side: SeriesView, metric: MetricView, width: int, rows: int, top: float, share: float
) -> list[TonedLine]:
    """One side's sparkline with its name and newest value: beside it, or above it in a narrow panel."""
    beyond = side.last is not None and metric.breaks(side.last)
    value = side.gap or ("–" if side.last is None else f"last {side.last:.3g}{clean(metric.unit)}")
    value_tone: Tone = "warn" if side.gap else "bad" if beyond else "plain"
    tones: dict[Mark, Tone] = {
        "in": "busy" if name == "canary" else "muted", "beyond": "bad", "gap": "warn", "limit": "muted",
        "empty": "plain",
    }  # fmt: skip
    above = width < _BESIDE and rows > 1
    room = width if above else max(1, width - _LABEL - _VALUE)
    drawn = [
        tuple((text, tones[mark]) for text, mark in row)
        for row in spark(side.points, room, rows, top, metric.limit, share, below=metric.below)
    ]
    if above:
        return [((f"{name:<{_LABEL}}", "muted"), (fit(value, width - _LABEL, "right"), value_tone)), *drawn]
    blank: TonedLine = ((" " * _LABEL, "muted"),)
    last = ((f"{name:<{_LABEL}}", "muted"), *drawn[-1], (fit(value, _VALUE, "right"), value_tone))
    return [*((*blank, *row) for row in drawn[:-1]), last]


def _marks(view: CanaryView, width: int) -> list[TonedLine]:
    """The run's own events under the charts, each below the sample before which it came."""
    count = max((len(metric.canary.points) for metric in view.metrics), default=0)
    room = width if width < _BESIDE else width - _LABEL - _VALUE
    if not view.marks or not count:
        return []
    places = filled(room, _share(view))
    cells = [" "] * room
    for index, _ in view.marks:
        cells[min(index, count - 1) * places // count] = "▲"
    lead = "" if width < _BESIDE else " " * _LABEL
    words = ", ".join(clean(word) for _, word in view.marks)
    return [((lead + "".join(cells), "accent"),), (("▲ ", "accent"), (words, "muted"))]
