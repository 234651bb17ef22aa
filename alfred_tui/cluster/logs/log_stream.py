"""The log of one container, followed through broken connections and restarts until its pod is gone."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, ClusterError, Expired, Forbidden, Gone, Invalid
from alfred_tui.cluster.access.lines import LineSplitter
from alfred_tui.cluster.logs.log_cleaner import LONGEST, Cleaner
from alfred_tui.cluster.logs.log_duty import Duty
from alfred_tui.cluster.logs.log_resume import Resume
from alfred_tui.cluster.objects.partial import ContainerStatus
from alfred_tui.cluster.objects.resources import PODS
from alfred_tui.cluster.store.reads import read
from alfred_tui.domain.logs.lines import LogLine, LogOrigin, LogsWanted, OriginState
from alfred_tui.domain.logs.rule import LogRule
from alfred_tui.domain.redaction import Redactor

_SLICE = 500
"""Lines taken between two turns of the event loop."""


@dataclass(frozen=True, kw_only=True)
class LogTiming:
    """Real seconds."""

    first_pause: float = 0.25
    longest_pause: float = 30.0
    refused_pause: float = 60.0
    """Between questions that this account may not ask."""
    silence: float = 75.0
    """A connection without a byte for so long may be dead without saying so: it is opened again."""
    settled: float = 5.0
    """A stream that lasted so long was a good one."""
    look: float = 30.0
    """Between two looks at a container that does not run, when the live store tells nothing of it."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What all logs that are read together have in common."""

    connection: Connection
    wanted: LogsWanted
    take: Callable[[Sequence[LogLine]], None]
    tell: Callable[[LogOrigin], None]
    """Takes an origin whose state is another."""
    rule: LogRule
    hide: Redactor
    duty: Duty
    room: asyncio.Semaphore
    most: int
    """Logs that are followed at a time: what `room` was made for."""
    timing: LogTiming


class LogStream:
    """One container's log. `joined`: its pod came while others were read, so all that it wrote is new."""

    def __init__(self, reading: Reading, origin: LogOrigin, *, joined: bool) -> None:
        self.origin = origin
        self.stirred = asyncio.Event()
        """Set when the live store has something new of its pod."""
        self._reading = reading
        self._joined = joined
        self._resume = Resume()
        self._cleaner = Cleaner(reading.hide, reading.rule, origin.number)
        self._path = PODS.path(origin.namespace, origin.pod)
        self._run = -1
        """Restart count of the run that was read last; -1: none yet."""
        self._read_to_end = -1
        self._opened_at = 0.0
        self._failures = 0
        self._random = random.Random()  # noqa: S311 - spreads requests in time, guards nothing

    async def run(self) -> None:
        """Follows until the pod is gone; of a previous run, to its end."""
        try:
            while await self._round():
                pass
        finally:
            self._take(self._cleaner.flush())

    async def _round(self) -> bool:
        """One look at the container, and one stream. Whether there is more to come."""
        timing = self._reading.timing
        try:
            return await (self._previous_run() if self._reading.wanted.previous else self._follow_on())
        except (Absent, Gone):
            self._gone()
            return False
        except Forbidden as problem:
            self._tell("forbidden", str(problem))
            await self._pause(timing.refused_pause)
        except Invalid as problem:
            # It has not started yet, or its previous run's log is gone: the kubelet's words say which.
            self._tell("waiting", problem.message)
            if self._reading.wanted.previous:
                return False
            await self._wait_for_news()
        except ClusterError as problem:
            if self._failures or isinstance(problem, Expired):
                self._tell("lost", str(problem))
            await self._pause(problem.retry_after)
        return True

    async def _previous_run(self) -> bool:
        async with self._turn():
            self._take(self._lines(await self._read({**self._first(), "previous": True}, follow=False)))
        self._tell("ended")
        return False

    async def _follow_on(self) -> bool:
        now = await self._look()
        if now is None or (now.state.waiting and not now.restart_count):
            self._tell("waiting", _why_waiting(now))
            await self._wait_for_news()
            return True
        await self._catch_up(now)
        self._run = now.restart_count
        if self._read_to_end < self._run:
            async with self._turn():
                rest = await self._read({**self._asked(), "follow": True}, follow=True)
            now = await self._look()
            if now is None or now.restart_count != self._run or now.state.running:
                # What was cut off comes again, whole: with the next stream, or from the run before.
                await self._pause(0.0) if now and now.state.running else None
                return True
            self._take(self._lines(rest))
            self._ended(now)
        await self._wait_for_news()
        return True

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Waits until it may be followed, and says so only where others are in its way."""
        if waits := self._reading.room.locked():
            self._tell("queued", f"{self._reading.most} logs are followed already, the most at a time.")
        async with self._reading.room:
            if waits:
                self._tell("connecting")
            yield

    async def _catch_up(self, now: ContainerStatus) -> None:
        """After a restart: what the run before wrote and was not read, and that it is another run."""
        runs = now.restart_count - self._run
        if self._run < 0 or not runs:
            return
        if self._read_to_end < self._run:
            if runs == 1:
                try:
                    query = {**self._asked(), "previous": True}
                    self._take(self._lines(await self._read(query, follow=False)))
                except Invalid:
                    runs = 2
            if runs > 1:
                self._say("↯", "lines before its restart could not be read any more")
        self._say("↻", f"started again, restart {now.restart_count}")
        self._joined = True

    def _ended(self, now: ContainerStatus) -> None:
        self._read_to_end = self._run
        end = now.state.terminated or now.last_state.terminated
        how = f"exit code {end.exit_code}" if end else "how is not known"
        reason = f" ({end.reason})" if end and end.reason else ""
        self._say("■", f"ended: {how}{reason}")
        self._tell("ended", _why_waiting(now) if now.state.waiting else "")

    def _gone(self) -> None:
        whole = self._read_to_end >= self._run
        if self._run < 0 or whole:
            self._say("■", "the pod is gone")
        else:
            after = f" after {self._resume.last}" if self._resume.last else ""
            self._say("■", f"the pod is gone; what it wrote{after} may be missing here")
        self._tell("gone", "The pod is gone.")

    # What is asked

    def _first(self) -> dict[str, str | int | bool]:
        """What to ask for when nothing was read yet."""
        wanted = self._reading.wanted
        if self._opened_at:
            # It was open and had nothing: all that was written since is new.
            return {"sinceSeconds": int(time.monotonic() - self._opened_at) + 5}
        if self._joined:
            return {}
        if wanted.since > 0:
            return {"sinceSeconds": max(1, round(wanted.since))}
        return {"tailLines": wanted.tail}

    def _asked(self) -> dict[str, str | int | bool]:
        since = self._resume.since
        return {"sinceTime": since} if since else self._first()

    async def _look(self) -> ContainerStatus | None:
        """The container as it is now; None when it has no status yet. Raises Absent for a gone pod."""
        origin = self.origin
        pod = await read(self._reading.connection, PODS, origin.namespace, origin.pod)
        if pod.metadata.uid != origin.uid:
            raise Absent(f"{origin.pod} is another pod now.", status=404)
        known = (*pod.status.init_container_statuses, *pod.status.container_statuses)
        return next((one for one in known if one.name == origin.container), None)

    async def _read(self, query: dict[str, str | int | bool], *, follow: bool) -> list[bytes]:
        """Reads one stream. What stands behind its last line end, if it ended as a stream should."""
        asked = {**query, "container": self.origin.container, "timestamps": True}
        timing = self._reading.timing
        silence = timing.silence * self._random.uniform(0.9, 1.1)
        splitter = LineSplitter(LONGEST + 64)
        self._resume.begin()
        chunks = self._reading.connection.chunks(f"{self._path}/log", asked, silence=silence)
        began = time.monotonic()
        try:
            async with aclosing(chunks) as coming:
                async for chunk in coming:
                    if not chunk:
                        self._opened_at = self._opened_at or time.monotonic()
                        self._tell("following" if follow else "connecting")
                        continue
                    self._reading.duty.came(len(chunk))
                    if lines := splitter.feed(chunk):
                        self._failures = 0
                        await self._take_in(lines)
        finally:
            if time.monotonic() - began >= timing.settled:
                self._failures = 0  # a quiet log is opened again for its silence alone
        return [splitter.held] if splitter.held else []

    # What comes

    async def _take_in(self, lines: list[bytes]) -> None:
        for start in range(0, len(lines), _SLICE):
            began = time.thread_time()
            self._take(self._lines(lines[start : start + _SLICE]))
            await self._reading.duty.rest(time.thread_time() - began)

    def _lines(self, lines: list[bytes]) -> list[LogLine]:
        return self._cleaner.feed(self._resume.fresh(lines))

    def _take(self, lines: Sequence[LogLine]) -> None:
        if lines:
            self._reading.take(lines)

    def _say(self, sign: str, what: str) -> None:
        self._reading.take([notice(self.origin, f"{sign} {what}")])

    def _tell(self, state: OriginState, message: str = "") -> None:
        if (state, message) != (self.origin.state, self.origin.message):
            self.origin = LogOrigin(
                number=self.origin.number, namespace=self.origin.namespace, pod=self.origin.pod,
                uid=self.origin.uid, container=self.origin.container, state=state, message=message,
            )  # fmt: skip
            self._reading.tell(self.origin)

    # Waiting

    async def _wait_for_news(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._reading.timing.look):
                await self.stirred.wait()
        self.stirred.clear()

    async def _pause(self, at_least: float) -> None:
        timing = self._reading.timing
        grown = min(timing.longest_pause, timing.first_pause * 2 ** min(self._failures, 16))
        self._failures += 1
        await asyncio.sleep(at_least + grown * self._random.uniform(0.6, 1.0))


def notice(origin: LogOrigin, what: str) -> LogLine:
    """A line that the container did not write, but that is told about its log."""
    return LogLine(origin.number, b"", what.encode(), "notice")


def _why_waiting(status: ContainerStatus | None) -> str:
    waiting = status.state.waiting if status else None
    reason = f" ({waiting.reason})" if waiting and waiting.reason else ""
    return f"The container has not started{' again' if status and status.restart_count else ''}{reason}."
