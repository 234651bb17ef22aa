"""The same numbers as the textbook computes them, slowly: what the fast ones are held to."""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist


def z_score(x: Sequence[float], y: Sequence[float], mu: float) -> float:
    """By ranking everything anew, average ranks for ties."""
    m, n = len(x), len(y)
    shifted = [value - mu for value in x]
    everything = sorted([*shifted, *y])
    rank = {value: everything.index(value) + (everything.count(value) + 1) / 2 for value in set(everything)}
    away = sum(rank[value] for value in shifted) - m * (m + 1) / 2 - m * n / 2
    ties = sum(count**3 - count for count in Counter(everything).values())
    spread = math.sqrt(m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1))))
    if away == 0 or spread == 0:
        return 0.0
    return (away - math.copysign(0.5, away)) / spread


def interval(x: Sequence[float], y: Sequence[float], confidence: float) -> tuple[float, float]:
    """The shifts at which z falls through the two quantiles, by halving; an end where it never does."""
    quantile = NormalDist().inv_cdf(0.5 + confidence / 2)
    return root(x, y, quantile), root(x, y, -quantile)


def root(x: Sequence[float], y: Sequence[float], level: float) -> float:
    low, high = min(x) - max(y), max(x) - min(y)
    if z_score(x, y, low) <= level:
        return low
    if z_score(x, y, high) >= level:
        return high
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if z_score(x, y, middle) > level:
            low = middle
        else:
            high = middle
