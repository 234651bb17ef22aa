"""The rollback screen's keys and look."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from alfred_tui.ui.screens.acting import STOPS


class RollbackFrame(Screen[bool]):
    """What the screen offers to press, and how its parts stand."""

    AUTO_FOCUS = ""  # nothing but the word
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", "start", show=False, id="rb-start"),
        Binding("up", "service(-1)", "service", key_display="↑↓", id="rb-service", tooltip="another service"),
        Binding("down", "service(1)", "service", show=False),
        Binding(
            "left", "choose(-1)", "revision", key_display="←→", id="rb-choose", tooltip="another revision"
        ),
        Binding("right", "choose(1)", "revision", show=False),
        Binding(
            "tab", "procedure(1)", "procedure", id="rb-procedure", tooltip="another procedure", priority=True
        ),
        Binding("shift+tab", "procedure(-1)", "procedure before", show=False, priority=True),
        Binding("pagedown", "page(1)", "read on", key_display="pgdn", id="rb-page"),
        Binding("pageup", "page(-1)", "read back", show=False),
        Binding("x", "stop_countdown", STOPS, id="rb-stop-countdown"),
        Binding("ctrl+o", "order", "in order", id="rb-order", tooltip="in order, or side by side"),
        Binding("a", "again", "again", id="rb-again", tooltip="plan it anew: back again, or forward"),
        Binding("w", "word_of", "type its word", id="rb-word-of", tooltip="begin what waits for a word"),
        Binding("escape", "leave", "back", id="rb-leave", tooltip="back to the checklist; changes nothing"),
    ]
    DEFAULT_CSS = """
    RollbackFrame #rb-title {
        height: 1; background: $error; color: $background; text-style: bold; padding: 0 1;
    }
    RollbackFrame ColumnTabs { display: block; }
    RollbackFrame #rb-top { height: auto; max-height: 45%; }
    RollbackFrame #rb-ways { width: 3fr; height: auto; }
    RollbackFrame #rb-triggers { width: 2fr; height: auto; }
    RollbackFrame #rb-middle { height: 1fr; }
    RollbackFrame #rb-plan { width: 3fr; }
    RollbackFrame #rb-changes { width: 2fr; }
    RollbackFrame #rb-confirm { height: auto; padding: 0 1; border-top: heavy $error; }
    RollbackFrame #rb-told { width: 100%; }
    RollbackFrame Input:focus { border: none; background: $primary 25%; }
    RollbackFrame.-narrow #rb-triggers, RollbackFrame.-narrow #rb-changes { display: none; }
    RollbackFrame.-started #rb-title { background: $primary; }
    RollbackFrame.-started #rb-confirm { border-top: heavy $primary; }
    """
