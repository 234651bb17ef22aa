"""Prometheus as the cockpit asks it: prometheus-api-client in a few threads, every answer told apart."""

import asyncio
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from math import floor
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import msgspec

from alfred_tui import loading
from alfred_tui.domain.canary import Sample
from alfred_tui.domain.cluster.workloads import Connection
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.errors import NotAnswered, Usage
from alfred_tui.metrics.answers import AlertRule, ScrapeTarget, read_alerts, read_targets
from alfred_tui.metrics.queries import is_selector
from alfred_tui.metrics.reading import Reading, gaps, read_instant, read_range, with_own_time
from alfred_tui.metrics.trouble import Trouble

if TYPE_CHECKING:
    from alfred_tui.metrics.wire import Wire

T = TypeVar("T")

TIMEOUT = 3.0
"""Seconds. An answer that comes later would be drawn at a time that it is not of."""

STALE_AFTER = 120.0
"""Seconds: two evaluations at Prometheus' usual interval, which is a minute."""

SKEW = 30.0
"""Seconds by which the clocks may differ: two intervals of sampling."""


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether Prometheus can be asked at all."""

    connection: Connection
    message: str = ""
    skew: float | None = None
    """By how many seconds its clock is ahead of this machine's; None when it does not say."""


class MetricsSource:
    """One Prometheus, asked from one event loop. Close it when done."""

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        verify: bool | str = True,
        timeout: float = TIMEOUT,
        stale_after: float = STALE_AFTER,
        threads: int = 8,
        hide: Callable[[str], str] = str,
        renew: Callable[[], Mapping[str, str]] | None = None,
    ) -> None:
        """`url` is the base, with a path prefix where there is one. `hide` takes the run's secrets out of
        what the server says. `renew` reads the headers anew, in a thread, when it refuses those that it has.
        Raises Usage when it is no URL."""
        self._url = url.rstrip("/")
        self._name = named(url)
        self._headers = dict(headers or {})
        self._verify = verify
        self._timeout = timeout
        self._hide = hide
        self._renew = renew
        self._stale_after = stale_after
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="prometheus")
        self._places = asyncio.Semaphore(threads)
        self._lock = threading.Lock()
        self._wire: Wire | None = None
        self._tells_times = True

    async def instant(self, promql: str, at: float) -> Sample:
        """The one number that a query has at a time (epoch seconds), or in which way it is none."""
        return (await self.read(promql, at)).sample(self._stale_after)

    async def read(self, promql: str, at: float) -> Reading:
        """Everything that a query has at a time. Never raises; what went wrong stands in the reading."""
        if self._tells_times and is_selector(promql):
            reading = await self._read(with_own_time(promql), at)
            if not reading.refused:
                return reading
            plain = await self._read(promql, at)
            if plain.problem == "ok":
                # Some servers that speak Prometheus' API evaluate selectors and no functions.
                self._tells_times = False
            return plain
        return await self._read(promql, at)

    async def vector(self, promql: str, at: float) -> tuple[tuple[dict[str, str], float], ...]:
        """Labels and value of every series that a query has at a time. Raises NotAnswered."""
        reading = await self._read(promql, at)
        if reading.problem != "ok":
            raise NotAnswered(f"{reading.message}: {promql}", temporary=reading.temporary)
        return tuple((one.labels, one.value) for one in reading.series)

    async def window(self, promql: str, start: float, end: float, step: float) -> tuple[Sample, ...]:
        """A sample each `step` seconds from `start` to `end`; where there is none, a gap says why."""
        times = [start + index * step for index in range(floor((end - start) / step + 1e-9) + 1)]
        if not times:
            return ()
        try:
            result = await self._asked(lambda wire: wire.ranged(promql, start, times[-1], step))
        except Trouble as trouble:
            return gaps(_reading(start, trouble), times)
        return read_range(result, times, step)

    async def alerts(self) -> tuple[AlertRule, ...]:
        """The alerting rules that are loaded. Raises NotAnswered."""
        return await self._data(lambda wire: read_alerts(wire.rules()))

    async def targets(self) -> tuple[ScrapeTarget, ...]:
        """The active scrape targets. Raises NotAnswered."""
        return await self._data(lambda wire: read_targets(wire.targets()))

    async def ready(self) -> Readiness:
        """Whether it can be asked. Never raises."""
        try:
            await self._asked(lambda wire: wire.ready())
        except Trouble as trouble:
            known: dict[int, Connection] = {401: "expired", 403: "forbidden", 404: "absent"}
            skewed: Connection = "stale" if trouble.state == "stale" else "unreachable"
            return Readiness(
                connection=known.get(trouble.code, skewed), message=trouble.message, skew=self.skew
            )
        return Readiness(connection="live", skew=self.skew)

    async def version(self) -> str:
        """The version that it tells of itself; empty where it tells none."""
        try:
            told = await self._asked(lambda wire: wire.version())
        except Trouble:
            return ""
        return told if isinstance(told, str) else ""

    @property
    def skew(self) -> float | None:
        """By how many seconds Prometheus' clock is ahead of this machine's, as last heard."""
        return self._wire.skew if self._wire else None

    def close(self) -> None:
        """Lets go of the threads; one that waits for an answer ends with its time limit."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._wire:
            self._wire.close()

    async def _read(self, promql: str, at: float) -> Reading:
        try:
            return read_instant(at, await self._asked(lambda wire: wire.instant(promql, at)))
        except Trouble as trouble:
            return _reading(at, trouble)

    async def _data(self, ask: Callable[["Wire"], T]) -> T:
        try:
            return await self._asked(ask)
        except Trouble as trouble:
            raise NotAnswered(trouble.message, temporary=trouble.temporary) from trouble
        except msgspec.ValidationError as error:
            raise NotAnswered(f"{self._name} answers in a form that is not Prometheus': {error}") from error

    async def _asked(self, ask: Callable[["Wire"], T]) -> T:
        """What `ask` gets in a thread. Raises Trouble, of a skewed clock too."""
        patience = 2 * self._timeout + 1
        async with self._places:
            work = asyncio.get_running_loop().run_in_executor(self._pool, lambda: ask(self._open()))
            try:
                async with asyncio.timeout(patience):
                    answer = await work
            except TimeoutError:
                # Bytes that trickle in outlast the client's time limit, which is for each of them.
                told = f"{self._name} does not finish its answer within {patience:g} s"
                raise Trouble("unreachable", told, temporary=True) from None
        self._check_clock()
        return answer

    def _open(self) -> "Wire":
        with self._lock:
            if self._wire is None:
                with loading.ONE:
                    from alfred_tui.metrics.wire import Wire

                self._wire = Wire(
                    self._url, self._name, self._headers, self._verify, self._timeout, self._hide, self._renew
                )
            return self._wire

    def _check_clock(self) -> None:
        skew = self.skew
        if skew is not None and abs(skew) > SKEW:
            way = "ahead of" if skew > 0 else "behind"
            told = f"{self._name}'s clock is {format_elapsed(abs(skew))} {way} this machine's"
            raise Trouble("stale", f"{told}; set both by NTP")


def _reading(at: float, trouble: Trouble) -> Reading:
    return Reading(
        at=at,
        problem=trouble.state,
        message=trouble.message,
        temporary=trouble.temporary,
        refused=trouble.refused,
    )


def named(url: str) -> str:
    """How messages name it: host and port. Raises Usage when it is no URL, or holds credentials: an address
    is recorded and shown."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or len(host.split()) > 1:
        shown = re.sub("//[^/]*@", "//…@", url)
        hint = "Give its URL, such as http://prometheus.example:9090"
        raise Usage(f"“{shown}” is no address of a Prometheus.", hint=hint)
    if "@" in parts.netloc:
        raise Usage(
            f"The address of the Prometheus at {host} holds credentials, and addresses are recorded.",
            hint="Give them as PROMETHEUS_TOKEN or PROMETHEUS_HEADERS in the environment.",
        )
    return f"Prometheus at {host}" + (f":{port}" if port else "")
