"""Canary and stable are measured at one moment, in the metric's unit, and a gap stays a gap."""

from collections.abc import Callable

from alfred_tui.domain.actions import CanaryMetric
from alfred_tui.domain.canary import Sample
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
