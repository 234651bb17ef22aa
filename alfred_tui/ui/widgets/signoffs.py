"""Who signed, skipped and decided what, when and on what grounds: always in view, the newest first."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from alfred_tui.present.signoffs import SignOff
from alfred_tui.ui.look import Piece, Tone
from alfred_tui.ui.text import clean, width_of
from alfred_tui.ui.widgets.detail import clock
from alfred_tui.ui.widgets.line_view import LineView
from alfred_tui.ui.wrapping import crop, width_of_line

_LOOK: dict[str, tuple[str, Tone]] = {
    "signed": ("✎", "good"),
    "started": ("▶", "busy"),
    "counted as passed": ("✔", "warn"),
    "counted as failed": ("✘", "bad"),
}


Line = tuple[SignOff, bool]
"""A sign-off, and whether this is the line of its grounds alone."""

_INDENT = " " * 9
"""As wide as the time."""


class SignoffsPanel(LineView[Line]):
    """A line a sign-off, and one more for its grounds where they do not fit; enter goes to its step."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "go to the step", show=False, id="go", priority=False)
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__("SIGN-OFFS", id=id)
        self._found: tuple[SignOff, ...] = ()

    def load(self, found: tuple[SignOff, ...]) -> None:
        """Shows the sign-offs as they stand now."""
        self._found = found
        self._arrange()
        self.frame.heading("SIGN-OFFS", (f" {len(found)}", "muted"))

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Gives each sign-off the lines that it needs at this width; the cursor stays on its sign-off."""
        held = self.current
        self.show([line for one in self._found for line in self._lines(one)])
        if held is not None:
            self.cursor = next((n for n, (one, _) in enumerate(self.rows) if one == held[0]), self.cursor)

    def _lines(self, one: SignOff) -> list[Line]:
        grounds = _grounds(one)
        fits = not grounds or width_of_line(_told(one)) + width_of(f": {grounds}") <= self.frame.inner_width
        return [(one, False)] if fits else [(one, False), (one, True)]

    def same(self, before: Line, after: Line) -> bool:
        return before == after

    def key(self, row: Line) -> tuple[str, str, float, bool]:
        one, below = row
        return one.step, one.by, one.at, below

    def pieces(self, row: Line, width: int) -> list[Piece]:
        one, below = row
        grounds = _grounds(one)
        if below:
            return crop([(_INDENT, "muted"), (grounds, "muted")], width)
        line = _told(one)
        if grounds and len(self._lines(one)) == 1:
            line.append((f": {grounds}", "muted"))
        return crop(line, width)

    def empty(self) -> str:
        return "Nothing is signed yet."

    @property
    def step(self) -> str:
        """The step of the sign-off under the cursor; empty when there is none."""
        return self.current[0].step if self.current else ""

    def action_choose(self) -> None:
        if self.current is not None:
            self.post_message(self.Chosen(self, self.cursor))


def _told(one: SignOff) -> list[Piece]:
    glyph, tone = _LOOK.get(one.word, ("↷", "muted"))
    return [
        (f"{clock(one.at)} ", "muted"),
        (f"{glyph} ", tone),
        (f"{clean(one.by)} ", "strong"),
        ("" if one.word == "signed" else f"{one.word} ", tone),
        (clean(one.title), "plain"),
    ]


def _grounds(one: SignOff) -> str:
    return " · ".join(clean(told) for told in (one.note, *(fact.value for fact in one.evidence)) if told)
