"""Canary and stable are measured at one moment, in the metric's unit, and a gap stays a gap."""

from collections.abc import Callable

from alfred_tui.domain.canary import Sample
from alfred_tui.domain.document.actions import CanaryMetric
from alfred_tui.metrics.measure import Tracks, measure

ERRORS = CanaryMetric(name="errors", promql='err{s="{service}",t="{track}"}', unit="%", scale=100)
P95 = CanaryMetric(name="p95", promql='p95{s="{service}",t="{track}"}', unit="ms", scale=1000)
TRACKS = Tracks(service="bot")
T0 = 1_700_000_010.0


class Prometheus:
    """Answers from a function, and remembers what it was asked."""

    def __init__(self, answer: Callable[[str, float], Sample]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, float]] = []

    async def instant(self, promql: str, at: float) -> Sample:
        self.asked.append((promql, at))
        return self.answer(promql, at)


def number(promql: str, at: float) -> Sample:
    return Sample(at=at, value=0.004 if '"canary"' in promql else 0.002)


def away(promql: str, at: float) -> Sample:
    return Sample(at=at, state="unreachable", message="refuses the connection")


async def test_both_sides_are_asked_for_the_same_moment_and_told_in_the_metrics_unit() -> None:
    source = Prometheus(number)
    errors, p95 = await measure(source, (ERRORS, P95), TRACKS, T0)
    assert (errors.metric, errors.canary.value, errors.baseline.value) == ("errors", 0.4, 0.2)
    assert (p95.metric, p95.canary.value, p95.baseline.value) == ("p95", 4, 2)
    assert source.asked[0] == ('err{s="bot",t="canary"}', T0)
    assert {at for _, at in source.asked} == {T0}


async def test_a_gap_stays_a_gap_in_any_unit() -> None:
    source = Prometheus(lambda promql, at: Sample(at=at, state="nan", message="not a number"))
    (only,) = await measure(source, (ERRORS,), TRACKS, T0)
    assert only.canary == Sample(at=T0, state="nan", message="not a number")


async def test_where_nobody_answers_the_first_query_the_others_are_not_asked() -> None:
    source = Prometheus(away)
    measured = await measure(source, (ERRORS, P95), TRACKS, T0)
    assert len(source.asked) == 1
    assert all(side.state == "unreachable" for one in measured for side in (one.canary, one.baseline))
    assert await measure(source, (), TRACKS, T0) == ()


async def test_a_preset_can_be_measured() -> None:
    source = Prometheus(number)
    await measure(source, (CanaryMetric(name="p95", promql="preset:recorded/p95"),), TRACKS, T0)
    assert source.asked[0][0].startswith("service_track:http_request_duration_seconds:p95_rate1m{service=")


RATE = 'rps{s="{service}",t="{track}"}'


def counting(rate: Sample) -> Callable[[str, float], Sample]:
    """Numbers, and this rate of the canary's requests; stable has ten a second."""

    def answer(promql: str, at: float) -> Sample:
        if not promql.startswith("rps"):
            return number(promql, at)
        return rate if '"canary"' in promql else Sample(at=at, value=10.0)

    return answer


async def test_the_requests_of_each_side_are_counted_beside_its_samples() -> None:
    source = Prometheus(counting(Sample(at=T0, value=2.5)))
    measured = await measure(source, (ERRORS, P95), TRACKS, T0, RATE)
    assert [(one.canary.rate, one.baseline.rate) for one in measured] == [(2.5, 10), (2.5, 10)]
    assert [(one.canary.value, one.baseline.value) for one in measured] == [(0.4, 0.2), (4, 2)]
    assert len(source.asked) == 6


async def test_a_side_without_a_request_is_a_gap_whatever_else_it_answers() -> None:
    """A recorded ratio of nothing is often told as 0."""
    source = Prometheus(counting(Sample(at=T0, value=0.0)))
    (only,) = await measure(source, (ERRORS,), TRACKS, T0, RATE)
    assert only.canary == Sample(at=T0, state="no-traffic", message="no requests", rate=0.0)
    assert only.baseline.state == "ok"


async def test_a_rate_that_is_not_known_changes_no_sample() -> None:
    source = Prometheus(counting(Sample(at=T0, state="no-data", message="no series")))
    (only,) = await measure(source, (ERRORS,), TRACKS, T0, RATE)
    assert only.canary == Sample(at=T0, value=0.4)
    silent = Prometheus(away)
    (gap,) = await measure(silent, (ERRORS,), TRACKS, T0, RATE)
    assert gap.canary.state == "unreachable"
    assert len(silent.asked) == 1
