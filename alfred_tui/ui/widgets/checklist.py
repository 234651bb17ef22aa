"""The phase tree: live status, durations and counts; it follows the running step until the lead moves."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.evidence import GOOD
from alfred_tui.present.run import Progress, TreeRow
from alfred_tui.ui.look import STATUS, Piece, Tone
from alfred_tui.ui.text import clean, cut, width_of
from alfred_tui.ui.widgets.line_view import LineView

Line = tuple[TreeRow, int]
"""A row and its depth."""

_NOTE_FLOOR = 8
"""A note that would have less than this is left out, unless it is all of it."""
_TITLE_FLOOR = 22
"""A note leaves the title at least so many cells, or all that it needs."""


class ChecklistTree(LineView[Line]):
    """The tree as lines. Phases and sections fold; steps can be marked."""

    finds = "filter: words of the title, an id or a status; esc shows all"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "unfold", "unfold", show=False),
        Binding("left", "fold", "fold, or go to the heading", show=False),
        Binding("m", "mark", "mark", show=False, id="mark", tooltip="mark, to sign or skip several at once"),
    ]

    class Selected(Message):
        """Another row is under the cursor. `by_person` is False when the tree followed the run."""

        def __init__(self, row: TreeRow, *, by_person: bool) -> None:
            super().__init__()
            self.row = row
            self.by_person = by_person

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__("CHECKLIST", id=id)
        self._tree: tuple[TreeRow, ...] = ()
        self._progress = Progress(settled=0, total=0)
        self.folded: set[str] = set()
        self.touched: set[str] = set()
        """What the person folded or unfolded; the rest opens and closes with the run."""
        self.marked: set[str] = set()
        self.following = True
        self.can_mark = True
        """A watcher has nothing to mark steps for."""
        self._folds_drawn: set[str] = set()
        self._needle = ""
        self._told = ""
        self.keeps_cursor = True

    @property
    def selected(self) -> str:
        """The id of the row under the cursor."""
        return self.current[0].id if self.current else ""

    def take_over(self, before: "ChecklistTree") -> None:
        """Goes on as the tree of another layout was: where the cursor is, what is marked and folded."""
        self.following, self.marked = before.following, before.marked
        self.folded, self.touched = before.folded, before.touched
        self.show(before.rows)
        self.cursor, self._told = before.cursor, before._told

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "mark" or self.can_mark

    # Rows

    def load(self, tree: tuple[TreeRow, ...], focus: str, progress: Progress) -> None:
        """Shows the run as it is now, and follows `focus`."""
        self._tree, self._progress = tree, progress
        if self.marked:  # what somebody else settled meanwhile can no longer be signed
            for row in tree:
                self.marked -= _settled_steps(row)
        held = self.selected
        if self.following:
            for row in tree:
                self._auto(row, focus)
        self._show()
        self.go_to(focus if self.following else held)
        self._told_if_moved(by_person=False)
        self._head()

    def _head(self) -> None:
        done = self._progress
        more: list[Piece] = [(f" {done.settled}/{done.total}", "muted")]
        if self.marked:
            more.append((f" · {len(self.marked)} marked", "accent"))
        if self._needle:
            more.append((f" /{self._needle}", "accent"))
        if not self.following:
            more.append((" · not following · f", "warn"))
        if done.rollback_total:
            more.append((f" · rollback {done.rollback_settled}/{done.rollback_total}", "muted"))
        self.frame.heading("CHECKLIST", *more)

    def _auto(self, row: TreeRow, focus: str) -> bool:
        """Opens what holds the focus and closes the rest, but for what the person touched."""
        below = [self._auto(child, focus) for child in row.children]
        holds = row.id == focus or any(below)
        if row.children and row.id not in self.touched:
            (self.folded.discard if holds else self.folded.add)(row.id)
        return holds

    def _show(self) -> None:
        old = {(line[0].id, line[0].kind): line for line in self.rows}
        lines: list[Line] = []
        for row in self._tree:
            self._collect(row, 0, lines)
        # An unchanged row keeps its object, so that its line is not drawn again.
        kept = [
            found if (found := old.get((line[0].id, line[0].kind))) is not None and found == line else line
            for line in lines
        ]
        if self.folded != self._folds_drawn:  # a heading's mark is drawn from it, and its row may be the same
            self._folds_drawn = set(self.folded)
            self.redraw()
        self.show(kept)

    def _collect(self, row: TreeRow, depth: int, lines: list[Line]) -> None:
        if self._needle:
            below: list[Line] = []
            for child in row.children:
                self._collect(child, depth + 1, below)
            fits = self._needle in row.title.lower() or self._needle in (row.id, row.status)
            if below or fits:
                lines += [(row, depth), *below]
            return
        lines.append((row, depth))
        if row.id not in self.folded:
            for child in row.children:
                self._collect(child, depth + 1, lines)

    def find(self, needle: str) -> None:
        """Shows only what fits by title, id or status; empty shows all."""
        held = self.selected
        self._needle = needle.strip().lower()
        self._show()
        self.go_to(held)
        self._told_if_moved(by_person=True)
        self._head()

    def go_to(self, row_id: str) -> bool:
        """Puts the cursor on a row, unfolding what hides it. False when there is none of that id."""
        index = self._index(row_id)
        if index is None and (path := _path(self._tree, row_id)):
            self.folded -= set(path)
            self._show()
            index = self._index(row_id)
        if index is None:
            return False
        super().move_to(index)
        return True

    def _index(self, row_id: str) -> int | None:
        return next((i for i, (row, _) in enumerate(self.rows) if row.id == row_id), None)

    # Drawing

    def pieces(self, row: Line, width: int) -> Sequence[Piece]:
        item, depth = row
        glyph, tone = STATUS[item.status]
        fold = ("▸ " if item.id in self.folded and not self._needle else "▾ ") if item.children else ""
        mark = "◉ " if item.id in self.marked else ""
        lead = "  " * depth + fold
        name = clean(item.title)
        room = width - width_of(lead) - 2 - width_of(mark)
        note, right = _end(item, room)
        room -= width_of(note) + width_of(right)
        title = cut(name, room)
        pad = " " * (room - width_of(title))
        return [
            (lead, "muted"), (f"{glyph} ", tone), (mark, "accent"), (title, _title_tone(item)),
            (pad, "plain"), (note, _note_tone(item)), (right, "muted"),
        ]  # fmt: skip

    def empty(self) -> str:
        return "Nothing fits the filter; esc shows all." if self._needle else "Loading the checklist…"

    # Moving

    def move_to(self, index: int, *, tell: bool = True) -> None:
        super().move_to(index, tell=tell)
        self.following = False
        self._told_if_moved(by_person=True)
        self._head()

    def _told_if_moved(self, *, by_person: bool) -> None:
        if self.current and self.selected != self._told:
            self._told = self.selected
            self.post_message(self.Selected(self.current[0], by_person=by_person))

    def follow(self) -> None:
        """Goes with the run again from the next `load` on."""
        self.following = True
        self.touched.clear()

    def action_fold(self) -> None:
        if self.current is None:
            return
        row, depth = self.current
        if row.children and row.id not in self.folded:
            self._fold(row.id, folded=True)
        else:
            parent = next((i for i in range(self.cursor, -1, -1) if self.rows[i][1] < depth), None)
            if parent is not None:
                self.move_to(parent)

    def action_unfold(self) -> None:
        if self.current and self.current[0].children:
            self._fold(self.current[0].id, folded=False)

    def toggle_current(self) -> bool:
        """Folds or unfolds the heading under the cursor. False on a step."""
        if self.current is None or not self.current[0].children:
            return False
        self._fold(self.current[0].id, folded=self.current[0].id not in self.folded)
        return True

    def _fold(self, row_id: str, *, folded: bool) -> None:
        self.following = False
        self.touched.add(row_id)
        (self.folded.add if folded else self.folded.discard)(row_id)
        self._show()
        self.go_to(row_id)
        self.redraw()
        self._head()

    def action_mark(self) -> None:
        """Marks the step, or every open step under a heading; again takes the marks away."""
        if self.current is None:
            return
        row, _ = self.current
        if row.kind == "step" and row.status in GOOD:
            self.notify(f"“{clean(row.title)}” is settled: open it again to sign it.", severity="warning")
            return
        steps = {row.id} if row.kind == "step" else _open_steps(row)
        if steps <= self.marked:
            self.marked -= steps
        else:
            self.marked |= steps
        self.redraw()
        self.move_to(self.cursor + (row.kind == "step"))

    def unmark(self) -> None:
        """Takes all marks away."""
        self.marked.clear()
        self.redraw()
        self._head()

    def row_clicked(self, index: int, x: int) -> None:
        row, depth = self.rows[index]
        if row.children and 2 * depth <= x <= 2 * depth + 1:
            self.toggle_current()


def _end(item: TreeRow, room: int) -> tuple[str, str]:
    """What stands behind the title: its note or its status as a word, and its count or time.

    What passed or has not begun says so where its whole title leaves room. Any other state is told in a word
    even if the title's end or the time must go for it; only a step that runs is told by its time as well.
    """
    plain = item.status in ("passed", "pending")
    right, note = _right(item), clean(item.note)
    wanted = width_of(item.title)
    if not note:
        if item.kind != "step" and plain:
            return "", right
        note = item.status
        floor = wanted if plain else min(wanted, _TITLE_FLOOR)
        least = width_of(note)
    else:
        floor, least = min(wanted, _TITLE_FLOOR), min(_NOTE_FLOOR, width_of(note))
    for time in (right, "") if item.status not in ("running", "passed") and item.kind == "step" else (right,):
        spare = room - width_of(time) - floor - 1
        if spare >= least:
            return f" {cut(note, spare)}", time
    return "", right


def _right(item: TreeRow) -> str:
    if item.kind != "step":
        return f" {item.settled:>2}/{item.total}"
    return f" {format_elapsed(item.seconds):>4}" if item.seconds >= 1 else ""


def _note_tone(item: TreeRow) -> Tone:
    if item.status == "waiting":
        return "accent"
    return "muted" if item.note or item.status in ("passed", "pending") else STATUS[item.status][1]


def _title_tone(item: TreeRow) -> Tone:
    _, tone = STATUS[item.status]
    if tone in ("bad", "busy", "accent", "warn") and item.kind == "step":
        return tone
    if item.kind == "phase":
        return "strong"
    return "muted" if item.status in ("passed", "skipped") else "plain"


def _path(tree: Sequence[TreeRow], row_id: str) -> list[str]:
    """The ids of the headings above a row."""
    for row in tree:
        if any(child.id == row_id for child in row.children):
            return [row.id]
        if below := _path(row.children, row_id):
            return [row.id, *below]
    return []


def _settled_steps(row: TreeRow) -> set[str]:
    if row.kind == "step":
        return {row.id} if row.status in GOOD else set()
    return {step for child in row.children for step in _settled_steps(child)}


def _open_steps(row: TreeRow) -> set[str]:
    if row.kind == "step":
        return {row.id} if row.status in ("pending", "waiting") else set()
    return {step for child in row.children for step in _open_steps(child)}
