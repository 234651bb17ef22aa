"""Lines of text with tones, wrapped: what the detail, canary and trigger panels are written on."""

from collections.abc import Hashable, Iterable, Sequence

from textual.geometry import Size

from alfred_tui.ui.look import Piece
from alfred_tui.ui.widgets.reading_view import ReadingView
from alfred_tui.ui.wrapping import TonedLine, wrap


class TonedText(ReadingView[TonedLine]):
    """Scrolls, wraps at the widget's width, and has no cursor."""

    def __init__(self, title: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(title, id=id)
        self._source: tuple[TonedLine, ...] = ()

    def same(self, before: TonedLine, after: TonedLine) -> bool:
        return before == after

    def key(self, row: TonedLine) -> Hashable:
        return row

    def write(self, lines: Sequence[TonedLine]) -> None:
        """Shows these lines."""
        if tuple(lines) != self._source:
            self._source = tuple(lines)
            self._lay_out()

    def laid_out(self, line: TonedLine, width: int) -> Iterable[TonedLine]:
        """A line in the lines that it takes: too long a one goes on below."""
        return wrap(line, width)

    def _lay_out(self) -> None:
        width = self.frame.inner_width
        if width <= 0:
            self.show(self._source)
        else:
            self.show([line for source in self._source for line in self.laid_out(source, width)])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        inner = self.frame.inner(width)
        lines = len(self._source)
        if inner > 0:
            lines = sum(1 for source in self._source for _ in self.laid_out(source, inner))
        return max(1, lines) + self.frame.top + self.frame.note_count

    def pieces(self, row: TonedLine, width: int) -> Sequence[Piece]:
        return row

    def on_resize(self) -> None:
        super().on_resize()
        self._lay_out()
