"""What a step reads is as new as the moment it asks, and is what the panels show."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from alfred_tui.actions import cluster_checks, network_checks, usage
from alfred_tui.actions.context import StepContext
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.live import consistent_reads
from alfred_tui.cluster.live.consistent_reads import ConsistentReads
from alfred_tui.cluster.live.live_cluster import LiveCluster
from alfred_tui.cluster.objects.partial import Selector
from alfred_tui.cluster.objects.resources import DEPLOYMENTS, PODS
from alfred_tui.cluster.store.watch import Timing
from alfred_tui.demo.kube.rights import Rule
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Step

from tests.integration.cluster.accounts import account
from tests.integration.cluster.lab import Lab, lab, seen, settled
from tests.integration.cluster.test_services import a_pod, a_service

BOT = Selector(match_labels={"app": "alfred-bot"})


class Held:
    """A connection whose watches are cut off while `held`: what they would tell does not come."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.held = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def stream(self, path: str, *args: Any, **more: Any) -> Any:
        async for lines in self._connection.stream(path, *args, **more):
            while self.held:
                await asyncio.sleep(0.01)
            yield lines


async def names(reads: ConsistentReads, **labels: str) -> set[str]:
    return {pod.metadata.name for pod in await reads.pods(Selector(match_labels=labels))}


async def test_what_is_read_are_the_stores_own_objects_as_of_the_question(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        reads = ConsistentReads(connection, "default", live)
        for number in range(20):
            a_pod(cluster.store, f"late-{number}", app="late")
            assert await names(reads, app="late") == {f"late-{n}" for n in range(number + 1)}
        for pod in await reads.pods(BOT):
            assert pod is live.pod("default", pod.metadata.name)
        deployment = await reads.named(DEPLOYMENTS, "alfred-bot")
        assert deployment is not None
        found = live.workload("Deployment", "default", "alfred-bot")
        assert found is not None
        assert found[0] is deployment
        assert await reads.named(DEPLOYMENTS, "nope") is None
        assert reads.told() == ()


async def test_a_picture_that_is_behind_is_waited_for(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        held = Held(connection)
        async with cluster.live(cast("Connection", held)) as live:
            await seen(live, settled, "the platform")
            held.held = True
            a_pod(cluster.store, "late", app="late")
            reads = ConsistentReads(connection, "default", live)
            reading = asyncio.create_task(names(reads, app="late"))
            await asyncio.sleep(0.5)
            assert not reading.done()
            assert live.row("default", "late") is None
            held.held = False
            assert await asyncio.wait_for(reading, 20) == {"late"}
            assert live.row("default", "late") is not None
            assert reads.told() == ()


async def test_a_picture_that_stays_behind_is_told_and_the_servers_answer_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consistent_reads, "WITHIN", 0.3)
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        held = Held(connection)
        async with cluster.live(cast("Connection", held)) as live:
            await seen(live, settled, "the platform")
            held.held = True
            a_pod(cluster.store, "late", app="late")
            reads = ConsistentReads(connection, "default", live)
            assert await names(reads, app="late") == {"late"}
            (told,) = reads.told()
            assert told.label == "live picture"
            assert "the server's own answer, and a panel may show an older one" in told.value


async def test_where_only_lists_are_allowed_the_servers_answer_counts_at_once(tmp_path: Path) -> None:
    lists = account(Rule(("list", "get"), ("", "apps"), ("*",), "default"))
    async with lab(tmp_path) as cluster, cluster.connected(cluster.server.issue(lists)) as connection:
        live = LiveCluster(connection, now=cluster.clock.now, timing=Timing(poll=600))
        await live.start()
        try:
            await seen(live, lambda v: v.pods_freshness.every > 0, "the first list")
            a_pod(cluster.store, "late", app="late")
            reads = ConsistentReads(connection, "default", live)
            assert await names(reads, app="late") == {"late"}
            assert reads.told() == ()
            watch = live.watch_of(PODS, "default")
            assert watch is not None
            assert ("default", "late") not in watch.store.objects
        finally:
            await live.stop()


def context(cluster: Lab, connection: Connection, live: LiveCluster, action: a.AnyAction) -> StepContext:
    """As much of a step's context as a check looks at."""

    class Context:
        step = Step(id="s", title="s", action=action)
        clock = cluster.clock

        async def reads(self) -> ConsistentReads:
            return ConsistentReads(connection, "default", live)

        def state(self) -> Any:
            return type("State", (), {"began_at": 0.0})()

    return cast("StepContext", Context())


async def test_endpoints_that_are_missing_are_explained_in_the_panels_words(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        a_service(cluster.store, "cart", app="cart")
        a_service(cluster.store, "bot-http", app="alfred-bot")
        step = context(cluster, connection, live, a.Endpoints(services=("cart", "nope")))
        outcome = await network_checks.endpoints(step)
        assert outcome.status == "failed"
        assert [one.value for one in outcome.evidence] == [
            "there is no Service of that name, and none that selects the pods of a workload of that name",
            "has no ready endpoint: it selects no pods",
        ]
        a_pod(cluster.store, "cart-1", app="cart")
        outcome = await network_checks.endpoints(
            context(cluster, connection, live, a.Endpoints(services=("cart",)))
        )
        row = live.row("default", "cart-1")
    assert row is not None
    assert f"has no ready endpoint: 1 of 1 pods are not ready: cart-1 is {row.status}" in outcome.reason


async def test_usage_is_the_measurement_that_the_panel_shows_from_then_on(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        live = LiveCluster(connection, now=cluster.clock.now, usage_interval=3600)
        await live.start()
        try:
            before = await seen(live, lambda v: settled(v) and bool(v.usage), "usage")
            step = context(cluster, connection, live, a.Usage(services=("alfred-bot",), resource="memory"))
            outcome = await usage.usage(step)
            after = live.view()
        finally:
            await live.stop()
    assert outcome.status == "passed", outcome
    assert after.usage is not before.usage
    ours = [one for one in after.usage if one.name.startswith("alfred-bot")]
    highest = max(c.memory / c.memory_limit for one in ours for c in one.containers)
    assert f"highest {highest:.0%} of its limit" in outcome.evidence[0].value


async def test_pods_and_workloads_are_told_as_the_panels_count_them(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        services = ("alfred-bot", "mission-control")
        pods = await cluster_checks.pods(context(cluster, connection, live, a.Pods(services=services)))
        there = await cluster_checks.workloads(
            context(cluster, connection, live, a.Workloads(services=services))
        )
        rows = live.view().rollouts
    assert (pods.status, there.status) == ("passed", "passed")
    available = {one.name: one.available for one in rows}
    assert there.evidence[0].value.startswith(f"Deployment alfred-bot {available['alfred-bot']} available")
