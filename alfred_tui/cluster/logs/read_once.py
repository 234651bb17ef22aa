"""The logs of several pods, read once as one stream: bounded in requests and in memory, none left out unsaid.

`kubectl logs -l` reads the last ten lines of at most five pods; this reads all containers of all pods, and
of a restarted one the run before, which tells why it ended. `log_follow` reads what is still written.

A server ends the answer in good order also when the kubelet behind it died in its middle, and an answer that
was cut looks like a short log. So the newest line is asked for first, and a log was read when that line was.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from typing import Literal, NamedTuple

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, ClusterError, Invalid, Unreachable
from alfred_tui.cluster.access.lines import LineSplitter
from alfred_tui.cluster.logs.log_resume import Resume, stamp_of
from alfred_tui.cluster.objects.partial import ContainerStatus, Pod
from alfred_tui.cluster.objects.resources import PODS
from alfred_tui.domain.errors import in_words

AT_ONCE = 8
"""Logs read side by side."""
_SILENCE = 30.0
_LONGEST = 1 << 20
"""Bytes of a line that are read: it is searched, and a pattern may stand at its end."""
_GOES = 3
"""Times that a log is gone on with after its answer was cut."""
_WAITING = 32
"""Batches that wait for the reader; the sockets wait behind them, so memory does not grow."""


class ReadLine(NamedTuple):
    """One line, as bytes: it is external text, and mostly only searched."""

    pod: str
    container: str
    text: bytes
    cut: bool = False
    """Whether it is longer, and this is its begin."""


class Unread(NamedTuple):
    """A log that could not be read (to its end), and why."""

    pod: str
    container: str
    why: str
    previous: bool = False
    """Whether it is the log of the run before the present one."""
    gone: Literal["", "log", "pod"] = ""
    """What is not there any more, so that asking for this log again cannot help."""


class _Source(NamedTuple):
    pod: Pod
    container: str
    previous: bool


def sources(pods: Iterable[Pod], *, ended_after: float = 0.0) -> list[_Source]:
    """The logs that there are: of every container that has ever run, and of the run before its restart.

    A run that ended before `ended_after` (epoch seconds) is left out.
    """
    found = []
    for pod in pods:
        for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
            end = status.last_state.terminated
            ended = end.finished_at if end else None
            if status.restart_count and (ended is None or ended.timestamp() >= ended_after):
                found.append(_Source(pod, status.name, True))
            if _has_log(status):
                found.append(_Source(pod, status.name, False))
    return found


def _has_log(status: ContainerStatus) -> bool:
    return status.state.running is not None or status.state.terminated is not None


async def read_logs(
    connection: Connection,
    pods: Iterable[Pod],
    *,
    since: Callable[[], float] = lambda: 0.0,
    ended_after: float = 0.0,
) -> AsyncGenerator[list[ReadLine] | Unread, None]:
    """Lines of all containers of the pods in batches, each pod's in its order; and what could not be read.

    `since` says how many seconds back (0: all), anew for each log: one that is asked for later would else
    leave out as much at its begin. `ended_after` as for `sources`. Nothing is raised for a single log.
    """
    wanted = sources(pods, ended_after=ended_after)
    waiting: asyncio.Queue[list[ReadLine] | Unread | None] = asyncio.Queue(_WAITING)
    room = asyncio.Semaphore(AT_ONCE)
    reading = [asyncio.create_task(_read(connection, one, since, room, waiting)) for one in wanted]
    ended = 0
    try:
        while ended < len(reading):
            batch = await waiting.get()
            if batch is None:
                ended += 1
            else:
                yield batch
    finally:
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)


async def _read(
    connection: Connection,
    source: _Source,
    since: Callable[[], float],
    room: asyncio.Semaphore,
    waiting: "asyncio.Queue[list[ReadLine] | Unread | None]",
) -> None:
    meta = source.pod.metadata
    own = _Own(meta.name, source.container, source.previous)
    asked: dict[str, str | int | bool] = {"container": source.container, "timestamps": True}
    if source.previous:
        asked["previous"] = True
    try:
        async with room:
            if (seconds := since()) > 0:
                asked["sinceSeconds"] = math.ceil(seconds)
            stream = _stamped(connection, f"{PODS.path(meta.namespace, meta.name)}/log", asked)
            async with aclosing(stream) as batches:
                async for lines in batches:
                    for one in own.told(lines):
                        await waiting.put(one)
    except Absent:
        await waiting.put(own.unread("the pod went away while it was read", "pod"))
    except ClusterError as problem:
        # The kubelet answers 400 for the log of a run that it has no record of any more.
        gone = source.previous and isinstance(problem, Invalid)
        await waiting.put(own.unread(str(problem), "log" if gone else ""))
    except Exception as problem:  # noqa: BLE001 - a task boundary: who reads would wait for its end for ever
        await waiting.put(own.unread(f"reading it broke ({in_words(problem)}); this is a defect"))
    await waiting.put(None)


class _Own(NamedTuple):
    """Whose log it is."""

    pod: str
    container: str
    previous: bool

    def unread(self, why: str, gone: Literal["", "log", "pod"] = "") -> Unread:
        return Unread(self.pod, self.container, why, self.previous, gone)

    def told(self, lines: list[bytes]) -> Iterator[list[ReadLine] | Unread]:
        """Stamped lines as what the container wrote, and what of them is not that."""
        written = []
        for line in lines:
            if not (stamp := stamp_of(line)):
                # With the status of a log the kubelet sends a sentence of its own when it finds none.
                sentence = line[:300].decode("utf-8", "replace")
                yield self.unread(f"instead of it the node sent “{sentence}”")
                continue
            cut = len(line) >= _LONGEST
            written.append(ReadLine(self.pod, self.container, line[len(stamp) + 1 :], cut))
            if cut:
                yield self.unread(f"a line is longer than {_LONGEST:,} bytes, and its begin was read")
        if written:
            yield written


async def _stamped(
    connection: Connection, path: str, asked: dict[str, str | int | bool]
) -> AsyncGenerator[list[bytes], None]:
    """The log's lines with their stamps, at least to that which is its newest now. Raises ClusterError."""
    newest = await _newest(connection, path, asked)
    read, resume = not newest, Resume()
    for _ in range(1 + _GOES):
        resume.begin()
        splitter = LineSplitter(_LONGEST)
        async with aclosing(connection.chunks(path, asked, silence=_SILENCE)) as chunks:
            async for chunk in chunks:
                lines = splitter.feed(chunk)
                # The newest may not have been at its own end when it was asked for.
                read = read or any(line.startswith(newest) for line in lines)
                yield resume.fresh(lines)
        if read or splitter.held.startswith(newest):
            if splitter.held:
                yield resume.fresh([splitter.held])
            return
        if resume.since:
            asked = {**asked, "sinceTime": resume.since}
            asked.pop("sinceSeconds", None)
    after = f"after its line of {resume.last}" if resume.last else "before its first line"
    raise Unreachable(
        f"the answer ended {after} and not with the log, {1 + _GOES} times; what follows there is not known",
        hint="Look at the node and its kubelet, then run the step again.",
    )


async def _newest(connection: Connection, path: str, asked: dict[str, str | int | bool]) -> bytes:
    """The newest line with its stamp; empty when there is none yet, or none that a container wrote."""
    splitter = LineSplitter(_LONGEST)
    lines: list[bytes] = []
    async with aclosing(connection.chunks(path, {**asked, "tailLines": 1}, silence=_SILENCE)) as chunks:
        async for chunk in chunks:
            lines += splitter.feed(chunk)
    if splitter.held:
        lines.append(splitter.held)
    return lines[-1] if lines and stamp_of(lines[-1]) else b""
