"""The keys, read from the bindings that are active; and what the signs mean."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen

from alfred_tui.ui.look import CONNECTION, ROLLOUT, STATUS, TRIGGER, Piece, Tone
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.keys_bar import Key, KeysBar
from alfred_tui.ui.widgets.toned_text import TonedText
from alfred_tui.ui.wrapping import TonedLine

_WIDE = 14
_OURS = {
    "app.focus_next": "to the next panel or field",
    "app.focus_previous": "to the panel or field before",
    "app.command_palette": "every command by its name",
    "command_palette": "every command by its name",
    "screen.copy_text": "",
    "app.help_quit": "",
}
"""Actions of the framework in our words; empty: left out, for there is nothing to use them for."""
_FAILING = "failing: a pod cannot become ready; it will not complete"
_TOP_LINE: tuple[tuple[str, Tone, str], ...] = (
    ("◆ 2 for you", "accent", "steps that wait for you; ] goes to the next one"),
    ("7/120", "strong", "steps settled (passed or skipped) of all in the checklist"),
    ("rollback 4/9", "strong", "the same of the rollback's own steps"),
    ("0:42", "strong", "how long the run has been going"),
    ("waiting", "busy", "a step waits for a person"),
    ("held: decide", "bad", "a step ended badly: nothing goes on until you decide"),
    ("no lead", "bad", "no process drives the run; it goes on when a lead resumes it"),
    ("● live", "good", "the cluster's data is live"),
)


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

    def __init__(self, active: Mapping[str, ActiveBinding], beside: Sequence[str] = ()) -> None:
        """`beside`: shell lines that reach the run's cluster from another terminal."""
        super().__init__()
        self._active = active
        self._beside = beside

    def compose(self) -> ComposeResult:
        with Vertical():
            yield TonedText("KEYS", id="help-text")
            yield KeysBar([Key("close", 0)])

    def on_mount(self) -> None:
        self.query_one(TonedText).write(self._lines())

    def _lines(self) -> list[TonedLine]:
        groups: dict[str, dict[str, list[str]]] = {}
        for active in self._active.values():
            told = words(active.binding)
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
        if self._beside:
            lines.append((("The same cluster from another terminal", "strong"),))
            lines += [*(((f"  {clean(line)}", "plain"),) for line in self._beside), ()]
        return [
            *lines,
            (("The top line", "strong"),),
            *(((f"  {sign:<{_WIDE}} ", tone), (told, "plain")) for sign, tone, told in _TOP_LINE),
            (),
            *_signs("Cluster", CONNECTION),
            (),
            *_signs("Steps", STATUS),
            (),
            *_signs("Rollouts", ROLLOUT, {"doomed": _FAILING}),
            (),
            *_signs("Triggers", TRIGGER),
        ]


def _where(node: object) -> str:
    if isinstance(node, Screen):
        return "On this screen"
    return "Everywhere" if not hasattr(node, "region") else "In this panel"


def words(binding: Binding) -> str:
    """What a key does; empty where there is nothing to do it to."""
    return _OURS.get(binding.action, binding.tooltip or binding.description)


def _signs(title: str, look: Mapping[Any, Piece], words: Mapping[str, str] | None = None) -> list[TonedLine]:
    lines: list[TonedLine] = [((title, "strong"),)]
    return lines + [
        ((f"  {glyph:<{_WIDE}} ", tone), ((words or {}).get(status, str(status).replace("-", " ")), "plain"))
        for status, (glyph, tone) in look.items()
    ]
