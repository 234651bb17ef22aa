"""How a state looks: a glyph, a word and a tone. The glyph and the word carry it; colour only helps."""

from collections.abc import Mapping
from typing import Literal

from rich.style import Style
from textual.color import Color
from textual.widget import Widget

from alfred_tui.domain.cluster.workloads import Connection, RolloutPhase
from alfred_tui.domain.evidence import Status
from alfred_tui.domain.run.triggers import TriggerStatus

Tone = Literal[
    "good", "bad", "warn", "busy", "muted", "plain", "strong", "accent", "rule", "alarm",
    "hue1", "hue2", "hue3", "hue4", "hue5", "hue6",
]  # fmt: skip
"""Named by meaning; a theme gives each its colour. `rule` is for lines that only separate; `alarm` is
drawn as a block and is kept for what must not be missed; the hues only tell one from another."""
HUES: tuple[Tone, ...] = ("hue1", "hue2", "hue3", "hue4", "hue5", "hue6")
Piece = tuple[str, Tone]
"""A stretch of text and its tone."""

STATUS: dict[Status, Piece] = {
    "pending": ("·", "muted"),
    "running": ("▶", "busy"),
    "waiting": ("◆", "accent"),
    "passed": ("✔", "good"),
    "failed": ("✘", "bad"),
    "error": ("!", "bad"),
    "inconclusive": ("?", "warn"),
    "skipped": ("↷", "muted"),
    "cancelled": ("■", "warn"),
    "interrupted": ("↯", "warn"),
}

ROLLOUT: dict[RolloutPhase, Piece] = {
    "progressing": ("▶", "busy"),
    "complete": ("✔", "good"),
    "failed": ("✘", "bad"),
    "doomed": ("✘", "bad"),
    "paused": ("‖", "warn"),
    "unknown": ("?", "warn"),
}

PHASE: dict[RolloutPhase, str] = {"doomed": "failing"}
"""The words of phases whose name says too little."""

CONNECTION: dict[Connection, Piece] = {
    "connecting": ("…", "busy"),
    "live": ("●", "good"),
    "stale": ("◐", "warn"),
    "throttled": ("◐", "warn"),
    "error": ("✘", "bad"),
    "unreachable": ("✘", "bad"),
    "expired": ("✘", "bad"),
    "forbidden": ("✘", "bad"),
    "absent": ("○", "muted"),
    "not-configured": ("○", "muted"),
}

TRIGGER: dict[TriggerStatus | Literal["idle"], Piece] = {
    "idle": ("·", "muted"),
    "armed": ("○", "plain"),
    "pending": ("◔", "warn"),
    "fired": ("✘", "bad"),
    "cleared": ("✔", "good"),
}

VERDICT: dict[str, Piece] = {
    "pass": ("✔ PASS", "good"),
    "fail": ("✘ FAIL", "bad"),
    "inconclusive": ("? INCONCLUSIVE", "warn"),
}

_COLOURS: dict[Tone, tuple[str, bool]] = {
    "good": ("success", False),
    "bad": ("error", True),
    "warn": ("warning", False),
    "busy": ("primary", True),
    "plain": ("foreground", False),
    "strong": ("foreground", True),
    "accent": ("accent", True),
}
"""Each tone's colour in a theme, and whether it is bold."""
_HUES: dict[str, tuple[str, str]] = {
    "hue1": ("primary", "primary"),
    "hue2": ("accent", "accent"),
    "hue3": ("secondary", "secondary"),
    "hue4": ("success", "success"),
    "hue5": ("primary", "success"),
    "hue6": ("secondary", "warning"),
}
"""The colours of a theme that each is halfway between."""
_MUTED, _RULE, _CURSOR, _CURSOR_BLURRED = 0.36, 0.76, 0.30, 0.13


class Brush:
    """The styles in which one widget's text is drawn: the theme's colours on the widget's own background.

    Instead of component classes: ten of them on each of a dozen widgets are most of the work of a style
    sheet, which the first paint waits for.
    """

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[str, Style] = {}

    def __call__(self, tone: Tone, cursor: Literal["", "focused", "blurred"] = "") -> Style:
        key = tone + cursor
        found = self._styles.get(key)
        if found is None:
            found = self._styles[key] = self._make(tone, cursor)
        return found

    def clear(self) -> None:
        """Forgets the styles: the theme or the background changed."""
        self._styles.clear()

    def _make(self, tone: Tone, cursor: str) -> Style:
        if self._widget.app.no_color:
            bold = tone == "alarm" or _COLOURS.get(tone, ("", False))[1]
            return Style(bold=bold, reverse=tone == "alarm" or cursor == "focused")
        theme = self._widget.app.theme_variables
        ground = self._widget.background_colors[1]
        if cursor:
            share = _CURSOR if cursor == "focused" else _CURSOR_BLURRED
            ground = ground.blend(_colour(theme, "primary"), share, 1)
        ink = _colour(theme, "foreground")
        if tone == "alarm":
            return Style.from_color(ground.rich_color, _colour(theme, "error").rich_color) + _BOLD
        if tone in ("muted", "rule"):
            ink = ink.blend(ground, _MUTED if tone == "muted" else _RULE, 1)
            return Style.from_color(ink.rich_color, ground.rich_color)
        if tone in _HUES:
            one, other = (_colour(theme, name) for name in _HUES[tone])
            return Style.from_color(one.blend(other, 0.5, 1).rich_color, ground.rich_color)
        name, bold = _COLOURS[tone]
        style = Style.from_color(_colour(theme, name).rich_color, ground.rich_color)
        return style + _BOLD if bold or cursor == "focused" else style


_BOLD = Style(bold=True)


def _colour(theme: Mapping[str, str], name: str) -> Color:
    return Color.parse(theme[name])
