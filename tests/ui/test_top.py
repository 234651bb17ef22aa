"""The panel of usage: bounds, histories, what is near its limit, and why there is nothing."""

import msgspec
import pytest
from alfred_tui.domain.cluster.workloads import ClusterView, ContainerUsage, Freshness, NodeUsage, PodUsage

from tests.ui.fakes import CLUSTER, NOON, USED, FakeCluster
from tests.ui.seat import seat


def shown(**changes: object) -> FakeCluster:
    return FakeCluster(msgspec.structs.replace(CLUSTER, **changes))


async def test_nodes_and_pods_stand_against_what_they_may_use_with_their_last_minutes() -> None:
    async with seat(cluster=shown(), size=(200, 60)) as lead:
        await lead.sees("TOP 2 nodes · 1 pod", "■ node-2", "52.0Gi/64.0Gi", "96%")
        line = lead.line("230Mi/256Mi")
        assert "24%" in line
        assert "90%" in line
        assert any(mark in line for mark in "▂▃▄▅▆▇")


async def test_a_pod_without_limits_says_so() -> None:
    free = PodUsage(namespace="shop", name="free-1", cpu=7, memory=1 << 20, containers=())
    async with seat(cluster=shown(heaviest=(free,), usage=(free,)), size=(200, 60)) as lead:
        await lead.sees("free-1")
        assert lead.line("free-1").count("no limit") == 2


@pytest.mark.parametrize(("size", "keys"), [((80, 24), "2\t\tz"), ((120, 40), ""), ((200, 60), "")])
async def test_a_container_near_its_limit_stands_under_the_pod_whose_sums_hide_it(
    size: tuple[int, int], keys: str
) -> None:
    app = ContainerUsage(name="app", cpu=120, memory=1 << 20, cpu_limit=1000, memory_limit=1 << 30)
    proxy = ContainerUsage(name="proxy", cpu=98, memory=1 << 20, cpu_limit=100, memory_limit=128 << 20)
    both = PodUsage(namespace="shop", name="shop-1", cpu=218, memory=2 << 20, containers=(app, proxy))
    async with seat(cluster=shown(heaviest=(both,), usage=(both,)), size=size) as lead:
        await lead.press(*("tab" if key == "\t" else key for key in keys))
        await lead.sees("› proxy of s")
        assert "20%" in lead.line("shop-1  ")
        assert "98%" in lead.line("› proxy of s")
        assert lead.text.index("shop-1  ") < lead.text.index("› proxy of s")


async def test_pods_of_several_namespaces_say_which() -> None:
    one = PodUsage(namespace="shop", name="db-0", cpu=7, memory=1 << 20, containers=())
    two = msgspec.structs.replace(one, namespace="test")
    cluster = shown(heaviest=(one, two), usage=(one, two))
    async with seat(cluster=cluster, size=(200, 60)) as lead:
        await lead.sees("shop/db-0", "test/db-0", "■ node-2")
        cluster.change(heaviest=(one,), usage=(one,))
        await lead.sees_no("shop/db-0")


async def test_a_node_that_is_not_ready_is_told_in_words() -> None:
    lost = NodeUsage(name="n", cpu=1, memory=1, cpu_capacity=2, memory_capacity=2, ready=False)
    async with seat(cluster=shown(nodes=(lost,)), size=(200, 60)) as lead:
        await lead.sees("✘ n ")
        assert "not ready" in lead.line("✘ n ")


async def test_an_absent_and_a_late_metrics_api_are_told_apart_and_since_when() -> None:
    absent = Freshness(connection="absent", since=NOON - 60, message="This cluster has no metrics API.")
    nothing: dict[str, object] = {"nodes": (), "usage": (), "heaviest": ()}
    async with seat(cluster=shown(usage_freshness=absent, **nothing), size=(200, 60)) as lead:
        await lead.sees("○ absent for 1:00", "! This cluster has no metrics API.")
    late = Freshness(connection="stale", since=NOON - 60, heard_at=NOON - 180, message="Measured 3m ago.")
    async with seat(cluster=shown(usage_freshness=late), size=(200, 60)) as lead:
        await lead.sees("◐ stale for 1:00, data is 3:00 old", "! Measured 3m ago.")


async def test_usage_that_moves_is_drawn_again() -> None:
    cluster = shown()
    async with seat(cluster=cluster, size=(200, 60)) as lead:
        await lead.sees(" 24%")
        cluster.change(heaviest=(msgspec.structs.replace(USED, cpu=480),))
        await lead.sees("…-2x8kq", " 96%")
    assert isinstance(cluster.view(), ClusterView)
