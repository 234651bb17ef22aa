"""How far what we know of one kind may be believed, and since when."""

import time
from collections.abc import Callable, Iterable

import msgspec

from alfred_tui.cluster.access.errors import Absent, ClusterError, Expired, Forbidden, Throttled, Unreachable
from alfred_tui.domain.cluster.workloads import Connection, Freshness
from alfred_tui.domain.errors import one_after_another

STALE_AFTER = 65.0
"""Real seconds of silence after which a source that should have spoken counts as stale: each watch is opened
anew within this time, so that even a quiet cluster speaks."""

_WORDS: dict[type[ClusterError], Connection] = {
    Unreachable: "unreachable",
    Expired: "expired",
    Forbidden: "forbidden",
    Absent: "absent",
}
_SEVERITY: tuple[Connection, ...] = (
    "live", "connecting", "stale", "throttled", "error", "absent", "forbidden", "expired", "unreachable",
    "not-configured",
)  # fmt: skip


def word_for(error: ClusterError, *, heard: bool) -> Connection:
    """The panel's word for an error. A server that answers, and not with what was asked (429 or 5xx), leaves
    stale what was `heard` before; it is not unreachable where nothing was."""
    unwell: Connection = "throttled" if isinstance(error, Throttled) else "error"
    return _WORDS.get(type(error), "stale" if heard else unwell)


class Hearing:
    """What one source said and when. `now` is the run's clock, `tick` real seconds for silence.

    `again` is a sentence that says how it is asked again after what waiting may mend.
    """

    def __init__(
        self, now: Callable[[], float], tick: Callable[[], float] = time.monotonic, *, again: str = ""
    ) -> None:
        self._now = now
        self._tick = tick
        self._again = again
        self._state = Freshness(connection="connecting", since=now())
        self.heard_tick = tick()
        """When it was last heard, in real seconds."""
        self._accepted_tick = self._refused_tick = 0.0

    @property
    def state(self) -> Freshness:
        """How it stands now."""
        if self._state.connection == "live" and self._tick() - self.heard_tick > STALE_AFTER:
            # The source is late by its own schedule: from then on nobody knows.
            return msgspec.structs.replace(
                self._state,
                connection="stale",
                since=self._state.heard_at,
                message="The API server has not been heard for longer than it should be.",
            )
        return self._state

    def heard(self, *, every: float = 0.0) -> None:
        """It spoke; `every` as in Freshness."""
        at = self._now()
        self.heard_tick = self._tick()
        since = self._state.since if self._state.connection == "live" else at
        self._state = Freshness(connection="live", since=since, heard_at=at, every=every)

    def accepted(self, sent_tick: float) -> None:
        """The server took our login with a question that was sent then, in real seconds."""
        self._accepted_tick = sent_tick

    def refused_since(self, other: "Hearing") -> bool:
        """Whether the login was refused here after the `other` source was last let in with it."""
        return self._refused_tick > other._accepted_tick

    def failed(self, error: ClusterError) -> None:
        """It could not be heard; what it said before stays."""
        word = word_for(error, heard=bool(self._state.heard_at))
        if word == "expired" and self._state.connection != word:
            self._refused_tick = self._tick()
        told = one_after_another(str(error), self._again if error.temporary else "")
        since = self._state.since if self._state.connection == word else self._now()
        self._state = Freshness(connection=word, since=since, heard_at=self._state.heard_at, message=told)


def worst_of(states: Iterable[Freshness]) -> Freshness:
    """The one that is to be shown for all of them; the oldest hearing counts."""
    listed = list(states)
    worst = max(listed, key=lambda one: _SEVERITY.index(one.connection))
    return msgspec.structs.replace(
        worst,
        heard_at=min(one.heard_at for one in listed),
        every=max(one.every for one in listed),
    )
