"""A spool's files as its readers see them: parts of text in the order of the output, and who wrote what when.

The format is told in `alfred_tui.process.writing`. Everything here reads in pieces of bounded size.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from alfred_tui.domain.plain import plain
from alfred_tui.process.writing import EITHER, RECORD, STDERR, STDOUT, TAIL

PIECE = 1 << 18
"""Bytes that are read at once."""
LONG_LINE = 1 << 16
"""Bytes of a line that are shown; of a longer one the rest is told as a number."""

STREAMS = {STDOUT: "stdout", STDERR: "stderr"}
_RECORDS_READ = 4096


class Part(msgspec.Struct, frozen=True):
    """One file of the output. `start` counts in the whole output; `size` is what it held when looked at."""

    path: Path
    start: int
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset` in the file; none if the file has gone."""
        try:
            with self.path.open("rb", buffering=0) as file:
                return os.pread(file.fileno(), size, offset)
        except FileNotFoundError:
            return b""


def parts(folder: Path) -> list[Part]:
    """The files that hold output now, in order. Between two of them bytes may be missing."""
    try:
        names = sorted(name for name in os.listdir(folder) if name == "output" or name.startswith(TAIL))
    except FileNotFoundError:
        return []
    found = []
    for name in names:
        path = folder / name
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            continue  # the oldest went while we looked
        found.append(Part(path, int(name.removeprefix(TAIL)) if name != "output" else 0, size))
    return found


class Record(msgspec.Struct, frozen=True):
    """From `start` in the whole output on. Streams: STDOUT, STDERR, EITHER; 0 for the spool's own words."""

    start: int
    stream: int
    at: float
    """Epoch seconds."""


class Index:
    """Who wrote what when."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "index"

    def records(self, offset: int = 0) -> Iterator[Record]:
        """Every record that holds at `offset` or later, in order."""
        try:
            file = self._path.open("rb", buffering=0)
        except FileNotFoundError:
            return
        with file:
            position = self._find(file.fileno(), offset)
            while data := os.pread(file.fileno(), _RECORDS_READ * RECORD, position * RECORD):
                whole = len(data) // RECORD
                for number in range(whole):
                    yield _record(data[number * RECORD : (number + 1) * RECORD])
                if not whole:
                    return
                position += whole

    def _find(self, descriptor: int, offset: int) -> int:
        """The number of the last record that starts at or before `offset` (bisection)."""
        low, high = 0, os.fstat(descriptor).st_size // RECORD
        while low < high:
            middle = (low + high) // 2
            start = int.from_bytes(os.pread(descriptor, 8, middle * RECORD), "little")
            low, high = (middle + 1, high) if start <= offset else (low, middle)
        return max(0, low - 1)

    def runs(self, stream: int, end: int) -> Iterator[tuple[int, int]]:
        """The ranges up to `end` that `stream` wrote, or may have written (in the whole output)."""
        begun = None if self._path.exists() else 0
        for record in self.records():
            if record.stream in (stream, EITHER):
                begun = record.start if begun is None else begun
            elif begun is not None:
                if record.start > begun:
                    yield begun, min(record.start, end)
                begun = None
        if begun is not None and begun < end:
            yield begun, end


def _record(data: bytes) -> Record:
    packed = int.from_bytes(data[8:], "little")
    return Record(int.from_bytes(data[:8], "little"), packed & 3, (packed >> 2) / 1_000_000)


def shown(raw: bytes) -> str:
    """A line as it is shown: its last state if it was rewritten (progress bars), and without effects."""
    if b"\r" in raw:
        raw = next((state for state in reversed(raw.split(b"\r")) if state), b"")
    return plain(raw.decode("utf-8", "replace"))
