"""How a table's columns share the room: what matters stays, and is cut last."""

from typing import Any

from alfred_tui.ui.widgets.columns import TableColumn, cell, fitted


def column(title: str, width: int, **fields: Any) -> TableColumn[str]:
    return TableColumn(title=title, cell=lambda row: cell(row), key=str, width=width, **fields)


NAME = column("NAME", 10, least=4, grow=1)
STATUS = column("STATUS", 6)
AGE = column("AGE", 4, drop=1)
NODE = column("NODE", 5, drop=2)
ALL = (NAME, STATUS, AGE, NODE)


def shared(width: int, needed: int = 0) -> tuple[int, dict[str, int]]:
    found = fitted(ALL, {1: needed}, width)
    return found.gap, {one.title: cells for one, cells in found.columns}


def test_room_that_is_left_goes_to_the_column_that_has_use_for_it() -> None:
    assert shared(40) == (2, {"NAME": 19, "STATUS": 6, "AGE": 4, "NODE": 5})


def test_a_column_takes_what_its_widest_text_needs() -> None:
    assert shared(40, needed=12)[1] == {"NAME": 13, "STATUS": 12, "AGE": 4, "NODE": 5}


def test_what_matters_least_goes_first_and_what_never_goes_stands_closer_and_is_cut_last() -> None:
    assert list(shared(26)[1]) == ["NAME", "STATUS", "AGE"]
    assert shared(18) == (2, {"NAME": 10, "STATUS": 6})
    assert shared(17) == (1, {"NAME": 10, "STATUS": 6})
    assert shared(14) == (1, {"NAME": 7, "STATUS": 6})
    assert shared(14, needed=9) == (1, {"NAME": 4, "STATUS": 9})
    assert shared(13, needed=9) == (1, {"NAME": 6, "STATUS": 6})


def test_columns_of_the_same_title_are_told_apart() -> None:
    twins = (NAME, column("", 3), column("", 8))
    assert [cells for _, cells in fitted(twins, {}, 30).columns] == [15, 3, 8]
