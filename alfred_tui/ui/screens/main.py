"""The cockpit's main screen: the layout's panels, fed from the run and the live sources."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, Input

from alfred_tui.domain.events import Entry, TriggerMoved
from alfred_tui.domain.layout import Column, Layout, Panel, PanelName
from alfred_tui.domain.state import RunState
from alfred_tui.present.acts import KEYS, acts
from alfred_tui.present.run import Detail, detail, focus, header, tree
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.widgets.canary import CanaryPanel
from alfred_tui.ui.widgets.checklist import ChecklistPanel, ChecklistTree
from alfred_tui.ui.widgets.column_tabs import ColumnTabs
from alfred_tui.ui.widgets.detail import DetailPanel
from alfred_tui.ui.widgets.header import HeaderBar
from alfred_tui.ui.widgets.line_view import LineView
from alfred_tui.ui.widgets.output import OutputPanel
from alfred_tui.ui.widgets.panel import LivePanel, PanelFrame
from alfred_tui.ui.widgets.pods import PodsPanel
from alfred_tui.ui.widgets.rollouts import RolloutsPanel
from alfred_tui.ui.widgets.top import TopPanel
from alfred_tui.ui.widgets.triggers import TriggersPanel

if TYPE_CHECKING:
    from alfred_tui.ui.app import CockpitApp

_FRAME = 0.1
"""Seconds within which changes are drawn together."""


class MainScreen(Screen[None]):
    """Shows the run; keys become intents through the app."""

    app: "CockpitApp"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", id="filter"),
        Binding("z", "zoom", "zoom", id="zoom"),
        Binding("l", "layout", "layout", show=False, id="layout"),
        *(Binding(str(n + 1), f"show_column({n})", f"column {n + 1}", show=False) for n in range(4)),
    ]
    DEFAULT_CSS = """
    MainScreen #body { height: 1fr; }
    MainScreen #bottom { height: auto; }
    MainScreen .column { height: 1fr; }
    MainScreen #search {
        dock: bottom; height: 1; border: none; display: none; background: $boost; padding: 0 1;
    }
    MainScreen #search.-open { display: block; }
    MainScreen.-zoomed .-aside { display: none; }
    MainScreen.-narrow ColumnTabs { display: block; }
    MainScreen.-narrow .-behind { display: none; }
    """

    def __init__(self, cockpit: Cockpit, layout: Layout) -> None:
        super().__init__()
        self.cockpit = cockpit
        self.layout_data = layout
        self._columns = [one for one in layout.columns if one.panels]
        self.selected = ""
        self._opened: tuple[str, int] = ("", 0)
        self._shown_column = 0
        self._dirty: set[str] = set()
        self._scheduled = False
        self._leave: list[Callable[[], None]] = []
        self._filtering: Widget | None = None

    # Composition

    def compose(self) -> ComposeResult:
        yield HeaderBar()
        titles = [one.title or one.panels[0].name for one in self._columns]
        if self.layout_data.bottom:
            titles.append(self.layout_data.bottom[0].name.capitalize())
        yield ColumnTabs(titles)
        with Horizontal(id="body"):
            for number, column in enumerate(self._columns):
                yield self._column(column, number)
        if self.layout_data.bottom:
            yield Vertical(*self._panels(self.layout_data.bottom), id="bottom")
        yield Input(id="search", placeholder="filter", compact=True)
        yield Footer(compact=True)

    def _column(self, column: Column, number: int) -> Vertical:
        return Vertical(*self._panels(column.panels), classes="column", id=f"column-{number}")

    def _panels(self, panels: tuple[Panel, ...]) -> Iterator[PanelFrame]:
        for panel in panels:
            frame = self._make(panel.name)
            if panel.height != "auto":
                # A panel at the bottom fills its row; the row has the height.
                frame.styles.height = "1fr" if panel in self.layout_data.bottom else panel.height
            yield frame

    def _make(self, name: PanelName) -> PanelFrame:
        now = self.cockpit.now
        match name:
            case "checklist":
                return ChecklistPanel(id="panel-checklist")
            case "rollouts":
                return RolloutsPanel(now, id="panel-rollouts")
            case "pods":
                return PodsPanel(now, id="panel-pods")
            case "top":
                return TopPanel(now, id="panel-top")
            case "canary":
                return CanaryPanel(now, id="panel-canary")
            case "triggers":
                return TriggersPanel(now, id="panel-triggers")
            case "output":
                return OutputPanel(id="panel-output")
            case _:
                return DetailPanel(id="panel-detail")

    # Life

    def on_mount(self) -> None:
        cockpit = self.cockpit
        self._leave.append(cockpit.run.subscribe(self._run_changed))
        if cockpit.cluster:
            self._leave.append(cockpit.cluster.subscribe(lambda: self._mark("cluster")))
        if cockpit.canary:
            self._leave.append(cockpit.canary.subscribe(lambda: self._mark("canary")))
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self._first)

    def _first(self) -> None:
        self._fit()
        self._dirty |= {"run", "cluster", "canary"}
        self._draw()
        views: list[Widget] = [*self.query(ChecklistTree), *self.query(LineView)]
        if views:
            views[0].focus()

    def on_unmount(self) -> None:
        for leave in self._leave:
            leave()

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        narrow = self.app.size.width < self.layout_data.narrow_below
        self.set_class(narrow, "-narrow")
        for box, column in zip(self.query(".column"), self._columns, strict=True):
            box.styles.width = "1fr" if narrow else column.width
        for bottom in self.query("#bottom"):
            bottom.styles.height = "1fr" if narrow else self.layout_data.bottom[0].height
        self._show_column(self._shown_column)

    def _show_column(self, number: int) -> None:
        self._shown_column = number
        boxes = [*self.query(".column"), *self.query("#bottom")]
        for index, box in enumerate(boxes):
            box.set_class(index != number, "-behind")
        self.query_one("#body").set_class(number >= len(self._columns), "-behind")
        self.query_one(ColumnTabs).choose(number)

    # Changes in, drawn together

    def _run_changed(self, state: RunState, entries: tuple[Entry, ...]) -> None:
        self._mark("run")
        for entry in entries:
            if isinstance(entry.event, TriggerMoved) and entry.event.state.status == "fired":
                self.app.bell()
                self.notify(
                    "A rollback trigger fired: ctrl+r opens the way back.", severity="error", timeout=30
                )

    def _mark(self, what: str) -> None:
        self._dirty.add(what)
        if not self._scheduled:
            self._scheduled = True
            # The sources call from their own tasks; a timer must be made in the screen's.
            self.call_later(self.set_timer, _FRAME, self._draw)

    def _tick(self) -> None:
        self._mark("run")
        if self.cockpit.cluster:
            self._dirty.add("cluster")
        for panel in self.query(PanelFrame):
            panel.refresh_live()
        for output in self.query(OutputPanel):
            output.poll()

    def _draw(self) -> None:
        self._scheduled = False
        dirty, self._dirty = self._dirty, set()
        if not self.is_attached:
            return
        if "cluster" in dirty and self.cockpit.cluster:
            view = self.cockpit.cluster.view()
            for panel in self.query(LivePanel):
                panel.load(view)
        if "canary" in dirty and self.cockpit.canary:
            canary = self.cockpit.canary.view()
            for one in self.query(CanaryPanel):
                one.load(canary)
        if "run" in dirty:
            self._draw_run()

    def _draw_run(self) -> None:
        state, now = self.cockpit.run.state, self.cockpit.now()
        top = header(state, now)
        fired = any(one.status == "fired" for one in state.triggers.values()) and not state.rollback
        connection = self.cockpit.cluster.view().pods_freshness.connection if self.cockpit.cluster else ""
        self.query_one(HeaderBar).load(
            top, leads=self.cockpit.submit is not None, connection=connection, fired=fired
        )
        at = focus(state)
        for checklist in self.query(ChecklistPanel):
            if not self.selected or checklist.tree_view.following:
                self.selected = at
            checklist.load(tree(state, now), at, top.settled, top.total)
        if not self.query(ChecklistPanel):
            self.selected = at
        self._draw_step()
        for triggers in self.query(TriggersPanel):
            triggers.load(state)

    def _draw_step(self) -> None:
        state = self.cockpit.run.state
        one = detail(state, self.selected, self.cockpit.now()) if self.selected else None
        for panel in self.query(DetailPanel):
            panel.load(one, self._keys(state))
        if one is None:
            return
        for output in self.query(OutputPanel):
            if self._opened != (one.id, one.attempt):
                self._opened = (one.id, one.attempt)
                output.open(one.title, self.cockpit.output(one.id, one.attempt) if one.has_output else None)
            elif one.has_output and output.view.is_closed:
                output.open(one.title, self.cockpit.output(one.id, one.attempt))
            else:
                output.poll()

    def _keys(self, state: RunState) -> str:
        if self.cockpit.submit is None:
            return "read-only"
        return " · ".join(f"{KEYS[act][0]} {KEYS[act][1]}" for act in acts(state, self.selected))

    def current(self) -> Detail | None:
        """The step that the keys act on."""
        return detail(self.cockpit.run.state, self.selected, self.cockpit.now()) if self.selected else None

    def marked(self) -> tuple[Detail, ...]:
        """The marked steps in order, or the current one."""
        state, now = self.cockpit.run.state, self.cockpit.now()
        chosen = {step for view in self.query(ChecklistTree) for step in view.marked}
        found = [detail(state, step_id, now) for step_id in state.steps if step_id in chosen]
        one = self.current()
        return tuple(step for step in found if step) or ((one,) if one else ())

    def unmark(self) -> None:
        """Forgets the marks, after they were acted on."""
        for view in self.query(ChecklistTree):
            view.marked.clear()
            view.redraw()

    # Keys of the screen itself

    @on(ChecklistTree.Selected)
    def _selected(self, event: ChecklistTree.Selected) -> None:
        self.selected = event.step
        if event.step:
            self._draw_step()
        else:
            self._mark("run")

    @on(ColumnTabs.Chosen)
    def _tab(self, event: ColumnTabs.Chosen) -> None:
        self.action_show_column(event.number)

    @on(LineView.Chosen)
    def _chosen(self) -> None:
        self.app.run_worker(self.app.run_action("act"))

    def action_show_column(self, number: int) -> None:
        """Brings a column to the front, and focuses it."""
        boxes = [*self.query(".column"), *self.query("#bottom")]
        if number >= len(boxes):
            return
        self._show_column(number)
        for view in boxes[number].query(LineView):
            view.focus()
            break

    def action_zoom(self) -> None:
        """The focused panel alone, or everything again."""
        if self.has_class("-zoomed"):
            self.remove_class("-zoomed")
            for node in self.query(".-aside"):
                node.remove_class("-aside")
            return
        panel = next((one for one in self.query(PanelFrame) if one.has_focus_within), None)
        if panel is None:
            return
        kept = {panel, *panel.ancestors}
        for box in self.query("#body, #bottom, .column, PanelFrame"):
            if box not in kept:
                box.add_class("-aside")
        self.add_class("-zoomed")

    def action_layout(self) -> None:
        self.app.next_layout()

    # Filter and search

    def action_filter(self) -> None:
        """Filters pods or the checklist; searches in the output."""
        focused = self.focused
        panel = next(
            (one for one in self.query(PanelFrame) if focused is not None and focused in one.walk_children()),
            None,
        )
        self._filtering = panel
        box = self.query_one("#search", Input)
        box.placeholder = (
            "search the output" if isinstance(panel, OutputPanel) else "filter: text, label=value, !ready"
        )
        box.add_class("-open")
        box.focus()

    @on(Input.Changed, "#search")
    def _typed(self, event: Input.Changed) -> None:
        self._find(event.value)

    def _find(self, needle: str) -> None:
        panel = self._filtering
        if isinstance(panel, PodsPanel):
            panel.find(needle)
        elif isinstance(panel, OutputPanel):
            panel.view.find(needle)
        else:
            for view in self.query(ChecklistTree):
                view.find(needle)

    @on(Input.Submitted, "#search")
    def _found(self) -> None:
        self._close_search()

    def _close_search(self) -> None:
        box = self.query_one("#search", Input)
        box.remove_class("-open")
        target = self._filtering or next(iter(self.query(PanelFrame)), None)
        if target is not None:
            for view in target.query(LineView).results(LineView):
                view.focus()
                break

    def key_escape(self) -> None:
        """Ends a search, or a filter, or the zoom."""
        box = self.query_one("#search", Input)
        if box.has_class("-open") or box.value:
            box.value = ""
            self._find("")
            self._close_search()
        elif self.has_class("-zoomed"):
            self.action_zoom()
