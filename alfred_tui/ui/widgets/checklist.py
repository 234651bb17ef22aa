"""The phase tree: live status, durations and counts; it follows the running step until the lead moves."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.present.run import TreeRow
from alfred_tui.ui.look import STATUS, Tone
from alfred_tui.ui.text import clean, fit
from alfred_tui.ui.widgets.line_view import LineView, Piece
from alfred_tui.ui.widgets.panel import PanelFrame

Line = tuple[TreeRow, int]
"""A row and its depth."""


class ChecklistTree(LineView[Line]):
    """The tree as lines. Phases and sections fold; steps can be marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "unfold", "unfold", show=False),
        Binding("left", "fold", "fold", show=False),
        Binding("m", "mark", "mark for signing together", show=False, id="mark"),
        Binding("f", "follow", "follow the running step", show=False, id="follow"),
    ]

    class Selected(Message):
        """Another step is under the cursor."""

        def __init__(self, step: str) -> None:
            super().__init__()
            self.step = step

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._tree: tuple[TreeRow, ...] = ()
        self._folded: set[str] = set()
        self._touched: set[str] = set()
        """What the person folded or unfolded; the rest opens and closes with the run."""
        self._needle = ""
        self.marked: set[str] = set()
        self.following = True

    @property
    def selected(self) -> str:
        """The id of the step under the cursor; empty on a heading."""
        return self.current[0].id if self.current and self.current[0].kind == "step" else ""

    def load(self, tree: tuple[TreeRow, ...], focus: str) -> None:
        """Shows the run as it is now, and follows `focus`."""
        self._tree = tree
        if self.following:
            for row in tree:
                self._auto(row, focus)
        before = self.current
        self._show()
        if self.following:
            self.go_to(focus)
        elif before:
            self._restore(before[0].id)

    def _auto(self, row: TreeRow, focus: str) -> bool:
        """Opens what holds the focus and closes the rest, but for what the person touched."""
        below = [self._auto(child, focus) for child in row.children]
        holds = row.id == focus or any(below)
        if row.children and row.id not in self._touched:
            (self._folded.discard if holds else self._folded.add)(row.id)
        return holds

    def _show(self) -> None:
        old = {(row.id, row.kind): (row, depth) for row, depth in self.rows}
        lines: list[Line] = []
        for row in self._tree:
            self._collect(row, 0, lines)
        # An unchanged row keeps its object, so that its line is not drawn again.
        kept = [
            found if (found := old.get((line[0].id, line[0].kind))) is not None and found == line else line
            for line in lines
        ]
        self.show(kept)

    def _collect(self, row: TreeRow, depth: int, lines: list[Line]) -> None:
        if self._needle:
            below: list[Line] = []
            for child in row.children:
                self._collect(child, depth + 1, below)
            if (
                below
                or self._needle in row.title.lower()
                or self._needle in row.id
                or self._needle == row.status
            ):
                lines.append((row, depth))
                lines.extend(below)
            return
        lines.append((row, depth))
        if row.id not in self._folded:
            for child in row.children:
                self._collect(child, depth + 1, lines)

    def find(self, needle: str) -> None:
        """Shows only what fits; empty shows all."""
        self._needle = needle.lower()
        self._show()

    def go_to(self, row_id: str) -> None:
        """Puts the cursor on a row, unfolding what hides it."""
        index = next((i for i, (row, _) in enumerate(self.rows) if row.id == row_id), None)
        if index is None:
            for row in self._tree:
                self._auto(row, row_id)
            self._show()
            index = next((i for i, (row, _) in enumerate(self.rows) if row.id == row_id), None)
        if index is not None and index != self.cursor:
            self.move_to(index)

    def _restore(self, row_id: str) -> None:
        for index, (row, _) in enumerate(self.rows):
            if row.id == row_id:
                self.move_to(index, tell=False)
                return

    def pieces(self, row: Line, width: int) -> list[Piece]:
        item, depth = row
        glyph, tone = STATUS[item.status]
        indent = "  " * depth
        fold = ("▸ " if item.id in self._folded and not self._needle else "▾ ") if item.children else ""
        mark = "● " if item.id in self.marked else ""
        right = self._right(item)
        title = f"{indent}{fold}{mark}"
        room = width - len(title) - 2 - len(right) - 1
        text_tone: Tone = "bad" if tone == "bad" else "busy" if item.status == "running" else "plain"
        if item.status in ("skipped", "pending") and item.kind == "step":
            text_tone = "muted"
        name = clean(item.title)
        note = clean(item.note)
        if note and room - len(name) > 5:
            spare = room - len(name) - 3
            return [
                (title, "muted"), (f"{glyph} ", tone), (name, text_tone), (" · ", "muted"),
                (fit(note, spare), "accent" if item.status == "waiting" else "muted"), (f" {right}", "muted"),
            ]  # fmt: skip
        return [(title, "muted"), (f"{glyph} ", tone), (fit(name, room), text_tone), (f" {right}", "muted")]

    def _right(self, item: TreeRow) -> str:
        if item.kind != "step":
            return f"{item.settled}/{item.total}"
        return format_elapsed(item.seconds) if item.seconds >= 1 else ""

    def empty(self) -> str:
        return "Nothing fits the filter." if self._needle else "Loading the checklist…"

    def move_to(self, index: int, *, tell: bool = True) -> None:
        super().move_to(index, tell=tell)
        if tell and self.selected:
            self.post_message(self.Selected(self.selected))

    def action_move(self, by: int) -> None:
        self.following = False
        super().action_move(by)

    def action_page(self, by: int) -> None:
        self.following = False
        super().action_page(by)

    def action_edge(self, which: int) -> None:
        self.following = False
        super().action_edge(which)

    def action_follow(self) -> None:
        self.following = True
        self._touched.clear()
        self.post_message(self.Selected(""))

    def action_fold(self) -> None:
        if self.current is None:
            return
        row, depth = self.current
        if row.children and row.id not in self._folded:
            self._toggle(row.id, folded=True)
        else:
            parent = next((i for i in range(self.cursor, -1, -1) if self.rows[i][1] < depth), None)
            if parent is not None:
                self.following = False
                self.move_to(parent)

    def action_unfold(self) -> None:
        if self.current and self.current[0].children:
            self._toggle(self.current[0].id, folded=False)

    def toggle_current(self) -> bool:
        """Folds or unfolds the heading under the cursor. False on a step."""
        if self.current is None or not self.current[0].children:
            return False
        self._toggle(self.current[0].id, folded=self.current[0].id not in self._folded)
        return True

    def _toggle(self, row_id: str, *, folded: bool) -> None:
        self._touched.add(row_id)
        (self._folded.add if folded else self._folded.discard)(row_id)
        self._show()
        self._restore(row_id)
        self.redraw()

    def action_mark(self) -> None:
        if self.selected:
            self.marked ^= {self.selected}
            self.redraw()
            self.action_move(1)

    def row_clicked(self, index: int, x: int) -> None:
        self.following = False
        row, depth = self.rows[index]
        if row.children and x <= 2 * depth + 1:
            self._toggle(row.id, folded=row.id not in self._folded)


class ChecklistPanel(PanelFrame):
    """The tree in its frame."""

    TITLE = "CHECKLIST"

    def compose(self) -> ComposeResult:
        yield ChecklistTree(id="tree")

    @property
    def tree_view(self) -> ChecklistTree:
        """The tree."""
        return self.query_one(ChecklistTree)

    def load(self, tree: tuple[TreeRow, ...], focus: str, settled: int, total: int) -> None:
        """Shows the run as it is now."""
        view = self.tree_view
        view.load(tree, focus)
        marked = f" · {len(view.marked)} marked" if view.marked else ""
        self.heading(f"CHECKLIST {settled}/{total}{marked}")
        self.footing("" if view.following else "f follow")
