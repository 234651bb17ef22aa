"""The top line: which run, where, who leads, how long, how far, and whether the cluster is heard."""

from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.present.run import Header
from alfred_tui.ui.look import CONNECTION, Tone
from alfred_tui.ui.text import clean, fit

Part = tuple[int, str, Tone]
"""Importance (lower stays longer), text, tone."""


class HeaderBar(Widget):
    """One line; what matters least goes first when room is short."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "hb--good", "hb--bad", "hb--warn", "hb--busy", "hb--muted", "hb--plain", "hb--accent",
    }  # fmt: skip
    DEFAULT_CSS = """
    HeaderBar { height: 1; dock: top; background: $panel; color: $foreground; }
    HeaderBar > .hb--good { color: $text-success; }
    HeaderBar > .hb--bad { color: $text-error; text-style: bold; }
    HeaderBar > .hb--warn { color: $text-warning; text-style: bold; }
    HeaderBar > .hb--busy { color: $text-primary; text-style: bold; }
    HeaderBar > .hb--accent { color: $text-accent; text-style: bold; }
    HeaderBar > .hb--muted { color: $text-muted; }
    HeaderBar > .hb--plain { color: $foreground; text-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[Part] = []

    def load(self, top: Header, *, leads: bool, connection: str, fired: bool) -> None:
        """Shows the run's state."""
        parts: list[Part] = []
        if fired:
            parts.append((0, "✘ TRIGGER FIRED ctrl+r", "bad"))
        parts.append((3, clean(top.title), "plain"))
        if top.context:
            parts.append((1, f"{clean(top.context)} / {clean(top.namespace)}", "accent"))
        else:
            parts.append((1, "no cluster", "warn"))
        parts.append((6, f"run {top.run}", "muted"))
        parts.append(
            (
                2,
                f"LEAD {clean(top.lead)}" if leads else f"WATCHING {clean(top.lead)}",
                "busy" if leads else "warn",
            )
        )
        if top.scenario:
            parts.append((2, f"DEMO {top.scenario} ×{top.speed:g}", "warn"))
        parts += [(4, f"simulated {clean(name)}", "warn") for name in top.simulated]
        parts.append((1, f"{top.settled}/{top.total}", "plain"))
        parts.append((1, format_elapsed(top.elapsed), "plain"))
        bad = any(word in top.state for word in ("held", "failed", "stopped", "paused"))
        parts.append((0, clean(top.state), "bad" if bad else "good" if top.state == "done" else "busy"))
        if connection:
            glyph, tone = CONNECTION[connection]  # type: ignore[index]
            parts.append((1, f"{glyph} {connection.replace('-', ' ')}", tone))
        self._parts = parts
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        kept = list(self._parts)
        while len(kept) > 1 and sum(len(text) + 3 for _, text, _ in kept) > width:
            kept.remove(max(kept, key=lambda part: part[0]))
        base = self.rich_style
        segments = [Segment(" ", base)]
        for index, (_, text, tone) in enumerate(kept):
            if index:
                segments.append(Segment(" ─ ", self.get_component_rich_style("hb--muted")))
            room = width - 2 if len(kept) == 1 else len(text) + 4
            shown = fit(text, min(len(text), room)) if text.isascii() else text
            segments.append(Segment(shown, self.get_component_rich_style(f"hb--{tone}")))
        return Strip(segments).adjust_cell_length(width, base)
