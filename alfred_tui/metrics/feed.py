"""A live series of canary and stable for a panel, sampled on an even beat of the run's clock."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import msgspec

from alfred_tui.domain.actions import CanaryMetric
from alfred_tui.domain.canary import Measurement, Sample
from alfred_tui.domain.workloads import Freshness
from alfred_tui.metrics.measure import Instants, Tracks, measure, query_of

KEPT = 7200.0
"""Seconds of history: more than any bake takes."""

MISSED_BEATS = 2.5
"""Beats without an answer after which what is shown is stale."""

Listener = Callable[[], None]


class CanaryFeed:
    """Samples until it is stopped; listeners are called after each beat, in the loop it was started in.

    `now` and `sleep` are the run's clock, in epoch seconds and seconds; in a demo it runs faster. Raises
    Usage when a metric's query cannot be filled in.
    """

    def __init__(
        self,
        source: Instants,
        metrics: Sequence[CanaryMetric],
        tracks: Tracks,
        *,
        interval: float,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        for metric in metrics:
            query_of(metric, tracks.service, tracks.canary)
            query_of(metric, tracks.service, tracks.baseline)
        self._source = source
        self._metrics = tuple(metrics)
        self._tracks = tracks
        self._interval = interval
        self._now = now
        self._sleep = sleep
        size = max(1, int(KEPT // interval))
        self._history = {metric.name: deque[Measurement](maxlen=size) for metric in metrics}
        self._listeners: list[Listener] = []
        self._task: asyncio.Task[None] | None = None
        self._freshness = Freshness(connection="connecting", since=now())

    def history(self, metric: str) -> tuple[Measurement, ...]:
        """One metric's measurements, oldest first; what was not asked in time is in it as a gap."""
        return tuple(self._history[metric])

    @property
    def freshness(self) -> Freshness:
        """How far the newest measurements may be believed now."""
        known = self._freshness
        silent = self._now() - known.heard_at > MISSED_BEATS * self._interval
        if known.connection == "live" and silent:
            since = known.heard_at + MISSED_BEATS * self._interval
            return msgspec.structs.replace(
                known, connection="stale", since=since, message="Prometheus has not answered since."
            )
        return known

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` after each beat, until the function that is returned is called."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return unsubscribe

    def start(self) -> None:
        """Begins to sample; does nothing when it already does."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="canary feed")

    async def stop(self) -> None:
        """Ends; what was sampled stays."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        beat = next_beat(self._now(), self._interval)
        while True:
            await self._sleep(beat - self._now())
            self._take(await measure(self._source, self._metrics, self._tracks, beat))
            due = next_beat(self._now(), self._interval)
            missed = max(beat + self._interval, due - KEPT)
            while missed < due:
                self._skip(missed)
                missed += self._interval
            beat = due
            for listener in tuple(self._listeners):
                listener()

    def _take(self, measurements: Sequence[Measurement]) -> None:
        for one in measurements:
            self._history[one.metric].append(one)
        samples = [side for one in measurements for side in (one.canary, one.baseline)]
        away = [one for one in samples if one.state == "unreachable"]
        self._heard("unreachable" if away else "live", away[0].message if away else "")

    def _heard(self, connection: str, message: str) -> None:
        now, known = self._now(), self._freshness
        self._freshness = Freshness(
            connection="live" if connection == "live" else "unreachable",
            since=known.since if known.connection == connection else now,
            heard_at=now if connection == "live" else known.heard_at,
            message=message,
        )

    def _skip(self, at: float) -> None:
        gap = Sample(at=at, state="unreachable", message="not asked: the answer before came too late")
        for metric, history in self._history.items():
            history.append(Measurement(metric=metric, canary=gap, baseline=gap))


def next_beat(now: float, interval: float) -> float:
    """The first multiple of the interval after now: beats of two cockpits fall together."""
    return (now // interval + 1) * interval
