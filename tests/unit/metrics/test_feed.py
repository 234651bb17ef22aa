"""Sampling canary and stable on an even beat, with a clock that is set by hand."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from alfred_tui.domain.actions import CanaryMetric
from alfred_tui.domain.canary import Sample
from alfred_tui.domain.errors import Usage
from alfred_tui.metrics.feed import CanaryFeed, next_beat
from alfred_tui.metrics.measure import Tracks, measure

ERRORS = CanaryMetric(name="errors", promql='err{s="{service}",t="{track}"}', unit="%", scale=100)
P95 = CanaryMetric(name="p95", promql='p95{s="{service}",t="{track}"}', unit="ms", scale=1000)
TRACKS = Tracks(service="bot")
T0 = 1_700_000_010.0


class Clock:
    """Time passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.time = T0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds)
        await asyncio.sleep(0)


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


async def after(feed: CanaryFeed, beats: int) -> None:
    """Lets the feed sample so many times, then stops it."""
    done = asyncio.Event()
    count = 0

    def beat() -> None:
        nonlocal count
        count += 1
        if count == beats:
            done.set()

    unsubscribe = feed.subscribe(beat)
    feed.start()
    await asyncio.wait_for(done.wait(), 5)
    await feed.stop()
    unsubscribe()


def feed_of(source: Prometheus, clock: Clock, *metrics: CanaryMetric) -> CanaryFeed:
    return CanaryFeed(source, metrics or (ERRORS,), TRACKS, interval=15, now=clock.now, sleep=clock.sleep)


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


async def test_samples_fall_on_multiples_of_the_interval() -> None:
    feed = feed_of(Prometheus(number), Clock())
    await after(feed, 3)
    first = next_beat(T0, 15)
    assert [one.canary.at for one in feed.history("errors")] == [first, first + 15, first + 30]
    assert first % 15 == 0


async def test_the_history_is_two_hours_and_no_more() -> None:
    feed = feed_of(Prometheus(number), Clock())
    await after(feed, 500)
    assert len(feed.history("errors")) == 480


async def test_beats_that_a_slow_answer_missed_are_gaps() -> None:
    clock = Clock()

    def slow(promql: str, at: float) -> Sample:
        clock.time += 20  # two answers a beat: each round takes 40 s
        return number(promql, at)

    feed = feed_of(Prometheus(slow), clock)
    await after(feed, 2)
    states = [one.canary.state for one in feed.history("errors")]
    assert states == ["ok", "unreachable", "unreachable", "ok", "unreachable", "unreachable"]
    times = [one.canary.at for one in feed.history("errors")]
    assert [later - earlier for earlier, later in pairwise(times)] == [15] * 5


async def test_freshness_tells_live_from_unreachable_from_stale() -> None:
    clock = Clock()
    source = Prometheus(number)
    feed = feed_of(source, clock)

    def told() -> str:
        return feed.freshness.connection

    assert told() == "connecting"
    await after(feed, 2)
    heard = feed.freshness.heard_at
    assert told() == "live"
    assert heard == feed.history("errors")[-1].canary.at
    clock.time += 60
    assert told() == "stale"
    source.answer = away
    await after(feed, 2)
    assert told() == "unreachable"
    assert (feed.freshness.message, feed.freshness.heard_at) == ("refuses the connection", heard)
    source.answer = number
    await after(feed, 1)
    assert told() == "live"


async def test_it_starts_once_and_stops_keeping_what_it_has() -> None:
    feed = feed_of(Prometheus(number), Clock())
    await feed.stop()
    feed.start()
    feed.start()
    await after(feed, 2)
    await feed.stop()
    assert len(feed.history("errors")) == 2


async def test_a_query_that_cannot_be_filled_in_is_refused_at_once() -> None:
    wrong = CanaryMetric(name="x", promql="{service}_errors")
    with pytest.raises(Usage):
        CanaryFeed(
            Prometheus(number), (wrong,), Tracks(service="alfred-bot"), interval=15, now=Clock().now,
            sleep=Clock().sleep,
        )  # fmt: skip
