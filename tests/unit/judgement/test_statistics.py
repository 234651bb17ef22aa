"""Ranks, shifts and percentiles against R's figures and against the textbook's slow way."""

import math
from statistics import NormalDist

import pytest
from alfred_tui.domain.judging.statistics import (
    Shift,
    common_language_effect,
    differences_at,
    location_shift,
    mean_ratio,
    percentile,
    ranked,
    two_sided_quantile,
    without_outliers,
    z_score,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.judgement import slowly

# R's data sets `airquality` (ozone in May and in August), `sleep` (extra hours by drug) and `mtcars` (miles
# per gallon by transmission), and what wilcox.test(…, exact=FALSE) prints for them: W and the p-value.
MAY = [41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37]
AUGUST = [
    39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85,
]  # fmt: skip
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
AUTOMATIC = [
    21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4, 14.7,
    21.5, 15.5, 15.2, 13.3, 19.2,
]  # fmt: skip
MANUAL = [21, 21, 22.8, 32.4, 30.4, 33.9, 27.3, 26, 30.4, 15.8, 19.7, 15, 21.4]

# Sixty-fourths: sums and differences of them are exact, so that the two ways meet the same ties.
exact = st.integers(-(10**6), 10**6).map(lambda count: count / 64)
numbers = st.lists(exact, min_size=1, max_size=9)
tied = st.lists(st.integers(0, 6).map(float), min_size=1, max_size=14)
sides = st.one_of(st.tuples(numbers, numbers), st.tuples(tied, tied))


@pytest.mark.parametrize(
    ("x", "y", "wins", "p"),
    [
        (MAY, AUGUST, 127.5, 0.0001208),
        (DRUG_1, DRUG_2, 25.5, 0.06933),
        (AUTOMATIC, MANUAL, 42, 0.001871),
    ],
)
def test_the_test_gives_what_r_prints(x: list[float], y: list[float], wins: float, p: float) -> None:
    first, second = ranked(x), ranked(y)
    assert common_language_effect(first, second) * len(x) * len(y) == pytest.approx(wins)
    assert 2 * NormalDist().cdf(-abs(z_score(first, second))) == pytest.approx(p, rel=5e-4)


def test_the_shift_of_four_against_four_is_the_peers() -> None:
    shift = location_shift(ranked([10, 20, 30, 40]), ranked([1, 2, 3, 4]), 0.95)
    assert shift == Shift(22.5, 6, 39)


def test_the_quantile_of_98_percent_is_r_s_qnorm() -> None:
    assert two_sided_quantile(0.98) == pytest.approx(2.3263478740, abs=1e-9)


@given(sides, exact)
def test_z_is_the_textbooks_for_any_data_and_shift(pair: tuple[list[float], list[float]], mu: float) -> None:
    x, y = pair
    for shift in (0.0, mu, x[0] - y[0]):
        assert z_score(ranked(x), ranked(y), shift) == pytest.approx(slowly.z_score(x, y, shift), abs=1e-9)


@settings(max_examples=40)
@given(sides)
def test_the_interval_ends_where_the_textbooks_z_crosses(pair: tuple[list[float], list[float]]) -> None:
    x, y = pair
    if len(set(x)) == 1 == len(set(y)):
        return
    low, high = slowly.interval(x, y, 0.98)
    shift = location_shift(ranked(x), ranked(y), 0.98)
    scale = max(map(abs, [*x, *y]))
    assert shift.low == pytest.approx(low, abs=1e-12 * scale)
    assert shift.high == pytest.approx(high, abs=1e-12 * scale)


@given(sides)
def test_the_estimate_is_the_middle_of_all_differences(pair: tuple[list[float], list[float]]) -> None:
    x, y = pair
    differences = sorted(one - other for one in x for other in y)
    middle = len(differences) // 2
    estimate = location_shift(ranked(x), ranked(y), 0.98).estimate
    assert differences[max(0, middle - 1)] <= estimate <= differences[min(len(differences) - 1, middle + 1)]
    if len(differences) % 2 == 0:
        assert estimate == differences[middle - 1] / 2 + differences[middle] / 2


@given(sides, st.data())
def test_any_rank_of_the_differences_is_found_without_making_them_all(
    pair: tuple[list[float], list[float]], data: st.DataObject
) -> None:
    x, y = pair
    differences = sorted(one - other for one in x for other in y)
    ranks = data.draw(st.lists(st.integers(1, len(differences)), min_size=1, max_size=4))
    found = differences_at(ranked(x), ranked(y), ranks)
    assert found == {rank: differences[rank - 1] for rank in ranks}


def test_ranks_of_large_samples_are_found_by_splitting() -> None:
    x = [math.sin(i) * 1000 for i in range(300)]
    y = [math.cos(i * 1.7) * 900 for i in range(200)]
    differences = sorted(one - other for one in x for other in y)
    found = differences_at(ranked(x), ranked(y), (1, 777, 30_000, 59_000, 60_000))
    assert found == {rank: pytest.approx(differences[rank - 1]) for rank in found}
    steps = ranked([float(i % 100) for i in range(300)])
    assert differences_at(steps, steps, [45_000])[45_000] == 0


@given(sides)
def test_exchanging_the_sides_mirrors_the_shift(pair: tuple[list[float], list[float]]) -> None:
    x, y = ranked(pair[0]), ranked(pair[1])
    here, there = location_shift(x, y, 0.98), location_shift(y, x, 0.98)
    assert (here.estimate, here.low, here.high) == (-there.estimate, -there.high, -there.low)
    assert z_score(x, y) == -z_score(y, x)


@pytest.mark.parametrize("scale", [1e-9, 1e-4, 1, 1e12, 1e290])
def test_the_interval_scales_with_the_data(scale: float) -> None:
    shift = location_shift(ranked(x * scale for x in MANUAL), ranked(x * scale for x in AUTOMATIC), 0.98)
    once = location_shift(ranked(MANUAL), ranked(AUTOMATIC), 0.98)
    assert shift.low == pytest.approx(once.low * scale)
    assert shift.high == pytest.approx(once.high * scale)
    assert shift.estimate == pytest.approx(once.estimate * scale)


def test_effect_sizes() -> None:
    assert mean_ratio(ranked([10.0] * 5), ranked([100.0] * 5)) == 0.1
    assert math.isnan(mean_ratio(ranked([10.0] * 5), ranked([0.0] * 5)))
    assert math.isnan(mean_ratio(ranked([]), ranked([1.0])))
    assert common_language_effect(ranked([1, 2, 3]), ranked([1, 2, 3])) == 0.5
    assert common_language_effect(ranked([1, 2, 3]), ranked([4, 5])) == 0


def test_percentiles_interpolate_between_ranks_as_r_does() -> None:
    eight = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]
    assert percentile(eight, 5) == pytest.approx(0.175)
    assert percentile(eight, 50) == 1.75
    assert percentile(eight, 100) == 3.5
    assert percentile([7.0], 99) == 7.0
    assert math.isnan(percentile([], 50))


def test_outliers_are_beyond_three_interquartile_ranges_and_never_the_outer_percents() -> None:
    # The 99th percentile of so few points lies close to the greatest, which alone is beyond it.
    assert without_outliers([21.0, 23.0, 24.0, 25.0, 500.0, 29.0, 23.0, 21.0]) == [21, 23, 24, 25, 29, 23, 21]
    assert without_outliers([1.0, 2.0, 3.0, 4.0]) == [1, 2, 3, 4]
    assert without_outliers([]) == []
