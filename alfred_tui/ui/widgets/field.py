"""A line to type in: one row, no frame, and a cursor that does not blink."""

from textual.widgets import Input

from alfred_tui.ui.text import clean


class Field(Input):
    """Textual's input, calm. What it begins with and its hint are made safe."""

    DEFAULT_CSS = """
    Field, Field:focus { border: none; height: 1; padding: 0 1; background: $panel; }
    Field:focus { background: $primary 25%; }
    """

    def __init__(self, name: str, value: str = "", hint: str = "") -> None:
        super().__init__(
            value=clean(value), id=name, placeholder=clean(hint), select_on_focus=False, compact=True
        )
        self.cursor_blink = False
