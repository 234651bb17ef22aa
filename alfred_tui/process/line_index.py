"""Where the lines of a growing file begin, without reading it twice or remembering every line.

The newlines before each block of 64 KiB are counted once, as the file grows: 8 bytes of memory a block, so
128 KiB for a file of 1 GiB. A line is found by bisection and one read of a block.
"""

from array import array
from bisect import bisect_left

from alfred_tui.process.reading import LONG_LINE, PIECE, Part

BLOCK = 1 << 16
_SPAN = PIECE // BLOCK


class LineIndex:
    """The lines of one part."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._counts = array("Q", [0])
        """Newlines before block i."""
        self._newlines = 0
        self._done = 0
        self._open_end = False

    def advance(self, part: Part, budget: int) -> int:
        """Counts up to `budget` bytes that are new in `part`; returns how many it did."""
        self.part = part
        before = self._done
        while self._done < part.size and self._done - before < budget:
            left = BLOCK - self._done % BLOCK
            data = part.read(self._done, min(left, part.size - self._done))
            if not data:
                break
            self._newlines += data.count(b"\n")
            self._done += len(data)
            self._open_end = not data.endswith(b"\n")
            if self._done % BLOCK == 0:
                self._counts.append(self._newlines)
        return self._done - before

    @property
    def done(self) -> int:
        """Bytes that are counted."""
        return self._done

    @property
    def behind(self) -> int:
        """Bytes that are not counted yet."""
        return self.part.size - self._done

    @property
    def count(self) -> int:
        """Lines known so far; one that has no end yet is one."""
        return self._newlines + self._open_end

    def start_of(self, line: int) -> int:
        """The offset in the file where `line` (from 0) begins; where counting stands, if it is not known."""
        if line <= 0:
            return 0
        if line > self._newlines:
            return self._done
        block = bisect_left(self._counts, line) - 1
        data = self.part.read(block * BLOCK, BLOCK)
        at = -1
        for _ in range(line - self._counts[block]):
            at = data.find(b"\n", at + 1)
        return block * BLOCK + at + 1

    def span(self, line: int) -> tuple[int, int]:
        """The lines around `line` that begin within the same few blocks."""
        block = max(0, bisect_left(self._counts, line) - 1)
        first = block - block % _SPAN
        last = first + _SPAN
        low = self._counts[first] + 1 if first else 0
        return low, self._counts[last] + 1 if last < len(self._counts) else self.count

    def raw(self, low: int, high: int) -> bytes | None:
        """Lines `low` to `high` of one span as they stand in the file; None if they are very long."""
        start, end = self.start_of(low), self.start_of(high)
        return self.part.read(start, end - start) if end - start <= 4 * PIECE else None

    def read(self, first: int, count: int) -> list[bytes]:
        """Lines `first` to `first + count`, without their ends, as far as they are known."""
        out: list[bytes] = []
        count = min(count, self.count - first)
        start = self.start_of(first)
        while len(out) < count:
            data = self.part.read(start, min(PIECE, self._done - start))
            if not data:
                break
            whole = data.split(b"\n")[:-1][: count - len(out)]
            if whole:
                out += map(clipped, whole)
                start += sum(map(len, whole)) + len(whole)
            else:  # longer than a piece, or not ended yet
                line = first + len(out)
                after = self.start_of(line + 1)
                out.append(self._long(start, after - (line < self._newlines)))
                start = after
        return out

    def _long(self, start: int, end: int) -> bytes:
        if end - start <= PIECE:
            return clipped(self.part.read(start, end - start))
        last = self.part.read(end - LONG_LINE, LONG_LINE)
        return clipped(last if b"\r" in last[:-1] else self.part.read(start, LONG_LINE), end - start)


def clipped(raw: bytes, size: int = 0) -> bytes:
    """What is shown of a line of `size` bytes: of a rewritten one its end, of another its beginning."""
    size = size or len(raw)
    if size <= LONG_LINE:
        return raw
    if b"\r" in raw[-LONG_LINE:-1]:
        return raw[-LONG_LINE:]
    return raw[:LONG_LINE] + f" [… {size - LONG_LINE:,} more bytes in this line]".encode()
