"""Log lines as values, and what of which pods' logs is wanted."""

from typing import Literal, NamedTuple

import msgspec

LineKind = Literal["line", "error", "notice"]
"""`notice`: not written by the container, but told about it: it joined, ended, or lines are missing."""


class LogLine(NamedTuple):
    """One line. Bytes: it is external text, comes in tens of thousands a second, and is rarely looked at."""

    origin: int
    """Number of the log it is of, in `LogsView.origins`."""
    at: bytes
    """When it was written, RFC 3339 with nanoseconds as the container runtime stamped it; or empty."""
    text: bytes
    kind: LineKind = "line"


OriginState = Literal["queued", "connecting", "following", "waiting", "ended", "gone", "lost", "forbidden"]
"""`waiting`: it has not started (again). `ended`: its last run has been read to the end. `lost`: the
connection was, and is tried again. `queued`: too many are followed already."""


class LogOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """The log of one container of one pod."""

    number: int
    namespace: str
    pod: str
    uid: str
    container: str
    state: OriginState = "connecting"
    message: str = ""
    """Why it is not followed, as a sentence; empty while it is."""


class LogsView(msgspec.Struct, frozen=True, kw_only=True):
    """Which logs are read, and how that goes."""

    origins: tuple[LogOrigin, ...] = ()
    message: str = ""
    """Why none can be read: there is no cluster, or nothing fits."""
    held_back: bool = False
    """Whether they print faster than they are read: what is shown lags behind."""


class LogsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which logs, and how much of each."""

    pods: str
    """Which pods; see `pod_choice`."""
    namespace: str = ""
    """Empty: any."""
    container: str = ""
    """Empty: all."""
    previous: bool = False
    """The run before a container's present one; it has ended, so it is not followed."""
    since: float = 0.0
    """Seconds back. 0: the last `tail` lines of each container."""
    tail: int = 500
