"""One metric's classification: as Kayenta's judge, with the differences that its module names."""

import math
import sys
from typing import Literal

import msgspec
import pytest
from alfred_tui.domain.judging.metric import MIN_POINTS, Criteria, Direction, compare, measured
from alfred_tui.domain.judging.statistics import Shift
from hypothesis import given
from hypothesis import strategies as st

HIGH = [20.0, 22, 21, 25, 30], [1.0, 2.2, 1.1, 2.5, 3]
LOW = [2.0, 2, 2, 2, 3], [10.0, 20.2, 10.1, 20.5, 30]
AT_95 = Criteria(confidence=0.95, tolerance=0.1)
MIRROR = {"Pass": "Pass", "High": "Low", "Low": "High"}

exact = st.integers(0, 640).map(lambda count: count / 64)
spread = st.lists(exact, min_size=1, max_size=15)
tied = st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 5.0]), min_size=1, max_size=25)
sides = st.one_of(st.tuples(spread, spread), st.tuples(tied, tied))


def with_(criteria: Criteria, **changes: object) -> Criteria:
    return msgspec.structs.replace(criteria, **changes)


@pytest.mark.parametrize(
    ("canary", "stable", "found"),
    [
        (*HIGH, "High"),
        (*LOW, "Low"),
        ([10.0] * 5, [1.0] * 5, "High"),
        ([10.0] * 5, [0.0] * 5, "High"),
        ([1.0, 1, 1, 1, 10], [1.0] * 5, "Pass"),
        ([0.0, 1, 1, 1, 1], [1.0] * 5, "Pass"),
        ([1.0, 2, 3, 4, 5], [5.0, 4, 3, 2, 1], "Pass"),
        ([1.0, 1, 1], [1.0, 1], "Pass"),
        ([0.0] * 5, [0.0] * 5, "Pass"),
        ([54.9, 54.5, 55.1, 55.6, 57.4], [0.0] * 5, "High"),
        ([0.0] * 5, [54.9, 54.5, 55.1, 55.6, 57.4], "Low"),
    ],
)
def test_the_peers_vectors_are_classified_as_the_peer_does(
    canary: list[float], stable: list[float], found: str
) -> None:
    assert compare(canary, stable, AT_95).classification == found


@pytest.mark.parametrize(
    ("direction", "high", "low"),
    [("increase", "High", "Pass"), ("decrease", "Pass", "Low"), ("either", "High", "Low")],
)
def test_only_a_change_in_the_bad_direction_counts(direction: Direction, high: str, low: str) -> None:
    criteria = with_(AT_95, direction=direction)
    assert compare(*HIGH, criteria).classification == high
    assert compare(*LOW, criteria).classification == low


def test_a_shift_within_the_allowed_effect_passes_and_says_so() -> None:
    allowed = compare(*HIGH, with_(AT_95, allowed=(1.0, 13.0)))
    assert allowed.classification == "Pass"
    assert "within the allowed 1200 %" in allowed.reason
    assert compare(*HIGH, with_(AT_95, allowed=(1.0, 12.0))).classification == "High"


def test_a_critical_metric_fails_the_canary_only_beyond_its_critical_effect() -> None:
    critical = with_(AT_95, critical=True)
    assert compare(*HIGH, critical).critical
    assert compare(*HIGH, with_(critical, critical_effect=(1.0, 1.2))).critical
    assert compare(*LOW, with_(critical, critical_effect=(1.2, 1.0))).critical
    mild = compare(*HIGH, with_(critical, allowed=(1.0, 5.0), critical_effect=(1.0, 13.0)))
    assert (mild.classification, mild.critical) == ("High", False)
    assert not compare(*HIGH, AT_95).critical
    assert not compare([1.0] * 5, [1.0] * 5, critical).critical


def test_the_effect_may_be_the_share_of_pairs_instead_of_the_means() -> None:
    criteria = Criteria(measure="cles", allowed=(0.2, 0.8))
    canary = [30 + i % 7 for i in range(30)]
    stable = [25 + i % 7 for i in range(30)]
    assert compare(canary, stable, criteria).classification == "High"
    assert compare(stable, canary, criteria).classification == "Low"
    mixed = [28 + i % 7 for i in range(30)]
    assert compare(canary, mixed, criteria).classification == "Pass"
    assert compare(canary, mixed, criteria).effect == pytest.approx(0.745, abs=0.01)


def test_an_effect_that_cannot_be_told_does_not_excuse() -> None:
    found = compare([54.9, 54.5, 55.1, 55.6, 57.4], [0.0] * 5, with_(AT_95, allowed=(0.8, 1.2)))
    assert found.classification == "High"
    assert math.isnan(found.deviation)
    assert "55.1 above stable" in found.reason


@pytest.mark.parametrize(
    ("critical", "required", "missing", "found", "fails"),
    [
        (False, False, "remove", "Nodata", False),
        (True, False, "remove", "Nodata", True),
        (False, True, "remove", "NodataFailMetric", False),
        (True, True, "remove", "Nodata", True),
        (False, False, "replace", "Pass", False),
    ],
)
def test_a_side_without_data_is_what_the_metric_says(
    critical: bool, required: bool, missing: Literal["remove", "replace"], found: str, fails: bool
) -> None:
    criteria = Criteria(critical=critical, required=required, missing=missing)
    empty = compare([], [1.0, 2, 3, 4, 5], criteria)
    assert (empty.classification, empty.critical, empty.shift) == (found, fails, None)
    assert "no data for canary" in empty.reason
    assert measured([], criteria) == 0


def test_missing_points_are_left_out_or_count_as_nothing() -> None:
    canary = [None, 5.0, math.nan, 5.0, 5.0, 5.0, 5.0]
    assert measured(canary, Criteria()) == 5
    assert compare(canary, [5.0] * 7, Criteria()).classification == "Pass"
    counted = with_(AT_95, missing="replace", direction="decrease")
    assert measured(canary, counted) == 7
    assert compare([None] * 6 + [1.0], [5.0] * 7, counted).classification == "Low"


def test_infinities_are_no_data_even_where_missing_points_count_as_nothing() -> None:
    found = compare([math.inf] * 5, [1.0] * 5, Criteria(missing="replace", direction="decrease"))
    assert found.shift is None
    assert measured([math.inf] * 5, Criteria(missing="replace")) == 0


def test_a_side_that_never_spoke_gives_no_points_even_where_silence_counts_as_nothing() -> None:
    criteria = Criteria(missing="replace")
    assert compare([None] * 20, [0.0] * 20, criteria).classification == "Pass"
    assert measured([None] * 20, criteria) == 0


def test_constant_sides_differ_surely_unless_by_a_roundings_width() -> None:
    assert compare([0.1 + 0.2] * 9, [0.3] * 9, Criteria()).classification == "Pass"
    assert compare([100.0004] * 9, [100.0] * 9, Criteria()).classification == "Pass"
    assert compare([100.1] * 9, [100.0] * 9, Criteria()).classification == "High"
    assert compare([101.0] * 9, [100.0] * 9, Criteria()).shift == Shift(1, 1, 1)


def test_error_fractions_are_judged_as_their_percentages_are() -> None:
    percent = [0.02 + 0.001 * (i % 9) for i in range(60)], [0.015 + 0.001 * (i % 7) for i in range(60)]
    found = compare(*percent, Criteria())
    fractions = compare([v / 100 for v in percent[0]], [v / 100 for v in percent[1]], Criteria())
    assert found.classification == fractions.classification == "High"
    assert found.shift is not None
    assert fractions.shift is not None
    assert fractions.shift.estimate == pytest.approx(found.shift.estimate / 100)
    assert fractions.shift.low == pytest.approx(found.shift.low / 100)


def test_a_few_errors_here_and_there_against_none_are_marked_as_scattered() -> None:
    some = [1.0 if i % 3 == 0 else 0.0 for i in range(60)]
    found = compare(some, [0.0] * 60, Criteria(direction="increase"))
    assert (found.classification, found.scattered) == ("Pass", True)
    assert not compare([0.0, 1, 2, 1, 0, 0], [0.0] * 6, Criteria()).scattered
    assert not compare([0.0] * 60, some, Criteria(direction="increase")).scattered


def test_errors_twice_as_often_are_high_although_most_samples_have_none() -> None:
    often = [1.0 + i % 5 if i % 3 == 0 else 0.0 for i in range(210)]
    rarely = [1.0 + i % 5 if i % 12 == 0 else 0.0 for i in range(210)]
    assert compare(often, rarely, AT_95).classification == "High"


def test_outliers_are_removed_where_the_metric_says_so() -> None:
    steady = [10.0 + i % 5 for i in range(40)]
    spiked = [*steady[:-1], 9000.0]
    kept = compare(spiked, steady, Criteria())
    removed = compare(spiked, steady, Criteria(outliers="remove"))
    assert kept.deviation > 10
    assert removed.deviation == pytest.approx(1, abs=0.05)


def test_the_reason_tells_how_much_how_sure_and_what_is_allowed() -> None:
    stable = [200.0 + i % 11 for i in range(60)]
    slower = [value * 1.31 for value in stable]
    found = compare(slower, stable, Criteria(allowed=(0.8, 1.25)), subject="canary p95", unit="ms")
    assert found.reason.startswith("canary p95 is 31 % higher than stable (98 % CI 6")
    assert found.reason.endswith(" ms), allowed 25 %")
    assert compare(stable, stable, Criteria(), subject="canary p95").reason == (
        "canary p95 and stable are the same"
    )
    assert compare(slower, stable, Criteria(direction="decrease")).reason.endswith("; only a decrease counts")
    assert compare([1.0, 2, 3, 4, 5], [1.5, 2.5, 3, 4, 4], Criteria()).reason.endswith(
        ", which is not clear of chance"
    )


def test_the_reason_does_not_tell_the_opposite_where_the_ratio_of_the_means_does() -> None:
    negative = compare([-5.0, -6, -5.5, -4, -5.2], [-10.0, -11, -12, -10.5, -11.5], Criteria())
    assert negative.classification == "Pass"
    assert negative.reason.startswith("canary is 5.9 above stable")
    assert negative.reason.endswith("the ratio of the means is 0.467, which is not a rise")
    lower = [float(i) for i in range(10, 20)]
    one_spike = compare([*lower, 500.0], [value + 30 for value in lower], Criteria(direction="increase"))
    assert one_spike.deviation > 1
    assert one_spike.reason.startswith("canary is 29.5 below stable")


def test_equal_means_are_told_as_such() -> None:
    assert compare([1.0, 2, 3] * 4, [1.0, 2, 3] * 2, Criteria()).reason.startswith(
        "canary is mostly as stable is"
    )


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e304])
def test_the_largest_and_the_smallest_numbers_are_compared_like_others(scale: float) -> None:
    stable = [100.0 + i % 7 for i in range(20)]
    found = compare([value * 2 * scale for value in stable], [value * scale for value in stable], Criteria())
    usual = compare([value * 2 for value in stable], stable, Criteria())
    assert (found.classification, found.critical) == ("High", False)
    assert found.deviation == pytest.approx(usual.deviation)
    assert found.shift is not None
    assert usual.shift is not None
    assert found.shift.low == pytest.approx(usual.shift.low * scale)
    assert found.shift.high == pytest.approx(usual.shift.high * scale)


def test_a_shift_that_no_double_holds_ends_at_the_largest() -> None:
    found = compare([1.7e308, 1.6e308, -1.7e308] * 3, [-1.7e308, -1.6e308, 1.7e308] * 3, Criteria())
    assert found.shift is not None
    assert found.shift.high == sys.float_info.max


def test_one_point_against_another_is_told_and_is_no_ground_for_a_verdict() -> None:
    """The peer's own answer hangs on how its noise is rounded: an error, or a verdict."""
    found = compare([2.0], [1.0], Criteria())
    assert (found.classification, found.deviation) == ("High", 2.0)
    assert measured([2.0], Criteria()) < MIN_POINTS


@given(sides, st.sampled_from(["increase", "decrease", "either"]))
def test_exchanging_the_sides_exchanges_high_and_low(
    pair: tuple[list[float], list[float]], direction: Direction
) -> None:
    other: dict[Direction, Direction] = {"increase": "decrease", "decrease": "increase", "either": "either"}
    here = compare(*pair, Criteria(direction=direction))
    there = compare(pair[1], pair[0], Criteria(direction=other[direction]))
    assert there.classification == MIRROR[here.classification]


@given(sides, st.randoms(use_true_random=False))
def test_the_order_of_the_points_does_not_matter(
    pair: tuple[list[float], list[float]], random: object
) -> None:
    canary, stable = pair
    assert compare(sorted(canary), sorted(stable, reverse=True), Criteria()) == compare(
        canary, stable, Criteria()
    )


RANK = {"Low": -1, "Pass": 0, "High": 1}


@given(sides, exact)
def test_a_canary_that_is_shifted_up_is_never_classified_lower(
    pair: tuple[list[float], list[float]], up: float
) -> None:
    canary, stable = [value + 1 for value in pair[0]], [value + 1 for value in pair[1]]
    before = compare(canary, stable, Criteria())
    after = compare([value + up for value in canary], stable, Criteria())
    assert RANK[after.classification] >= RANK[before.classification]
