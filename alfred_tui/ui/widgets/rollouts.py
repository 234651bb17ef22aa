"""Rollouts: a line a workload, with its progress and what it waits for."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from alfred_tui.domain.cluster.workloads import ClusterView, RolloutView
from alfred_tui.present.workload import share
from alfred_tui.ui.look import PHASE, ROLLOUT, Piece
from alfred_tui.ui.text import bar, clean, short_image, width_of
from alfred_tui.ui.widgets.cluster_panel import LOGS_KEY, OPEN_KEY, ClusterPanel
from alfred_tui.ui.widgets.columns import Cell, TableColumn, cell
from alfred_tui.ui.wrapping import TonedLine

_BAR, _HASH, _STATE = 8, 5, 13


class RolloutsPanel(ClusterPanel[RolloutView]):
    """A line a workload: progress, revision from → to, what it waits for."""

    DEFAULT_CSS = "RolloutsPanel { height: auto; max-height: 40%; }"

    BINDINGS: ClassVar[list[BindingType]] = [LOGS_KEY, OPEN_KEY]

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        self._untold: Sequence[RolloutView] = ()
        column = TableColumn[RolloutView]
        super().__init__(
            "ROLLOUTS",
            [
                column(
                    title="NAME",
                    cell=self._named,
                    key=lambda r: (r.namespace, r.name),
                    width=13,
                    grow=2,
                    widest=30,
                ),
                column(title="PROGRESS", cell=_progress, key=share, width=_BAR, drop=2),
                column(title="READY", cell=_ready, key=lambda r: r.available, width=5),
                column(title="STATE", cell=_phase, key=lambda r: r.phase, width=_STATE),
                column(title="REV", cell=_revision, key=lambda r: r.revision, width=5, drop=1),
                column(
                    title="WAITS FOR / RUNS",
                    cell=_message,
                    key=lambda r: r.message,
                    width=22,
                    grow=5,
                    drop=3,
                ),
            ],
            lambda one: (one.kind, one.namespace, one.name),
            now,
            id=id,
        )

    def action_logs(self) -> None:
        if self.current is not None:
            self.post_message(
                self.LogsAsked(f"{self.current.kind}/{self.current.name}", self.current.namespace)
            )

    def action_open(self) -> None:
        if (row := self.current) is not None:
            self.post_message(self.WorkloadAsked(row.kind, row.namespace, row.name))

    def load_cluster(self, view: ClusterView) -> None:
        if view.rollouts is not self._all:
            self.load_spaces(one.namespace for one in view.rollouts)
            self.load(view.rollouts)
        moving = [one for one in view.rollouts if one.phase == "progressing"]
        bad = [one for one in view.rollouts if one.phase in ("failed", "doomed")]
        told: list[Piece] = [(f" {len(view.rollouts)}", "muted")]
        if moving:
            told += [(" · ", "muted"), (f"▶ {len(moving)} moving", "busy")]
        if bad:
            told += [(" · ", "muted"), (f"✘ {len(bad)} failed", "bad")]
        self.tell(view.rollouts_freshness, *told)
        # What changed last is what the lead looks at; what was broken before can wait.
        self._untold = [*sorted(bad, key=lambda one: -one.began_at), *moving]
        self._explain()

    def _explain(self) -> None:
        """What a rollout waits for stands under the rows where its column has no room for it."""
        room = self.frame.inner_width
        width = next((w for one, w in self.widths(room).columns if one is self.columns[-1]), 0)
        shown = {id(one) for one in self.rows}
        long = [one for one in self._untold if room > 0 and width_of(_waits_for(one)) > width]
        untold = [one for one in long if id(one) in shown]
        self.frame.notes(*self.trouble(), *map(self._message, untold[:2]))

    def _named(self, row: RolloutView) -> Cell:
        name: Piece = (clean(row.name), "strong" if row.phase == "progressing" else "plain")
        return (*self.within(row.namespace), name)

    def _message(self, row: RolloutView) -> TonedLine:
        name: Piece = (f"{clean(row.name)}: ", "muted")
        return (*self.within(row.namespace), name, (_waits_for(row), ROLLOUT[row.phase][1]))

    def find(self, needle: str) -> None:
        super().find(needle)
        self._explain()

    def on_resize(self) -> None:
        self._explain()


def _waits_for(row: RolloutView) -> str:
    """What keeps a rollout from being complete."""
    why = clean(row.message)
    return f"cannot become ready: {why}" if row.phase == "doomed" else why


def _progress(row: RolloutView) -> Cell:
    full, rest = bar(share(row), _BAR)
    return (full, ROLLOUT[row.phase][1]), (rest, "rule")


def _ready(row: RolloutView) -> Cell:
    return cell(f"{row.available}/{row.desired}", "plain" if row.available >= row.desired else "warn")


def _phase(row: RolloutView) -> Cell:
    glyph, tone = ROLLOUT[row.phase]
    if row.phase == "complete" and row.kept and row.updated < row.desired:
        # What a partition keeps from the newest revision is told where no other column has room for it.
        told = f"{glyph} on {row.updated} of {row.desired}"
        return cell(told if len(told) <= _STATE else told.replace(" of ", "/"), tone)
    return cell(f"{glyph} {PHASE.get(row.phase, row.phase)}", tone)


def _revision(row: RolloutView) -> Cell:
    if row.phase == "progressing" and row.from_revision:
        return cell(f"{row.from_revision}→{row.revision}")
    # The status of a StatefulSet or DaemonSet names its revision by a hash alone.
    hashed = row.newest.rpartition("-")[2][:_HASH]
    return cell(str(row.revision) if row.revision else clean(hashed) or "?")


def _message(row: RolloutView) -> Cell:
    if row.phase != "complete":
        return cell(_waits_for(row))
    images = sorted({short_image(image, row.name) for image in row.images.values()})
    return cell(clean(", ".join(images)), "muted")
