"""Usage against limits: a pod that nobody measured is not taken as within them."""

from typing import Any, cast

import pytest
from alfred_tui.actions import usage
from alfred_tui.actions.context import StepContext
from alfred_tui.cluster.live.consistent_reads import ConsistentReads
from alfred_tui.cluster.live.usage import Measured
from alfred_tui.domain.cluster.workloads import ContainerUsage, Freshness, PodUsage
from alfred_tui.domain.document.actions import Usage
from alfred_tui.domain.document.checklist import Step

from tests.unit.cluster.kube import pod

CONTAINER = ContainerUsage(name="c", cpu=10, memory=10, cpu_limit=100, memory_limit=100)


def used(name: str, namespace: str = "default") -> PodUsage:
    return PodUsage(namespace=namespace, name=name, cpu=10, memory=10, containers=(CONTAINER,))


class _Live:
    """A live cluster that has measured."""

    def __init__(self, *rows: PodUsage, connection: str = "live", message: str = "") -> None:
        fresh = Freshness(connection=cast("Any", connection), since=0, message=message)
        self._measured = Measured(rows, fresh)

    async def measured(self, within: float) -> Measured:
        return self._measured


async def done(monkeypatch: pytest.MonkeyPatch, live: _Live) -> Any:
    class Context:
        """As much of a step's context as the check looks at."""

        step = Step(id="a", title="A", action=Usage(services=("shop",), resource="cpu"))

        async def reads(self) -> ConsistentReads:
            return ConsistentReads(cast("Any", object()), "default", cast("Any", live))

    async def pods_of(reads: object, service: str) -> tuple[list[Any], str]:
        return [pod("shop-1"), pod("shop-2")], "its selector"

    monkeypatch.setattr(usage, "pods_of", pods_of)
    return await usage.usage(cast("StepContext", Context()))


async def test_a_pod_without_a_measurement_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = await done(monkeypatch, _Live(used("shop-1"), used("shop-2", namespace="elsewhere")))
    assert outcome.status == "inconclusive"
    assert "no usage is reported for shop-2" in outcome.reason


async def test_a_measurement_that_is_old_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [used("shop-1"), used("shop-2")]
    assert (await done(monkeypatch, _Live(*rows))).status == "passed"
    outcome = await done(monkeypatch, _Live(*rows, connection="stale", message="It last measured 9m ago."))
    assert (outcome.status, outcome.reason) == ("inconclusive", "It last measured 9m ago.")
