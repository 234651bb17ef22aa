"""Rollouts: a line a workload, with its progress and what it waits for."""

from textual.app import ComposeResult

from alfred_tui.domain.workloads import ClusterView, RolloutView
from alfred_tui.ui.look import ROLLOUT
from alfred_tui.ui.text import bar, clean
from alfred_tui.ui.widgets.line_table import LineTable, TableColumn
from alfred_tui.ui.widgets.line_view import Piece
from alfred_tui.ui.widgets.panel import LivePanel


class RolloutsPanel(LivePanel):
    """A line a workload: progress, revision from → to, what it waits for."""

    DEFAULT_CSS = "RolloutsPanel { height: auto; max-height: 40%; } RolloutsPanel LineTable { height: auto; }"
    TITLE = "ROLLOUTS"

    def compose(self) -> ComposeResult:
        table: LineTable[RolloutView] = LineTable(
            [
                TableColumn(
                    title="NAME",
                    cell=lambda r: (clean(r.name), "plain"),
                    key=lambda r: r.name,
                    width=16,
                    grow=2,
                ),
                TableColumn(
                    title="", cell=_progress, key=lambda r: r.available / max(1, r.desired), width=10, drop=2
                ),
                TableColumn(title="READY", cell=_ready, key=lambda r: r.available, width=5),
                TableColumn(title="STATE", cell=_phase, key=lambda r: r.phase, width=13),
                TableColumn(title="REV", cell=_revision, key=lambda r: r.revision, width=6),
                TableColumn(
                    title="WAITS FOR", cell=_message, key=lambda r: r.message, width=12, grow=5, drop=1
                ),
            ],
            id="rollouts-table",
        )
        table.styles.min_height = 2
        yield table

    def load(self, view: ClusterView) -> None:
        table: LineTable[RolloutView] = self.query_one(LineTable)
        table.load(view.rollouts)
        table.styles.height = max(2, len(view.rollouts) + 1)
        moving = sum(1 for one in view.rollouts if one.phase == "progressing")
        bad = sum(1 for one in view.rollouts if one.phase in ("failed", "doomed"))
        told = (
            [f"{len(view.rollouts)}"]
            + ([f"{moving} moving"] if moving else [])
            + ([f"{bad} failed"] if bad else [])
        )
        stale = self.fresh(view.rollouts_freshness, self.now())
        self.heading("ROLLOUTS " + " · ".join(told + ([stale] if stale else [])))
        self.footing(view.rollouts_freshness.message)


def _progress(row: RolloutView) -> Piece:
    _, tone = ROLLOUT[row.phase]
    return bar(min(row.updated, row.available) / row.desired if row.desired else 1.0, 10), tone


def _ready(row: RolloutView) -> Piece:
    return f"{row.available}/{row.desired}", "plain" if row.available >= row.desired else "warn"


def _phase(row: RolloutView) -> Piece:
    glyph, tone = ROLLOUT[row.phase]
    return f"{glyph} {row.phase}", tone


def _revision(row: RolloutView) -> Piece:
    if row.phase == "progressing" and row.from_revision:
        return f"{row.from_revision}→{row.revision}", "plain"
    return str(row.revision or ""), "plain"


def _message(row: RolloutView) -> Piece:
    if row.phase == "complete":
        images = sorted({image.rpartition("/")[2] for image in row.images.values()})
        return clean(", ".join(images)), "muted"
    return clean(row.message), "plain"
