"""Lines of text with tones: what the detail, canary and trigger panels are written on."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from alfred_tui.ui.widgets.line_view import LineView, Piece

TonedLine = tuple[Piece, ...]


class TonedText(LineView[TonedLine]):
    """Scrolls, wraps at the widget's width, and has no cursor."""

    def __init__(self, *, id: str | None = None, wrap: bool = True) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._wrap = wrap
        self._source: Sequence[TonedLine] = ()
        self._wrapped_at = -1

    @property
    def cursor_shown(self) -> bool:
        return False

    def write(self, lines: Sequence[TonedLine]) -> None:
        """Shows these lines."""
        if tuple(lines) == self._source and self._wrapped_at == self.inner_width:
            return
        self._source = tuple(lines)
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.inner_width
        self._wrapped_at = width
        if not self._wrap or width <= 0:
            self.show(tuple(self._source))
            return
        new = [line for source in self._source for line in wrap(source, width)]
        old = self.rows
        kept = [old[i] if i < len(old) and old[i] == line else line for i, line in enumerate(new)]
        self.show(kept)
        if self.inner_width != width and width > 0:
            self._lay_out()  # the scrollbar came or went

    def pieces(self, row: TonedLine, width: int) -> list[Piece]:
        return list(row)

    def on_resize(self) -> None:
        super().on_resize()
        self._lay_out()

    def action_move(self, by: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + by, animate=False)

    def action_page(self, by: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + by * max(1, self.size.height - 1), animate=False)

    def action_edge(self, which: int) -> None:
        self.scroll_to(y=0 if which < 0 else self.max_scroll_y, animate=False)


def wrap(line: TonedLine, width: int) -> Iterator[TonedLine]:
    """The line in as many as it needs, broken at spaces where it can be, later ones indented alike."""
    if sum(cell_len(text) for text, _ in line) <= width:
        yield line
        return
    indent = _indent(line, width)
    row: list[Piece] = []
    used = 0
    for word, tone in _words(line):
        if used + cell_len(word.rstrip()) > width and used > indent:
            yield tuple(row)
            row, used = ([(" " * indent, tone)] if indent else []), indent
            word = word.lstrip()
        while cell_len(word.rstrip()) > width - used:
            head = word[: max(1, width - used)]
            yield (*row, (head, tone))
            word = word[len(head) :]
            row, used = ([(" " * indent, tone)] if indent else []), indent
        word = word if used + cell_len(word) <= width else word.rstrip()
        if word:
            row.append((word, tone))
            used += cell_len(word)
    if row:
        yield tuple(row)


def _indent(line: TonedLine, width: int) -> int:
    """As far as the first line's own: its leading spaces, or a label that ends in one."""
    first = line[0][0]
    lead = (
        len(first)
        if len(line) > 1 and first.endswith(" ") and len(first) <= 8
        else len(first) - len(first.lstrip())
    )
    return lead if lead < width // 2 else 0


def _words(line: TonedLine) -> Iterator[Piece]:
    """Words with the space after them."""
    for text, tone in line:
        start = 0
        while start < len(text):
            end = text.find(" ", start)
            while 0 <= end < len(text) - 1 and text[end + 1] == " ":
                end += 1
            end = len(text) if end < 0 else end + 1
            yield text[start:end], tone
            start = end
