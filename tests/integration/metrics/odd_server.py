"""A server on loopback that answers whatever a test wants, with Prometheus' paths."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def data(result: Any, kind: str = "vector", **more: Any) -> Answer:
    """A successful answer to a query."""
    return document({"status": "success", "data": {"resultType": kind, "result": result}, **more})


def document(body: Any, status: int = 200, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(body, status=status, headers=headers)

    return answer


def refusal(status: int, kind: str, text: str) -> Answer:
    """Prometheus' own form of an error."""
    return document({"status": "error", "errorType": kind, "error": text}, status)


def page(status: int = 200, text: str = "<html><body>Sign in</body></html>") -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text, content_type="text/html")

    return answer


def ready(**headers: str) -> Answer:
    """What a Prometheus that is ready says of itself."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="Prometheus Server is Ready.\n", headers=headers)

    return answer


async def hang(_: web.Request) -> web.StreamResponse:
    """Says nothing until the client leaves."""
    await asyncio.sleep(30)
    raise AssertionError("nobody waits so long")


async def trickle(request: web.Request) -> web.StreamResponse:
    """Sends a byte now and then, and never all."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _ in range(100):
        await response.write(b" ")
        await asyncio.sleep(0.1)
    return response


class Odd:
    """The server: `answer` is given to every request, which are counted and remembered."""

    def __init__(self) -> None:
        self.answer: Answer = data([])
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path, dict(request.query)))
        return await self.answer(request)


@asynccontextmanager
async def odd_server(context: ssl.SSLContext | None = None) -> AsyncIterator[Odd]:
    """On https with a context."""
    odd = Odd()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", odd.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    odd.url = f"http{'s' if context else ''}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield odd
    finally:
        await runner.cleanup()
