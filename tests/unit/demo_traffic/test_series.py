import math
import random

import pytest
from alfred_tui.demo.traffic.series import KEPT, STALE, Series, is_stale, quantile, rate


def of(*samples: tuple[float, float]) -> Series:
    series = Series({"__name__": "x"})
    for time, value in samples:
        series.append(time, value)
    return series


def test_the_last_sample_counts_for_five_minutes() -> None:
    series = of((100, 1.0), (105, 2.0))
    assert series.at(99.9) is None
    assert series.at(104.9) == 1.0
    assert series.at(404.9) == 2.0
    assert series.at(405.0) is None


def test_an_ended_series_has_no_value_at_once() -> None:
    series = of((100, 1.0))
    series.end(105)
    series.end(110)
    assert series.at(104.9) == 1.0
    assert series.at(105) is None
    assert len(series.times) == 2


def test_nan_is_a_value_and_no_end() -> None:
    series = of((100, math.nan))
    value = series.at(100)
    assert value is not None
    assert math.isnan(value)
    assert is_stale(STALE)
    assert not is_stale(math.nan)


def test_a_window_leaves_out_its_start_and_the_ends() -> None:
    series = of((100, 1.0), (105, 2.0))
    series.end(110)
    series.append(115, 3.0)
    assert series.window(100, 115) == [(105, 2.0), (115, 3.0)]


def test_a_series_is_bounded() -> None:
    series = of(*((float(time), 0.0) for time in range(KEPT * 3)))
    assert KEPT <= len(series.times) <= KEPT + 256
    assert series.times[-1] == KEPT * 3 - 1


def test_a_steady_counter_has_its_rate() -> None:
    samples = [(float(time), 7.0 * time) for time in range(105, 161, 5)]
    assert rate(samples, 100, 160) == pytest.approx(7.0)


def test_a_reset_does_not_make_a_rate_negative() -> None:
    assert rate([(110.0, 100.0), (120.0, 20.0), (130.0, 120.0)], 100, 130) == pytest.approx(
        120 / 20 * 30 / 30
    )


def test_a_counter_is_not_extrapolated_below_zero() -> None:
    # It grew by 10 a second, so it was at zero one second before the first sample and counted 20 in all.
    assert rate([(110.0, 10.0), (111.0, 20.0)], 100, 111) == pytest.approx(20 / 11)


def test_one_sample_has_no_rate() -> None:
    assert rate([(110.0, 1.0)], 100, 160) is None
    assert rate([], 100, 160) is None


def test_a_quantile_is_linear_within_its_bucket() -> None:
    assert quantile(0.95, [(0.1, 90.0), (0.2, 100.0), (math.inf, 100.0)]) == pytest.approx(0.15)


def test_a_quantile_beyond_the_last_bound_is_that_bound() -> None:
    assert quantile(0.95, [(0.1, 10.0), (0.2, 20.0), (math.inf, 100.0)]) == 0.2


def test_a_bucket_below_the_one_before_it_is_raised_to_it() -> None:
    assert quantile(0.95, [(0.1, 96.0), (0.2, 95.0), (math.inf, 90.0)]) == pytest.approx(0.95 * 0.1)


def test_nothing_observed_has_no_quantile() -> None:
    assert math.isnan(quantile(0.95, [(0.1, 0.0), (math.inf, 0.0)]))


def test_a_quantile_of_many_draws_is_near_the_true_one() -> None:
    rng = random.Random(3)
    draws = [rng.random() for _ in range(20_000)]
    buckets = [(bound / 10, float(sum(draw <= bound / 10 for draw in draws))) for bound in range(1, 11)]
    assert quantile(0.95, [*buckets, (math.inf, 20_000.0)]) == pytest.approx(0.95, abs=0.01)
