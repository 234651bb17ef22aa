"""A command on a far host: followed into files here, through as many connections as it takes."""

import asyncio
from contextlib import suppress
from typing import Protocol

from alfred_tui.domain.command import Result
from alfred_tui.domain.errors import CockpitError, NotAnswered
from alfred_tui.remote import scripts
from alfred_tui.remote.sessions import Answer, Disconnected, Sessions

_STREAMS = {"out": 1, "err": 2}
_CHUNK = 1 << 18
_FORGETTING = 5.0
"""Seconds that a result waits for the far output's removal."""
_TRIES = 5
"""Connections on which a short question may break before it is given up."""


class Sink(Protocol):
    """Where the output goes on this side; it remembers how far it has come, through crashes, too."""

    @property
    def wanted(self) -> tuple[int, int]:
        """The bytes of standard output and standard error from which `take` goes on."""

    def take(self, stream: int, data: bytes) -> None:
        """The next bytes of a stream (1 standard output, 2 standard error)."""

    def quiet(self) -> None:
        """Nothing has come for a moment."""

    def finish(self, result: Result) -> Result:
        """All has come, and this is how it ended. The result is on disk when this returns."""


class RemoteRunning:
    """A command that runs, or has run, on a far host. Dropping it changes nothing for the command."""

    def __init__(self, sessions: Sessions, name: str, sink: Sink) -> None:
        self._sessions = sessions
        self._name = name
        self._sink = sink
        self._turn = asyncio.Lock()
        self._result: Result | None = None
        self._still_runs = False

    async def wait(self) -> Result:
        """Copies what it prints as it comes, and returns how it ended.

        A lost connection is made again for as long as this is awaited. `interrupted`, with the reason, when
        nobody on the far side saw the end. Raises HostKeyRefused when the host is no longer the one that
        it was.
        """
        async with self._turn:
            while self._result is None:
                wanted = self._sink.wanted
                try:
                    async with self._sessions.follow(scripts.follow(self._name, *wanted)) as answer:
                        self._result = await self._follow(answer)
                except (Disconnected, NotAnswered) as lost:
                    await self._sessions.patiently(lost)
                    continue
                await self._forget()
            return self._result

    async def cancel(self, grace: float = 10.0) -> Result:
        """SIGTERM to the command's group there, SIGKILL after `grace` seconds, and its result.

        Its connection is made again if it is lost. A command that has ended already has the result that
        it has.
        """
        asked = ""
        while not asked:
            try:
                asked = await persistently(self._sessions, scripts.cancel(self._name, grace))
            except NotAnswered as lost:
                await self._sessions.patiently(lost)
        return await self.wait()

    async def _follow(self, answer: Answer) -> Result:
        while True:
            word, _, rest = (await answer.line()).partition(" ")
            if word in _STREAMS:
                await self._take(answer, _STREAMS[word], int(rest))
            elif word == "result":
                told = await _exactly(answer, int(rest))
                return self._sink.finish(_result(told.decode("utf-8", "replace")))
            elif word == "beat":
                self._sink.quiet()
            else:
                return self._lost(word, rest)

    async def _take(self, answer: Answer, stream: int, size: int) -> None:
        while size:
            data = await answer.some(min(size, _CHUNK))
            self._sink.take(stream, data)
            size -= len(data)

    async def _forget(self) -> None:
        """Removes what was printed there; it is here, and where it cannot be removed it lies in a cache."""
        if self._still_runs:
            return
        with suppress(Disconnected, CockpitError, TimeoutError):
            async with asyncio.timeout(_FORGETTING):
                await self._sessions.ask(scripts.forget(self._name))

    def _lost(self, word: str, rest: str) -> Result:
        where = self._sessions.told
        reason = {
            "absent": f"On {where} there is no trace of the command.",
            "rebooted": f"{where} was restarted while the command ran.",
            "unborn": f"On {where} the command was about to start, and nothing more is known of it.",
        }.get(word, f"On {where} the command ended without leaving a result.")
        if word == "lost" and rest:
            self._still_runs = True
            reason = f"On {where} the command (process {rest}) runs, but what waits for its end is gone."
        return Result(status="interrupted", reason=reason)


async def persistently(sessions: Sessions, script: bytes) -> str:
    """What a script answers that may be carried out more than once, over a new connection if need be."""
    for _ in range(_TRIES):
        try:
            return await sessions.ask(script)
        except Disconnected as lost:
            await sessions.patiently(lost)
    raise CockpitError(
        f"{sessions.told} breaks every connection off before it has answered.",
        hint="Look at its SSH server's log.",
    )


async def _exactly(answer: Answer, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += await answer.some(size - len(data))
    return data


def _result(text: str) -> Result:
    """A result from the far side's `key value` lines. Without an exit code it is unknown how it ended."""
    told: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        told.setdefault(key, []).append(value)
    first = {key: values[0] for key, values in told.items()}
    code = int(first["code"]) if first.get("code", "").isdigit() else None
    started, ended, began, up = (float(first.get(one) or 0) for one in ("started", "ended", "began", "up"))
    cancelled = first.get("cancelled", "")
    return Result(
        status="interrupted" if code is None else "signalled" if cancelled and code > 128 else "exited",
        exit_code=code,
        signal=_signal_name(code - 128) if code is not None and code > 128 else "",
        reason=first.get("reason", "") if code is not None else "The far side's result has no exit code.",
        started=started,
        ended=ended,
        duration=max(0.0, round(up - began, 2) if began and up else ended - started),
        cancelled="SIGKILL" if cancelled == "SIGKILL" else "SIGTERM" if cancelled else "",
        left_behind=tuple(told.get("left", ())),
        unseen=first.get("unseen", ""),
        unkept=f"the disk there had no room left ({first['full']})" if first.get("full") else "",
    )


def _signal_name(number: int) -> str:
    """What a shell's exit code above 128 stands for; a command may also have chosen it itself."""
    import signal

    try:
        return signal.Signals(number).name
    except ValueError:
        return ""
