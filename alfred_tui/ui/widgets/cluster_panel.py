"""What the panels over the live cluster have in common: they take its view, and say how fresh it is."""

from collections.abc import Callable, Hashable, Iterable, Sequence

from textual.binding import Binding
from textual.message import Message

from alfred_tui.domain.cluster.workloads import ClusterView, Freshness
from alfred_tui.ui.look import Piece, Tone
from alfred_tui.ui.text import clean, safe_lines
from alfred_tui.ui.widgets.columns import Cell, TableColumn
from alfred_tui.ui.widgets.line_table import LineTable
from alfred_tui.ui.widgets.line_view import Row
from alfred_tui.ui.wrapping import TonedLine

LOGS_KEY = Binding("l", "logs", "logs", id="logs", tooltip="the logs of the row's pods, followed")
"""On panels whose rows have pods."""
OPEN_KEY = Binding("enter", "open", "open", id="open", tooltip="the row in full, over the whole screen")
"""On panels whose rows have a screen of their own."""


class ClusterPanel(LineTable[Row]):
    """A table over the live cluster."""

    class PodAsked(Message):
        """Somebody wants to see a pod in full."""

        def __init__(self, namespace: str, pod: str) -> None:
            super().__init__()
            self.within = namespace
            self.pod = pod

    class WorkloadAsked(Message):
        """Somebody wants to see a workload in full."""

        def __init__(self, kind: str, namespace: str, workload: str) -> None:
            super().__init__()
            self.kind = kind
            self.within = namespace
            self.workload = workload

    class LogsAsked(Message):
        """Somebody wants to read the logs of pods, said as `pod_choice` reads it, within a namespace."""

        def __init__(self, pods: str, namespace: str) -> None:
            super().__init__()
            self.pods = pods
            self.within = namespace

    def __init__(
        self,
        title: str,
        columns: Sequence[TableColumn[Row]],
        identity: Callable[[Row], Hashable],
        now: Callable[[], float],
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(title, columns, identity, id=id)
        self.now = now
        self._subject = title
        self._freshness: Freshness | None = None
        self._counts: tuple[Piece, ...] = ()
        self._several = False

    def load_spaces(self, namespaces: Iterable[str]) -> None:
        """Takes the namespaces that rows are of: where there are several, each name says which."""
        several = len(set(namespaces)) > 1
        if several != self._several:
            self._several = several
            self.redraw()

    def within(self, namespace: str) -> Cell:
        """What stands before the name of a row that is in it."""
        return ((f"{clean(namespace)}/", "muted"),) if self._several else ()

    def action_open(self) -> None:
        """Shows the row under the cursor in full, where it has a screen."""

    def on_line_view_chosen(self) -> None:
        self.action_open()

    def load_cluster(self, view: ClusterView) -> None:
        """Shows the cluster as it is now."""
        raise NotImplementedError

    def tell(self, freshness: Freshness, *counts: Piece) -> None:
        """Writes the title: counts, the filter, and how fresh it is; what is wrong stands under the rows."""
        self._freshness, self._counts = freshness, counts
        self._head()

    def _head(self) -> None:
        if self._freshness is None:
            return
        stale = self.frame.freshness(self._freshness, self.now())
        known = self._freshness.connection == "live" or self._freshness.heard_at
        counts = self._counts if known else ()  # none was counted: a 0 would be a claim
        self.frame.heading(self._subject, *counts, *self.filtered, *stale)

    def trouble(self) -> list[TonedLine]:
        """What is wrong with the source, or what a live one leaves out, and what to do; for the notes."""
        known = self._freshness
        if known is None or not known.message:
            return []
        tone: Tone = "muted" if known.connection == "live" else "warn"
        return [(("! ", tone), (" ".join(safe_lines(known.message)), tone))]

    def find(self, needle: str) -> None:
        super().find(needle)
        self._head()

    def sort(self, column: int, *, reverse: bool = False) -> None:
        super().sort(column, reverse=reverse)
        self._head()

    def refresh_live(self) -> None:
        if self.frame.stale or (self._freshness is not None and self._freshness.every):
            self._head()

    def empty(self) -> str:
        if self._freshness is None or self._freshness.connection == "connecting":
            return "Connecting to the cluster…"
        return super().empty() or ("" if self.trouble() else "There are none.")
