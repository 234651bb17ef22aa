"""What Prometheus answered to one query, with everything that can be odd about it told apart."""

from collections.abc import Iterable, Sequence
from math import isinf, isnan

import msgspec

from alfred_tui.domain.canary import Sample, SampleState
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.judging.statistics import LARGEST

OWN_TIME = "alfred_cockpit_time"
"""The label of the series that hold the other series' own times as their values."""


class SeriesValue(msgspec.Struct, frozen=True):
    """One series of an instant answer."""

    labels: dict[str, str]
    value: float
    """As Prometheus has it: it may be NaN or infinite."""
    at: float
    """Epoch seconds: of the sample where that is known, else of the evaluation."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to an instant query, or why there is none."""

    at: float
    """The time that was asked for."""
    series: tuple[SeriesValue, ...] = ()
    problem: SampleState = "ok"
    """`unreachable`, `error` or `stale` when the answer as a whole cannot be believed."""
    message: str = ""
    temporary: bool = False
    """Whether a retry may help."""
    refused: bool = False
    """Whether Prometheus answered that it cannot evaluate the query."""

    def sample(self, stale_after: float) -> Sample:
        """The one number that was meant, or in which way it is none."""
        if self.problem != "ok":
            return Sample(at=self.at, state=self.problem, message=self.message)
        if not self.series:
            return Sample(at=self.at, state="no-data", message="no series")
        if len(self.series) > 1:
            told = f"{len(self.series)} series where one is meant"
            return Sample(at=self.at, state="several-series", message=told)
        (only,) = self.series
        if isnan(only.value):
            return Sample(at=self.at, state="nan", message="not a number, as without requests")
        if isinf(only.value) or abs(only.value) > LARGEST:
            return Sample(at=self.at, state="inf", message="infinite, as a division by nothing")
        age = self.at - only.at
        if age > stale_after:
            return Sample(at=self.at, state="stale", message=f"the value is {format_elapsed(age)} old")
        return Sample(at=self.at, value=only.value)


class _Item(msgspec.Struct, frozen=True):
    """An element of a vector. Native histograms have no `value`."""

    value: tuple[float, str]
    metric: dict[str, str] = {}


class _Row(msgspec.Struct, frozen=True):
    """An element of a matrix."""

    values: list[tuple[float, str]]
    metric: dict[str, str] = {}


def read_instant(at: float, result: object) -> Reading:
    """The reading of an instant answer's `result`: a vector or a scalar."""
    try:
        if isinstance(result, list) and len(result) == 2 and isinstance(result[1], str):
            items = [_Item(msgspec.convert(result, tuple[float, str]))]
        else:
            items = msgspec.convert(result, list[_Item])
        found = [SeriesValue(item.metric, float(item.value[1]), item.value[0]) for item in items]
    except (msgspec.ValidationError, ValueError):
        return no_number(at)
    return Reading(at=at, series=tuple(_with_own_times(found)))


def read_range(result: object, times: Sequence[float], step: float) -> tuple[Sample, ...]:
    """A sample for each of the times, which are `step` seconds apart. What the answer lacks is a gap."""
    found: dict[int, list[SeriesValue]] = {}
    try:
        for row in msgspec.convert(result, list[_Row]):
            for at, text in row.values:
                place = round((at - times[0]) / step)
                found.setdefault(place, []).append(SeriesValue(row.metric, float(text), at))
    except (msgspec.ValidationError, ValueError):
        return gaps(no_number(times[0]), times)
    return tuple(
        Reading(at=at, series=tuple(found.get(place, ()))).sample(stale_after=step)
        for place, at in enumerate(times)
    )


def gaps(reading: Reading, times: Iterable[float]) -> tuple[Sample, ...]:
    """The same problem at each of the times."""
    return tuple(Sample(at=at, state=reading.problem, message=reading.message) for at in times)


def no_number(at: float) -> Reading:
    """The reading of an answer that is none of the forms which hold numbers."""
    return Reading(
        at=at, problem="error", message="the answer holds no numbers (a text, a range or a native histogram)"
    )


def with_own_time(selector: str) -> str:
    """The query that answers a selector's values and, beside them, the samples' own times.

    A plain instant answer tells each value at the time of the question, however old the sample is.
    """
    return f'{selector} or label_replace(timestamp({selector}), "{OWN_TIME}", "yes", "", "")'


def _with_own_times(found: Sequence[SeriesValue]) -> Iterable[SeriesValue]:
    times = {_identity(one): one.value for one in found if OWN_TIME in one.labels}
    for one in found:
        if OWN_TIME not in one.labels:
            yield SeriesValue(one.labels, one.value, times.get(_identity(one), one.at))


def _identity(one: SeriesValue) -> frozenset[tuple[str, str]]:
    return frozenset((name, text) for name, text in one.labels.items() if name not in ("__name__", OWN_TIME))
