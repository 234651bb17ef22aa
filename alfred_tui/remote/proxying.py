"""`ProxyCommand`: the way to a server as a program's input and output.

Run as ssh(1) runs it, by the user's shell. What it says on standard error is no part of the connection.
"""

import asyncio
import os
import signal
import socket
from contextlib import suppress

_KEPT = 4096
_DYING = 1.0
"""Seconds within which one that was left alone is to end."""


class ProxyProcess:
    """A running ProxyCommand and our end of it."""

    def __init__(self, process: asyncio.subprocess.Process, ours: socket.socket) -> None:
        self.socket = ours
        self._process = process
        self._said = b""
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def started(cls, command: str) -> "ProxyProcess":
        """Raises OSError when there is no shell to start it."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                os.environ.get("SHELL") or "/bin/sh", "-c", f"exec {command}",
                stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )  # fmt: skip
        ours.setblocking(False)
        return cls(process, ours)

    async def ended(self) -> str:
        """Ends it, and returns the last line that it has said on standard error."""
        with suppress(OSError):
            self.socket.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_DYING):
                await asyncio.shield(self._listening)
        await self._kill()
        lines = self._said.decode("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def close(self) -> None:
        """Ends it, since the connection through it has ended."""
        with suppress(OSError):
            self.socket.close()
        self._signal(signal.SIGTERM)

    async def wait_closed(self) -> None:
        """Until it has ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_DYING):
                await self._process.wait()
        await self._kill()

    async def _kill(self) -> None:
        self._signal(signal.SIGKILL)
        await self._process.wait()

    def _signal(self, number: int) -> None:
        """To it and what it has started. Through asyncio it could be reaped behind the loop's back."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    async def _listen(self) -> None:
        assert self._process.stderr
        while data := await self._process.stderr.read(_KEPT):
            self._said = (self._said + data)[-_KEPT:]
