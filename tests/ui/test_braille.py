"""A chart shows every value at its height, leaves gaps open, and can be read without colour."""

import pytest
from alfred_tui.ui.braille import Curve, Scale, chart, ticks


def rows(*curves: Curve, scale: Scale, limit: float | None = None, cursor: int = -1) -> list[str]:
    return ["".join(text for text, _ in row) for row in chart(curves, scale, limit=limit, cursor=cursor)]


SMALL = Scale(width=4, height=2, top=1.0, span=8)


def test_a_level_curve_is_a_line_at_its_height() -> None:
    assert rows(Curve([1.0] * 8, "busy"), scale=SMALL) == ["⠉⠉⠉⠉", "    "]
    assert rows(Curve([0.0] * 8, "busy"), scale=SMALL) == ["    ", "⣀⣀⣀⣀"]


def test_points_that_have_not_come_yet_take_no_room() -> None:
    assert rows(Curve([1.0] * 4, "busy"), scale=SMALL) == ["⠉⠉  ", "    "]


def test_nothing_is_drawn_across_a_gap_and_the_gap_is_marked() -> None:
    assert rows(Curve([1.0, 1.0, None, None, 1.0, 1.0], "busy"), scale=SMALL) == ["⠉ ⠉ ", " ╌  "]


def test_a_rise_is_one_unbroken_line() -> None:
    drawn = rows(Curve([0.0, 1.0], "busy"), scale=Scale(width=2, height=2, top=1.0, span=2))
    assert all(any(cell not in " ⠀" for cell in row) for row in drawn)


def test_a_value_above_the_scale_stays_on_the_chart() -> None:
    assert rows(Curve([7.0] * 8, "busy"), scale=SMALL)[0] == "⠉⠉⠉⠉"


def test_limit_and_cursor_stand_where_no_curve_hides_them() -> None:
    drawn = rows(Curve([0.0] * 8, "busy"), scale=SMALL, limit=1.0, cursor=4)
    assert drawn == ["┄┄│┄", "⣀⣀⣀⣀"]


def test_the_first_curve_has_its_tone_where_two_meet() -> None:
    one, other = Curve([1.0] * 8, "busy"), Curve([1.0] * 8, "muted", "dotted")
    assert {tone for _, tone in chart([one, other], SMALL)[0]} == {"busy"}


def test_a_dotted_curve_can_be_told_without_colour() -> None:
    drawn, dotted = (rows(Curve([1.0] * 8, "busy", style), scale=SMALL)[0] for style in ("drawn", "dotted"))
    assert drawn != dotted


@pytest.mark.parametrize(
    ("top", "height", "expected"),
    [(1.15, 12, [0, 0.5, 1.0]), (575, 12, [0, 200, 400]), (0, 5, [0.0]), (0.004, 6, [0, 0.002, 0.004])],
)
def test_ticks_are_round_and_apart(top: float, height: int, expected: list[float]) -> None:
    assert ticks(top, height) == pytest.approx(expected)
