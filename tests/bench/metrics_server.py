"""A Prometheus that has one answer, in a process of its own so that it costs the measured one nothing.

Prints its URL and serves until it is ended.
"""

import asyncio
import time

from aiohttp import web

_ANSWER = '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[%.3f,"0.01"]}]}}'


async def _answer(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text=_ANSWER % time.time(), content_type="application/json")


async def main() -> None:
    """Serves on a free port of the loopback."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", _answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
