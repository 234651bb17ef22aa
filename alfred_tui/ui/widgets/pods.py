"""Pods: sorted, filtered as one types, and why the one under the cursor is not well."""

from collections.abc import Callable

from textual.app import ComposeResult

from alfred_tui.domain.workloads import ClusterView, Pod, PodUsage
from alfred_tui.ui.look import Tone
from alfred_tui.ui.text import age, clean, cpu, memory
from alfred_tui.ui.widgets.line_table import LineTable, TableColumn
from alfred_tui.ui.widgets.line_view import Piece
from alfred_tui.ui.widgets.panel import LivePanel


class PodsPanel(LivePanel):
    """Pods, and under the head the sentence about the one below the cursor when it is not well."""

    TITLE = "PODS"

    def compose(self) -> ComposeResult:
        self._usage: dict[tuple[str, str], PodUsage] = {}
        yield LineTable[Pod](
            [
                TableColumn(title="NAME", cell=_pod_name, key=lambda p: p.name, width=18, grow=4),
                TableColumn(title="READY", cell=_pod_ready, key=lambda p: p.ready - p.containers, width=5),
                TableColumn(title="STATUS", cell=_pod_status, key=lambda p: p.status, width=9, grow=3),
                TableColumn(
                    title="RST", cell=_pod_restarts, key=lambda p: p.restarts, width=3, right=True, drop=1
                ),
                TableColumn(title="CPU", cell=self._cpu, key=self._cpu_key, width=5, right=True, drop=2),
                TableColumn(title="MEM", cell=self._mem, key=self._mem_key, width=6, right=True, drop=3),
                TableColumn(
                    title="AGE", cell=self._age, key=lambda p: -p.created_at, width=6, right=True, drop=4
                ),
                TableColumn(
                    title="NODE",
                    cell=lambda p: (clean(p.node), "muted"),
                    key=lambda p: p.node,
                    width=7,
                    grow=1,
                    drop=5,
                ),
            ],
            id="pods-table",
        )

    def load(self, view: ClusterView) -> None:
        self._usage = {(one.namespace, one.name): one for one in view.usage}
        table: LineTable[Pod] = self.query_one(LineTable)
        table.load(view.pods)
        ready = sum(1 for one in view.pods if one.well)
        bad = len(view.pods) - ready
        stale = self.fresh(view.pods_freshness, self.now())
        told = [f"{ready} ready"] + ([f"{bad} not"] if bad else []) + ([stale] if stale else [])
        self.heading("PODS " + " · ".join(told))
        self._tell()

    def _tell(self) -> None:
        table: LineTable[Pod] = self.query_one(LineTable)
        pod = table.current
        worst = next((one for one in table.rows if not one.well and one.diagnosis), None)
        chosen = pod if pod is not None and pod.diagnosis and table.has_focus else worst
        self.footing(f"{chosen.name}: {chosen.diagnosis.sentence}" if chosen and chosen.diagnosis else "")

    def on_line_view_moved(self) -> None:
        self._tell()

    def refresh_live(self) -> None:
        self.query_one(LineTable).redraw()

    def find(self, needle: str) -> None:
        """Filters as one types: text, `label=value`, `!ready`."""
        table: LineTable[Pod] = self.query_one(LineTable)
        table.filter(pod_filter(needle) if needle else None)

    def _used(self, pod: Pod) -> PodUsage | None:
        return self._usage.get((pod.namespace, pod.name))

    def _cpu(self, pod: Pod) -> Piece:
        used = self._used(pod)
        return (cpu(used.cpu) if used else "…"), "plain"

    def _mem(self, pod: Pod) -> Piece:
        used = self._used(pod)
        return (memory(used.memory) if used else "…"), "plain"

    def _cpu_key(self, pod: Pod) -> float:
        used = self._used(pod)
        return used.cpu if used else -1.0

    def _mem_key(self, pod: Pod) -> float:
        used = self._used(pod)
        return used.memory if used else -1.0

    def _age(self, pod: Pod) -> Piece:
        return age(self.now() - pod.created_at), "muted"


def pod_filter(needle: str) -> Callable[[Pod], bool]:
    """What `needle` means: every word must fit; `key=value` a label, `!ready` what is not well, else text."""
    words = needle.lower().split()

    def fits(pod: Pod) -> bool:
        for word in words:
            if word == "!ready":
                found = not pod.well
            elif "=" in word:
                key, _, value = word.partition("=")
                found = pod.labels.get(key, "").lower() == value
            else:
                found = word in f"{pod.namespace}/{pod.name} {pod.status} {pod.node} {pod.owner}".lower()
            if not found:
                return False
        return True

    return fits


def _tone(pod: Pod) -> Tone:
    if pod.well:
        return "plain"
    return "bad" if pod.diagnosis and pod.diagnosis.doomed else "warn"


def _pod_name(pod: Pod) -> Piece:
    mark = "◇ " if pod.track == "canary" else ""
    return mark + clean(pod.name), "plain" if pod.well else _tone(pod)


def _pod_ready(pod: Pod) -> Piece:
    return f"{pod.ready}/{pod.containers}", "plain" if pod.ready == pod.containers else "warn"


def _pod_status(pod: Pod) -> Piece:
    return ("" if pod.well else "✘ ") + clean(pod.status), "good" if pod.well else _tone(pod)


def _pod_restarts(pod: Pod) -> Piece:
    new = f"+{pod.new_restarts}" if pod.new_restarts else str(pod.restarts)
    return new, "bad" if pod.new_restarts else "plain"
