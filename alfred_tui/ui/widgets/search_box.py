"""The line in which one types a filter or a search. Its input is made when it is first needed."""

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input


class SearchBox(Widget):
    """Tells each change; enter keeps what was typed, escape (the screen's key) takes it back."""

    DEFAULT_CSS = """
    SearchBox { dock: bottom; height: 1; background: $panel; padding: 0 1; }
    SearchBox Input, SearchBox Input:focus { border: none; height: 1; padding: 0; background: $panel; }
    """

    class Typed(Message):
        """What is looked for is another."""

        def __init__(self, value: str) -> None:
            super().__init__()
            self.value = value

    class Kept(Message):
        """Enter was pressed."""

    def __init__(self, placeholder: str, value: str = "") -> None:
        super().__init__()
        self._input = Input(value, placeholder=placeholder, compact=True, select_on_focus=False)

    def compose(self) -> ComposeResult:
        yield self._input

    def on_mount(self) -> None:
        self._input.focus()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Kept())
