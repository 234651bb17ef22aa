"""What steps and panels share: one connection to the cluster, and one live picture of it over that."""

import asyncio
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from alfred_tui.domain.cluster.workloads import Target

if TYPE_CHECKING:
    from alfred_tui.cluster.access.connect import Connection
    from alfred_tui.cluster.live.live_cluster import LiveCluster


class SharedConnection:
    """The one connection to the cluster, opened when first needed and shared by steps and panels.

    `hide` takes the run's secrets out of what the cluster says.
    """

    def __init__(self, target: Target, hide: Callable[[str], str] = str) -> None:
        self._target = target
        self._hide = hide
        self._opening: asyncio.Task[Connection] | None = None

    async def __call__(self) -> "Connection":
        """The connection. Raises CockpitError when it cannot be opened; the next call tries again."""
        if self._opening is None or _failed(self._opening):
            self._opening = asyncio.ensure_future(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> "Connection":
        from alfred_tui.cluster.access.connect import connect

        return await connect(self._target, self._hide)

    async def close(self) -> None:
        """Closes it, if it was opened."""
        opening = self._opening
        if opening is None:
            return
        if not opening.done():
            opening.cancel()
        elif not _failed(opening):
            await opening.result().close()


class SharedLive:
    """The one live cluster, started by whoever needs it first: a step's evidence is what the panel shows.

    `now` is the run's clock, `speed` how fast it is, `began_at` when the run began (0: not known).
    `namespaces`: None for the target's own, an empty sequence for all; `looks_bad` as for `LiveCluster`. With
    `tell` steps depend on it: the target's own namespace is always shown, others only as far as this account
    is known to have the rights, and which are left out is told.
    """

    def __init__(
        self,
        connect: SharedConnection,
        now: Callable[[], float],
        *,
        speed: float = 1.0,
        began_at: float = 0.0,
        namespaces: Sequence[str] | None = None,
        looks_bad: Callable[[bytes], bool] | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self._namespaces = namespaces
        self._tell = tell
        self._connect = connect
        self._now = now
        self._speed = speed
        self._began_at = began_at
        self._looks_bad = looks_bad
        self._opening: asyncio.Task[LiveCluster] | None = None

    async def __call__(self) -> "LiveCluster":
        """It. Raises CockpitError when there is no connection; what comes after stands in its freshness."""
        if self._opening is None or _failed(self._opening):
            self._opening = asyncio.ensure_future(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> "LiveCluster":
        connection = await self._connect()
        # The import takes longer than a frame may; by now a screen may be drawn.
        await asyncio.to_thread(import_module, "alfred_tui.cluster.live.live_cluster")

        from alfred_tui.cluster.live.live_cluster import LiveCluster
        from alfred_tui.cluster.live.usage import INTERVAL

        live = LiveCluster(
            connection,
            now=self._now,
            namespaces=await self._shown(connection),
            began_at=self._began_at,
            looks_bad=self._looks_bad,
            # On a fast clock usage grows old fast; it is asked for as often as is fair to the server.
            usage_interval=max(1.0, INTERVAL / self._speed),
        )
        await live.start()
        return live

    async def _shown(self, connection: "Connection") -> Sequence[str] | None:
        if self._tell is None or self._namespaces is None:
            return self._namespaces
        from alfred_tui.cluster.store.permissions import why_not_shown
        from alfred_tui.domain.cluster.needs import PODS_PANEL, ROLLOUTS_PANEL

        own = connection.target.namespace
        wanted = [one for one in self._namespaces or ("",) if one != own]
        refusals = await why_not_shown(connection, wanted, (*PODS_PANEL, *ROLLOUTS_PANEL))
        for namespace, why in refusals.items():
            if why:
                self._tell(f"The panels leave out {namespace or 'the other namespaces'}: {why}")
        shown = [namespace for namespace, why in refusals.items() if not why]
        return () if "" in shown else (own, *shown)

    async def close(self) -> None:
        """Stops watching. The connection stays open."""
        opening, self._opening = self._opening, None
        if opening is None:
            return
        if not opening.done():
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
        elif not _failed(opening):
            await opening.result().stop()


def _failed(task: "asyncio.Task[Any]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
