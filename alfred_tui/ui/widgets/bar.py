"""One line of text across the screen, parts of which can be clicked: the base of header, tabs and keys."""

from collections.abc import Sequence

from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from alfred_tui.ui.look import Brush, Tone
from alfred_tui.ui.text import width_of

Part = tuple[str, Tone, str]
"""Text, tone, and what a click on it means; empty: nothing."""


class Bar(Widget):
    """Draws what `parts` gives for the width there is."""

    DEFAULT_CSS = "Bar { height: 1; background: $panel; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.brush = Brush(self)

    def parts(self, width: int) -> Sequence[Part]:
        """What stands in the line, from the left."""
        raise NotImplementedError

    def chosen(self, target: str) -> None:
        """A part was clicked."""

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.brush.clear()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        segments = [Segment(text, self.brush(tone)) for text, tone, _ in self.parts(width)]
        return Strip(segments).adjust_cell_length(width, self.brush("plain"))

    def on_click(self, event: events.Click) -> None:
        left = 0
        for text, _, target in self.parts(self.size.width):
            left += width_of(text)
            if event.x < left:
                if target:
                    event.stop()
                    self.chosen(target)
                return
