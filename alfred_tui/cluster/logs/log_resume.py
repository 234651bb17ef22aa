"""Where a followed log goes on after its connection broke: no line twice, and none left out.

The server is asked for everything since a whole second (the kubelet knows no finer `sinceTime`), and sends
again what was read of it. Stamps alone do not tell which lines those are: several have the same one, and
those of a container's two outputs may stand in another order than their stamps. But what was read comes
first, line by line: what follows the last of it is new.
"""

from collections import Counter, deque
from contextlib import suppress
from datetime import datetime, timedelta

_WINDOW = 1000
"""Lines that are remembered each; of those before, the stamp alone decides."""


def stamp_of(line: bytes) -> bytes:
    """The RFC 3339 stamp that a line begins with; empty when there is none (the kubelet's own sentences)."""
    stamp = line[: line.find(b" ")] if b" " in line[:40] else line
    return stamp if len(stamp) >= 20 and stamp[4:5] == b"-" and stamp[10:11] == b"T" else b""


class Resume:
    """What of one log has been read."""

    def __init__(self) -> None:
        self._stamps: deque[bytes] = deque(maxlen=_WINDOW)
        self._hashes: deque[int] = deque(maxlen=_WINDOW)
        self._said: deque[int] = deque(maxlen=20)
        self._again: Counter[int] | None = None
        """While what was read comes again: by line, how often it is still to come; and how many in all."""
        self._left = 0
        self._opening = True

    @property
    def since(self) -> str:
        """What to ask for as `sinceTime`; empty when nothing was read yet."""
        if not self._stamps:
            return ""
        last = self.last
        zone = last[-1:] if last.endswith("Z") else last[-6:]
        with suppress(ValueError):
            if last[19:21] in ("", ".0", zone[:2]):
                # A line of the other output may come yet whose stamp is a little older.
                return f"{datetime.fromisoformat(last[:19]) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}{zone}"
        return f"{last[:19]}{zone}"

    @property
    def last(self) -> str:
        """The last stamp that was read; empty when there is none."""
        return self._stamps[-1].decode("ascii", "replace") if self._stamps else ""

    def begin(self) -> None:
        """A stream begins that may send again what was read."""
        self._opening = True
        since = self.since[:19].encode()
        known = zip(self._stamps, self._hashes, strict=True)
        self._again = Counter(one for stamp, one in known if stamp[:19] >= since) or None
        self._left = self._again.total() if self._again else 0

    def fresh(self, lines: list[bytes]) -> list[bytes]:
        """Those of the lines that were not read before; they are, from now on."""
        if self._opening:
            self._opening = False
            lines = [line for line in lines if stamp_of(line) or self._unsaid(line)]
        if self._again is not None:
            lines = self._after_known(lines)
        for line in lines[-_WINDOW:]:
            if stamp := stamp_of(line):
                self._stamps.append(stamp)
                self._hashes.append(hash(line))
        return lines

    def _unsaid(self, sentence: bytes) -> bool:
        """Whether a sentence of the kubelet's own was not read yet: it says it at every try."""
        said = hash(sentence) in self._said
        if not said:
            self._said.append(hash(sentence))
        return not said

    def _after_known(self, lines: list[bytes]) -> list[bytes]:
        assert self._again is not None
        told: list[bytes] = []
        for index, line in enumerate(lines):
            known = hash(line)
            if self._again[known] > 0:
                self._again[known] -= 1
                self._left -= 1
                if not self._left:
                    self._again = None
                    return told + lines[index + 1 :]
            elif not (stamp := stamp_of(line)):
                told.append(line)
            elif stamp >= self._stamps[0]:
                self._again = None
                return told + lines[index:]
        return told
