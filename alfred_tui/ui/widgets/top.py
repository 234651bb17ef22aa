"""Usage of nodes, the heaviest first."""

from collections.abc import Callable, Sequence

from alfred_tui.domain.workloads import ClusterView, NodeUsage
from alfred_tui.ui.look import Tone
from alfred_tui.ui.text import bar, clean, cpu, memory
from alfred_tui.ui.widgets.cluster_panel import ClusterPanel
from alfred_tui.ui.widgets.line_table import Cell, TableColumn, cell

_BAR = 8
_HIGH, _FULL = 0.75, 0.9


class TopPanel(ClusterPanel[NodeUsage]):
    """Nodes by use, the heaviest first."""

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        self._source: Sequence[NodeUsage] = ()
        column = TableColumn[NodeUsage]
        super().__init__(
            "NODES",
            [
                column(title="NAME", cell=_node, key=lambda n: n.name, width=10, grow=2, widest=30),
                column(
                    title="CPU", cell=lambda n: _share(n.cpu, n.cpu_capacity), key=lambda n: n.cpu, width=13
                ),
                column(
                    title="",
                    cell=lambda n: cell(cpu(n.cpu), "muted"),
                    key=lambda n: n.cpu,
                    width=6,
                    right=True,
                    drop=2,
                ),
                column(
                    title="MEMORY",
                    cell=lambda n: _share(n.memory, n.memory_capacity),
                    key=lambda n: n.memory,
                    width=13,
                ),
                column(
                    title="",
                    cell=lambda n: cell(memory(n.memory), "muted"),
                    key=lambda n: n.memory,
                    width=7,
                    right=True,
                    drop=1,
                ),
            ],
            lambda one: one.name,
            now,
            id=id,
        )

    def load_cluster(self, view: ClusterView) -> None:
        if view.nodes is not self._source:
            self._source = view.nodes
            self.load(sorted(view.nodes, key=_heaviness, reverse=True))
        self.tell(view.usage_freshness)
        self.frame.notes(*self.trouble())


def _heaviness(node: NodeUsage) -> float:
    return max(node.cpu / max(1.0, node.cpu_capacity), node.memory / max(1.0, node.memory_capacity))


def _node(node: NodeUsage) -> Cell:
    return cell(clean(node.name)) if node.ready else cell(f"✘ not ready {clean(node.name)}", "bad")


def _share(used: float, capacity: float) -> Cell:
    if not capacity:
        return cell("unknown", "muted")
    share = used / capacity
    tone: Tone = "bad" if share > _FULL else "warn" if share > _HIGH else "plain"
    full, rest = bar(share, _BAR)
    return (full, "muted" if tone == "plain" else tone), (rest, "rule"), (f" {share:4.0%}", tone)
