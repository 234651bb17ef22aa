"""Usage beside what was asked for, and honest about what was not measured."""

from typing import Any

import pytest
from alfred_tui.cluster.live.pod_usage import join_usage
from alfred_tui.cluster.live.usage import node_usage
from alfred_tui.cluster.objects.partial import Node
from alfred_tui.cluster.objects.usage_objects import NodeMetrics, PodMetrics

from tests.unit.cluster.kube import make, pod

MI = 2**20


def measured(name: str, **containers: dict[str, str]) -> PodMetrics:
    listed = [{"name": one, "usage": usage} for one, usage in containers.items()]
    return make(PodMetrics, name=name, containers=listed)


def test_a_pods_usage_stands_beside_its_requests_and_limits() -> None:
    resources = {"requests": {"cpu": "500m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}}
    known = pod("a", spec={"containers": [{"name": "c", "resources": resources}, {"name": "side"}]})
    used = measured("a", c={"cpu": "120m", "memory": "230Mi"}, side={"cpu": "1500000n", "memory": "1024Ki"})
    (row,) = join_usage([known], [used])
    assert row.cpu == pytest.approx(121.5)
    assert row.memory == 231 * MI
    first, side = row.containers
    assert (first.cpu_request, first.cpu_limit) == (500, 1000)
    assert (first.memory_request, first.memory_limit) == (128 * MI, 512 * MI)
    assert (side.cpu_limit, side.memory_limit) == (0, 0)


def test_a_sidecars_usage_stands_beside_its_own_limits() -> None:
    proxy = {"name": "proxy", "restartPolicy": "Always", "resources": {"limits": {"memory": "64Mi"}}}
    (row,) = join_usage(
        [pod("bot", spec={"initContainers": [proxy]})], [measured("bot", proxy={"memory": "8Mi"})]
    )
    assert [(one.name, one.memory_limit) for one in row.containers] == [("proxy", 64 * 2**20)]


def test_a_pod_that_was_not_measured_has_no_row() -> None:
    assert join_usage([pod("a")], []) == ()


def test_a_pod_that_is_not_known_yet_is_told_without_limits() -> None:
    (row,) = join_usage([], [measured("a", c={"cpu": "1", "memory": "1"})])
    assert (row.cpu, row.containers[0].cpu_limit) == (1000, 0)


def node(ready: str = "True", **status: Any) -> Node:
    conditions = [{"type": "Ready", "status": ready}]
    return make(Node, name="n", status={"conditions": conditions, **status})


USED = make(NodeMetrics, name="n", usage={"cpu": "250m", "memory": "1Gi"})


def test_a_nodes_usage_stands_beside_what_it_can_give() -> None:
    given = node(allocatable={"cpu": "3800m", "memory": "7Gi"}, capacity={"cpu": "4", "memory": "8Gi"})
    (row,) = node_usage([given], [USED])
    assert (row.cpu, row.cpu_capacity, row.memory_capacity, row.ready) == (250, 3800, 7 * 2**30, True)


def test_a_node_without_allocatable_is_told_by_its_capacity() -> None:
    assert node_usage([node(capacity={"cpu": "4"})], [USED])[0].cpu_capacity == 4000


@pytest.mark.parametrize(
    ("nodes", "ready"), [([node("False")], False), ([node("Unknown")], False), ([], True)]
)
def test_a_node_that_is_not_ready_is_told(nodes: list[Node], ready: bool) -> None:
    assert node_usage(nodes, [USED])[0].ready is ready
