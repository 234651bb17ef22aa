"""Who signed, skipped and decided what, when and on what grounds: always in view, the newest first."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from alfred_tui.present.signoffs import SignOff
from alfred_tui.ui.look import Piece, Tone
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.detail import clock
from alfred_tui.ui.widgets.line_view import LineView
from alfred_tui.ui.wrapping import crop

_LOOK: dict[str, tuple[str, Tone]] = {
    "signed": ("✎", "good"),
    "counted as passed": ("✔", "warn"),
    "counted as failed": ("✘", "bad"),
}


class SignoffsPanel(LineView[SignOff]):
    """A line a sign-off; enter goes to its step."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "go to the step", show=False, id="go", priority=False)
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__("SIGN-OFFS", id=id)

    def load(self, found: tuple[SignOff, ...]) -> None:
        """Shows the sign-offs as they stand now."""
        self.show(found)
        self.frame.heading("SIGN-OFFS", (f" {len(found)}", "muted"))

    def same(self, before: SignOff, after: SignOff) -> bool:
        return before == after

    def key(self, row: SignOff) -> tuple[str, str, float]:
        return row.step, row.by, row.at

    def pieces(self, row: SignOff, width: int) -> list[Piece]:
        glyph, tone = _LOOK.get(row.word, ("↷", "muted"))
        grounds = [clean(one) for one in (row.note, *(fact.value for fact in row.evidence)) if one]
        word = "" if row.word == "signed" else f"{row.word} "
        line: list[Piece] = [
            (f"{clock(row.at)} ", "muted"),
            (f"{glyph} ", tone),
            (f"{clean(row.by)} ", "strong"),
            (word, tone),
            (clean(row.title), "plain"),
        ]
        if grounds:
            line.append((": " + " · ".join(grounds), "muted"))
        return crop(line, width)

    def empty(self) -> str:
        return "Nothing is signed yet."

    def action_choose(self) -> None:
        if self.current is not None:
            self.post_message(self.Chosen(self, self.cursor))
