"""The logs of several pods, read once as one stream: bounded in requests and in memory, none left out unsaid.

`kubectl logs -l` reads the last ten lines of at most five pods; this reads all containers of all pods, and
of a restarted one the run before, which tells why it ended. `log_follow` reads what is still written.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import Literal, NamedTuple

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, ClusterError, Invalid
from alfred_tui.cluster.logs.log_cleaner import LONGEST
from alfred_tui.cluster.objects.partial import ContainerStatus, Pod
from alfred_tui.cluster.objects.resources import PODS
from alfred_tui.domain.errors import in_words

AT_ONCE = 8
"""Logs read side by side."""
_SILENCE = 30.0
_WAITING = 32
"""Batches that wait for the reader; the sockets wait behind them, so memory does not grow."""


class ReadLine(NamedTuple):
    """One line, as bytes: it is external text, and mostly only searched."""

    pod: str
    container: str
    text: bytes


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
    tail: int | None = None,
    ended_after: float = 0.0,
) -> AsyncGenerator[list[ReadLine] | Unread, None]:
    """Lines of all containers of the pods in batches, each pod's in its order; and what could not be read.

    `since` says how many seconds back (0: all), anew for each log: one that is asked for later would else
    leave out as much at its begin. `tail` is the last so many lines of each, `ended_after` as for `sources`.
    Nothing is raised for a single log.
    """
    wanted = sources(pods, ended_after=ended_after)
    waiting: asyncio.Queue[list[ReadLine] | Unread | None] = asyncio.Queue(_WAITING)
    room = asyncio.Semaphore(AT_ONCE)
    query: dict[str, str | int | bool] = {}
    if tail is not None:
        query["tailLines"] = tail
    reading = [asyncio.create_task(_read(connection, one, query, since, room, waiting)) for one in wanted]
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
    since: Callable[[], float],
    room: asyncio.Semaphore,
    waiting: "asyncio.Queue[list[ReadLine] | Unread | None]",
) -> None:
    meta = source.pod.metadata
    asked = {**query, "container": source.container}
    if source.previous:
        asked["previous"] = True
    path = f"{PODS.path(meta.namespace, meta.name)}/log"
    try:
        async with room:
            if (seconds := since()) > 0:
                asked["sinceSeconds"] = math.ceil(seconds)
            stream = connection.stream(path, asked, silence=_SILENCE, rest=True, longest=LONGEST)
            async with aclosing(stream) as batches:
                async for lines in batches:
                    await waiting.put([ReadLine(meta.name, source.container, line) for line in lines])
    except Absent:
        await waiting.put(
            Unread(meta.name, source.container, "the pod went away while it was read", source.previous, "pod")
        )
    except ClusterError as problem:
        # The kubelet answers 400 for the log of a run that it has no record of any more.
        gone: Literal["", "log"] = "log" if source.previous and isinstance(problem, Invalid) else ""
        await waiting.put(Unread(meta.name, source.container, problem.message, source.previous, gone))
    except Exception as problem:  # noqa: BLE001 - a task boundary: who reads would wait for its end for ever
        why = f"reading it broke ({in_words(problem)}); this is a defect"
        await waiting.put(Unread(meta.name, source.container, why, source.previous))
    await waiting.put(None)
