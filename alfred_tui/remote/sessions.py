"""Scripts on a far host, each in a session of its own; the connection is made again when it breaks."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from alfred_tui.domain.document.checklist import Host
from alfred_tui.domain.errors import CockpitError, NotAnswered
from alfred_tui.remote.connection import HostKeyRefused, NotMet, Timing, connect, library
from alfred_tui.remote.scripts import MAGIC

if TYPE_CHECKING:
    import asyncssh

_FOLLOWING = 8
"""Sessions that follow commands. With those that ask and act they stay below sshd's 10 (MaxSessions)."""
_ASKING = 1
_OPENED_AGAIN = (0.1, 0.2, 0.4, 0.8, 1.5)
"""Seconds between attempts to open a session where the server has as many as it allows: one may be ending."""
_NOISE = 1 << 16
"""Bytes that a login may print before a script's first words."""
_SAID = 200
"""Letters of its last line that are told."""

OnState = Callable[[str, str], None]
"""Told `connected`, or `reconnecting` and why, for the host."""


class Disconnected(Exception):
    """The session ended before its script did: what happens on the far side is not known."""

    def __str__(self) -> str:
        return super().__str__() or "the connection was lost"


class Answer:
    """What a script prints, as it comes."""

    def __init__(self, process: "asyncssh.SSHClientProcess[bytes]") -> None:
        self._process = process

    async def line(self) -> str:
        """The next line without its end. Raises Disconnected when there is none."""
        with _as_disconnected():
            data = await self._process.stdout.readline()
        if not data.endswith(b"\n"):
            raise Disconnected
        return data[:-1].decode("utf-8", "replace")

    async def some(self, most: int) -> bytes:
        """Up to `most` bytes, at least one. Raises Disconnected when there are none."""
        with _as_disconnected():
            data = await self._process.stdout.read(most)
        if not data:
            raise Disconnected
        return data

    async def begun(self, told: str) -> None:
        """Passes over what the login printed. Raises NotAnswered when no POSIX shell answers."""
        noise = b""
        with _as_disconnected():
            while len(noise) < _NOISE and (line := await self._process.stdout.readline()):
                if line == MAGIC:
                    return
                noise += line
            if len(noise) < _NOISE:
                await self._process.wait_closed()
        if len(noise) < _NOISE and (self._process.exit_status is None or self._process.exit_signal):
            raise Disconnected("its shell was ended")
        said = last_words(noise)
        raise NotAnswered(
            f"On {told} no POSIX shell took the cockpit's script (it said {said!r}).",
            hint="The login must be able to run `sh`, without a forced command.",
        )


def last_words(noise: bytes) -> str:
    """The last line of what a login printed, cut between two words: of a secret that stands in it no part may
    be left by which it is not known any more."""
    said = noise.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return said if len(said) <= _SAID else said[: _SAID + 1].rpartition(" ")[0] + " …"


@contextmanager
def _as_disconnected() -> Iterator[None]:
    import asyncssh

    try:
        yield
    except (OSError, asyncssh.Error, asyncio.IncompleteReadError) as error:
        raise Disconnected(_in_words(error)) from error


def _in_short(error: Exception) -> str:
    """For who knows of which host we speak."""
    if isinstance(error, NotMet):
        return error.why
    return error.message.rstrip(".") if isinstance(error, CockpitError) else str(error)


def _in_words(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    said = str(error)
    if "keepalive" in said:
        return "it does not answer any more"
    return "" if said == "Connection lost" else said


class Sessions:
    """Sessions on one host. The connection is made when it is needed, and shared."""

    def __init__(self, name: str, host: Host, timing: Timing, on_state: OnState) -> None:
        self.told = f"{name} ({host.host})"
        self._name, self._host, self._timing, self._on_state = name, host, timing, on_state
        self._connection: asyncssh.SSHClientConnection | None = None
        self._untold = False
        self._connecting = asyncio.Lock()
        self._following = asyncio.Semaphore(_FOLLOWING)
        self._asking = asyncio.Semaphore(_ASKING)

    async def ask(self, script: bytes) -> str:
        """The line that a short script answers."""
        async with self._asking, self._session(script) as answer:
            return await answer.line()

    @asynccontextmanager
    async def follow(self, script: bytes) -> AsyncIterator[Answer]:
        """A session for a script that goes on for long."""
        async with self._following, self._session(script) as answer:
            yield answer

    async def connection(self) -> "asyncssh.SSHClientConnection":
        """The connection as it is, or a new one. Raises what `connect` raises."""
        async with self._connecting:
            if self._connection is None or self._connection.is_closed():
                self._connection = await connect(self._name, self._host, self._timing)
                self._untold = True
            if self._untold:
                self._untold = False
                self._on_state("connected", "")
            return self._connection

    async def patiently(self, lost: Exception) -> None:
        """Connects again, however long it takes, and whatever has to be put right for it meanwhile.

        Raises HostKeyRefused: what answers is not the host that it was.
        """
        pause, why = 0.5, _in_short(lost)
        while True:
            self._untold = True
            self._on_state("reconnecting", why)
            await asyncio.sleep(pause)
            try:
                await self.connection()
            except HostKeyRefused:
                raise
            except CockpitError as error:
                why = _in_short(error)
            else:
                return
            pause = min(self._timing.longest_pause, pause * 2)

    async def close(self) -> None:
        """Closes the connection; commands go on."""
        connection, self._connection = self._connection, None
        if connection:
            connection.close()
            await connection.wait_closed()

    @asynccontextmanager
    async def _session(self, script: bytes) -> AsyncIterator[Answer]:
        connection = await self.connection()
        process = await self._opened(connection)
        try:
            with _as_disconnected():
                process.stdin.write(script)
                process.stdin.write_eof()
            answer = Answer(process)
            await answer.begun(self.told)
            yield answer
        finally:
            process.close()

    async def _opened(self, connection: "asyncssh.SSHClientConnection") -> "asyncssh.SSHClientProcess[bytes]":
        """A shell in a session of its own. Raises NotAnswered where the server opens none."""
        asyncssh = await library()
        for pause in (*_OPENED_AGAIN, 0.0):
            try:
                with _as_disconnected():
                    return await connection.create_process(
                        "exec sh -s", encoding=None, stderr=asyncssh.DEVNULL, request_pty=False
                    )
            except Disconnected as refused:
                if connection.is_closed() or not isinstance(refused.__cause__, asyncssh.ChannelOpenError):
                    raise
                why = str(refused)
                await asyncio.sleep(pause)
        raise NotAnswered(
            f"{self.told} lets us log in, but opens no session ({why}).",
            hint="See MaxSessions in its sshd_config, and whether the account may run commands there.",
        )
