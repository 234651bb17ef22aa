"""Stands in front while the terminal is too small to show anything honestly."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Static

LEAST = (60, 16)
"""Columns and rows."""


class TooSmallScreen(ModalScreen[None]):
    """Says which size is needed. What stood there before is there again when it is reached."""

    BINDINGS = [Binding("q", "app.quit", "quit")]  # noqa: RUF012 - Textual's form
    DEFAULT_CSS = """
    TooSmallScreen { align: center middle; background: $background; }
    TooSmallScreen ToastRack { display: none; }
    TooSmallScreen Static { width: auto; max-width: 100%; text-align: center; color: $warning; }
    """

    _gone = False

    def compose(self) -> ComposeResult:
        yield Static(self._told(), markup=False)

    def _told(self) -> str:
        width, height = self.app.size
        return (
            f"This terminal has {width}×{height} cells.\n"
            f"The cockpit needs {LEAST[0]}×{LEAST[1]}.\n"
            "Make it larger; the run goes on."
        )

    def on_resize(self) -> None:
        self._look()

    def on_screen_resume(self) -> None:
        self._look()

    def _look(self) -> None:
        if fits(*self.app.size) and self.is_current and not self._gone:
            self._gone = True
            self.dismiss()
        elif not self._gone:
            self.query_one(Static).update(self._told())


def fits(width: int, height: int) -> bool:
    """Whether the cockpit can be shown."""
    return width >= LEAST[0] and height >= LEAST[1]
