"""Usage against limits: a pod that nobody measured is not taken as within them."""

from typing import Any, cast

import pytest
from alfred_tui.actions import cluster_checks
from alfred_tui.actions.context import StepContext
from alfred_tui.cluster.resources import PODS
from alfred_tui.domain.actions import Usage
from alfred_tui.domain.checklist import Step
from alfred_tui.domain.workloads import ContainerUsage, PodUsage

from tests.unit.cluster.kube import pod


class _Context:
    """As much of a step's context as the check looks at."""

    step = Step(id="a", title="A", action=Usage(services=("shop",), resource="cpu"))

    async def connection(self) -> object:
        return object()

    def namespace(self) -> str:
        return "default"


async def test_a_pod_without_a_measurement_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [pod("shop-1"), pod("shop-2")]
    container = ContainerUsage(name="c", cpu=10, memory=10, cpu_limit=100, memory_limit=100)
    measured = [PodUsage(namespace="default", name="shop-1", cpu=10, memory=10, containers=(container,))]

    async def listed(connection: object, resource: object, namespace: str) -> list[Any]:
        return some if resource is PODS else []

    async def pods_of(connection: object, namespace: str, service: str) -> tuple[list[Any], str]:
        return some, "its selector"

    monkeypatch.setattr(cluster_checks, "list_all", listed)
    monkeypatch.setattr(cluster_checks, "pods_of", pods_of)
    monkeypatch.setattr(cluster_checks, "join_usage", lambda pods, usage: measured)
    done = await cluster_checks.usage(cast("StepContext", _Context()))
    assert done.status == "inconclusive"
    assert "no usage is reported for shop-2" in done.reason
