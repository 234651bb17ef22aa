"""Log lines as values, what of which pods' logs is wanted, and when a line looks like an error.

One rule for errors, so that the log scan of a checklist and the screen beside it count the same lines.
"""

import re
from typing import Literal, NamedTuple

import msgspec

from alfred_tui.domain.actions import Logs
from alfred_tui.domain.checklist import Checklist

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


class LogRule:
    """What no line should match: `bad`, except where it matches `ignore`."""

    def __init__(self, bad: str, ignore: str = "") -> None:
        self._bad = re.compile(bad.encode()) if bad else None
        self._ignore = re.compile(ignore.encode()) if ignore else None

    def __call__(self, line: bytes) -> bool:
        """Whether a line looks like an error."""
        if self._bad is None or not self._bad.search(line):
            return False
        return self._ignore is None or not self._ignore.search(line)


USUAL_ERROR = r"(?i)\b(error|exception|traceback|fatal|panic)\b"
"""For a checklist that scans no logs."""


def error_rule(checklist: Checklist) -> LogRule:
    """The rule of the checklist's first scan for lines that must not be there."""
    for step in checklist.steps():
        action = step.action
        if isinstance(action, Logs) and action.must_not_match:
            try:
                return LogRule(action.must_not_match, action.ignore)
            except re.error:
                continue  # a variable that has no value yet stands in it
    return LogRule(USUAL_ERROR)
