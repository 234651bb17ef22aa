"""Usage, asked again and again: absent, late and back, each in its words."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from alfred_tui.cluster.live.usage import LATE, UsagePoller

from tests.integration.cluster.api import Handler, connected, serve, status
from tests.integration.cluster.test_watch import until
from tests.unit.cluster.kube import pod

NOW = 1795396000.0


@asynccontextmanager
async def polling(
    handler: Handler, now: Callable[[], float] = lambda: NOW, namespaces: Sequence[str] = ("default",)
) -> AsyncIterator[UsagePoller]:
    async with serve(handler) as url, connected(url) as connection:
        poller = UsagePoller(
            connection,
            namespaces,
            now=now,
            known=lambda key: pod(key[1]),
            on_change=lambda: None,
            interval=0.01,
        )
        task = asyncio.create_task(poller.run())
        try:
            yield poller
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def measured(at: str) -> dict[str, Any]:
    metadata = {"name": "a", "namespace": "default"}
    return {"metadata": metadata, "timestamp": at, "containers": [{"name": "c", "usage": {"cpu": "1"}}]}


async def test_a_cluster_without_a_metrics_api_says_so_and_recovers() -> None:
    there = False

    async def answer(request: web.Request) -> web.StreamResponse:
        if not there:
            return status(404, "NotFound", "the server could not find the requested resource")
        return web.json_response({"items": [measured("2026-11-23T01:06:30Z")]})

    async with polling(answer) as poller:
        await until(lambda: poller.hearing.state.connection == "absent", "absent")
        assert "metrics-server is not installed" in poller.hearing.state.message
        there = True
        await until(lambda: poller.hearing.state.connection == "live", "live")
        assert [one.cpu for one in poller.pods] == [1000]
        assert poller.state().connection == "live"
        nodes = [one.name for one in poller.nodes([])]
        assert nodes
        there = False
        await until(lambda: poller.hearing.state.connection == "absent", "absent again")
        assert len(poller.pods) == 1
        assert [one.name for one in poller.nodes([])] == nodes


@pytest.mark.parametrize("turns", range(5))
async def test_it_ends_also_when_it_is_told_to_as_it_is_woken(turns: int) -> None:
    asked = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return status(404, "NotFound", "the server could not find the requested resource")

    async with serve(answer) as url, connected(url) as connection:
        poller = UsagePoller(
            connection, ("default",), now=lambda: NOW, known=lambda key: pod(key[1]), on_change=lambda: None,
            interval=60,
        )  # fmt: skip
        task = asyncio.create_task(poller.run())
        await until(lambda: asked >= 2 and poller.hearing.state.connection == "absent", "the first turn")
        await asyncio.sleep(0.01)
        poller.ask_again()
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        ended, _ = await asyncio.wait({task}, timeout=5)
        task.cancel()
    assert ended


async def test_an_old_measurement_is_told_with_its_age() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response({"items": [measured("2026-11-23T01:00:40Z")]})

    async with polling(answer) as poller:
        await until(lambda: bool(poller.pods), "a measurement")
        late = poller.state()
        assert late.connection == "stale"
        assert late.message == "The metrics API answers, but it last measured 6m ago."
        measured_at = NOW - 360
        assert (late.since, late.heard_at) == (measured_at + LATE, measured_at)


async def test_an_account_that_may_read_one_namespace_of_two_sees_that_ones_pods() -> None:
    refused = {"test"}

    async def answer(request: web.Request) -> web.StreamResponse:
        if any(f"/namespaces/{one}/" in request.path for one in refused):
            return status(403, "Forbidden", "pods.metrics.k8s.io is forbidden in test")
        return web.json_response({"items": [measured("2026-11-23T01:06:30Z")]})

    async with polling(answer, namespaces=("default", "test")) as poller:
        await until(lambda: bool(poller.pods), "the pods that may be read")
        assert poller.hearing.state.connection == "live"
        assert "forbidden in test" in str(poller.pods_problem)
        refused.add("default")
        await until(lambda: poller.hearing.state.connection == "forbidden", "none may be read")
        refused.clear()
        await until(lambda: poller.hearing.state.connection == "live" and not poller.pods_problem, "all")


async def test_an_account_that_may_not_read_nodes_still_sees_its_pods() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/nodes"):
            return status(403, "Forbidden", "nodes.metrics.k8s.io is forbidden")
        return web.json_response({"items": [measured("2026-11-23T01:06:30Z")]})

    async with polling(answer) as poller:
        await until(lambda: poller.hearing.state.connection == "live", "live")
        assert poller.nodes([]) == ()
        assert len(poller.pods) == 1
        assert "nodes.metrics.k8s.io is forbidden" in str(poller.nodes_problem)


async def test_an_account_that_may_not_read_pods_usage_still_sees_the_nodes() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/pods"):
            return status(403, "Forbidden", "pods.metrics.k8s.io is forbidden")
        return web.json_response({"items": [{"metadata": {"name": "n"}, "usage": {"cpu": "1"}}]})

    async with polling(answer) as poller:
        await until(lambda: poller.hearing.state.connection == "forbidden", "forbidden")
        assert [one.name for one in poller.nodes([])] == ["n"]
