"""The spool's writer: what a command prints, on disk as it comes, within a cap.

A spool is a folder with plain files that `cat output*` reads in order:
  output                 the first bytes, both streams as they came
  output.gap             one line, only if bytes were dropped: how many
  output.tail-OFFSET     later bytes; OFFSET (15 digits) counts in the whole output, and the oldest goes first
and, beside the text,
  index                  16 bytes a record: u64 LE offset in the whole output, u64 LE microseconds since the
                         epoch * 4 + stream (0 the spool itself, 1 stdout, 2 stderr, 3 either). A record holds
                         until the next. It is written before its bytes.

Part of the supervisor: only what costs nothing is imported at the top.
"""

from __future__ import annotations

import errno
import os

STDOUT, STDERR, EITHER = 1, 2, 3
RECORD = 16
TAIL = "output.tail-"
_STEP_US = 10_000
"""Microseconds within which bytes of one stream share a record."""
_FINE = 1 << 20
"""Records after which a change of stream makes a new one only once in 16 steps: the index stays small."""
_SYNCED = 64 << 20
"""Bytes up to which the output is synced when it ends. More would cost seconds; a reader can tell a loss."""


class SpoolWriter:
    """Appends output to the spool in `folder`, which must be there. One writer at a time.

    Keeps the first half of `cap` bytes and at least its last quarter. A disk that does not take the bytes
    does not stop the command: what could not be written is counted, and said in the output when there is
    room again.
    """

    def __init__(self, folder: str, cap: int) -> None:
        self._folder = folder
        self._head_room = max(1, cap // 2)
        self._tail_room = max(1, cap // 4)
        self._tails = sorted(name for name in os.listdir(folder) if name.startswith(TAIL))
        self._index = self._open("index")
        self._records = os.fstat(self._index).st_size // RECORD
        self._file = self._open(self._tails[-1] if self._tails else "output")
        written = os.fstat(self._file).st_size
        self._room = (self._tail_room if self._tails else self._head_room) - written
        self._fresh, self._line_begins = not written, True
        self._marked = (0, 0)
        self.size = (int(self._tails[-1].removeprefix(TAIL)) if self._tails else 0) + written
        """Bytes of output so far, kept or not; without those that the disk did not take."""
        self.dropped = self._gap() if self._tails else 0
        """Bytes that are not kept, because of the cap or the disk."""
        self._unwritten = 0
        self.trouble = ""
        """Why bytes could not be written, if any could not."""

    def write(self, stream: int, data: bytes, now: float) -> None:
        """Appends `data` of `stream` (STDOUT, STDERR or EITHER), which came at `now` (epoch seconds)."""
        if self._unwritten:
            self._admit(now)
        before = self.size
        try:
            self._mark(stream, int(now * 1_000_000))
            self._append(memoryview(data))
        except OSError as error:
            self.trouble = error.strerror or str(error)
            lost = len(data) - (self.size - before)
            self._unwritten += lost
            self.dropped += lost

    def close(self) -> None:
        """Puts the output on disk, unless that would take seconds. It can be asked again."""
        if self._file < 0:
            return
        try:
            if 0 < self.size <= _SYNCED:
                os.fsync(self._file)
                os.fsync(self._index)
        except OSError as error:
            self.trouble = error.strerror or str(error)
        os.close(self._file)
        os.close(self._index)
        self._file = self._index = -1

    def _append(self, rest: memoryview) -> None:
        while rest:
            if self._room <= 0:
                self._turn()
            fits = len(rest) <= self._room
            piece = rest if fits else rest[: self._border(bytes(rest[: self._room]))]
            done = os.write(self._file, piece) if piece else 0
            self._room -= done
            self.size += done
            if done:
                self._fresh, self._line_begins = False, piece[done - 1] == 10
            rest = rest[done:]
            if not fits and done == len(piece):
                self._room = 0

    def _border(self, piece: bytes) -> int:
        """Where to turn to the next file: at a line's end, unless the line is longer than a file."""
        at = piece.rfind(b"\n") + 1
        return at if at or (self._line_begins and not self._fresh) else len(piece)

    def _turn(self) -> None:
        """Goes on in a new file; lets the oldest but one go."""
        name = f"{TAIL}{self.size:015d}"
        file = self._open(name)
        os.close(self._file)
        self._file, self._room, self._fresh = file, self._tail_room, True
        self._tails.append(name)
        if len(self._tails) > 2:
            oldest = os.path.join(self._folder, self._tails.pop(0))
            self.dropped += os.path.getsize(oldest)
            os.unlink(oldest)
            with open(os.path.join(self._folder, "output.gap"), "w", encoding="utf-8") as gap:
                gap.write(gap_line(self._gap()) + "\n")

    def _gap(self) -> int:
        """Bytes between the head and the first tail."""
        head = os.path.getsize(os.path.join(self._folder, "output"))
        return int(self._tails[0].removeprefix(TAIL)) - head

    def _mark(self, stream: int, at: int) -> None:
        """Says from which stream and time the next bytes are, if that is news."""
        last, when = self._marked
        apart = at - when
        if self._records > _FINE:
            stream, apart = EITHER, apart // 16
        if stream == last and 0 <= apart < _STEP_US:
            return
        record = self.size.to_bytes(8, "little") + (at * 4 + stream).to_bytes(8, "little")
        if os.write(self._index, record) < RECORD:
            os.ftruncate(self._index, self._records * RECORD)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._marked = (stream, at)
        self._records += 1

    def _admit(self, now: float) -> None:
        line = f"\n[{self._unwritten} bytes of output could not be written: {self.trouble}]\n".encode()
        try:
            self._mark(0, int(now * 1_000_000))
            os.write(self._file, line)
            self.size += len(line)
            self._room = max(0, self._room - len(line))
            self._unwritten = 0
        except OSError as error:
            self.trouble = error.strerror or str(error)

    def _open(self, name: str) -> int:
        path = os.path.join(self._folder, name)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def gap_line(missing: int) -> str:
    """The line that stands where bytes are not kept."""
    return f"[… {missing:,} bytes of output are not kept: the output is longer than its cap …]"
