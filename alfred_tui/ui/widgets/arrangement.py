"""Where the panels stand: side by side where there is room, one column at a time where there is not."""

from collections.abc import Callable, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from alfred_tui.domain.document.layout import Layout, Panel, PanelName
from alfred_tui.ui.widgets.canary import CanaryPanel
from alfred_tui.ui.widgets.checklist import ChecklistTree
from alfred_tui.ui.widgets.column_tabs import ColumnTabs
from alfred_tui.ui.widgets.detail import DetailPanel
from alfred_tui.ui.widgets.line_view import LineView
from alfred_tui.ui.widgets.output import OutputPanel
from alfred_tui.ui.widgets.pods import PodsPanel
from alfred_tui.ui.widgets.rollouts import RolloutsPanel
from alfred_tui.ui.widgets.signoffs import SignoffsPanel
from alfred_tui.ui.widgets.top import TopPanel
from alfred_tui.ui.widgets.triggers import TriggersPanel


class Arrangement(Vertical):
    """The panels of a layout."""

    DEFAULT_CSS = """
    Arrangement #body { height: 1fr; }
    Arrangement #bottom { height: auto; }
    Arrangement .column { height: 1fr; }
    Arrangement.-narrow ColumnTabs { display: block; }
    Arrangement.-narrow #bottom { layout: vertical; }
    Arrangement.-narrow .-behind { display: none; }
    Arrangement.-zoomed .-aside { display: none; }
    Arrangement.-zoomed ColumnTabs { display: none; }
    """

    def __init__(self, layout: Layout, now: Callable[[], float]) -> None:
        super().__init__(id="arrangement")
        self._layout_data = layout
        columns = [one for one in layout.columns if one.panels]
        self._heights: dict[LineView[Any], str | int | None] = {}
        """What the layout gives each panel; None: as the panel itself says."""
        self._stands: list[list[LineView[Any]]] = [
            [self._make(panel, now) for panel in one.panels] for one in columns
        ]
        """The panels of each column, then those at the bottom."""
        self._columns = [
            Vertical(*panels, classes="column", id=f"column-{number}")
            for number, panels in enumerate(self._stands)
        ]
        self._widths = [one.width for one in columns]
        self._stands.append([self._make(panel, now) for panel in layout.bottom])
        self._bottom = Horizontal(*self._stands[-1], id="bottom")
        titles = [one.title or one.panels[0].name.capitalize() for one in columns]
        if layout.bottom:
            titles.append(layout.bottom[0].name.capitalize())
        self.tabs = ColumnTabs(titles)
        self.shown = 0
        self._width = 0
        self._alone: LineView[Any] | None = None

    def _make(self, panel: Panel, now: Callable[[], float]) -> LineView[Any]:
        made = make(panel.name, now)
        self._heights[made] = None if panel.height == "auto" else panel.height
        return made

    def compose(self) -> ComposeResult:
        yield self.tabs
        yield Horizontal(*self._columns, id="body")
        if self._layout_data.bottom:
            yield self._bottom

    @property
    def panels(self) -> list[LineView[Any]]:
        """All panels in order."""
        return [panel for panels in self._stands for panel in panels]

    @property
    def boxes(self) -> Sequence[Vertical | Horizontal]:
        """The columns, and what spans them at the bottom."""
        return (*self._columns, self._bottom) if self._layout_data.bottom else tuple(self._columns)

    def fit(self, width: int) -> None:
        """Arranges for a screen of this width."""
        self._width = width
        narrow = width < self._layout_data.narrow_below
        self.set_class(narrow, "-narrow")
        for number, (box, wanted) in enumerate(zip(self._columns, self._widths, strict=True)):
            box.styles.width = "1fr" if narrow else wanted
            for panel in self._stands[number]:
                panel.styles.width, panel.styles.height = None, self._heights[panel]
                panel.styles.max_height = None
                panel.frame.ruled = number > 0 and not narrow
        for number, panel in enumerate(self._stands[-1]):
            panel.frame.ruled = number > 0 and not narrow
            share = "2fr" if number == 0 else "1fr"
            panel.styles.width, panel.styles.height = ("1fr", share) if narrow else (share, "1fr")
            panel.styles.max_height = None
        if self._layout_data.bottom:
            self._bottom.styles.height = "1fr" if narrow else self._layout_data.bottom[0].height
        if self._alone is not None:
            self._fill(self._alone)
        self.show_column(self.shown)

    def _fill(self, panel: LineView[Any]) -> None:
        """Gives a panel that stands alone all the room, whatever the layout gives it and its column."""
        panel.frame.ruled = False
        for one in (panel, *(box for box in self.boxes if box in panel.ancestors)):
            one.styles.width = one.styles.height = "1fr"
            one.styles.max_height = "100%"

    def show_column(self, number: int) -> None:
        """Brings a column to the front, where they stand one behind the other."""
        self.shown = max(0, min(number, len(self.boxes) - 1))
        for index, box in enumerate(self.boxes):
            box.set_class(index != self.shown, "-behind")
        self.query_one("#body").set_class(self.shown >= len(self._columns), "-behind")
        self.tabs.choose(self.shown)

    def bring(self, panel: LineView[Any]) -> None:
        """Shows the column that a panel stands in."""
        for number, panels in enumerate(self._stands):
            if panel in panels:
                self.show_column(number)

    @on(ColumnTabs.Chosen)
    def _tab(self, event: ColumnTabs.Chosen) -> None:
        event.stop()
        self.focus_column(event.number)

    def focus_column(self, number: int) -> None:
        """Brings a column to the front, and focuses its first panel."""
        if number < len(self.boxes):
            self.show_column(number)
            # At once: the next key is meant for what it brings to the front.
            self.screen.set_focus(self._stands[number][0])

    def zoom(self, panel: LineView[Any] | None) -> None:
        """One panel alone; None: everything again."""
        for one in self.query(".-aside"):
            one.remove_class("-aside")
        self._alone = panel
        self.set_class(panel is not None, "-zoomed")
        if panel is not None:
            kept = {panel, *panel.ancestors}
            for box in (self.query_one("#body"), *self.boxes, *self.panels):
                box.set_class(box not in kept, "-aside")
        self.fit(self._width)

    @property
    def zoomed(self) -> bool:
        """Whether one panel stands alone."""
        return self.has_class("-zoomed")


def make(name: PanelName, now: Callable[[], float]) -> LineView[Any]:
    """The panel of a name. `layouts.usable` has left out those that there are not."""
    widget_id = f"panel-{name}"
    match name:
        case "checklist":
            return ChecklistTree(id=widget_id)
        case "rollouts":
            return RolloutsPanel(now, id=widget_id)
        case "pods":
            return PodsPanel(now, id=widget_id)
        case "top":
            return TopPanel(now, id=widget_id)
        case "canary":
            return CanaryPanel(now, id=widget_id)
        case "triggers":
            return TriggersPanel(now, id=widget_id)
        case "output":
            return OutputPanel(id=widget_id)
        case "signoff":
            return SignoffsPanel(id=widget_id)
        case _:
            return DetailPanel(id=widget_id)
