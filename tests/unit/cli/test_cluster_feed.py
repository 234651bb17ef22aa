"""The panels' cluster is connected behind the screen, as often as it takes, and says why it is not there."""

from typing import Any

import pytest
from alfred_tui.cli.feeds import ClusterFeed
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.errors import CockpitError

TARGET = Target(context="c", namespace="n", server="https://s")


class Live:
    """A live cluster that is there."""

    def subscribe(self, listener: Any) -> None:
        del listener

    def view(self) -> str:
        return "live"


class Shared:
    """Fails as often as it is told to."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)

    async def __call__(self) -> Live:
        if self.troubles:
            raise self.troubles.pop(0)
        return Live()


def feed_of(shared: Shared, told: list[tuple[str, str]]) -> tuple[ClusterFeed, list[float]]:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        state = feed.view().pods_freshness
        told.append((state.connection, state.message))

    feed = ClusterFeed(TARGET, shared, lambda: 1.0, sleep=sleep)  # type: ignore[arg-type]
    return feed, waited


async def test_a_cluster_that_cannot_be_connected_is_told_and_tried_again() -> None:
    told: list[tuple[str, str]] = []
    feed, waited = feed_of(Shared(*[CockpitError("The plugin failed.")] * 6), told)
    await feed.open()
    assert feed.view() == "live"  # type: ignore[comparison-overlap]
    assert waited == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    assert set(told) == {("unreachable", "The plugin failed.")}


async def test_a_defect_while_connecting_is_told_and_not_lost() -> None:
    told: list[tuple[str, str]] = []
    feed, _ = feed_of(Shared(KeyError("x")), told)
    await feed.open()
    assert "KeyError" in told[0][1]


async def test_acts_on_a_cluster_that_is_not_there_say_why() -> None:
    feed = ClusterFeed(None, None, lambda: 1.0)
    with pytest.raises(CockpitError, match="No kubeconfig was found"):
        await feed.history("Deployment", "n", "x")
    feed = ClusterFeed(None, None, lambda: 1.0, no_target="The kubeconfig k is not valid YAML.")
    assert feed.view().pods_freshness.message == "The kubeconfig k is not valid YAML."
