"""The panels' cluster is connected behind the screen, as often as it takes, and says why it is not there."""

from pathlib import Path
from typing import Any

import pytest
from alfred_tui.actions.clock import Clock
from alfred_tui.actions.context import Equipment
from alfred_tui.cli.feeds import ClusterFeed, rehearsals
from alfred_tui.cluster.access.errors import Broken, ClusterError, Expired, Throttled, Unreachable
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.domain.errors import CockpitError, NotAnswered
from alfred_tui.domain.run.events import Entry, RunStarted
from alfred_tui.domain.run.folding import begin

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
    assert set(told) == {("error", "The plugin failed. It is tried again with growing pauses.")}


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (Unreachable("No answer."), "unreachable"),
        (Expired("Refused."), "expired"),
        (Throttled("The server answered 429."), "throttled"),
        (Broken("The server answered 503."), "error"),
    ],
)
async def test_only_a_server_that_does_not_answer_is_unreachable(error: ClusterError, word: str) -> None:
    told: list[tuple[str, str]] = []
    feed, _ = feed_of(Shared(error), told)
    await feed.open()
    assert told[0][0] == word


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


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NotAnswered("The API server did not answer.", temporary=True), None),
        (
            CockpitError("This account, with s3cr3t, may not patch."),
            "This account, with ‹TOKEN›, may not patch.",
        ),
    ],
)
async def test_a_rehearsal_without_an_answer_is_no_refusal(error: CockpitError, told: str | None) -> None:
    async def connect() -> Any:
        raise error

    equipment = Equipment(clock=Clock(), workdir=Path(), environ={}, target=TARGET, connect=connect)
    start = RunStarted(run="r", title="t", digest="", lead="ann", host="h")
    state = begin(Checklist(title="t", phases=()), Entry(seq=1, at=1.0, event=start))
    rehearse = rehearsals(lambda: state, equipment, {"TOKEN": "s3cr3t"})
    assert await rehearse("bot", 3) == told
