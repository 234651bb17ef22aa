"""Where the word that starts a rollback is typed."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from alfred_tui.ui.screens.acting import STOPS
from alfred_tui.ui.widgets.field import Field

WORD = "rollback"


class WordInput(Field):
    """Where the word is typed. The arrow keys choose services and revisions, since a word needs none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "screen.choose(-1)", "revision", show=False, key_display="←→", id="rb-choose"),
        Binding("right", "screen.choose(1)", show=False),
        Binding("up", "screen.service(-1)", "service", show=False, key_display="↑↓", id="rb-service"),
        Binding("down", "screen.service(1)", show=False),
        Binding("pagedown", "screen.page(1)", "read on", show=False, key_display="pgdn", id="rb-page"),
        Binding("pageup", "screen.page(-1)", show=False),
        Binding("space", "screen.leave_out", "leave out", show=False, id="rb-leave-out", priority=True),
        # The word has no x.
        Binding("x", "screen.stop_countdown", STOPS, show=False, id="rb-stop-countdown", priority=True),
    ]
