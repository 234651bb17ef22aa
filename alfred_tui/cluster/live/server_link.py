"""Whether the API server is there at all: a watch of a quiet cluster is as silent as one of a lost server."""

import asyncio
import time
from collections.abc import Callable

import msgspec

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import ClusterError, Expired, Unreachable
from alfred_tui.cluster.store.freshness import Hearing
from alfred_tui.domain.cluster.workloads import Freshness

PING = 10.0
"""Real seconds between two questions that prove the server is there."""
RETRY = 2.0
"""Real seconds until it is asked again when there was no answer."""


class ServerLink:
    """Asks the server for its version again and again.

    `on_change` hears that it is lost, or refuses the login, and that it does not any more; `on_return` that
    it is back: watches from before may then hang on connections that no longer exist.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        now: Callable[[], float],
        on_change: Callable[[], None],
        on_return: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._on_change = on_change
        self._on_return = on_return
        again = f"It is asked again every {RETRY:g} s."
        self._hearing = Hearing(now, again=again)
        self.login = Hearing(now, again=again)
        """Whether the login is accepted, whatever becomes of the way to the server."""
        self._lost_at = 0.0

    async def run(self) -> None:
        """Asks until cancelled."""
        misses = 0
        while True:
            try:
                self._reached(await self._connection.version())
                misses = 0
            except ClusterError as problem:
                if self._answered(problem):
                    self._reached()
                    misses = 0
                else:
                    misses += 1
                    self._unheard(problem, misses)
            await asyncio.sleep(min(PING, RETRY) if misses else PING)

    def over(self, hearing: Hearing, state: Freshness) -> Freshness:
        """What a source that was heard over this server is worth: lost after its last word, no more."""
        if self._lost_at > hearing.heard_tick and state.connection in ("live", "stale"):
            return msgspec.structs.replace(self._hearing.state, heard_at=state.heard_at)
        return state

    @staticmethod
    def _answered(problem: ClusterError) -> bool:
        """Whether it was let in, and only may not know the version."""
        return not isinstance(problem, Expired | Unreachable) and not problem.temporary

    def _unheard(self, problem: ClusterError, misses: int) -> None:
        if isinstance(problem, Expired):
            if problem.status:
                self._back()  # the server itself refused it; a plugin that fails may have no network either
            self.login.failed(problem)
            self._on_change()
        # One lost answer is everyday; a second in a row is a lost server.
        elif isinstance(problem, Unreachable) and misses > 1:
            self._lost_at = self._lost_at or time.monotonic()
            self._hearing.failed(problem)
            self._on_change()
        elif self._lost_at and problem.status:
            self._hearing.failed(problem)  # it is there again, and not well
            self._on_change()

    def _reached(self, version: str = "") -> None:
        target = self._connection.target
        if version and target.version != version:
            self._connection.target = msgspec.structs.replace(target, version=version)
        refused = self.login.state.connection == "expired"
        self._hearing.heard()
        self.login.heard()
        self._back(refused=refused)

    def _back(self, *, refused: bool = False) -> None:
        if self._lost_at or refused:
            self._lost_at = 0.0
            self._on_return()
            self._on_change()
