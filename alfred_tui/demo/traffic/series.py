"""Time series with staleness, and the arithmetic of the recording rules over them."""

import math
import struct
from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

LOOKBACK = 300.0
"""Seconds for which an instant query still takes the last sample, Prometheus' default."""

KEPT = 1440
"""Samples kept per series: two hours at five seconds."""

_SLACK = 256  # trimmed in one go, so that appending stays cheap

_STALE_BITS = 0x7FF8_0000_0000_5A1E
STALE: float = struct.unpack("<d", struct.pack("<Q", _STALE_BITS))[0]
"""A NaN that says the series ended here (Prometheus' staleness marker), told from NaN by its payload."""


def is_stale(value: float) -> bool:
    return value != value and struct.pack("<d", value) == struct.pack("<Q", _STALE_BITS)


class Series:
    """One series: its labels with `__name__`, and its samples in order of time (epoch seconds)."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.labels = dict(labels)
        self.times = array("d")
        self.values = array("d")

    def append(self, time: float, value: float) -> None:
        self.times.append(time)
        self.values.append(value)
        if len(self.times) > KEPT + _SLACK:
            del self.times[:_SLACK]
            del self.values[:_SLACK]

    def end(self, time: float) -> None:
        """Marks the series as gone; nothing happens when it already is."""
        if self.values and not is_stale(self.values[-1]):
            self.append(time, STALE)

    def at(self, time: float) -> float | None:
        """The value an instant query sees; None before the first sample, after the end, or out of reach."""
        found = self.index_at(time)
        return None if found is None else self.values[found]

    def index_at(self, time: float) -> int | None:
        index = bisect_right(self.times, time) - 1
        if index < 0 or self.times[index] <= time - LOOKBACK or is_stale(self.values[index]):
            return None
        return index

    def window(self, start: float, end: float) -> list[tuple[float, float]]:
        """The samples after `start` up to `end`, without end markers."""
        first, last = bisect_right(self.times, start), bisect_right(self.times, end)
        pairs = zip(self.times[first:last], self.values[first:last], strict=True)
        # Comparing comes first: the call is needed for a NaN only.
        return [(time, value) for time, value in pairs if value == value or not is_stale(value)]


def rate(samples: Sequence[tuple[float, float]], start: float, end: float) -> float | None:
    """Per-second rate of a counter over the window (start, end]; None with fewer than two samples.

    The algorithm is that of Prometheus' `rate` (promql/functions.go, extrapolatedRate): resets are added
    up, and the increase is extrapolated to the window's edges where the samples nearly reach them.
    """
    if len(samples) < 2:
        return None
    (first_time, first), (last_time, last) = samples[0], samples[-1]
    increase = last - first
    previous = first
    for _, value in samples:
        if value < previous:
            increase += previous
        previous = value
    sampled = last_time - first_time
    average = sampled / (len(samples) - 1)
    to_start, to_end = first_time - start, end - last_time
    if increase > 0 and first >= 0:
        # A counter does not start below zero.
        to_start = min(to_start, sampled * (first / increase))
    threshold = average * 1.1
    extended = sampled
    extended += to_start if to_start < threshold else average / 2
    extended += to_end if to_end < threshold else average / 2
    return increase * (extended / sampled) / (end - start)


def quantile(q: float, buckets: Sequence[tuple[float, float]]) -> float:
    """The q-quantile of cumulative (upper bound, count) buckets that end at +Inf; NaN without observations.

    As Prometheus' `histogram_quantile` (promql/quantile.go, bucketQuantile and ensureMonotonic) for
    0 < q < 1: linear within the bucket, the last finite bound when the quantile is beyond it.
    """
    # Extrapolating each bucket by itself can leave a bucket smaller than the one below it.
    counts = list(accumulate((count for _, count in buckets), max))
    total = counts[-1]
    if len(buckets) < 2 or total == 0 or math.isnan(total):
        return math.nan
    rank = q * total
    index = next(i for i, count in enumerate(counts) if count >= rank)
    if index == len(buckets) - 1:
        return buckets[-2][0]
    upper = buckets[index][0]
    if index == 0 and upper <= 0:
        return upper
    lower, below = (buckets[index - 1][0], counts[index - 1]) if index else (0.0, 0.0)
    return lower + (upper - lower) * ((rank - below) / (counts[index] - below))
