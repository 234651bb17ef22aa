"""One lead on this machine: a lock that the operating system lets go when its holder dies."""

import fcntl
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec

from alfred_tui.domain.errors import Refused


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a run."""

    lead: str
    host: str
    pid: int
    since: float


_TRIES, _PAUSE = 4, 0.02
"""Who only looks whether a run is led holds its lock for a moment: that is no lead."""


class RunLock:
    """The lock of one run's folder. Released by `release` or the holder's death."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lead.lock"
        self._file: IO[bytes] | None = None

    def take(self, lead: str, host: str, since: float) -> None:
        """Takes it. Raises Refused with who holds it, OSError where files cannot be locked."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(descriptor, "r+b")
        try:
            mine = _locked(file)
        except OSError:
            file.close()
            raise
        if not mine:
            held = _decode(file.read())
            file.close()
            who = "another process"
            if held:
                told = datetime.fromtimestamp(held.since, UTC).strftime("%Y-%m-%d %H:%M:%S")
                who = f"{held.lead} on {held.host} (process {held.pid}) since {told} (UTC)"
            raise Refused(
                f"The run in {self._path.parent} is led by {who}.",
                hint="Watch it with `alfred-cockpit watch`, or ask them to quit first.",
            )
        file.truncate(0)
        file.write(msgspec.json.encode(Held(lead=lead, host=host, pid=os.getpid(), since=since)))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Lets it go."""
        if self._file:
            self._file.close()
            self._file = None


def _locked(file: IO[bytes]) -> bool:
    for left in reversed(range(_TRIES)):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if left:
                time.sleep(_PAUSE)
        else:
            return True
    return False


def is_led(folder: Path, host: str) -> bool | None:
    """Whether a process leads the run in `folder`; None when that cannot be told from `host`.

    A lock is seen on its holder's machine only, unless the file system says otherwise.
    """
    try:
        with (folder / "lead.lock").open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            held = _decode(file.read())
    except OSError:
        return None
    return False if held and held.host == host else None


def holder(folder: Path) -> Held | None:
    """Who leads the run in `folder` now; None when nobody does."""
    try:
        with (folder / "lead.lock").open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _decode(file.read())
    except OSError:
        return None
    return None


def _decode(data: bytes) -> Held | None:
    try:
        return msgspec.json.decode(data, type=Held)
    except ValueError:
        return None
