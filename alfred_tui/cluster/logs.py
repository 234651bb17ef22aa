"""The logs of several pods as one stream: all their containers, bounded in requests and in memory.

`kubectl logs -l` reads the last ten lines of at most five pods; here nothing is left out unsaid.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import NamedTuple

from alfred_tui.cluster.connect import Connection
from alfred_tui.cluster.errors import Absent, ClusterError
from alfred_tui.cluster.objects import ContainerStatus, Pod
from alfred_tui.cluster.resources import PODS

AT_ONCE = 8
"""Logs read side by side; a followed one keeps its place for as long as it is followed."""
FOLLOWED = 50
"""The most logs that are followed side by side."""
LONGEST = 16_384
"""Bytes of a line that are kept."""
_SILENCE = 30.0
_FOLLOW_SILENCE = 3600.0
_WAITING = 32
"""Batches that wait for the reader; the sockets wait behind them, so memory does not grow."""


class LogLine(NamedTuple):
    """One line, as bytes: it is external text, and mostly only searched."""

    pod: str
    container: str
    text: bytes


class Unread(NamedTuple):
    """A log that could not be read (to its end), and why."""

    pod: str
    container: str
    why: str


class _Source(NamedTuple):
    pod: Pod
    container: str
    previous: bool


def sources(pods: Iterable[Pod], *, previous: bool = True) -> list[_Source]:
    """The logs that there are: of every container that has ever run, and with `previous` of its last run."""
    found = []
    for pod in pods:
        for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
            if previous and status.restart_count and status.last_state.terminated is not None:
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
    since: float = 0.0,
    tail: int | None = None,
    follow: bool = False,
    previous: bool = True,
) -> AsyncGenerator[list[LogLine] | Unread, None]:
    """Lines of all containers of the pods in batches, each pod's in its order; and what could not be read.

    `since` is how many seconds back (0: all), `tail` the last so many lines of each log. With `follow` it
    goes on until closed or until all containers have ended. Nothing is raised for a single log.
    """
    wanted = sources(pods, previous=previous and not follow)
    waiting: asyncio.Queue[list[LogLine] | Unread | None] = asyncio.Queue(_WAITING)
    room = asyncio.Semaphore(FOLLOWED if follow else AT_ONCE)
    query: dict[str, str | int | bool] = {"follow": True} if follow else {}
    if since > 0:
        query["sinceSeconds"] = max(1, round(since))
    if tail is not None:
        query["tailLines"] = tail
    reading = [asyncio.create_task(_read(connection, one, query, room, waiting)) for one in wanted]
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
    query: dict[str, str | int | bool],
    room: asyncio.Semaphore,
    waiting: "asyncio.Queue[list[LogLine] | Unread | None]",
) -> None:
    meta = source.pod.metadata
    asked = {**query, "container": source.container}
    if source.previous:
        asked["previous"] = True
    silence = _FOLLOW_SILENCE if "follow" in query else _SILENCE
    path = f"{PODS.path(meta.namespace, meta.name)}/log"
    try:
        async with room:
            stream = connection.stream(path, asked, silence=silence, rest=True, longest=LONGEST)
            async with aclosing(stream) as batches:
                async for lines in batches:
                    await waiting.put([LogLine(meta.name, source.container, line) for line in lines])
    except Absent:
        # The pod went away while it was read: what replaced it is read in its own right.
        await waiting.put(Unread(meta.name, source.container, "the pod is gone"))
    except ClusterError as problem:
        await waiting.put(Unread(meta.name, source.container, problem.message))
    await waiting.put(None)
