"""The conditions that call for rollback, and where each stands."""

from collections.abc import Callable

from textual.app import ComposeResult

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.state import RunState
from alfred_tui.ui.look import Tone
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.panel import PanelFrame
from alfred_tui.ui.widgets.toned_text import TonedLine, TonedText

_LOOK: dict[str, tuple[str, Tone]] = {
    "idle": ("·", "muted"),
    "armed": ("○", "plain"),
    "pending": ("◔", "warn"),
    "fired": ("✘", "bad"),
    "cleared": ("✔", "good"),
}


class TriggersPanel(PanelFrame):
    """The panel."""

    DEFAULT_CSS = "TriggersPanel { height: 10; }"
    TITLE = "TRIGGERS"

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.now = now

    def compose(self) -> ComposeResult:
        yield TonedText(id="triggers-text")

    def load(self, state: RunState) -> None:
        """Shows the triggers as they are now."""
        self.query_one(TonedText).write(trigger_lines(state, self.now()))
        states = [one.status for one in state.triggers.values()]
        told = [f"{states.count(name)} {name}" for name in ("fired", "pending") if states.count(name)]
        armed = states.count("armed")
        rest = f"{armed} armed" if armed else "not armed before the first change"
        self.heading("TRIGGERS " + " · ".join([*told, rest]))
        self.set_class("fired" in states, "-fired")


def trigger_lines(state: RunState, now: float) -> list[TonedLine]:
    """A line a trigger; a second one for what it has seen."""
    lines: list[TonedLine] = []
    for rule in state.checklist.rollback.triggers:
        one = state.triggers.get(rule.id)
        status = one.status if one else "idle"
        glyph, tone = _LOOK[status]
        word = "" if status in ("idle", "armed") else f" {status}"
        lines.append(((f"{glyph}{word} ", tone), (clean(rule.title), "plain" if one else "muted")))
        if one and status in ("pending", "fired"):
            gap = " (no data now: the countdown stands still)" if one.gap else ""
            lines.append(((f"  {format_elapsed(now - one.since)} {clean(one.message)}{gap}", tone),))
    return lines
