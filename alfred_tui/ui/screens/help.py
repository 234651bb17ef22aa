"""The keys, read from the bindings themselves."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from alfred_tui.ui.look import STATUS
from alfred_tui.ui.widgets.toned_text import TonedLine, TonedText


class HelpScreen(ModalScreen[None]):
    """Every key that works here, and what the signs mean."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark", "app.pop_screen", "close")]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen > Vertical {
        width: 78; max-width: 98%; height: 90%; border: round $primary; background: $surface; padding: 0 1;
    }
    """

    def __init__(self, groups: "Iterable[tuple[str, Iterable[Binding]]]") -> None:
        super().__init__()
        self._groups = [(title, list(bindings)) for title, bindings in groups]

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "KEYS (esc closes)"
            yield TonedText(id="help-text")

    def on_mount(self) -> None:
        self.call_after_refresh(lambda: self.query_one(TonedText).write(self._lines()))

    def _lines(self) -> list[TonedLine]:
        lines: list[TonedLine] = []
        for title, bindings in self._groups:
            rows = [(self.app.get_key_display(one), one.tooltip or one.description) for one in bindings]
            rows = [row for row in dict.fromkeys(rows) if row[1]]
            if rows:
                lines.append(((title, "accent"),))
                lines += [((f"  {key:<14} ", "busy"), (told, "plain")) for key, told in rows]
                lines.append(())
        lines.append((("Signs", "accent"),))
        lines += [((f"  {glyph} ", tone), (status, "plain")) for status, (glyph, tone) in STATUS.items()]
        return lines
