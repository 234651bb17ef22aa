"""On a narrow terminal the columns stand one behind the other; this line says which there are."""

from collections.abc import Sequence

from textual.message import Message

from alfred_tui.ui.text import clean, cut, width_of
from alfred_tui.ui.widgets.bar import Bar, Part


class ColumnTabs(Bar):
    """One line of tabs, chosen by number or mouse. Hidden where the columns stand side by side."""

    DEFAULT_CSS = "ColumnTabs { display: none; background: $surface; }"

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, titles: Sequence[str], *, numbered: bool = True) -> None:
        super().__init__()
        self.titles = tuple(titles)
        self._numbered = numbered
        self._chosen = 0

    def choose(self, number: int) -> None:
        """Marks a tab as the one in front."""
        if number != self._chosen:
            self._chosen = number
            self.refresh()

    def parts(self, width: int) -> Sequence[Part]:
        out: list[Part] = []
        wanted = sum(width_of(title) + 5 for title in self.titles)
        most = width if wanted <= width else max(4, width // max(1, len(self.titles)) - 5)
        for number, title in enumerate(self.titles):
            told = cut(clean(title), most)
            name = f"{number + 1} {told}" if self._numbered else told
            chosen = number == self._chosen
            text = f"▐{name}▌" if chosen else f" {name} "
            out += [(text, "busy" if chosen else "muted", str(number)), (" ", "plain", "")]
        return out

    def chosen(self, target: str) -> None:
        self.post_message(self.Chosen(int(target)))
