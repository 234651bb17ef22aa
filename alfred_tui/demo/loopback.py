"""Plain HTTP on 127.0.0.1: how the demo's unencrypted servers listen and end."""

from aiohttp import web


class Loopback:
    """Serves one application on 127.0.0.1 from `start` until `stop`."""

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> str:
        """Listens (port 0: on a free one) and returns the base URL. OSError when the port is taken."""
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Ends the open connections; it may be called twice."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
