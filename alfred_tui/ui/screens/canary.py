"""The canary's samples over the whole screen: a chart of each metric, and a cursor that reads values."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from alfred_tui.present.canary import CanaryView
from alfred_tui.ui.canary_chart import chart_lines
from alfred_tui.ui.look import VERDICT, Piece
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.canary import since
from alfred_tui.ui.widgets.keys_bar import Key, KeysBar
from alfred_tui.ui.widgets.run_line import RunLine
from alfred_tui.ui.widgets.toned_text import TonedText

_EVERY = 0.5
"""Seconds between two looks at the samples: one comes every few seconds at most."""


class CanaryScreen(Screen[None]):
    """Follows the newest sample until the cursor is moved, and again once it is back at the end."""

    AUTO_FOCUS = "#chart"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "read(-1)", "sample", key_display="←→", id="read", tooltip="the sample before"),
        Binding("right", "read(1)", show=False, tooltip="the sample after"),
        Binding("shift+left", "read(-10)", show=False, tooltip="ten samples back"),
        Binding("shift+right", "read(10)", show=False, tooltip="ten samples on"),
        Binding("home", "read(-100000)", "first", id="read-first", tooltip="the first sample", priority=True),
        Binding("end", "read(100000)", "newest", id="read-last", tooltip="follow the newest", priority=True),
        Binding("escape,enter,z", "app.pop_screen", "back", key_display="esc", id="close"),
    ]  # fmt: skip

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__()
        self.cockpit = cockpit
        self._text = TonedText("CANARY", id="chart")
        self._at: int | None = None
        """The sample that is read; None: the newest."""

    def compose(self) -> ComposeResult:
        yield RunLine(self.cockpit)
        yield self._text
        yield KeysBar([Key("read", 1), Key("read-first", 3), Key("read-last", 2), Key("close", 0)])

    def on_mount(self) -> None:
        self.set_interval(_EVERY, self._draw)
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self._draw()

    def action_read(self, by: int) -> None:
        """Moves the cursor by some samples."""
        count = len(self._view.times)
        if count:
            at = (count - 1 if self._at is None else self._at) + by
            self._at = None if at >= count - 1 else max(0, at)
            self._draw()

    @property
    def _view(self) -> CanaryView:
        return self.cockpit.canary.view() if self.cockpit.canary else CanaryView()

    def _draw(self) -> None:
        view = self._view
        frame = self._text.frame
        title: list[Piece] = [(f" {clean(view.service)}", "muted")] if view.service else []
        if view.verdict:
            title += [
                (f"  {clean(view.of)} ", "muted"),
                VERDICT.get(view.verdict, (clean(view.verdict), "plain")),
            ]
        frame.heading("CANARY", *title, *since(view, self.cockpit.now()))
        if frame.inner_width > 0:
            at = len(view.times) - 1 if self._at is None else min(self._at, len(view.times) - 1)
            self._text.write(chart_lines(view, frame.inner_width, self._text.window_height, at))
