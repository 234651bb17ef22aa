"""Pods: sorted, filtered as one types, and why the one under the cursor is not well."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from alfred_tui.domain.workloads import ClusterView, Pod, PodUsage
from alfred_tui.present.pods import Group, groups
from alfred_tui.ui.look import Piece, Tone
from alfred_tui.ui.text import age, clean, cpu, memory
from alfred_tui.ui.widgets.cluster_panel import LOGS_KEY, OPEN_KEY, ClusterPanel
from alfred_tui.ui.widgets.last_words import word_lines
from alfred_tui.ui.widgets.line_table import Cell, TableColumn, cell
from alfred_tui.ui.wrapping import TonedLine

_SHORT = {"Deployment": "", "StatefulSet": "sts", "DaemonSet": "ds", "ReplicaSet": "rs", "": ""}
"""kubectl's short names of what owns pods; most are Deployments', and need no word."""
_GROUPS = 2
"""Causes of several pods that are told under the rows."""


_NOTES = 6
"""Lines: what a crashed container wrote last is worth more than rows of pods that are well."""


class PodsPanel(ClusterPanel[Pod]):
    """Pods, and under them the sentence about the one below the cursor, or the worst, when it is not well."""

    finds = "filter: words, label=value, !ready; esc shows all"

    BINDINGS: ClassVar[list[BindingType]] = [LOGS_KEY, OPEN_KEY]

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        self._usage: dict[tuple[str, str], PodUsage] = {}
        self._usage_source: Sequence[PodUsage] = ()
        self._spaces = 0
        """How many namespaces the pods are in."""
        self._groups: tuple[Group, ...] = ()
        column = TableColumn[Pod]
        super().__init__(
            "PODS",
            [
                column(
                    title="NAME",
                    cell=self._name_cell,
                    key=lambda p: (p.namespace, p.name),
                    width=14,
                    grow=4,
                    widest=48,
                    middle=True,
                ),
                column(title="READY", cell=_ready, key=lambda p: p.ready - p.containers, width=5),
                column(title="STATUS", cell=_status, key=lambda p: p.status, width=13, grow=3, widest=26),
                column(title="RST", cell=_restarts, key=_restarts_key, width=4, right=True, drop=1),
                column(title="CPU", cell=self._cpu, key=self._cpu_key, width=5, right=True, drop=3),
                column(title="MEM", cell=self._mem, key=self._mem_key, width=6, right=True, drop=4),
                column(title="AGE", cell=self._age, key=lambda p: -p.created_at, width=5, right=True, drop=2),
                column(
                    title="NODE",
                    cell=lambda p: cell(clean(p.node), "muted"),
                    key=lambda p: p.node,
                    width=8,
                    grow=1,
                    drop=5,
                ),
                column(
                    title="OWNER", cell=_owner, key=lambda p: p.owner, width=12, grow=1, widest=24, drop=6
                ),
            ],
            lambda pod: pod.uid,
            now,
            id=id,
        )
        self.frame.most_notes = _NOTES

        self.canaries: frozenset[str] = frozenset()
        """Owners (`Deployment/NAME`) whose pods are a canary's, beside those that say so by their `track`."""

    def action_logs(self) -> None:
        if self.current is not None:
            self.post_message(self.LogsAsked(f"pod/{self.current.name}", self.current.namespace))

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.PodAsked(self.current.namespace, self.current.name))

    def load_cluster(self, view: ClusterView) -> None:
        used = view.usage is not self._usage_source
        if used:
            self._usage_source = view.usage
            self._usage = {(one.namespace, one.name): one for one in view.usage}
        if view.pods is not self._all:
            self.load(view.pods)
            self._groups = groups(view.pods)
            spaces = len({one.namespace for one in view.pods})
            if (spaces > 1) != (self._spaces > 1):
                self.redraw()
            self._spaces = spaces
        if used:
            self.refresh_drawn()
        bad = sum(1 for one in view.pods if not one.well)
        told: list[Piece] = [(f" {len(view.pods) - bad} well", "muted")]
        if bad:
            told += [(" · ", "muted"), (f"✘ {bad} not well", "bad")]
        self.tell(view.pods_freshness, *told)
        self._explain()

    def _explain(self) -> None:
        pod = self.current if self.has_focus else None
        if pod is None or pod.diagnosis is None:
            doomed = (one for one in self._all if one.diagnosis and one.diagnosis.doomed)
            unwell = (one for one in self._all if one.diagnosis and not one.well)
            pod = next(doomed, None) or next(unwell, None)
        lines = self.trouble()
        if not self.has_focus:
            lines += [_group_line(one) for one in self._groups[:_GROUPS]]
        if pod is not None and pod.diagnosis:
            told = clean(pod.diagnosis.sentence)
            lines.append((("✘ ", _tone(pod)), (f"{clean(pod.name)}: ", "muted"), (told, _tone(pod))))
            lines += word_lines(pod.diagnosis)
        self.frame.notes(*lines)

    def on_line_view_moved(self) -> None:
        self._explain()

    def on_focus(self) -> None:
        self.call_next(self._explain)  # it has the focus only after this

    def on_blur(self) -> None:
        self.call_next(self._explain)

    def refresh_live(self) -> None:
        super().refresh_live()
        self.refresh_drawn()

    def fits(self, needle: str) -> Callable[[Pod], bool]:
        return pod_filter(needle)

    def unsorted(self, rows: Sequence[Pod]) -> Sequence[Pod]:
        """What is not well first, and before all what cannot become so: nobody should have to look for it."""
        unwell = [one for one in rows if not one.well]
        if not unwell:
            return rows
        return [*sorted(unwell, key=_urgency), *(one for one in rows if one.well)]

    def _name_cell(self, pod: Pod) -> Cell:
        space: Cell = ((f"{clean(pod.namespace)}/", "muted"),) if self._spaces > 1 else ()
        is_canary = pod.track == "canary" or pod.owner in self.canaries
        mark: Cell = (("◇ ", "accent"),) if is_canary else ()
        return (*space, *mark, (clean(pod.name), _tone(pod)))

    def _used(self, pod: Pod) -> PodUsage | None:
        return self._usage.get((pod.namespace, pod.name))

    def _cpu(self, pod: Pod) -> Cell:
        used = self._used(pod)
        return cell(cpu(used.cpu)) if used else cell("–", "muted")

    def _mem(self, pod: Pod) -> Cell:
        used = self._used(pod)
        return cell(memory(used.memory)) if used else cell("–", "muted")

    def _cpu_key(self, pod: Pod) -> float:
        used = self._used(pod)
        return used.cpu if used else -1.0

    def _mem_key(self, pod: Pod) -> float:
        used = self._used(pod)
        return used.memory if used else -1.0

    def _age(self, pod: Pod) -> Cell:
        return cell(age(self.now() - pod.created_at), "muted")


def pod_filter(needle: str) -> Callable[[Pod], bool]:
    """What `needle` means: every word must fit; `key=value` a label, `!ready` what is not well, else text."""
    words = needle.lower().split()

    def fits(pod: Pod) -> bool:
        for word in words:
            if word == "!ready":
                found = not pod.well
            elif "=" in word:
                key, _, value = word.partition("=")
                found = any(k.lower() == key and v.lower() == value for k, v in pod.labels.items())
            else:
                found = word in f"{pod.namespace}/{pod.name} {pod.status} {pod.node} {pod.owner}".lower()
            if not found:
                return False
        return True

    return fits


def _group_line(group: Group) -> TonedLine:
    tone: Tone = "bad" if group.doomed else "warn"
    return (("✘ ", tone), (f"{group.pods} pods: ", "strong"), (clean(group.cause), tone))


def _owner(pod: Pod) -> Cell:
    kind, _, name = pod.owner.partition("/")
    short = _SHORT.get(kind, kind.lower())
    return cell(clean(f"{short}/{name}" if short else name), "muted")


def _restarts_key(pod: Pod) -> tuple[int, int]:
    """Those of the run first: they are what it may have caused."""
    return pod.new_restarts, pod.restarts


def _urgency(pod: Pod) -> int:
    if pod.diagnosis is None:
        return 2
    return 0 if pod.diagnosis.doomed else 1


def _tone(pod: Pod) -> Tone:
    if pod.well:
        return "plain"
    return "bad" if pod.diagnosis and pod.diagnosis.doomed else "warn"


def _ready(pod: Pod) -> Cell:
    return cell(f"{pod.ready}/{pod.containers}", "plain" if pod.ready == pod.containers else "warn")


def _status(pod: Pod) -> Cell:
    if pod.well:
        return cell(clean(pod.status), "good")
    # Without anything to say against it, it is on its way: coming up or going.
    return cell(f"{'✘' if pod.diagnosis else '▶'} {clean(pod.status)}", _tone(pod))


def _restarts(pod: Pod) -> Cell:
    """Older ones, and after a plus those since the run began."""
    older = pod.restarts - pod.new_restarts
    if not pod.new_restarts:
        return cell(str(pod.restarts), "muted")
    return (str(older) if older > 0 else "", "muted"), (f"+{pod.new_restarts}", "bad")
