"""One workload in full: where its rollout stands, its history and what differs, its pods; and acts on it."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from alfred_tui.domain.cluster.workload_acts import ActKind, WorkloadKind
from alfred_tui.domain.cluster.workloads import RevisionView, RolloutView
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.run.intents import AnyIntent
from alfred_tui.present.beginnings import during
from alfred_tui.present.workload import WorkloadDetail, workload_detail
from alfred_tui.present.workload_acts import why_not
from alfred_tui.ui.drawn_together import DrawnTogether
from alfred_tui.ui.look import Piece
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.screens import rollout_words as words
from alfred_tui.ui.screens.rollout_words import PodRow
from alfred_tui.ui.screens.workload_dialog import WorkloadDialog
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.column_tabs import ColumnTabs
from alfred_tui.ui.widgets.keys_bar import Key, KeysBar
from alfred_tui.ui.widgets.line_table import LineTable
from alfred_tui.ui.widgets.line_view import LineView
from alfred_tui.ui.widgets.run_line import RunLine
from alfred_tui.ui.widgets.toned_text import TonedText
from alfred_tui.ui.wrapping import TonedLine

if TYPE_CHECKING:
    from alfred_tui.ui.app import CockpitApp

_WIDE = 110
_AGAIN = 3.0
"""Seconds between two readings of the history, at least."""


class RolloutScreen(Screen[None]):
    """Live from the cluster's view; the history is read when opened and when the workload has changed."""

    app: "CockpitApp"

    AUTO_FOCUS = "#ro-history"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "mark", "mark", id="ro-mark", tooltip="compare the others with this revision"),
        Binding("r", "act('restart')", "restart", id="ro-restart", tooltip="replace all pods"),
        Binding("p", "pause", "pause", id="ro-pause", tooltip="pause or resume its rollouts"),
        Binding("u", "act('undo')", "undo to this", id="ro-undo", tooltip="go back to the selected revision"),
        Binding("l", "logs", "logs", id="ro-logs", tooltip="the logs of its pods, followed"),
        Binding("y", "yaml", "YAML", id="ro-yaml", tooltip="the object as YAML, without secrets"),
        Binding("o", "named", "names", id="ro-named", tooltip="the Secrets, ConfigMaps, … that it names"),
        Binding("enter", "open", "open the pod", show=False, id="ro-open"),
        Binding("tab", "panel(1)", "next panel", id="ro-panel", priority=True, tooltip="the next panel"),
        Binding("shift+tab", "panel(-1)", "panel before", show=False, priority=True),
        *(Binding(str(n + 1), f"show({n})", f"panel {n + 1}", show=False) for n in range(3)),
        Binding("escape", "app.pop_screen", "back", id="ro-back"),
    ]
    DEFAULT_CSS = """
    RolloutScreen #ro-status { height: auto; max-height: 40%; }
    RolloutScreen #ro-body { height: 1fr; }
    RolloutScreen #ro-left { width: 3fr; height: 100%; }
    RolloutScreen #ro-diff { width: 2fr; height: 100%; }
    RolloutScreen #ro-history { height: auto; max-height: 50%; }
    RolloutScreen.-narrow #ro-history { height: 1fr; max-height: 100%; }
    RolloutScreen.-narrow ColumnTabs { display: block; }
    RolloutScreen.-narrow #ro-left { width: 1fr; }
    RolloutScreen.-narrow #ro-diff { width: 1fr; }
    """

    def __init__(self, cockpit: Cockpit, kind: str, namespace: str, name: str) -> None:
        super().__init__()
        self.cockpit = cockpit
        self._subject = (kind, namespace, name)
        self._detail: WorkloadDetail | None = None
        self._was_there = False
        self._paused = False
        self._marked = 0
        self._in_front = 0
        self._problem = ""
        self._diff_problem = ""
        self._diffs: dict[tuple[int, int], Sequence[str]] = {}
        self._read_for: object = None
        self._read_at = -_AGAIN
        self._drawing = DrawnTogether(self, self._draw)
        self._status = TonedText("ROLLOUT", id="ro-status")
        self._history: LineTable[RevisionView] = LineTable(
            "HISTORY",
            words.history_columns(lambda: self._base(), name, cockpit.now),
            lambda one: one.number,
            id="ro-history",
        )
        self._history.keeps_cursor = True
        self._diff = TonedText("DIFFERENCE", id="ro-diff")
        self._pods: LineTable[PodRow] = LineTable(
            "PODS", words.pod_columns(cockpit.now), lambda row: row.pod.uid, id="ro-pods"
        )
        self._tabs = ColumnTabs(["History", "Difference", "Pods"])
        self._keys = KeysBar()

    def compose(self) -> ComposeResult:
        yield RunLine(self.cockpit)
        yield self._status
        yield self._tabs
        with Horizontal(id="ro-body"):
            yield Vertical(self._history, self._pods, id="ro-left")
            yield self._diff
        yield self._keys

    def on_mount(self) -> None:
        self._diff.frame.ruled = True
        self._leave = [self.cockpit.run.subscribe(lambda state, entries: self._drawing.soon())]
        if self.cockpit.cluster is not None:
            self._leave.append(self.cockpit.cluster.subscribe(self._drawing.soon))
        self.set_interval(1.0, self._draw)
        self._fit()
        self._draw()

    def on_unmount(self) -> None:
        for leave in self._leave:
            leave()

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        narrow = self.app.size.width < _WIDE
        self.set_class(narrow, "-narrow")
        self._diff.frame.ruled = not narrow
        shown = self._panels[self._in_front]
        for panel in self._panels:
            panel.display = not narrow or panel is shown
        self.query_one("#ro-left").display = not narrow or shown is not self._diff
        self._tabs.choose(self._in_front)

    @property
    def _panels(self) -> tuple[LineView[RevisionView], LineView[TonedLine], LineView[PodRow]]:
        return self._history, self._diff, self._pods

    # Content

    def _draw(self) -> None:
        cluster = self.cockpit.cluster
        if not self.is_attached or cluster is None:
            return
        view, now = cluster.view(), self.cockpit.now()
        kind, namespace, name = self._subject
        found = workload_detail(view, kind, namespace, name, now)
        told = clean(view.rollouts_freshness.message)
        lines: list[TonedLine] = [(("! ", "warn"), (told, "warn"))] if told else []
        beside: list[Piece] = [(f"  {clean(namespace)}", "muted")]
        if found is not None:
            beside += words.title_pieces(found, view.rollouts_freshness)
            lines += words.status_lines(found, now, lambda at: during(self.cockpit.run.state, at))
            self._draw_pods(found)
            self._read_history(found.rollout)
        else:
            when = "any more" if self._was_there else "(yet)"
            lines.append(((f"It is not in the cluster {when}.", "warn"),))
            self._pods.load(())
        self._was_there = self._was_there or found is not None
        self._status.frame.heading(f"{kind.upper()} {clean(name)}", *beside)
        self._status.write([*lines, *words.act_lines(self.cockpit.run.state.acts, kind, name)])
        self._history.refresh_drawn()
        paused = found is not None and found.rollout.paused
        if paused != self._paused:
            self._paused = paused
            self._draw_keys()
        self._detail = found
        self._explain()
        self._draw_diff()

    def _draw_pods(self, found: WorkloadDetail) -> None:
        groups = ((found.new, True), (found.old, False))
        rows = [PodRow(pod=one, new=new) for pods, new in groups for one in pods]
        before = {row.pod.uid: row for row in self._pods.rows}
        # The same row while nothing about it changed: only the others are painted.
        self._pods.load([known if (known := before.get(one.pod.uid)) == one else one for one in rows])
        self._pods.frame.heading("PODS", *words.pods_title(found))
        self._pods.refresh_drawn()

    def _explain(self) -> None:
        """The sentence about the pod under the cursor."""
        row = self._pods.current if self._pods.has_focus else None
        if row is None or row.pod.diagnosis is None:
            self._pods.frame.notes()
        else:
            self._pods.frame.notes((("✘ ", "bad"), (clean(row.pod.diagnosis.whole), "plain")))

    def _read_history(self, rollout: RolloutView) -> None:
        """Reads it again when the workload is another, at a bounded pace."""
        stamp = (
            rollout.generation, rollout.observed, rollout.revision, rollout.newest, rollout.replicas,
            rollout.updated, rollout.phase,
        )  # fmt: skip
        if stamp != self._read_for and time.monotonic() - self._read_at >= _AGAIN:
            self._read_for, self._read_at = stamp, time.monotonic()
            self.run_worker(self._history_now(), group="history", exclusive=True, exit_on_error=False)

    async def _history_now(self) -> None:
        assert self.cockpit.cluster is not None
        try:
            rows = await self.cockpit.cluster.history(*self._subject)
        except CockpitError as error:
            self._problem = str(error)
            self._read_for = None
        else:
            self._problem = ""
            self._history.load(rows)
            self._history.redraw()
        if self.is_attached:
            told = clean(self._problem)
            notes: list[TonedLine] = [(("! ", "warn"), (told, "warn"))] if told else []
            self._history.frame.notes(*notes)
            self._draw_diff()
            self._draw_keys()

    def _base(self) -> int:
        """The revision with which the one under the cursor is compared: the marked one, else the present."""
        known = [one.number for one in self._history.rows]
        if self._marked in known:
            return self._marked
        return next((one.number for one in self._history.rows if one.current), known[0] if known else 0)

    def _draw_diff(self) -> None:
        row, base = self._history.current, self._base()
        after = row.number if row else 0
        key = (base, after)
        title = f" rev {base} → rev {after}" if base and after and base != after else ""
        self._diff.frame.heading("DIFFERENCE", (title, "muted"))
        problem = self._problem or self._diff_problem
        self._diff.write(
            words.diff_lines(base, after, self._diffs.get(key), problem, len(self._history.rows))
        )
        if base and after and base != after and key not in self._diffs and not problem:
            self.run_worker(self._diff_now(key), group="diff", exclusive=True, exit_on_error=False)

    async def _diff_now(self, key: tuple[int, int]) -> None:
        assert self.cockpit.cluster is not None
        try:
            self._diffs[key] = await self.cockpit.cluster.diff(*self._subject, *key)
        except CockpitError as error:
            self._diff_problem = str(error)
        if self.is_attached:
            self._draw_diff()

    # Keys

    def _draw_keys(self) -> None:
        row = self._history.current
        self._keys.load(
            [
                Key("ro-restart", 1),
                Key("ro-undo", 2, f"undo to {row.number}" if row else "undo"),
                Key("ro-pause", 4, "resume" if self._paused else "pause"),
                Key("ro-mark", 5), Key("ro-panel", 9), Key("ro-logs", 6), Key("ro-yaml", 7),
                Key("ro-named", 8),
                Key("ro-back", 0),
            ]
        )  # fmt: skip

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A watcher's acts are absent, not greyed."""
        if action in ("act", "pause") and self.cockpit.submit is None:
            return False
        if action == "pause":
            return self._subject[0] == "Deployment"
        if action == "mark" or parameters == ("undo",):
            row = self._history.current
            return row is not None and not (action == "act" and row.current)
        return True

    @on(LineView.Moved)
    def _moved(self, event: LineView.Moved) -> None:
        if event.view is self._history:
            self._diff_problem = ""
            self._draw_diff()
            self._draw_keys()
        self._explain()

    @on(LineView.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def on_descendant_focus(self) -> None:
        focused = self.focused
        for number, panel in enumerate(self._panels):
            if panel is focused and number != self._in_front:
                self._in_front = number
                self._fit()
        self._explain()
        self._draw_keys()

    @on(ColumnTabs.Chosen)
    def _tab(self, event: ColumnTabs.Chosen) -> None:
        self.action_show(event.number)

    def action_panel(self, by: int) -> None:
        self.action_show((self._in_front + by) % len(self._panels))

    def action_show(self, number: int) -> None:
        self._in_front = number
        self._fit()
        panel: Widget = self._panels[number]
        self.set_focus(panel)  # at once: the next key is meant for it

    def action_mark(self) -> None:
        row = self._history.current
        if row is not None:
            self._marked = 0 if self._marked == row.number else row.number
            self._history.redraw()
            self._draw_diff()

    def action_open(self) -> None:
        row = self._pods.current if self._pods.has_focus else None
        if row is not None:
            self.app.open_pod(row.pod.namespace, row.pod.name)

    def action_logs(self) -> None:
        kind, namespace, name = self._subject
        self.app.open_logs(f"{kind}/{name}", namespace)

    def action_yaml(self) -> None:
        self.app.open_yaml(*self._subject)

    def action_named(self) -> None:
        self.app.open_named(*self._subject)

    # Acts

    def action_pause(self) -> None:
        self.action_act("resume" if self._paused else "pause")

    def action_act(self, act: ActKind) -> None:
        """Asks, having said exactly what it will do; refuses on what is stale or not allowed."""
        cluster, detail = self.cockpit.cluster, self._detail
        if cluster is None or self.cockpit.submit is None:
            return
        rollout = detail.rollout if detail else None
        if why := why_not(cluster.view(), rollout, act, self.cockpit.run.state.started.target):
            self.notify(why, severity="warning", timeout=10)
            return
        assert rollout is not None
        back = self._history.current if act == "undo" else None
        if act == "undo" and (back is None or back.current):
            return
        dialog = WorkloadDialog(
            rollout, cast("WorkloadKind", rollout.kind), act, self.cockpit.lead,
            lambda: self._changed_since(rollout, act), back,
        )  # fmt: skip
        dialog.follow(self.cockpit.run)
        self.app.push_screen(dialog, self._answered)

    def _changed_since(self, then: RolloutView, act: ActKind) -> str:
        """Why what was said about it no longer holds."""
        assert self.cockpit.cluster is not None
        view = self.cockpit.cluster.view()
        found = workload_detail(view, *self._subject, self.cockpit.now())
        if why := why_not(view, found.rollout if found else None, act, self.cockpit.run.state.started.target):
            return why
        assert found is not None
        if found.rollout.generation != then.generation:
            return f"{then.kind} {then.name} was changed meanwhile."
        return ""

    def _answered(self, intent: AnyIntent | None) -> None:
        self.run_worker(self._send(intent))

    async def _send(self, intent: AnyIntent | None) -> None:
        if intent is None or self.cockpit.submit is None:
            return
        answer = await self.cockpit.submit(intent)
        if not answer.accepted:
            self.notify(answer.message, severity="warning", timeout=10)
