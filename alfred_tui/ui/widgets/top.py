"""Usage of nodes and pods against what they may use, the heaviest first, each with its last minutes; under a
pod those of its containers that are near to a limit which the pod's sums hide."""

from collections.abc import Callable, Sequence

from alfred_tui.domain.cluster.workloads import ClusterView, NodeUsage, PodUsage
from alfred_tui.present.top import NEAR, Share, TopRow, top_rows
from alfred_tui.ui.look import Piece, Tone
from alfred_tui.ui.spark import spark
from alfred_tui.ui.text import bar, clean, cpu, memory
from alfred_tui.ui.widgets.cluster_panel import ClusterPanel
from alfred_tui.ui.widgets.columns import Cell, TableColumn, cell

_BAR = 8
_SPARK = 7
_FULL = 0.9


class TopPanel(ClusterPanel[TopRow]):
    """Nodes and pods by use."""

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        self._seen_nodes: Sequence[NodeUsage] = ()
        self._seen_pods: Sequence[PodUsage] = ()
        super().__init__("TOP", _columns(self._named), lambda row: (row.key, row.container), now, id=id)

    def load_cluster(self, view: ClusterView) -> None:
        if view.nodes != self._seen_nodes or view.heaviest is not self._seen_pods:
            self._seen_nodes, self._seen_pods = view.nodes, view.heaviest
            self.load_spaces(one.namespace for one in view.heaviest)
            self.load(top_rows(view.nodes, view.heaviest))
        counts: list[Piece] = []
        if view.nodes or view.usage:
            nodes, pods = _counted(len(view.nodes), "node"), _counted(len(view.usage), "pod")
            counts.append((f" {nodes} · {pods}", "muted"))
        self.tell(view.usage_freshness, *counts)
        self.frame.notes(*self.trouble())

    def _named(self, row: TopRow) -> Cell:
        name = clean(row.key[1])
        if row.container:
            container: Cell = (("› ", "muted"), (clean(row.container), "plain"), (" of ", "muted"))
            return (*container, *self.within(row.key[0]), (name, "muted"))
        if not row.is_node:
            return (*self.within(row.key[0]), (name, "plain"))
        return (("■ ", "muted"), (name, "strong")) if row.ready else (("✘ ", "bad"), (name, "bad"))


def _columns(name: Callable[[TopRow], Cell]) -> list[TableColumn[TopRow]]:
    column = TableColumn[TopRow]
    return [
        column(title="NAME", cell=name, key=_by_name, width=10, grow=2, widest=40, middle=True),
        column(title="CPU", cell=_cpu, key=lambda r: r.cpu.share or 0.0, width=13),
        column(title="", cell=lambda r: _spark(r.cpu), key=lambda r: r.cpu.used, width=_SPARK, drop=1),
        column(
            title="", cell=lambda r: _used(r.cpu, cpu), key=lambda r: r.cpu.used, width=13, right=True, drop=4
        ),
        column(
            title="MEMORY", cell=lambda r: _share(r.memory), key=lambda r: r.memory.share or 0.0, width=13
        ),
        column(title="", cell=lambda r: _spark(r.memory), key=lambda r: r.memory.used, width=_SPARK, drop=2),
        column(
            title="", cell=lambda r: _used(r.memory, memory), key=lambda r: r.memory.used, width=13,
            right=True, drop=3,
        ),
    ]  # fmt: skip


def _by_name(row: TopRow) -> tuple[str, str]:
    return row.key[1], row.container


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _cpu(row: TopRow) -> Cell:
    return _share(row.cpu) if row.ready else cell("not ready", "bad")


def _tone(one: Share) -> Tone:
    """Beyond a request nothing happens yet: only what is near a limit is told by its colour."""
    share = one.share or 0.0
    if not one.limited:
        return "plain"
    return "bad" if share > _FULL else "warn" if share > NEAR else "plain"


def _share(one: Share) -> Cell:
    if one.share is None:
        return cell("unknown" if one.limited else "no limit", "muted")
    tone = _tone(one)
    full, rest = bar(one.share, _BAR)
    return (full, "muted" if tone == "plain" else tone), (rest, "rule"), (f" {one.share:4.0%}", tone)


def _spark(one: Share) -> Cell:
    """Its last measurements on the scale of what it may use, or of their own highest."""
    if len(one.history) < 2:
        return cell("")
    top = max(one.of, *one.history)
    (runs,) = spark(one.history[-_SPARK:], min(_SPARK, len(one.history)), 1, top)
    return tuple((text, _tone(one) if _tone(one) != "plain" else "muted") for text, _ in runs)


def _used(one: Share, written: Callable[[float], str]) -> Cell:
    if not one.of:
        return cell(written(one.used), "muted")
    told = f"{written(one.used)}/{written(one.of)}" if one.limited else f"req {written(one.of)}"
    return cell(told, "muted")
