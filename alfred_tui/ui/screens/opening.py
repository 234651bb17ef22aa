"""What is painted first, while the run is opened behind it; and the question whether to go on with one."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from alfred_tui.ui.text import clean, clean_lines


class OpeningScreen(Screen[None]):
    """Says what is being opened. The cockpit takes its place."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.quit", "quit")]
    DEFAULT_CSS = """
    OpeningScreen { background: $background; }
    OpeningScreen #opening-bar { dock: top; height: 1; background: $panel; padding: 0 1; text-style: bold; }
    OpeningScreen #opening-told { padding: 1 2; color: $text-muted; }
    """

    def __init__(self, title: str, told: str) -> None:
        super().__init__()
        self._title = title
        self._told = told

    def compose(self) -> ComposeResult:
        yield Static(clean(self._title), id="opening-bar", markup=False)
        yield Static(clean(self._told), id="opening-told", markup=False)

    def tell(self, told: str) -> None:
        """Says what the opening waits for, and that one need not."""
        text = f"{clean(self._told)}\n\n{clean_lines(told)}\n\nq leaves; nothing has begun."
        self.query_one("#opening-told", Static).update(text)


class ResumeScreen(ModalScreen[bool]):
    """Whether to go on with an unfinished run. Enter does: two runs of one deployment are one too many."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "answer(True)", "resume it", id="resume"),
        Binding("n", "answer(False)", "start a new run", id="new"),
        Binding("q", "app.quit", "quit", id="leave"),
    ]
    DEFAULT_CSS = """
    ResumeScreen { align: center middle; background: $background 60%; }
    ResumeScreen Vertical {
        width: 70; max-width: 96%; height: auto; border: round $primary; background: $surface;
    }
    ResumeScreen Static { padding: 1 2; }
    ResumeScreen KeysBar { background: $surface; }
    """

    def __init__(self, told: str) -> None:
        super().__init__()
        self._told = told

    def compose(self) -> ComposeResult:
        from textual.containers import Vertical

        from alfred_tui.ui.widgets.keys_bar import Key, KeysBar

        with Vertical():
            yield Static(f"{clean_lines(self._told)}\n\nResume it?", markup=False)
            yield KeysBar([Key("resume", 0, tone="plain"), Key("new", 1), Key("leave", 2)])

    def action_answer(self, resume: bool) -> None:
        self.dismiss(resume)
