"""A tiny API server on loopback whose every answer the test decides: for what a real one does only when
something breaks."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.credentials import Credentials, StaticCredentials
from alfred_tui.cluster.access.kubeconfig import Access, Entry
from alfred_tui.domain.cluster.workloads import Target

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serve(handler: Handler) -> AsyncIterator[str]:
    """The URL of a server that answers everything with `handler`."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def access_to(url: str, **cluster: str) -> Access:
    """What a kubeconfig would say of that server."""
    none = Path()
    return Access(
        "test", "default", Entry("c", {"server": url, **cluster}, none), Entry("u", {}, none), ("config",)
    )


@asynccontextmanager
async def connected(url: str, credentials: Credentials | None = None) -> AsyncIterator[Connection]:
    """A connection to that server."""
    target = Target(context="test", namespace="default", server=url)
    connection = Connection(target, access_to(url), credentials or StaticCredentials())
    try:
        yield connection
    finally:
        await connection.close()


def status(code: int, reason: str, message: str, **more: object) -> web.Response:
    """A refusal as the API server words it."""
    body = {"kind": "Status", "status": "Failure", "message": message, "reason": reason, "code": code, **more}
    return web.json_response(body, status=code)
