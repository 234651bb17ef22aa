import random
import statistics
from itertools import pairwise

import pytest
from alfred_tui.demo.traffic.load import BUCKETS, Wander, binomial, poisson, refused, served, shape_of_day


@pytest.mark.parametrize(("n", "p"), [(20, 0.1), (250, 0.004), (2000, 0.004), (2000, 0.05), (300, 0.97)])
def test_a_binomial_draw_has_its_mean_and_variance(n: int, p: float) -> None:
    rng = random.Random(5)
    draws = [binomial(rng, n, p) for _ in range(2000)]
    assert all(0 <= draw <= n for draw in draws)
    assert statistics.mean(draws) == pytest.approx(n * p, rel=0.08)
    assert statistics.variance(draws) == pytest.approx(n * p * (1 - p), rel=0.15)


@pytest.mark.parametrize("mean", [0.5, 7.0, 400.0])
def test_a_poisson_draw_has_its_mean_and_variance(mean: float) -> None:
    rng = random.Random(5)
    draws = [poisson(rng, mean) for _ in range(2000)]
    assert statistics.mean(draws) == pytest.approx(mean, rel=0.08)
    assert statistics.variance(draws) == pytest.approx(mean, rel=0.15)


def test_certain_and_impossible_draws() -> None:
    rng = random.Random(5)
    assert (binomial(rng, 9, 0), binomial(rng, 9, 1), binomial(rng, 0, 0.5), poisson(rng, 0)) == (0, 9, 0, 0)


def test_every_request_is_counted_once_by_code_and_once_by_bucket() -> None:
    rng = random.Random(5)
    for _ in range(200):
        seen = served(rng, 2000, 0.05, 0.2)
        assert sum(seen.codes) == sum(seen.buckets)
        assert len(seen.buckets) == len(BUCKETS)
        assert min(seen.codes + seen.buckets) >= 0


def test_nothing_is_timed_where_nobody_is_ready() -> None:
    seen = refused(random.Random(5), 500)
    assert seen.codes[:3] == (0, 0, 0)
    assert seen.codes[3] > 400
    assert (sum(seen.buckets), seen.seconds) == (0, 0.0)


def test_a_factor_wanders_and_stays_near_one() -> None:
    rng = random.Random(5)
    wander = Wander(0.06)
    steps = [wander.step(rng) for _ in range(5000)]
    assert statistics.mean(steps) == pytest.approx(1, abs=0.03)
    assert 0.7 < min(steps) < 0.95
    assert max(abs(after / before - 1) for before, after in pairwise(steps)) < 0.1


def test_the_afternoon_is_busier_than_the_night() -> None:
    midnight = 1_790_000_000 // 86400 * 86400
    assert shape_of_day(midnight + 14 * 3600) == pytest.approx(1.25)
    assert shape_of_day(midnight + 2 * 3600) == pytest.approx(0.75)
