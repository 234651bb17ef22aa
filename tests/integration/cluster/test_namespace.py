"""Whether the namespace that is meant is there: no, not to be known, or not to be asked."""

import pytest
from aiohttp import web
from alfred_tui.cluster.access.errors import Unreachable
from alfred_tui.cluster.store.reads import namespace_there
from alfred_tui.domain.errors import Usage

from tests.integration.cluster.api import connected, serve, status


async def test_one_that_is_there_needs_no_word() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.path == "/api/v1/namespaces/default"
        return web.json_response({"metadata": {"name": "default"}})

    async with serve(answer) as url, connected(url) as connection:
        assert await namespace_there(connection) == ""


async def test_one_that_is_not_there_is_refused() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return status(404, "NotFound", 'namespaces "default" not found')

    async with serve(answer) as url, connected(url) as connection:
        with pytest.raises(Usage, match="There is no namespace default in"):
            await namespace_there(connection)


async def test_one_that_may_not_be_read_is_said_to_be_unknown() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return status(403, "Forbidden", "namespaces is forbidden")

    async with serve(answer) as url, connected(url) as connection:
        assert "is not known" in await namespace_there(connection)


async def test_a_cluster_that_does_not_answer_is_another_matter() -> None:
    async with connected("http://127.0.0.1:9") as connection:
        with pytest.raises(Unreachable):
            await namespace_there(connection)
