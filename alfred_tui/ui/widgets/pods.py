"""Pods: sorted, filtered as one types, and why the one under the cursor is not well."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from alfred_tui.domain.cluster.workloads import ClusterView, Pod, PodUsage
from alfred_tui.present.pods import Group, Standing, by_standing, groups
from alfred_tui.ui.look import Piece, Tone
from alfred_tui.ui.text import age, clean, cpu, memory
from alfred_tui.ui.widgets.cluster_panel import LOGS_KEY, OPEN_KEY, ClusterPanel
from alfred_tui.ui.widgets.columns import Cell, TableColumn, cell
from alfred_tui.ui.widgets.last_words import began_told, word_lines
from alfred_tui.ui.widgets.pod_cells import (
    pod_tone,
    ready_cell,
    restarts_cell,
    restarts_width,
    status_pieces,
    status_width,
)
from alfred_tui.ui.wrapping import TonedLine

_SHORT = {"Deployment": "", "StatefulSet": "sts", "DaemonSet": "ds", "ReplicaSet": "rs", "": ""}
"""kubectl's short names of what owns pods; most are Deployments', and need no word."""
_GROUPS = 2
"""Causes of several pods that are told under the rows."""
_OWNERS = 3
"""Workloads that are named beside a cause."""


_NOTES = 6
"""Lines: what a crashed container wrote last is worth more than rows of pods that are well."""


class PodsPanel(ClusterPanel[Pod]):
    """Pods, and under them the sentence about the one below the cursor, or the worst, when it is not well."""

    finds = "filter: words, label=value, !ready; esc shows all"

    BINDINGS: ClassVar[list[BindingType]] = [LOGS_KEY, OPEN_KEY]

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        self._usage: dict[tuple[str, str], PodUsage] = {}
        self._usage_source: Sequence[PodUsage] = ()
        self._groups: tuple[Group, ...] = ()
        self._source: Sequence[Pod] = ()
        self._standing: dict[Standing, list[Pod]] = by_standing(())
        column = TableColumn[Pod]
        super().__init__(
            "PODS",
            [
                column(
                    title="NAME", cell=self._name_cell, key=lambda p: (p.namespace, p.name), width=18,
                    least=8, grow=4, widest=48, middle=True,
                ),
                column(title="READY", cell=ready_cell, key=lambda p: p.ready - p.containers, width=5),
                column(
                    title="STATUS", cell=status_pieces, key=lambda p: p.status, width=7, needs=status_width,
                ),
                column(
                    title="RST", cell=restarts_cell, key=_restarts_key, width=4, needs=restarts_width,
                    right=True,
                ),
                column(title="CPU", cell=self._cpu, key=self._cpu_key, width=5, right=True, drop=1),
                column(title="MEM", cell=self._mem, key=self._mem_key, width=5, right=True, drop=2),
                column(title="AGE", cell=self._age, key=lambda p: -p.created_at, width=5, right=True, drop=3),
                column(
                    title="NODE", cell=lambda p: cell(clean(p.node), "muted"), key=lambda p: p.node, width=8,
                    grow=1, drop=4,
                ),
                column(
                    title="OWNER", cell=_owner, key=lambda p: p.owner, width=12, grow=1, widest=24, drop=5,
                ),
            ],
            lambda pod: pod.uid,
            now,
            id=id,
        )  # fmt: skip
        self.frame.most_notes = _NOTES

        self.canaries: frozenset[str] = frozenset()
        """Owners (`Deployment/NAME`) whose pods are a canary's, beside those that say so by their `track`."""

        self.began_at = 0.0
        """When the run began: what is unwell since then comes before what was so already."""
        self.during: Callable[[float], str] = lambda at: ""
        """What the run was at then, in words."""

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
        if view.pods is not self._source:
            self._source = view.pods
            self._standing = by_standing(view.pods, self.began_at)
            self.load([one for pods in self._standing.values() for one in pods])
            self._groups = groups(view.pods, self.began_at)
            self.load_spaces(one.namespace for one in view.pods)
        elif used and self.sort_column >= 0:
            self.load(self._all)  # by CPU or memory they now stand in another order
        if used:
            self.refresh_drawn()
        told = _counts({how: len(pods) for how, pods in self._standing.items()})
        self.tell(view.pods_freshness, *told)
        self._explain()

    def _explain(self) -> None:
        pod = self.current if self.has_focus else None
        if pod is None or pod.diagnosis is None:
            pod = next(iter((*self._standing["doomed"], *self._standing["unwell"])), None)
        lines = self.trouble()
        if not self.has_focus:
            lines += [_group_line(one) for one in self._groups[:_GROUPS]]
        if pod is not None and pod.diagnosis:
            told = clean(pod.diagnosis.sentence)
            since = began_told(pod.diagnosis.began_at, self.now(), self.during)
            name: Piece = (f"{clean(pod.name)}: ", "muted")
            lines.append((("✘ ", pod_tone(pod)), name, (told, pod_tone(pod)), (since, "muted")))
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

    def _name_cell(self, pod: Pod) -> Cell:
        is_canary = pod.track == "canary" or pod.owner in self.canaries
        mark: Cell = (("◇ ", "accent"),) if is_canary else ()
        return (*self.within(pod.namespace), *mark, (clean(pod.name), "plain" if pod.well else pod_tone(pod)))

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
    """What `needle` means: every word must fit; `key=value` and `key!=value` a label, `!ready` what is not
    well, else text. Commas part words as spaces do, as in a selector of kubectl's."""
    words = needle.lower().replace(",", " ").split()

    def fits(pod: Pod) -> bool:
        for word in words:
            if word == "!ready":
                found = not pod.well
            elif "=" in word:
                key, _, value = word.partition("=")
                other = key.endswith("!")
                key = key.removesuffix("!")
                found = any(k.lower() == key and v.lower() == value for k, v in pod.labels.items()) != other
            else:
                found = word in f"{pod.namespace}/{pod.name} {pod.status} {pod.node} {pod.owner}".lower()
            if not found:
                return False
        return True

    return fits


def _group_line(group: Group) -> TonedLine:
    tone: Tone = "bad" if group.doomed else "warn"
    more = len(group.owners) - _OWNERS
    owners = ", ".join(group.owners[:_OWNERS]) + (f" and {more} more" if more > 0 else "")
    whose = f" · {clean(owners)}" if owners else ""
    return (("✘ ", tone), (f"{group.pods} pods: ", "strong"), (clean(group.cause), tone), (whose, "muted"))


def _owner(pod: Pod) -> Cell:
    kind, _, name = pod.owner.partition("/")
    short = _SHORT.get(kind, kind.lower())
    return cell(clean(f"{short}/{name}" if short else name), "muted")


def _restarts_key(pod: Pod) -> tuple[int, int]:
    """Those of the run first: they are what it may have caused."""
    return pod.new_restarts, pod.restarts


def _counts(pods: dict[Standing, int]) -> list[Piece]:
    """How many stand how, for the title."""
    bad = pods["doomed"] + pods["unwell"]
    told: list[Piece] = [(f" {pods['well']} well", "muted")]
    if bad:
        told += [(" · ", "muted"), (f"✘ {bad} not well", "bad")]
    if pods["starting"]:
        told += [(" · ", "muted"), (f"▶ {pods['starting']} starting", "busy")]
    if pods["ending"]:
        told += [(" · ", "muted"), (f"▷ {pods['ending']} ending", "muted")]
    return told
