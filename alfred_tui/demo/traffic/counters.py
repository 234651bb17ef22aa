"""One service's and track's raw counters, as its pods expose them, and what the rules record from them."""

from collections.abc import Iterator
from typing import NamedTuple

from alfred_tui.demo.traffic.fleet import Place
from alfred_tui.demo.traffic.load import BUCKETS, CODES, Observed
from alfred_tui.demo.traffic.series import Series, quantile, rate

REQUESTS = "http_requests_total"
DURATION = "http_request_duration_seconds"
REQUEST_RATE = "service_track:http_requests:rate1m"
ERROR_RATIO = "service_track:http_errors:ratio_rate1m"
P95 = "service_track:http_request_duration_seconds:p95_rate1m"

RECORDED = (REQUEST_RATE, ERROR_RATIO, P95)
"""The recorded series: requests per second, fraction that failed (5xx), seconds."""

WINDOW = 60.0


def le(bound: float) -> str:
    """A bucket's bound as the label's text: `0.25`, `1`, `+Inf`."""
    if bound == float("inf"):
        return "+Inf"
    return f"{bound:g}"


class Counts(NamedTuple):
    """Counters now: requests by code, requests by bucket (cumulative), seconds in all."""

    codes: tuple[int, ...]
    buckets: tuple[int, ...]
    seconds: float


NOTHING = Counts((0,) * len(CODES), (0,) * len(BUCKETS), 0.0)


class Counters:
    """Counters of one place, their history, and the recorded series derived from it."""

    def __init__(self, place: Place) -> None:
        labels = {"service": place.service, "track": place.track}
        self.now = NOTHING
        self.exposed = False
        """Whether the last sample held them: a scrape sees nothing otherwise."""
        self._codes = [Series({"__name__": REQUESTS, **labels, "code": code}) for code in CODES]
        bucket = {"__name__": f"{DURATION}_bucket", **labels}
        self._buckets = [Series({**bucket, "le": le(bound)}) for bound in BUCKETS]
        self._sum = Series({"__name__": f"{DURATION}_sum", **labels})
        self._count = Series({"__name__": f"{DURATION}_count", **labels})
        self._recorded = [Series({"__name__": name, **labels}) for name in RECORDED]

    def __iter__(self) -> Iterator[Series]:
        yield from self._recorded
        yield from self._raw()

    def _raw(self) -> Iterator[Series]:
        yield from self._codes
        yield from self._buckets
        yield self._sum
        yield self._count

    def observe(self, seen: Observed) -> None:
        codes = tuple(a + b for a, b in zip(self.now.codes, seen.codes, strict=True))
        running, buckets = 0, []
        for before, count in zip(self.now.buckets, seen.buckets, strict=True):
            running += count
            buckets.append(before + running)
        self.now = Counts(codes, tuple(buckets), self.now.seconds + seen.seconds)

    def sample(self, time: float) -> None:
        """Takes the counters into the history, as a scrape at `time` would."""
        self.exposed = True
        counts = self.now
        for series, value in zip(self._codes, counts.codes, strict=True):
            series.append(time, value)
        for series, value in zip(self._buckets, counts.buckets, strict=True):
            series.append(time, value)
        self._sum.append(time, counts.seconds)
        self._count.append(time, counts.buckets[-1])

    def end(self, time: float) -> None:
        """A scrape that finds the place gone."""
        if self.exposed:
            self.exposed = False
            for series in self._raw():
                series.end(time)

    def reset(self) -> None:
        """New processes count from zero."""
        self.now = NOTHING

    def record(self, time: float) -> None:
        """Evaluates the recording rules at `time`."""
        for series, value in zip(self._recorded, self._evaluate(time), strict=True):
            if value is None:
                series.end(time)
            else:
                series.append(time, value)

    def _evaluate(self, time: float) -> tuple[float | None, float | None, float | None]:
        start = time - WINDOW
        if not self._count.times or self._count.times[-1] <= start:
            return None, None, None
        by_code = [rate(series.window(start, time), start, time) for series in self._codes]
        by_bucket = [rate(series.window(start, time), start, time) for series in self._buckets]
        codes = [value for value in by_code if value is not None]
        buckets = [value for value in by_bucket if value is not None]
        if len(codes) < len(CODES) or len(buckets) < len(BUCKETS):
            return None, None, None
        total = sum(codes)
        failed = sum(value for code, value in zip(CODES, codes, strict=True) if code.startswith("5"))
        ratio = failed / total if total else float("nan")
        return total, ratio, quantile(0.95, list(zip(BUCKETS, buckets, strict=True)))
