"""Canary against stable: a sparkline each on one scale, the limit, and what the verdict would be now."""

from collections.abc import Callable

from textual.app import ComposeResult

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.present.canary import CanaryView, MetricView, SeriesView
from alfred_tui.ui.look import Tone
from alfred_tui.ui.spark import spark
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.panel import PanelFrame
from alfred_tui.ui.widgets.toned_text import TonedLine, TonedText

_VERDICT: dict[str, tuple[str, Tone]] = {
    "pass": ("✔ PASS", "good"),
    "fail": ("✘ FAIL", "bad"),
    "inconclusive": ("? INCONCLUSIVE", "warn"),
}


class CanaryPanel(PanelFrame):
    """The panel."""

    TITLE = "CANARY"

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.now = now
        self._view = CanaryView()

    def compose(self) -> ComposeResult:
        yield TonedText(id="canary-text")

    def on_resize(self) -> None:
        self.load(self._view)

    def load(self, view: CanaryView) -> None:
        """Shows the samples as they are now."""
        self._view = view
        body = self.query_one(TonedText)
        width, height = body.size.width, body.size.height
        stale = self.fresh(view.freshness, self.now()) if view.freshness else ""
        self.heading("CANARY" + (f" {view.service}" if view.service else "") + (f" {stale}" if stale else ""))
        self.footing(_progress(view))
        if width <= 0:
            return
        lines = [line for metric in view.metrics for line in self._metric(metric, width, self._rows(height))]
        if view.verdict:
            word, tone = _VERDICT.get(view.verdict, (view.verdict, "plain"))
            when = "verdict" if view.phase == "done" else "verdict so far"
            lines.append(((f"{when}: ", "muted"), (word, tone)))
        if view.freshness and view.freshness.connection != "live" and view.freshness.message:
            lines.append(((clean(view.freshness.message), "warn"),))
        if not view.metrics:
            lines.append((("No canary is watched yet.", "muted"),))
        body.write(lines)

    def _rows(self, height: int) -> int:
        """How many rows a sparkline may have in the room there is."""
        metrics = max(1, len(self._view.metrics))
        return max(1, min(4, (height - 2) // metrics // 2 - 1))

    def _metric(self, metric: MetricView, width: int, rows: int) -> list[TonedLine]:
        known = [p for side in (metric.canary, metric.baseline) for p in side.points if p is not None]
        top = max([*known, (metric.limit or 0) * 1.15, 1e-9])
        lines: list[TonedLine] = [self._head(metric)]
        lines += self._side("canary", metric.canary, metric, "busy", width, rows, top)
        lines += self._side("stable", metric.baseline, metric, "muted", width, rows, top)
        if metric.limit is not None:
            told = f" limit {metric.limit:g}{metric.unit} "
            left = max(0, width - len(told)) // 2
            lines.append((("─" * left + told + "─" * (width - left - len(told)), "muted"),))
        if metric.reason:
            lines.append(((clean(metric.reason), "muted"),))
        return lines

    def _head(self, metric: MetricView) -> TonedLine:
        word, tone = _VERDICT.get(metric.verdict, ("", "muted"))
        return ((clean(metric.name), "plain"), (f"  {word}", tone))

    def _side(
        self, name: str, side: SeriesView, metric: MetricView, tone: Tone, width: int, rows: int, top: float
    ) -> list[TonedLine]:
        value = "–" if side.last is None else f"{side.last:.3g}{metric.unit}"
        if side.gap:
            value = side.gap
        label = f"{name} {value} "[: max(8, width // 2)]
        label = label.ljust(min(17, width // 2))
        over = metric.limit is not None and side.last is not None and side.last > metric.limit
        drawn = spark(side.points, max(1, width - len(label)), rows, top)
        value_tone: Tone = "bad" if over else "warn" if side.gap else "plain"
        out: list[TonedLine] = [
            ((" " * len(label), "muted"), (row, "bad" if over else tone)) for row in drawn[:-1]
        ]
        out.append(((label, value_tone), (drawn[-1], "bad" if over else tone)))
        return out


def _progress(view: CanaryView) -> str:
    if view.phase == "idle":
        return ""
    return f"bake {format_elapsed(view.elapsed)} / {format_elapsed(view.bake)} · {view.samples} samples"
