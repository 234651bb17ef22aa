"""The line in which one types a filter, a search or an answer. Its input is made when first needed."""

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from alfred_tui.ui.widgets.field import Field


class SearchBox(Widget):
    """Tells each change; enter keeps what was typed, escape (the screen's key) takes it back."""

    DEFAULT_CSS = """
    SearchBox { dock: bottom; height: 1; background: $panel; }
    SearchBox Field:focus { background: $panel; }
    """

    class Typed(Message):
        """What is looked for is another."""

        def __init__(self, value: str) -> None:
            super().__init__()
            self.value = value

    class Kept(Message):
        """Enter was pressed, with this in the line."""

        def __init__(self, value: str) -> None:
            super().__init__()
            self.value = value

    def __init__(self, hint: str, value: str = "") -> None:
        super().__init__()
        self._field = Field("search", value, hint)

    def compose(self) -> ComposeResult:
        yield self._field

    def on_mount(self) -> None:
        self._field.focus()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Kept(event.value))
