"""Usage of nodes, the heaviest first."""

from textual.app import ComposeResult

from alfred_tui.domain.workloads import ClusterView, NodeUsage
from alfred_tui.ui.text import bar, clean, cpu, memory
from alfred_tui.ui.widgets.line_table import LineTable, TableColumn
from alfred_tui.ui.widgets.line_view import Piece
from alfred_tui.ui.widgets.panel import LivePanel


class TopPanel(LivePanel):
    """Nodes by use, the heaviest first."""

    TITLE = "TOP"

    def compose(self) -> ComposeResult:
        yield LineTable[NodeUsage](
            [
                TableColumn(title="NODE", cell=_node, key=lambda n: n.name, width=10, grow=2),
                TableColumn(
                    title="CPU", cell=lambda n: _share(n.cpu, n.cpu_capacity), key=lambda n: n.cpu, width=13
                ),
                TableColumn(
                    title="",
                    cell=lambda n: (cpu(n.cpu), "muted"),
                    key=lambda n: n.cpu,
                    width=7,
                    right=True,
                    drop=2,
                ),
                TableColumn(
                    title="MEMORY",
                    cell=lambda n: _share(n.memory, n.memory_capacity),
                    key=lambda n: n.memory,
                    width=13,
                ),
                TableColumn(
                    title="",
                    cell=lambda n: (memory(n.memory), "muted"),
                    key=lambda n: n.memory,
                    width=7,
                    right=True,
                    drop=1,
                ),
            ],
            id="top-table",
        )

    def load(self, view: ClusterView) -> None:
        table: LineTable[NodeUsage] = self.query_one(LineTable)
        table.load(sorted(view.nodes, key=_heaviness, reverse=True))
        stale = self.fresh(view.usage_freshness, self.now())
        self.heading("TOP" + (f" {stale}" if stale else ""))
        self.footing(view.usage_freshness.message)


def _heaviness(node: NodeUsage) -> float:
    return max(node.cpu / max(1.0, node.cpu_capacity), node.memory / max(1.0, node.memory_capacity))


def _node(node: NodeUsage) -> Piece:
    return (clean(node.name), "plain") if node.ready else ("✘ " + clean(node.name) + " not ready", "bad")


def _share(used: float, capacity: float) -> Piece:
    if not capacity:
        return "unknown", "muted"
    share = used / capacity
    return f"{bar(share, 8)} {share:4.0%}", "bad" if share > 0.9 else "warn" if share > 0.75 else "plain"
