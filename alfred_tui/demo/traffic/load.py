"""How much traffic a service has, how many of its requests fail, and how long they take.

Counts are drawn, not computed: five seconds of a small canary hold few requests, and its ratios are as
noisy as they would be in earnest.
"""

import math
from random import Random
from typing import NamedTuple

BUCKETS = (0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, math.inf)
"""Upper bounds of the duration histogram, seconds."""

CODES = ("200", "404", "500", "503")

SIGMA = 0.6
"""Spread of the lognormal durations."""

_Z95 = 1.6448536269514722
_NOT_FOUND = 0.012
_DAY = 86400.0
_BUSIEST = 14 * 3600.0  # of the day in UTC


class Profile(NamedTuple):
    """A service at its normal: requests per second, fraction that fails, 95th percentile in seconds."""

    rate: float
    error_ratio: float
    p95: float


PROFILES: dict[str, Profile] = {
    "alfred-bot": Profile(400.0, 0.0039, 0.200),
    "mission-control": Profile(160.0, 0.0032, 0.185),
    "architect-apiligence": Profile(90.0, 0.0045, 0.230),
    "financial-tax": Profile(120.0, 0.0036, 0.195),
    "legal-compliance": Profile(80.0, 0.0041, 0.210),
}


class Observed(NamedTuple):
    """Requests of one span: by code (in the order of CODES), by bucket (not cumulative), seconds in all."""

    codes: tuple[int, ...]
    buckets: tuple[int, ...]
    seconds: float


class Wander:
    """A factor around 1 that drifts slowly and comes back."""

    def __init__(self, spread: float) -> None:
        self._spread = spread
        self._away = 0.0

    def step(self, rng: Random) -> float:
        kept = 0.97
        self._away = self._away * kept + rng.gauss(0, self._spread * math.sqrt(1 - kept * kept))
        return math.exp(self._away)


def shape_of_day(time: float) -> float:
    """The time of day's factor on the request rate, between 0.75 and 1.25."""
    return 1 + 0.25 * math.cos(2 * math.pi * (time - _BUSIEST) / _DAY)


def refused(rng: Random, expected: float) -> Observed:
    """A span in which nobody was ready: every request is answered 503 and nothing is timed."""
    return Observed((0, 0, 0, poisson(rng, expected)), (0,) * len(BUCKETS), 0.0)


def served(rng: Random, expected: float, error_ratio: float, p95: float) -> Observed:
    """A span with `expected` requests on average, of which a fraction fails with 500 or 503."""
    requests = poisson(rng, expected)
    failed = binomial(rng, requests, error_ratio)
    unavailable = binomial(rng, failed, 0.3)
    missing = binomial(rng, requests - failed, _NOT_FOUND)
    codes = (requests - failed - missing, missing, failed - unavailable, unavailable)
    median = p95 / math.exp(_Z95 * SIGMA)
    mean = median * math.exp(SIGMA * SIGMA / 2)
    return Observed(codes, _spread(rng, requests, median), requests * mean * (1 + rng.gauss(0, 0.01)))


def _spread(rng: Random, requests: int, median: float) -> tuple[int, ...]:
    counts: list[int] = []
    left, below = requests, 0.0
    for bound in BUCKETS:
        upto = 1.0 if math.isinf(bound) else _share_below(bound, median)
        share = (upto - below) / (1 - below) if below < 1 else 1.0
        count = binomial(rng, left, share)
        counts.append(count)
        left -= count
        below = upto
    return tuple(counts)


def _share_below(bound: float, median: float) -> float:
    return 0.5 * (1 + math.erf(math.log(bound / median) / (SIGMA * math.sqrt(2))))


def poisson(rng: Random, mean: float) -> int:
    """A Poisson draw; beyond a mean of 50 by its normal approximation."""
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    count, product, limit = 0, rng.random(), math.exp(-mean)
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def binomial(rng: Random, n: int, p: float) -> int:
    """A binomial draw; by its normal approximation where the variance is above 25, else exact.

    The exact draw counts successes by the geometric gaps between them (Devroye, Non-Uniform Random Variate
    Generation, X.4.3).
    """
    if n <= 0 or p <= 0:
        return 0
    if p >= 1:
        return n
    if p > 0.5:
        return n - binomial(rng, n, 1 - p)
    variance = n * p * (1 - p)
    if variance > 25:
        return min(n, max(0, round(rng.gauss(n * p, math.sqrt(variance)))))
    successes, position, scale = 0, 0, math.log1p(-p)
    while True:
        position += int(math.log(1 - rng.random()) / scale) + 1
        if position > n:
            return successes
        successes += 1
