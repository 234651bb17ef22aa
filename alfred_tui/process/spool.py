"""What a command has printed, for screens and steps: any place of it, in files of any size, while it grows.

Memory and time depend on what is asked for, not on the file. Lines are told as they are shown: the last
state of a line that was rewritten, no escape sequence, and a line of its own where bytes are not kept.
"""

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from alfred_tui.domain.plain import plain
from alfred_tui.process import scanning
from alfred_tui.process.line_index import LineIndex, clipped
from alfred_tui.process.reading import LONG_LINE, PIECE, STREAMS, Index, Part, parts, shown
from alfred_tui.process.scanning import Scan
from alfred_tui.process.writing import gap_line

_BUDGET = 1 << 22
"""Bytes that one call counts lines in: a few milliseconds."""
_BATCH = 0.1
"""Seconds between two batches of a follower."""
_BATCH_PIECES = 16


class Line(msgspec.Struct, frozen=True):
    """A line and where it comes from."""

    number: int
    text: str
    stream: str
    """`stdout`, `stderr`, or empty where it is not known or the spool's own."""
    at: float
    """When it began to come: epoch seconds, to a hundredth."""


class Spool:
    """A reader of one spool. Its methods may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._indexes: list[LineIndex] = []
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes of output so far, those that are not kept counted."""
        found = parts(self.folder)
        return found[-1].end if found else 0

    @property
    def missing(self) -> int:
        """Bytes of output that are not kept."""
        return scanning.missing(self.folder)

    @property
    def line_count(self) -> int:
        """Lines known so far. `refresh` makes them more."""
        with self._lock:
            return self._total()

    def refresh(self, budget: int = _BUDGET) -> bool:
        """Counts lines in up to `budget` bytes that are new; True when there is nothing more to count."""
        with self._lock:
            return self._refresh(budget)

    def lines(self, start: int, count: int) -> list[str]:
        """`count` lines from line `start` (from 0), as far as there are any.

        Lines that were not counted before are counted now, which takes its time in a long file: a screen
        stays below `line_count`, and calls `refresh`.
        """
        with self._lock:
            while self._total() < start + count and not self._refresh(_BUDGET):
                pass
            return [shown(raw) for raw in self._read(start, count)]

    def detail(self, start: int, count: int) -> list[Line]:
        """The same lines, each with its stream and time."""
        texts = self.lines(start, count)
        with self._lock:
            offsets = [self._offset(number) for number in range(start, start + len(texts))]
        records = Index(self.folder).records(next((one for one in offsets if one is not None), 0))
        holds, coming = None, next(records, None)
        out = []
        for number, (text, offset) in enumerate(zip(texts, offsets, strict=True), start):
            while offset is not None and coming and coming.start <= offset:
                holds, coming = coming, next(records, None)
            told = holds if offset is not None else None
            stream = STREAMS.get(told.stream, "") if told else ""
            out.append(Line(number, text, stream, told.at if told else 0.0))
        return out

    def tail(self, count: int) -> list[str]:
        """The last `count` lines, whether they are counted or not, out of the last mebibytes at most."""
        found = parts(self.folder)
        out: list[bytes] = []
        for place in range(len(found) - 1, -1, -1):
            out = _last_lines(found[place], count - len(out)) + out
            if len(out) >= count:
                break
            if place and (gap := found[place].start - found[place - 1].end):
                out.insert(0, gap_line(gap).encode())
        return [shown(raw) for raw in out[max(0, len(out) - count) :]]

    async def follow(self, from_offset: int = 0) -> AsyncIterator[list[str]]:
        """Lines as they end, from a place in the output on, in batches at most ten times a second.

        Ends after the last line when the command's result is there. For a command that is lost none will
        come: cancel it.
        """
        at, rest = from_offset, b""
        while True:
            ended = (self.folder / "result.json").exists()
            batch: list[str] = []
            for _ in range(_BATCH_PIECES):
                before = at
                lines, at, rest = self._following(at, rest)
                batch += lines
                if at == before:
                    break
                await asyncio.sleep(0)
            if batch:
                yield batch
            elif ended:
                break
            await asyncio.sleep(0 if ended else _BATCH)
        if rest:
            yield [shown(rest)]

    def search(self, pattern: str, from_line: int = 0, *, backwards: bool = False) -> int | None:
        """The next line (or the one before, `backwards`) that matches, `from_line` itself included.

        Lines match as they are shown. Blocks while it reads: a screen calls it in a thread.
        """
        compiled = re.compile(pattern, re.MULTILINE)
        line = from_line
        while True:
            with self._lock:
                while line >= self._total() and not self._refresh(_BUDGET):
                    pass
                total = self._total()
                if backwards:
                    line = min(line, total - 1)
                if not 0 <= line < total:
                    return None
                low, high, raw = self._span(line)
                lines = (
                    [] if raw is not None and not _may_match(compiled, raw) else self._read(low, high - low)
                )
            numbers = range(line - low, -1, -1) if backwards else range(line - low, len(lines))
            for number in numbers if lines else ():
                if compiled.search(shown(lines[number])):
                    return low + number
            line = low - 1 if backwards else high

    def scan(self, *patterns: str, stream: str = "") -> Scan:
        """Holds patterns against the whole output, or what one stream wrote. See `scanning.scan`."""
        return scanning.scan(self.folder, patterns, stream)

    def stdout_text(self, limit: int) -> str:
        """The last `limit` bytes at most of standard output, without escape sequences."""
        return scanning.stream_text(self.folder, "stdout", limit)

    def _refresh(self, budget: int) -> bool:
        found = parts(self.folder)
        known = {index.part.path: index for index in self._indexes}
        self._indexes = []
        for part in found:
            index = known.get(part.path)
            if index is None or part.size < index.done:  # new, or cut back to where it is known to be whole
                index = LineIndex(part)
            budget -= index.advance(part, budget)
            self._indexes.append(index)
        return all(index.behind == 0 for index in self._indexes)

    def _total(self) -> int:
        return sum(index.count + (gap > 0) for gap, index in self._with_gaps())

    def _with_gaps(self) -> list[tuple[int, LineIndex]]:
        """Each part's lines, and the bytes that are missing before it: they are a line, too."""
        out, end = [], 0
        for index in self._indexes:
            out.append((index.part.start - end, index))
            end = index.part.end
        return out

    def _read(self, start: int, count: int) -> list[bytes]:
        out: list[bytes] = []
        before = 0
        for gap, index in self._with_gaps():
            if gap:
                if before >= start and len(out) < count:
                    out.append(gap_line(gap).encode())
                before += 1
            first = max(0, start + len(out) - before)
            if first < index.count and len(out) < count:
                out += index.read(first, count - len(out))
            before += index.count
        return out

    def _span(self, line: int) -> tuple[int, int, bytes | None]:
        """The lines around `line` that are searched together, and their bytes if they are at hand."""
        before = 0
        for gap, index in self._with_gaps():
            if gap:
                if line == before:
                    break
                before += 1
            if line < before + index.count:
                low, high = index.span(line - before)
                return before + low, before + high, index.raw(low, high)
            before += index.count
        return line, line + 1, None

    def _offset(self, line: int) -> int | None:
        """Where a line begins in the whole output; None for one that stands for a gap."""
        for gap, index in self._with_gaps():
            if gap:
                if not line:
                    return None
                line -= 1
            if line < index.count:
                return index.part.start + index.start_of(line)
            line -= index.count
        return None

    def _following(self, at: int, rest: bytes) -> tuple[list[str], int, bytes]:
        """The lines that ended after `at`, the place then reached, and the line that has no end yet."""
        lines: list[str] = []
        for part in parts(self.folder):
            if part.start > at:
                lines += [shown(rest)] if rest else []
                lines.append(gap_line(part.start - at))
                at, rest = part.start, b""
            if part.end > at:
                data = part.read(at - part.start, PIECE)
                *whole, rest = (rest + data).split(b"\n")
                lines += map(shown, whole)
                rest = rest[-LONG_LINE:]
                at += len(data)
                break
        return lines, at, rest


def _may_match(pattern: re.Pattern[str], raw: bytes) -> bool:
    """Whether one of the lines may match: they are looked at together, which is much faster."""
    text = raw.decode("utf-8", "replace").replace("\r", "\n")
    return pattern.search(plain(text)) is not None


def _last_lines(part: Part, count: int) -> list[bytes]:
    size = min(part.size, PIECE)
    while True:
        data = part.read(part.size - size, size)
        lines = data.removesuffix(b"\n").split(b"\n") if data else []
        if size == part.size:
            return [clipped(line) for line in lines[max(0, len(lines) - count) :]]
        if len(lines) > count or size >= _BUDGET:
            return [clipped(line) for line in lines[max(1, len(lines) - count) :]]
        size = min(part.size, size * 2)
