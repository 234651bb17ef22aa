"""The logs of all pods that a choice fits, followed side by side as pods come and go."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.logs.log_duty import Duty
from alfred_tui.cluster.logs.log_stream import LogStream, LogTiming, Reading, notice
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.cluster.store.kind_store import Key
from alfred_tui.domain.cluster.pod_choice import Fits, pod_choice
from alfred_tui.domain.cluster.workloads import ClusterView
from alfred_tui.domain.cluster.workloads import Pod as Row
from alfred_tui.domain.logs.lines import LogLine, LogOrigin, LogsView, LogsWanted
from alfred_tui.domain.logs.rule import LogRule
from alfred_tui.domain.redaction import Redactor

FOLLOWED = 50
"""The most logs that are followed side by side."""
_FIRST = 0.8
"""Seconds within which the first lines of several logs are put in the order of their stamps."""
_MOST_SORTED = 50_000


class Pods(Protocol):
    """The live store, as far as logs need it."""

    def view(self) -> ClusterView: ...

    def pod(self, namespace: str, name: str) -> Pod | None: ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]: ...


class LogFollow:
    """Reads until it is closed. `take` is given lines on the event loop, each once."""

    def __init__(
        self,
        connection: Connection,
        pods: Pods,
        wanted: LogsWanted,
        take: Callable[[Sequence[LogLine]], None],
        *,
        hide: Redactor,
        rule: LogRule,
        timing: LogTiming | None = None,
        followed: int = FOLLOWED,
    ) -> None:
        """Raises Usage when `wanted` says no pods."""
        self._pods = pods
        self._wanted = wanted
        self._fits: Fits = pod_choice(wanted.pods, wanted.namespace)
        self._verdicts: dict[int, tuple[Row, bool]] = {}
        self._take = take
        self._duty = Duty()
        self._reading = Reading(
            connection=connection, wanted=wanted, take=self._taken, tell=self._tell, rule=rule, hide=hide,
            duty=self._duty, room=asyncio.Semaphore(followed), most=followed, timing=timing or LogTiming(),
        )  # fmt: skip
        self._streams: dict[tuple[str, str], LogStream | None] = {}
        """By pod's uid and container; None once it is over: what a stream remembers may be a megabyte."""
        self._seen: dict[Key, Pod | None] = {}
        self._origins: list[LogOrigin] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._early: list[LogLine] | None = []
        self._first = True
        self._leave: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begins to read; what is wrong stands in the view."""
        self._leave = self._pods.subscribe(self._look)
        self._timer = asyncio.get_running_loop().call_later(_FIRST, self._in_order)
        self._look()

    async def close(self) -> None:
        """Ends all streams."""
        if self._leave is not None:
            self._leave()
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def view(self) -> LogsView:
        """Which logs are read, and how that goes."""
        return LogsView(
            origins=tuple(self._origins),
            message="" if self._origins else self._why_none(),
            held_back=self._duty.held_back,
        )

    def _why_none(self) -> str:
        fresh = self._pods.view().pods_freshness
        if fresh.connection != "live":
            return fresh.message or "The pods are not known yet."
        where = f" in {self._wanted.namespace}" if self._wanted.namespace else ""
        what = f" with a container {self._wanted.container}" if self._wanted.container else ""
        return f"No pod{where} fits {self._wanted.pods}{what}; one that comes is followed."

    # Pods come and go

    def _look(self) -> None:
        view = self._pods.view()
        for row in self._fitting(view.pods):
            key = (row.namespace, row.name)
            pod = self._pods.pod(*key)
            if pod is not None and self._seen.get(key) is not pod:
                self._seen[key] = pod
                self._join(pod)
        for key in [one for one in self._seen if self._pods.pod(*one) is None]:
            gone = self._seen.pop(key)
            self._stir(gone)
        if view.pods_freshness.connection != "connecting":
            self._first = False

    def _fitting(self, rows: Iterable[Row]) -> list[Row]:
        """A row that is the same object as before is not looked at again."""
        before, now = self._verdicts, dict[int, tuple[Row, bool]]()
        for row in rows:
            known = before.get(id(row))
            now[id(row)] = known if known and known[0] is row else (row, self._fits(row))
        self._verdicts = now
        return [row for row, fits in now.values() if fits]

    def _stir(self, pod: Pod | None) -> None:
        if pod is not None:
            for (uid, _), stream in self._streams.items():
                if stream is not None and uid == pod.metadata.uid:
                    stream.stirred.set()

    def _join(self, pod: Pod) -> None:
        """Follows those of the pod's containers that are not followed yet."""
        self._stir(pod)
        known = (*pod.status.init_container_statuses, *pod.status.container_statuses)
        names = [one.name for one in known] or [one.name for one in pod.spec.containers]
        for name in names:
            if (pod.metadata.uid, name) in self._streams or self._wanted.container not in ("", name):
                continue
            origin = LogOrigin(
                number=len(self._origins), namespace=pod.metadata.namespace, pod=pod.metadata.name,
                uid=pod.metadata.uid, container=name, state="connecting",
            )  # fmt: skip
            stream = LogStream(self._reading, origin, joined=not self._first)
            self._origins.append(origin)
            self._streams[pod.metadata.uid, name] = stream
            if not self._first and not self._wanted.previous:
                self._taken([notice(origin, "+ joined")])
            task = asyncio.create_task(stream.run())
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, (pod.metadata.uid, name)))

    def _ended(self, key: tuple[str, str], task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._streams[key] = None
        if not task.cancelled() and (problem := task.exception()) is not None:
            # A task boundary: what nobody expected is told, and does not end the other logs.
            self._taken([LogLine(-1, b"", f"! A log is not followed any more: {problem}".encode(), "notice")])

    def _tell(self, origin: LogOrigin) -> None:
        self._origins[origin.number] = origin

    # Lines

    def _taken(self, lines: Sequence[LogLine]) -> None:
        if self._early is None:
            self._take(lines)
            return
        self._early += lines
        if len(self._early) > _MOST_SORTED:
            self._in_order()

    def _in_order(self) -> None:
        """Gives what came first, by stamp: each log sent its last lines in one go."""
        early, self._early = self._early, None
        if not early:
            return
        last: dict[int, bytes] = {}
        keyed = []
        for line in early:
            # What has no stamp stays behind the line before it.
            stamp = last[line.origin] = line.at or last.get(line.origin, b"")
            keyed.append((stamp, line))
        self._take([line for _, line in sorted(keyed, key=lambda one: one[0])])
