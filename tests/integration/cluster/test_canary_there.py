"""A canary counts as gone by the server's own word alone."""

from typing import Any

import pytest
from aiohttp import web
from alfred_tui.cluster.access.errors import ClusterError
from alfred_tui.cluster.checks.canary_there import all_gone

from tests.integration.cluster import api


def deployment(replicas: int, pods: int) -> dict[str, Any]:
    return {
        "metadata": {"name": "bot-canary", "namespace": "default", "uid": "u", "resourceVersion": "1"},
        "spec": {"replicas": replicas, "selector": {}, "template": {}},
        "status": {"replicas": pods},
    }


async def says(found: dict[str, Any] | None, code: int = 404) -> bool:
    async def answer(request: web.Request) -> web.StreamResponse:
        if found is None:
            return api.status(code, "NotFound" if code == 404 else "Forbidden", "no")
        return web.json_response(found)

    async with api.serve(answer) as url, api.connected(url) as connection:
        return await all_gone(connection, "default", ("bot-canary",))


async def test_what_is_absent_or_scaled_to_nothing_is_gone() -> None:
    assert await says(None)
    assert await says(deployment(0, 0))


async def test_what_has_pods_or_is_to_have_some_is_not() -> None:
    assert not await says(deployment(1, 0))
    assert not await says(deployment(0, 1))


async def test_a_server_that_refuses_says_nothing() -> None:
    with pytest.raises(ClusterError):
        await says(None, 403)
