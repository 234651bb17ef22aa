"""The newest lines of several logs, as many as there is room for; how many older ones went is known."""

from collections.abc import Sequence

from alfred_tui.domain.logs.lines import LogLine

LINES = 50_000
SIZE = 32 << 20
"""Bytes of text."""
_SPARE = 16
"""One part in so many is dropped at once, so that dropping costs next to nothing for each line."""


class LogRing:
    """Lines in the order in which they came. Errors are counted as they come, dropped or not."""

    def __init__(self, lines: int = LINES, size: int = SIZE) -> None:
        self._most, self._size = lines, size
        self._lines: list[LogLine] = []
        self._bytes = 0
        self.dropped = 0
        self.errors = 0
        self.errors_of: dict[int, int] = {}
        """By the number of their log."""

    @property
    def total(self) -> int:
        """Lines that ever came."""
        return self.dropped + len(self._lines)

    @property
    def size(self) -> int:
        """Bytes of text that are held."""
        return self._bytes

    def lines(self) -> list[LogLine]:
        """Those that are held, as they are now."""
        return self._lines[:]

    def extend(self, batch: Sequence[LogLine]) -> None:
        """Takes lines, and drops the oldest for which there is no room any more."""
        self._lines.extend(batch)
        self._bytes += sum(len(one.text) for one in batch)
        for one in batch:
            if one.kind == "error":
                self.errors += 1
                self.errors_of[one.origin] = self.errors_of.get(one.origin, 0) + 1
        if len(self._lines) > self._most or self._bytes > self._size:
            self._drop()

    def _drop(self) -> None:
        most, size = self._most - self._most // _SPARE, self._size - self._size // _SPARE
        count = max(0, len(self._lines) - most)
        self._bytes -= sum(len(one.text) for one in self._lines[:count])
        while self._bytes > size and count < len(self._lines):
            self._bytes -= len(self._lines[count].text)
            count += 1
        del self._lines[:count]
        self.dropped += count
