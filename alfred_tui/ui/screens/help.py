"""The keys, read from the bindings that are active; and what the signs mean."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen

from alfred_tui.ui.look import ROLLOUT, STATUS, TRIGGER, Piece
from alfred_tui.ui.widgets.keys_bar import Key, KeysBar
from alfred_tui.ui.widgets.toned_text import TonedText
from alfred_tui.ui.wrapping import TonedLine

_WIDE = 14


class HelpScreen(ModalScreen[None]):
    """Every key that works where one was, the nearest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "app.pop_screen", "close", key_display="esc", id="close")
    ]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen > Vertical {
        width: 78; max-width: 98%; height: 90%; border: round $primary; background: $surface;
    }
    HelpScreen TonedText { background: $surface; }
    HelpScreen KeysBar { background: $surface; }
    """

    def __init__(self, active: Mapping[str, ActiveBinding]) -> None:
        super().__init__()
        self._active = active

    def compose(self) -> ComposeResult:
        with Vertical():
            yield TonedText("KEYS", id="help-text")
            yield KeysBar([Key("close", 0)])

    def on_mount(self) -> None:
        self.query_one(TonedText).write(self._lines())

    def _lines(self) -> list[TonedLine]:
        groups: dict[str, dict[str, list[str]]] = {}
        for active in self._active.values():
            told = active.binding.tooltip or active.binding.description
            if told and active.enabled and not active.binding.system:
                keys = groups.setdefault(_where(active.node), {}).setdefault(told, [])
                shown = self.app.get_key_display(active.binding)
                if shown not in keys:
                    keys.append(shown)
        lines: list[TonedLine] = []
        for title, rows in groups.items():
            lines.append(((title, "strong"),))
            lines += [
                ((f"  {', '.join(keys):<{_WIDE}} ", "busy"), (told, "plain")) for told, keys in rows.items()
            ]
            lines.append(())
        return [
            *lines,
            *_signs("Steps", STATUS),
            (),
            *_signs("Rollouts", ROLLOUT),
            (),
            *_signs("Triggers", TRIGGER),
        ]


def _where(node: object) -> str:
    if isinstance(node, Screen):
        return "On this screen"
    return "Everywhere" if not hasattr(node, "region") else "In this panel"


def _signs(title: str, look: Mapping[Any, Piece]) -> list[TonedLine]:
    lines: list[TonedLine] = [((title, "strong"),)]
    return lines + [
        ((f"  {glyph:<{_WIDE}} ", tone), (str(status).replace("-", " "), "plain"))
        for status, (glyph, tone) in look.items()
    ]
