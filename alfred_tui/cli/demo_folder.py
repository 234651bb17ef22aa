"""The temporary folder of a demo: it goes with the demo, and one that was killed is cleared by the next.

A demo holds a lock in its folder for as long as it lives; the system lets go of it, however the demo ends.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "alfred-demo-"
_LOCK = "alive.lock"
_SETTLED = 60.0
"""Seconds after which a demo that lives has taken its lock, however slow the machine."""
_NOBODYS = 86_400.0
"""Seconds after which a folder without a lock is nobody's: its demo was killed before it made one."""


@contextmanager
def demo_folder() -> Iterator[Path]:
    """A new folder for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder


def sweep(now: float | None = None) -> list[Path]:
    """Removes the folders of this account's demos that are dead. What was removed."""
    now = time.time() if now is None else now
    found = sorted(Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"))
    return [folder for folder in found if _is_dead(folder, now) and _removed(folder)]


def _is_dead(folder: Path, now: float) -> bool:
    try:
        told = folder.lstat()
        if told.st_uid != os.getuid() or not folder.is_dir() or folder.is_symlink():
            return False
        age = now - told.st_mtime
        if not (folder / _LOCK).exists():
            return age > _NOBODYS
        return age > _SETTLED and not _is_held(folder / _LOCK)
    except OSError:
        return False


def _is_held(path: Path) -> bool:
    with path.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


def _removed(folder: Path) -> bool:
    with suppress(OSError):
        shutil.rmtree(folder)
        return True
    return False
