"""Whether Prometheus can be asked, looked at behind the screen from the first paint on.

A bake that begins hours later is too late to learn that its numbers cannot be had.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from alfred_tui.domain.cluster.workloads import Freshness

if TYPE_CHECKING:
    from alfred_tui.metrics.source import MetricsSource

EVERY = 15.0
"""Real seconds between two looks while it answers: an interval of sampling."""
AGAIN = 5.0
"""Real seconds until it is asked again while it does not."""

_MEANWHILE = (
    "Until it answers no canary is measured and the triggers on its queries see nothing. "
    "Check --prometheus and the way there."
)
_NONE = (
    "No Prometheus is configured: nothing is measured for the canary, and the triggers on queries are not "
    "watched. Name one with --prometheus URL."
)


class PrometheusFeed:
    """The connection as the canary panel tells it. `now` is the run's clock."""

    def __init__(self, source: "MetricsSource | None", url: str, now: Callable[[], float]) -> None:
        self._source = source
        self._url = url
        self._now = now
        connecting = Freshness(connection="connecting", since=now(), message=f"Asking {url} …")
        absent = Freshness(connection="not-configured", since=0.0, message=_NONE)
        self._state = connecting if source else absent

    def freshness(self) -> Freshness:
        """How it stands now."""
        return self._state

    async def watch(self) -> None:
        """Looks again and again, until cancelled."""
        while self._source is not None:
            await self.look()
            await asyncio.sleep(EVERY if self._state.connection == "live" else AGAIN)

    async def look(self) -> None:
        """Asks once."""
        if self._source is None:
            return
        before, found, now = self._state, await self._source.ready(), self._now()
        live = found.connection == "live"
        since = before.since if before.connection == found.connection else now
        told = "" if live else f"{found.message.rstrip('.')}. {_MEANWHILE}"
        self._state = Freshness(
            connection=found.connection,
            since=since,
            heard_at=now if live else before.heard_at,
            message=told,
        )
