"""A change costs the lines that it touches: the others are neither made nor painted again."""

from collections.abc import Sequence

import pytest
from alfred_tui.domain.cluster.workloads import Pod
from alfred_tui.present.run import Progress, TreeRow
from alfred_tui.ui.look import Piece
from alfred_tui.ui.widgets.checklist import ChecklistTree
from alfred_tui.ui.widgets.columns import TableColumn, cell
from alfred_tui.ui.widgets.line_table import LineTable
from alfred_tui.ui.widgets.line_view import LineView
from textual.app import App, ComposeResult
from textual.geometry import Region

from tests.ui.fakes import pod

NONE = Progress(settled=0, total=0)


class Counting(LineView[list[str]]):
    """Remembers which rows it was asked to draw, and what was painted."""

    def __init__(self) -> None:
        super().__init__("NAMES")
        self.made: list[str] = []
        self.painted: list[Region] = []

    def pieces(self, row: list[str], width: int) -> Sequence[Piece]:
        self.made.append(row[0])
        return [(row[0], "plain")]

    def repaint(self, index: int) -> None:
        self.painted.append(Region(0, index, 1, 1))
        super().repaint(index)


class Bench(App[None]):
    """One widget alone."""

    def __init__(self, view: LineView[object]) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        yield self.view


def names(count: int) -> list[list[str]]:
    return [[f"row {n}"] for n in range(count)]


async def test_only_rows_in_view_are_made() -> None:
    view = Counting()
    async with Bench(view).run_test(size=(40, 10)) as pilot:  # type: ignore[arg-type]
        view.show(names(10_000))
        await pilot.pause()
        assert set(view.made) == {f"row {n}" for n in range(9)}


async def test_a_changed_row_alone_is_made_and_painted_again() -> None:
    view = Counting()
    async with Bench(view).run_test(size=(40, 10)) as pilot:  # type: ignore[arg-type]
        rows = names(100)
        view.show(rows)
        await pilot.pause()
        view.made.clear()
        view.painted.clear()
        view.show([*rows[:3], ["new"], *rows[4:50], ["out of view"], *rows[51:]])
        await pilot.pause()
        assert view.made == ["new"]
        assert [one.y for one in view.painted] == [3]


async def test_a_row_that_moves_is_painted_but_not_made_again() -> None:
    view = Counting()
    async with Bench(view).run_test(size=(40, 10)) as pilot:  # type: ignore[arg-type]
        rows = names(5)
        view.show(rows)
        await pilot.pause()
        view.made.clear()
        view.show([["first"], *rows])
        await pilot.pause()
        assert not set(view.made) - {"first", "row 0"}  # the cursor was on row 0


async def test_scrolling_makes_only_what_comes_into_view() -> None:
    view = Counting()
    async with Bench(view).run_test(size=(40, 10)) as pilot:  # type: ignore[arg-type]
        view.show(names(100))
        await pilot.pause()
        view.made.clear()
        view.scroll_rows_to(2)
        await pilot.pause()
        assert view.made == ["row 9", "row 10"]


async def test_what_time_changes_is_found_without_painting_the_rest() -> None:
    view = Counting()
    async with Bench(view).run_test(size=(40, 10)) as pilot:  # type: ignore[arg-type]
        rows = names(20)
        view.show(rows)
        await pilot.pause()
        view.painted.clear()
        rows[4][0] = "older"
        view.refresh_drawn()
        assert [one.y for one in view.painted] == [4]


@pytest.mark.parametrize("count", [0, 1, 8, 9, 200])
async def test_the_window_never_leaves_the_rows(count: int) -> None:
    view = Counting()
    async with Bench(view).run_test(size=(40, 10)) as pilot:  # type: ignore[arg-type]
        view.show(names(200))
        view.move_to(199)
        view.show(names(count))
        await pilot.pause()
        assert 0 <= view.first_row <= max(0, count - view.window_height)
        assert 0 <= view.cursor <= max(0, count - 1)
        view.scroll_rows_to(-5)
        assert view.first_row == 0


def table() -> LineTable[Pod]:
    columns = [
        TableColumn[Pod](title="NAME", cell=lambda p: cell(p.name), key=lambda p: p.name, width=10, grow=1),
        TableColumn[Pod](title="NODE", cell=lambda p: cell(p.node), key=lambda p: p.node, width=8, drop=1),
    ]
    return LineTable("PODS", columns, lambda one: one.uid)


async def test_the_cursor_stays_on_its_row_when_others_come_and_go() -> None:
    view = table()
    async with Bench(view).run_test(size=(40, 10)) as pilot:  # type: ignore[arg-type]
        view.focus()
        await pilot.pause()
        view.load([pod("b"), pod("c")])
        view.move_to(1)
        view.load([pod("a"), pod("b"), pod("c"), pod("d")])
        assert view.current is not None
        assert view.current.name == "c"


async def test_a_filter_looks_at_a_row_again_only_when_it_is_another() -> None:
    view = table()
    asked: list[str] = []

    def fits(row: Pod) -> bool:
        asked.append(row.name)
        return True

    view.fits = lambda needle: fits  # type: ignore[method-assign]
    async with Bench(view).run_test(size=(40, 10)):  # type: ignore[arg-type]
        rows = [pod("a"), pod("b")]
        view.load(rows)
        view.find("x")
        asked.clear()
        view.load([rows[0], pod("b", status="Pending")])
        assert asked == ["b"]


async def test_a_column_that_has_no_room_is_left_out() -> None:
    view = table()
    async with Bench(view).run_test(size=(40, 10)):  # type: ignore[arg-type]
        assert [one.title for one, _ in view.widths(30).columns] == ["NAME", "NODE"]
        assert [one.title for one, _ in view.widths(19).columns] == ["NAME"]
        assert sum(width for _, width in view.widths(30).columns) + 2 == 30


STEP = TreeRow(kind="step", id="s", title="Step", status="pending", settled=0, total=1)
SECTION = TreeRow(
    kind="section", id="sec", title="Section", status="pending", settled=0, total=1, children=(STEP,)
)
OTHER = TreeRow(
    kind="phase", id="other", title="Other", status="pending", settled=0, total=1,
    children=(TreeRow(kind="step", id="t", title="Later", status="pending", settled=0, total=1),),
)  # fmt: skip
TREE = (
    TreeRow(kind="phase", id="p", title="Phase", status="pending", settled=0, total=1, children=(SECTION,)),
    OTHER,
)


async def test_the_tree_opens_what_holds_the_focus_and_closes_the_rest() -> None:
    view = ChecklistTree()
    async with Bench(view).run_test(size=(40, 12)):  # type: ignore[arg-type]
        view.load(TREE, "s", NONE)
        assert [row.id for row, _ in view.rows] == ["p", "sec", "s", "other"]
        view.load(TREE, "t", NONE)
        assert [row.id for row, _ in view.rows] == ["p", "other", "t"]
        assert view.selected == "t"


async def test_an_unchanged_row_of_the_tree_keeps_its_object() -> None:
    view = ChecklistTree()
    async with Bench(view).run_test(size=(40, 12)):  # type: ignore[arg-type]
        view.load(TREE, "s", NONE)
        before = list(view.rows)
        again = tuple(TreeRow(**{name: getattr(row, name) for name in row.__struct_fields__}) for row in TREE)
        view.load(again, "s", NONE)
        assert all(a is b for a, b in zip(before, view.rows, strict=True))


async def test_going_to_a_row_unfolds_what_hides_it() -> None:
    view = ChecklistTree()
    async with Bench(view).run_test(size=(40, 12)):  # type: ignore[arg-type]
        view.load(TREE, "t", NONE)
        assert view.go_to("s")
        assert view.selected == "s"
        assert not view.go_to("nowhere")
