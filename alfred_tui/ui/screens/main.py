"""The cockpit's main screen: the layout's panels, fed from the run and the live sources."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from alfred_tui.domain.document.layout import Layout
from alfred_tui.domain.run.events import CountdownStarted, Entry, RunPaused, TriggerMoved, WorkloadActEnded
from alfred_tui.domain.run.state import RunState
from alfred_tui.present.acts import waiting
from alfred_tui.present.beginnings import during
from alfred_tui.present.canary import canary_owners
from alfred_tui.present.headings import heading
from alfred_tui.present.run import Detail, detail, focus, progress, tree
from alfred_tui.present.signoffs import signoffs
from alfred_tui.present.workload_acts import act_told, end_told
from alfred_tui.ui.drawn_together import DrawnTogether
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.screens.acting import ActingScreen
from alfred_tui.ui.widgets.arrangement import Arrangement
from alfred_tui.ui.widgets.canary import CanaryPanel
from alfred_tui.ui.widgets.checklist import ChecklistTree
from alfred_tui.ui.widgets.cluster_panel import ClusterPanel
from alfred_tui.ui.widgets.detail import DetailPanel
from alfred_tui.ui.widgets.header import HeaderBar
from alfred_tui.ui.widgets.keys_bar import Key, KeysBar
from alfred_tui.ui.widgets.line_view import LineView
from alfred_tui.ui.widgets.output import OutputPanel
from alfred_tui.ui.widgets.pods import PodsPanel
from alfred_tui.ui.widgets.signoffs import SignoffsPanel
from alfred_tui.ui.widgets.triggers import TriggersPanel

if TYPE_CHECKING:
    from alfred_tui.ui.widgets.search_box import SearchBox


class MainScreen(ActingScreen):
    """Shows the run; keys become intents."""

    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", id="filter", tooltip="filter, or search"),
        Binding("z", "zoom", "zoom", id="zoom", tooltip="the focused panel alone, or everything again"),
        Binding("L", "layout", "layout", id="layout", tooltip="the next layout"),
        Binding(
            "f", "follow", "follow", id="follow", tooltip="the checklist goes with the running step again"
        ),
        Binding(
            "escape", "back", "back", show=False, tooltip="end the search, the filter, the zoom or the marks"
        ),
        *(
            Binding(
                str(n + 1), f"column({n})", f"column {n + 1}", show=False, tooltip=f"go to column {n + 1}"
            )
            for n in range(4)
        ),
    ]

    def __init__(self, cockpit: Cockpit, layout: Layout) -> None:
        super().__init__()
        self.cockpit = cockpit
        self._header = HeaderBar(cockpit)
        self._keys = KeysBar()
        self._tree: ChecklistTree | None = None
        self._arrange(layout)
        self._dirty: set[str] = set()
        self._drawing = DrawnTogether(self, self._draw)
        self._leave: list[Callable[[], None]] = []
        self._jumped = ""
        """The step that a key brought the lead to, until they move on by themselves or have answered it."""
        self._search: SearchBox | None = None
        self._searched: LineView[Any] | None = None

    def _arrange(self, layout: Layout) -> None:
        """Makes the layout's panels; the tree takes over what a person did to the one before."""
        before = self._tree
        self.arrangement = Arrangement(layout, self.cockpit.now)
        self._panels = self.arrangement.panels
        self._tree = next((one for one in self._panels if isinstance(one, ChecklistTree)), None)
        self._opened: tuple[str, int] = ("", 0)
        for panel in self._panels:
            if isinstance(panel, PodsPanel):
                panel.canaries = canary_owners(self.cockpit.run.state.checklist)
                panel.began_at = self.cockpit.run.state.began_at
                panel.during = lambda at: during(self.cockpit.run.state, at)
        if self._tree is not None:
            self._tree.can_mark = self.cockpit.submit is not None
            if before is not None:
                self._tree.take_over(before)

    async def show_layout(self, layout: Layout) -> None:
        """Puts another layout's panels in the place of these."""
        self._close_search()
        self._searched = None
        with self.app.batch_update():
            await self.arrangement.remove()
            self._arrange(layout)
            await self.mount(self.arrangement, before=self._keys)
            self._fill()

    def compose(self) -> ComposeResult:
        yield self._header
        yield self.arrangement
        yield self._keys

    # Life

    def on_mount(self) -> None:
        cockpit = self.cockpit
        self._leave.append(cockpit.run.subscribe(self._run_changed))
        if cockpit.cluster:
            self._leave.append(cockpit.cluster.subscribe(lambda: self._mark("cluster")))
        if cockpit.canary:
            self._leave.append(cockpit.canary.subscribe(lambda: self._mark("canary")))
        self.set_interval(1.0, self._tick)
        self._fill()

    def _fill(self) -> None:
        self.arrangement.fit(self.app.size.width)
        self._dirty |= {"run", "cluster", "canary"}
        self._draw()
        (self._tree if self._tree and _in_view(self._tree) else self._panels[0]).focus()

    def on_unmount(self) -> None:
        for leave in self._leave:
            leave()

    def on_resize(self) -> None:
        self.arrangement.fit(self.app.size.width)

    # Changes in, drawn together

    def _run_changed(self, state: RunState, entries: tuple[Entry, ...]) -> None:
        self._mark("run")
        for entry in entries:
            event = entry.event
            fired = isinstance(event, TriggerMoved) and event.state.status == "fired"
            if fired or isinstance(event, CountdownStarted):
                self.app.bell()  # the top line of every screen tells it in words
            elif isinstance(event, WorkloadActEnded):
                self._tell_act(state, event)
            elif isinstance(event, RunPaused) and event.reason:
                self.notify(f"Paused by {event.by}: {event.reason}", severity="error", timeout=20)

    def _tell_act(self, state: RunState, event: WorkloadActEnded) -> None:
        """What became of an act on a workload, wherever the lead is by now."""
        act = next((one for one in state.acts if one.number == event.number), None)
        if act is not None:
            good = event.outcome.status == "passed"
            told = f"{act_told(act)} — {end_told(event.outcome)}"
            self.notify(told, severity="information" if good else "error", timeout=6 if good else 20)

    def _mark(self, what: str) -> None:
        self._dirty.add(what)
        self._drawing.soon()

    def _tick(self) -> None:
        self._mark("run")
        self._mark("canary")
        for panel in self._panels:
            panel.refresh_live()

    def _draw(self) -> None:
        dirty, self._dirty = self._dirty, set()
        if not self.is_attached:
            return
        if "cluster" in dirty and self.cockpit.cluster:
            view = self.cockpit.cluster.view()
            for panel in self._panels:
                if isinstance(panel, ClusterPanel):
                    panel.load_cluster(view)
        if "canary" in dirty and self.cockpit.canary:
            canary = self.cockpit.canary.view()
            for panel in self._panels:
                if isinstance(panel, CanaryPanel):
                    panel.load(canary)
        if "run" in dirty:
            self._draw_run()

    def _draw_run(self) -> None:
        state, now = self.cockpit.run.state, self.cockpit.now()
        self._header.draw()
        at = focus(state)
        if self._tree is None:
            self.selected = at
        else:
            self._tree.load(tree(state, now), at, progress(state))
            if self._tree.selected != self.selected:
                if self.selected:
                    self.came_by_itself()
                self.selected = self._tree.selected
        for panel in self._panels:
            if isinstance(panel, TriggersPanel):
                panel.load(state)
            elif isinstance(panel, SignoffsPanel):
                panel.load(signoffs(state))
        self._draw_step()

    def _draw_step(self) -> None:
        state, now = self.cockpit.run.state, self.cockpit.now()
        one = detail(state, self.selected, now) if self.selected in state.steps else None
        for panel in self._panels:
            if isinstance(panel, DetailPanel):
                panel.load(one or heading(state, self.selected))
            elif isinstance(panel, OutputPanel) and one is not None:
                self._draw_output(panel, one)
        self._draw_keys()

    def _draw_output(self, panel: OutputPanel, one: Detail) -> None:
        if self._opened != (one.id, one.attempt) or (one.has_output and panel.is_closed):
            self._opened = (one.id, one.attempt)
            panel.open(one.title, self.cockpit.output(one.id, one.attempt) if one.has_output else None)
        else:
            panel.poll()

    def _draw_keys(self) -> None:
        state = self.cockpit.run.state
        count = len(waiting(state))
        keys = [Key("stop-countdown", 0, tone="bad")] if state.countdown else []
        keys += [*self.act_keys(), Key("rollback", 1), Key("follow", 1, tone="warn")]
        if count:
            keys.append(Key("next", 4, "next for you" if self.cockpit.submit else "next waiting"))
        keys += [Key("open", 1), Key("logs", 2)]
        goes_on = state.paused_by or state.was_stopped
        takes_pause = goes_on or state.result is None
        looks = "search" if isinstance(self.focused, OutputPanel) else "filter"
        keys += [
            Key("filter", 6, looks), Key("zoom", 8, "unzoom" if self.arrangement.zoomed else "zoom"),
            Key("chart", 8),
            *([Key("mark", 9)] if state.result is None else []),
            *([Key("pause", 7, "continue" if goes_on else "pause")] if takes_pause else []),
            Key("help", 3), Key("quit", 5),
        ]  # fmt: skip
        self._keys.load(keys)

    # The tree and the marks

    def marked_ids(self) -> set[str]:
        return self._tree.marked if self._tree else set()

    def unmark(self) -> None:
        if self._tree:
            self._tree.unmark()
        self._mark("run")

    def select(self, step_id: str) -> None:
        if self._tree is None:
            return
        if self.arrangement.zoomed:
            self.arrangement.zoom(None)
        self._tree.following = False
        self._tree.go_to(step_id)
        self.selected = step_id
        self.was_moved()
        self.arrangement.bring(self._tree)
        self._tree.focus()
        self._mark("run")
        self._draw_step()

    def step_in_view(self) -> bool:
        return any(_in_view(one) for one in self._panels if isinstance(one, ChecklistTree | DetailPanel))

    @on(ChecklistTree.Selected)
    def _selected(self, event: ChecklistTree.Selected) -> None:
        if event.by_person:
            self.selected = event.row.id
            self._jumped = ""
            self.was_moved()
            self._draw_step()

    def action_follow(self) -> None:
        """Goes with the run again."""
        if self._tree is not None:
            self._jumped = ""
            self._tree.follow()
            self._draw_run()

    def jumped(self, step_id: str) -> None:
        if self._tree is not None and step_id == focus(self.cockpit.run.state):
            self.action_follow()  # the tree would have come here by itself
        else:
            self._jumped = step_id

    def acted(self) -> None:
        """Follows the run again once the step that the lead was brought to has its answer."""
        if self._jumped and self._jumped not in waiting(self.cockpit.run.state):
            self.action_follow()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "follow":
            return self._tree is not None and not self._tree.following
        return super().check_action(action, parameters)

    @on(LineView.Chosen)
    def _chosen(self, event: LineView.Chosen) -> None:
        if isinstance(event.view, SignoffsPanel):
            if event.view.step:
                self.select(event.view.step)
        elif isinstance(event.view, ChecklistTree) and not event.view.toggle_current():
            self.action_act()

    @on(CanaryPanel.Zoomed)
    def _chart(self) -> None:
        from alfred_tui.ui.screens.canary import CanaryScreen

        self.app.push_screen(CanaryScreen(self.cockpit))

    def on_descendant_focus(self) -> None:
        self._draw_keys()

    def action_act(self) -> None:
        if self._tree and self._tree.has_focus and self._tree.toggle_current():
            return
        super().action_act()

    # Columns, zoom, layout

    def action_column(self, number: int) -> None:
        self.arrangement.focus_column(number)
        self._draw_keys()

    def action_zoom(self) -> None:
        panel = self.focused if isinstance(self.focused, LineView) else None
        self.arrangement.zoom(None if self.arrangement.zoomed else panel)
        self._draw_keys()

    async def action_layout(self) -> None:
        await self.app.next_layout()

    # Filter and search

    async def action_filter(self) -> None:
        """Filters the focused panel as one types; searches in the output."""
        from alfred_tui.ui.widgets.search_box import SearchBox

        if self._search is not None:
            return
        focused = self.focused
        found = focused if isinstance(focused, LineView) and focused.finds else self._tree
        if found is None:
            return
        if self._searched not in (None, found):
            self._find("")
        self._searched = found
        self._search = SearchBox(found.finds)
        self._keys.display = False
        await self.mount(self._search)  # so that what is typed next is typed there

    def on_search_box_typed(self, event: "SearchBox.Typed") -> None:
        self._find(event.value)

    def _find(self, needle: str) -> None:
        if self._searched is not None:
            self._searched.find(needle)

    def on_search_box_kept(self) -> None:
        self._close_search()

    def _close_search(self) -> None:
        if self._search is not None:
            self._search.remove()
            self._search = None
            self._keys.display = True
            if self._searched is not None:
                self._searched.focus()
            self._draw_keys()

    def action_back(self) -> None:
        """Ends a search, then a filter, then the zoom; then takes the marks away."""
        if self._searched is not None:
            self._find("")
            self._close_search()
            self._searched = None
        elif self.arrangement.zoomed:
            self.action_zoom()
        elif self.marked_ids():
            self.unmark()


def _in_view(widget: Widget) -> bool:
    return all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))
