"""A view that is read and not chosen from: the keys that move a cursor elsewhere scroll it."""

from alfred_tui.ui.widgets.line_view import LineView, Row


class ReadingView(LineView[Row]):
    """Every way to scroll goes through `wheel`. What marks a line, such as a match, may show a cursor."""

    @property
    def cursor_shown(self) -> bool:
        return False

    def action_move(self, by: int) -> None:
        self.wheel(by)

    def action_page(self, by: int) -> None:
        self.wheel(by * max(1, self.window_height - 1))

    def action_edge(self, which: int) -> None:
        self.wheel(len(self.rows) * which)
