"""A titled frame around one subject. Its title tells what it shows, how much, and how fresh it is."""

from collections.abc import Callable

from textual.containers import Vertical

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.workloads import ClusterView, Freshness
from alfred_tui.ui.look import CONNECTION
from alfred_tui.ui.text import clean


class PanelFrame(Vertical):
    """The frame. Subclasses fill it; `heading` and `footing` are plain text, never markup."""

    DEFAULT_CSS = """
    PanelFrame {
        border: round $panel-lighten-2; border-title-color: $text-muted; border-title-style: bold;
        border-subtitle-color: $text-muted; height: 1fr; background: $background;
    }
    PanelFrame:focus-within { border: round $primary; border-title-color: $text-primary; }
    PanelFrame.-stale { border: dashed $warning; }
    PanelFrame.-zoomed { height: 1fr !important; }
    """

    TITLE = ""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.heading(self.TITLE)

    def heading(self, text: str) -> None:
        """Sets the frame's title."""
        safe = clean(text).replace("[", "\\[")
        if self.border_title != safe:
            self.border_title = safe

    def footing(self, text: str) -> None:
        """Sets the frame's lower title."""
        safe = clean(text).replace("[", "\\[")
        if self.border_subtitle != safe:
            self.border_subtitle = safe

    def fresh(self, freshness: Freshness, now: float) -> str:
        """Marks the frame when its data is not live, and says so in a few words."""
        glyph, _ = CONNECTION[freshness.connection]
        live = freshness.connection == "live"
        self.set_class(not live, "-stale")
        if live:
            return ""
        if freshness.connection == "connecting":
            return f"{glyph} connecting"
        told = freshness.connection.replace("-", " ")
        since = f" since {format_elapsed(now - freshness.since)}" if freshness.since else ""
        heard = f", data is {format_elapsed(now - freshness.heard_at)} old" if freshness.heard_at else ""
        return f"{glyph} {told}{since}{heard}"

    def refresh_live(self) -> None:
        """Draws again what depends on time alone. Called once a second."""


class LivePanel(PanelFrame):
    """A panel over the live cluster."""

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.now = now

    def load(self, view: ClusterView) -> None:
        """Shows the cluster as it is now."""
        raise NotImplementedError
