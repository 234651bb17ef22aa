"""Sparklines: a peak never vanishes, a gap is not a zero, and the limit stands at its own height."""

from alfred_tui.ui.spark import GAP, LIMIT, Point, filled, resample, spark
from hypothesis import given
from hypothesis import strategies as st

points = st.lists(st.none() | st.floats(0, 1000), max_size=80)


def rows(*args: object, **kwargs: object) -> list[str]:
    return ["".join(text for text, _ in row) for row in spark(*args, **kwargs)]  # type: ignore[arg-type]


def test_heights_are_shares_of_the_top() -> None:
    assert rows([0.0, 1.0, 4.0, 8.0], 4, 1, 8.0) == ["▁▁▄█"]


def test_a_measured_zero_is_drawn_and_a_gap_is_another_sign() -> None:
    assert rows([0.0, None, 8.0], 3, 1, 8.0) == [f"▁{GAP}█"]


def test_more_rows_stack() -> None:
    assert rows([8.0, 4.0], 2, 2, 8.0) == ["█ ", "██"]


def test_a_value_over_the_limit_is_marked_and_the_limits_line_shows_where_nothing_hides_it() -> None:
    high, low = spark([1.0, 9.0], 4, 2, 10.0, limit=5.0, share=0.5)
    assert high == [(LIMIT, "limit"), ("▆", "beyond"), (LIMIT * 2, "limit")]
    assert low == [("▂", "in"), ("█", "beyond"), ("  ", "empty")]


def test_one_row_has_no_room_for_the_limits_line() -> None:
    assert LIMIT not in rows([1.0], 4, 1, 10.0, limit=5.0)[0]


def test_the_width_is_the_whole_bake() -> None:
    assert rows([8.0] * 5, 10, 1, 8.0, share=0.5) == ["█████     "]
    assert rows([8.0] * 25, 10, 1, 8.0, share=0.4) == ["████      "]


def test_many_points_share_a_cell_and_the_highest_is_shown() -> None:
    many: list[Point] = [1.0] * 99
    many[50] = 7.0
    assert max(one for one in resample(many, 10) if one is not None) == 7.0


def test_a_cell_of_which_half_are_gaps_is_a_gap() -> None:
    assert resample([None, 5.0, 1.0, 1.0], 2) == [None, 1.0]


def test_few_points_are_stretched() -> None:
    assert resample([1.0, 2.0], 4) == [1.0, 1.0, 2.0, 2.0]


@given(points, st.integers(1, 60), st.integers(1, 6), st.floats(0.01, 1.0), st.none() | st.floats(0, 2000))
def test_every_row_is_exactly_as_wide_as_asked(
    given: list[Point], width: int, height: int, share: float, limit: float | None
) -> None:
    drawn = rows(given, width, height, 1000.0, limit=limit, share=share)
    assert len(drawn) == height
    assert all(len(row) == width for row in drawn)
    assert 1 <= filled(width, share) <= width


def test_where_a_limit_must_not_be_undercut_the_lowest_is_kept_and_marked() -> None:
    ((first, second),) = spark([9.0, 2.0, 9.0, 9.0], 2, 1, 10.0, limit=5.0, below=True)
    assert first == ("▂", "beyond")
    assert second == ("▇", "in")
