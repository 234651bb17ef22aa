"""On a narrow terminal the columns stand one behind the other; this line says which there are."""

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget


class ColumnTabs(Widget):
    """One line of tabs, chosen by number or mouse. Hidden where the columns stand side by side."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"ct--chosen", "ct--other"}
    DEFAULT_CSS = """
    ColumnTabs { height: 1; display: none; background: $surface; }
    ColumnTabs > .ct--chosen { color: $text-primary; text-style: bold reverse; }
    ColumnTabs > .ct--other { color: $text-muted; }
    """

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, titles: list[str]) -> None:
        super().__init__()
        self._titles = titles
        self._chosen = 0

    def choose(self, number: int) -> None:
        """Marks a tab as the one in front."""
        self._chosen = number
        self.refresh()

    def render_line(self, y: int) -> Strip:
        segments = []
        for number, title in enumerate(self._titles):
            name = "ct--chosen" if number == self._chosen else "ct--other"
            segments.append(Segment(f" {number + 1} {title} ", self.get_component_rich_style(name)))
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        left = 0
        for number, title in enumerate(self._titles):
            left += len(title) + 4
            if event.x < left:
                self.post_message(self.Chosen(number))
                return
