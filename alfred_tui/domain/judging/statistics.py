"""The numbers behind a comparison of two samples: ranks, the shift between them, percentiles, effect sizes.

The Mann-Whitney test and the interval of its location shift are those of R's
`wilcox.test(x, y, exact=FALSE, correct=TRUE, conf.int=TRUE)`, which Kayenta's judge uses too. R looks for the
interval's ends with a root finder that stops within 0.0001 of them, whatever the data's scale; here they are
found exactly, because z only steps where the shift equals the difference of a pair.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import repeat
from math import floor, fsum, nan, nextafter, sqrt
from statistics import NormalDist
from typing import NamedTuple

import msgspec

LARGEST = 1e300
"""The sums of numbers beyond this, in either direction, would overflow: they are to be scaled first."""


class Ranked(msgspec.Struct, frozen=True):
    """One side's numbers in order. None of them is NaN or beyond LARGEST."""

    values: tuple[float, ...]
    """The distinct values, ascending."""
    counts: tuple[int, ...]
    """How often each occurs."""
    below: tuple[int, ...]
    """How many numbers are smaller than each value; the last entry, one more than there are values, is the
    size."""
    ties: int
    """Sum of t³ - t over groups of t equal numbers."""
    mean: float
    """NaN when there are no numbers."""

    @property
    def size(self) -> int:
        return self.below[-1]


class Shift(msgspec.Struct, frozen=True):
    """By how much one side lies above the other: an estimate, and its confidence interval."""

    estimate: float
    low: float
    high: float


def ranked(numbers: Iterable[float]) -> Ranked:
    """The numbers, ready to be compared."""
    kept = sorted(numbers)
    groups = sorted(Counter(kept).items())
    below = [0]
    for _, count in groups:
        below.append(below[-1] + count)
    return Ranked(
        tuple(value for value, _ in groups),
        tuple(count for _, count in groups),
        tuple(below),
        sum(count**3 - count for _, count in groups),
        fsum(kept) / len(kept) if kept else nan,
    )


def z_score(x: Ranked, y: Ranked, mu: float = 0.0) -> float:
    """The Mann-Whitney z of x lying `mu` above y: continuity corrected, variance corrected for ties.

    Falls as `mu` grows. 0 when every number is the same, which says nothing in either direction.
    """
    twice_wins, ties = 0, x.ties + y.ties
    for value, count in zip(x.values, x.counts, strict=True):
        shifted = value - mu
        at = bisect_left(y.values, shifted)
        twice_wins += 2 * count * y.below[at]
        if at < len(y.values) and y.values[at] == shifted:
            tied = y.counts[at]
            twice_wins += count * tied
            ties += 3 * count * tied * (count + tied)
    twice_away = twice_wins - x.size * y.size
    spread = _spread(x.size, y.size, ties)
    if twice_away == 0 or spread == 0:
        return 0.0
    correction = 1 if twice_away > 0 else -1
    return (twice_away - correction) / 2 / spread


def location_shift(x: Ranked, y: Ranked, confidence: float) -> Shift:
    """By how much x lies above y. Both sides need a number.

    The estimate is the middle of the shifts at which z is 0, within one pair of Hodges and Lehmann's median
    of all differences.
    """
    pairs = x.size * y.size
    quantile = two_sided_quantile(confidence)
    # z is 0 between these two, the continuity correction included; the middle one of an odd number of
    # differences lies between them.
    below = max(1, pairs // 2)
    ranks = (below, pairs + 1 - below, _crossing(x, y, quantile), _crossing(x, y, -quantile))
    found = differences_at(x, y, ranks)
    lower, upper, low, high = (found[rank] for rank in ranks)
    return Shift(lower / 2 + upper / 2, low, high)


def surely_above(x: Ranked, y: Ranked, low: float, bound: float, confidence: float) -> bool:
    """Whether x's shift over y, whose interval begins at `low`, is surely more than `bound`.

    Asked of the test itself (a shift of `bound` is rejected), so that there is an answer too where many pairs
    differ by exactly `bound` and the interval begins right there: shares of zeros on both sides, mostly.
    """
    least, most = x.values[0] - y.values[-1], x.values[-1] - y.values[0]
    if bound <= least or bound >= most:
        return low > bound
    return z_score(x, y, bound) > two_sided_quantile(confidence)


def two_sided_quantile(confidence: float) -> float:
    """The z that a two-sided test at this confidence rejects beyond: 2.326 for 0.98."""
    # A confidence beside 1 must not be rounded to it: there is no such z.
    return NormalDist().inv_cdf(min(0.5 + confidence / 2, nextafter(1, 0)))


def mean_ratio(x: Ranked, y: Ranked) -> float:
    """Mean of x over mean of y; NaN when either is 0 or missing."""
    return x.mean / y.mean if x.mean and y.mean else nan


def common_language_effect(x: Ranked, y: Ranked) -> float:
    """The share of pairs in which x is the greater, ties counted half (Vargha and Delaney, 2000)."""
    if not x.size or not y.size:
        return nan
    twice_wins = 0
    for value, count in zip(x.values, x.counts, strict=True):
        at = bisect_left(y.values, value)
        tied = y.counts[at] if at < len(y.values) and y.values[at] == value else 0
        twice_wins += count * (2 * y.below[at] + tied)
    return twice_wins / (2 * x.size * y.size)


def percentile(numbers: Sequence[float], percent: float) -> float:
    """With linear interpolation between ranks (Hyndman and Fan's type 7, R's default). NaN of nothing."""
    ordered = sorted(numbers)
    if not ordered:
        return nan
    place = (len(ordered) - 1) * percent / 100
    index = min(floor(place), len(ordered) - 2)
    if index < 0:
        return ordered[0]
    return ordered[index] + (place - index) * (ordered[index + 1] - ordered[index])


def without_outliers(numbers: Sequence[float], factor: float = 3.0) -> list[float]:
    """The numbers within `factor` interquartile ranges of the quartiles, in their order.

    As in Kayenta, the 1st and 99th percentile are never outliers.
    """
    if not numbers:
        return []
    lower, upper = percentile(numbers, 25), percentile(numbers, 75)
    reach = factor * (upper - lower)
    least = min(percentile(numbers, 1), lower - reach)
    most = max(percentile(numbers, 99), upper + reach)
    return [number for number in numbers if least <= number <= most]


def _spread(m: int, n: int, ties: int) -> float:
    both = m + n
    return sqrt(max(0.0, m * n / 12 * ((both + 1) - ties / (both * (both - 1)))))


def _crossing(x: Ranked, y: Ranked, level: float) -> int:
    """The rank of the difference at which z falls through `level`: the first or last if it never does."""
    pairs = x.size * y.size
    if z_score(x, y, x.values[0] - y.values[-1]) <= level:
        return 1
    if z_score(x, y, x.values[-1] - y.values[0]) >= level:
        return pairs
    # Between two differences no number of x equals one of y: only the ties within a side count.
    spread = _spread(x.size, y.size, x.ties + y.ties)
    correction = 0.5 if level > 0 else -0.5
    return min(pairs, max(1, pairs - floor(pairs / 2 + level * spread + correction)))


def differences_at(x: Ranked, y: Ranked, ranks: Iterable[int]) -> dict[int, float]:
    """The differences of a number of x and a number of y, all of them in order, at these ranks (from 1).

    A selection by pivots in the table of differences, of which only each row's part that is still in
    question is remembered: O((m + n) log(mn)), and the table is never made.
    """
    size = len(y.values)
    whole = _Part([0] * len(x.values), [size] * len(x.values), 0, len(x.values) * size)
    found: dict[int, float] = {}
    open_parts = [(whole, sorted(set(ranks)))]
    few = len(x.values) + size
    while open_parts:
        part, wanted = open_parts.pop()
        halves = _halves(x, y, part) if part.cells > few else None
        # A split that splits nothing off: what is left is one value, over and over.
        if halves is None or not all(half.cells for half in halves):
            ordered = _ordered(x, y, part)
            found.update((rank, _at_weight(ordered, rank - part.skipped)) for rank in wanted)
            continue
        lower, upper = halves
        open_parts += [
            (half, inside)
            for half, inside in (
                (lower, [rank for rank in wanted if rank <= upper.skipped]),
                (upper, [rank for rank in wanted if rank > upper.skipped]),
            )
            if inside
        ]
    return found


class _Part(NamedTuple):
    """A part of the table of differences: of each row (a value of x) the cells from `first` to before `end`
    (values of y). Along a row the differences fall."""

    first: list[int]
    end: list[int]
    skipped: int
    """How many pairs have a smaller difference than any in this part."""
    cells: int


def _halves(x: Ranked, y: Ranked, part: _Part) -> tuple[_Part, _Part]:
    """The part up to a difference near its median, and the rest."""
    pivot = _middle(x, y, part)
    shifted = [value - pivot for value in x.values]
    split = list(map(bisect_left, repeat(y.values), shifted, part.first, part.end))
    cells = smaller = sum(part.end) - sum(split)
    if x.size > len(x.values) or y.size > len(y.values):
        below = y.below
        smaller = sum(
            count * (below[stop] - below[start])
            for count, start, stop in zip(x.counts, split, part.end, strict=True)
        )
    return (
        _Part(split, part.end, part.skipped, cells),
        _Part(part.first, split, part.skipped + smaller, part.cells - cells),
    )


def _middle(x: Ranked, y: Ranked, part: _Part) -> float:
    """A difference near the part's median: the weighted median of some rows' medians."""
    first, end = part.first, part.end
    rows = [row for row, (start, stop) in enumerate(zip(first, end, strict=True)) if start < stop]
    medians = sorted(
        (x.values[row] - y.values[(first[row] + end[row]) // 2], end[row] - first[row])
        for row in rows[:: max(1, len(rows) // 64)]
    )
    return _at_weight(medians, sum(weight for _, weight in medians) / 2)


def _ordered(x: Ranked, y: Ranked, part: _Part) -> list[tuple[float, int]]:
    """The part's differences in order, each with how many pairs have it."""
    return sorted(
        (value - y.values[at], count * y.counts[at])
        for value, count, start, stop in zip(x.values, x.counts, part.first, part.end, strict=True)
        for at in range(start, stop)
    )


def _at_weight(weighted: Sequence[tuple[float, int]], weight: float) -> float:
    """The first value up to which the weights add up to `weight`."""
    for value, own in weighted:
        weight -= own
        if weight <= 0:
            return value
    return weighted[-1][0]
