"""Whether Prometheus can be asked is known before the first bake, and says since when and what to do."""

from typing import cast

from alfred_tui.cli.prometheus_feed import PrometheusFeed
from alfred_tui.domain.cluster.workloads import Connection
from alfred_tui.metrics.source import MetricsSource, Readiness


class Source:
    """A Prometheus that answers as the test says."""

    connection: Connection = "live"

    async def ready(self) -> Readiness:
        told = "" if self.connection == "live" else "Prometheus at p:9090 does not answer"
        return Readiness(connection=self.connection, message=told)


class Clock:
    at = 100.0

    def __call__(self) -> float:
        return self.at


async def test_it_says_since_when_it_is_away_and_what_to_do() -> None:
    source, clock = Source(), Clock()
    feed = PrometheusFeed(cast("MetricsSource", source), "http://p:9090", clock)
    assert feed.freshness().connection == "connecting"
    source.connection = "unreachable"
    await feed.look()
    clock.at = 140.0
    await feed.look()
    state = feed.freshness()
    assert (state.connection, state.since, state.heard_at) == ("unreachable", 100.0, 0.0)
    assert state.message.startswith("Prometheus at p:9090 does not answer. ")
    assert "--prometheus" in state.message
    source.connection = "live"
    await feed.look()
    assert (feed.freshness().connection, feed.freshness().message) == ("live", "")


async def test_one_that_went_away_was_last_heard_when_it_was() -> None:
    source, clock = Source(), Clock()
    feed = PrometheusFeed(cast("MetricsSource", source), "http://p:9090", clock)
    await feed.look()
    source.connection, clock.at = "unreachable", 130.0
    await feed.look()
    assert (feed.freshness().since, feed.freshness().heard_at) == (130.0, 100.0)


async def test_without_one_it_says_so_and_never_looks() -> None:
    feed = PrometheusFeed(None, "", Clock())
    await feed.watch()
    assert feed.freshness().connection == "not-configured"
    assert "--prometheus URL" in feed.freshness().message
