"""The spool of a command that runs elsewhere: the same files here, copied byte by byte and never twice.

How far the copy has come is on disk beside it. After a crash the copy is cut back to where that was true,
and goes on from there; bytes that a redactor holds back count as not reached, and so do those that wait: the
far streams come in pieces, and one does not begin inside the other's line.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from alfred_tui.domain.command import Result
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.redaction import Redactor
from alfred_tui.process.reading import parts
from alfred_tui.process.writing import RECORD, STDERR, STDOUT, SpoolWriter

_LONGEST_WAIT = 8 << 20
"""Bytes of a stream that wait for the end of the other's line."""
_PIECES = 20
"""Pieces of the other stream within which that end must come."""


class _Mark(msgspec.Struct, frozen=True, kw_only=True):
    """`copy.json`: bytes of the far streams that are here, and what the files here held then."""

    stdout: int = 0
    stderr: int = 0
    size: int = 0
    records: int = 0


class SpoolCopy:
    """Writes what comes from a far spool into `folder` (made if it is missing), redacted."""

    def __init__(self, folder: Path, secrets: Mapping[str, str], cap: int = 1 << 30) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        mark = _cut_back(folder)
        self._writer = SpoolWriter(str(folder), cap)
        redactor = Redactor(secrets)
        self._redactors = {STDOUT: redactor, STDERR: redactor.twin()}
        self._taken = {STDOUT: mark.stdout, STDERR: mark.stderr}
        self._open = 0  # the stream whose line has no end yet
        self._waits, self._waiting = 0, b""  # the other stream, and what came of it meanwhile
        self._pieces = 0

    @property
    def sent(self) -> bool:
        """Whether the order to start the command may have left: then it may run."""
        return (self._folder / "sent").exists()

    def sending(self) -> None:
        """The order to start it is about to leave; on disk when this returns. Raises CockpitError."""
        try:
            _replace(self._folder / "sent", b"", durably=True)
        except OSError as error:
            raise CockpitError(
                f"{self._folder} cannot be written: {error.strerror}. Nothing was run.",
                hint="Make room, then retry.",
            ) from error

    @property
    def reached(self) -> tuple[int, int]:
        """Bytes of the far standard output and standard error that are here for good."""
        out, err = (self._taken[one] - self._redactors[one].held for one in (STDOUT, STDERR))
        waiting = len(self._waiting)
        return (out - waiting, err) if self._waits == STDOUT else (out, err - waiting)

    @property
    def wanted(self) -> tuple[int, int]:
        """The bytes of the far standard output and standard error from which `take` goes on."""
        return self._taken[STDOUT], self._taken[STDERR]

    def take(self, stream: int, data: bytes) -> None:
        """The next bytes of a stream (1 standard output, 2 standard error)."""
        self._taken[stream] += len(data)
        self._admit(stream, data)
        self._note()

    def quiet(self) -> None:
        """Nothing comes for the moment: what waits for the end of a line waits no longer."""
        if self._waiting:
            self._let_in()
            self._note()

    def _admit(self, stream: int, data: bytes) -> None:
        if not data:
            return
        if self._open not in (0, stream):
            self._waits, self._waiting = stream, self._waiting + data
            if len(self._waiting) > _LONGEST_WAIT:
                self._let_in()
            return
        at = len(data)
        if self._waiting:
            self._pieces += 1
            at = _line_end(data) or at
        self._feed(stream, data[:at])
        if self._waiting and (not self._open or self._pieces > _PIECES):
            self._let_in()
        self._admit(stream, data[at:])

    def _let_in(self) -> None:
        """What has waited, though the other stream's line may have no end yet."""
        waited, self._waiting, self._pieces = self._waiting, b"", 0
        self._feed(self._waits, waited)

    def _feed(self, stream: int, data: bytes) -> None:
        self._open = 0 if _line_end(data[-1:]) else stream
        if done := self._redactors[stream].feed(data):
            self._writer.write(stream, done, time.time())

    def _flush(self, stream: int) -> None:
        if rest := self._redactors[stream].flush():
            self._writer.write(stream, rest, time.time())

    def finish(self, result: Result) -> Result:
        """All has come: puts the result on disk, completed by what is known here.

        Raises CockpitError when it cannot be written.
        """
        last = self._waits or STDERR
        self._flush(STDOUT if last == STDERR else STDERR)
        if self._waiting:
            self._let_in()
        self._flush(last)
        self._note()
        self._writer.close()
        names = tuple(self._redactors[STDOUT].text(name, cut=True) for name in result.left_behind)
        whole = msgspec.structs.replace(
            result, left_behind=names, output=self._writer.size, dropped=self._writer.dropped
        )
        try:
            _replace(self._folder / "result.json", msgspec.json.encode(whole), durably=True)
        except OSError as error:
            raise CockpitError(
                f"The command's result could not be written in {self._folder}: {error.strerror}.",
                hint="It waits on the far side. Make room, then resume the run.",
            ) from error
        return whole

    def close(self) -> None:
        """Lets the files go; another copy can go on from here."""
        self._writer.close()

    def _note(self) -> None:
        out, err = self.reached
        # A disk without room keeps the old mark: from there another copy takes the same bytes again.
        with suppress(OSError):
            records = (self._folder / "index").stat().st_size // RECORD
            mark = _Mark(stdout=out, stderr=err, size=self._writer.size, records=records)
            _replace(self._folder / "copy.json", msgspec.json.encode(mark), durably=False)


def _line_end(data: bytes) -> int:
    """The bytes up to and with the first end of a line; a progress bar's returns are ends. 0 without one."""
    return min((at + 1 for at in (data.find(b"\n"), data.find(b"\r")) if at >= 0), default=0)


def _cut_back(folder: Path) -> _Mark:
    """Makes the files what they were at the last mark. Where that cannot be, the copy begins anew."""
    try:
        mark = msgspec.json.decode((folder / "copy.json").read_bytes(), type=_Mark)
    except (OSError, ValueError):
        mark = _Mark()
    found = parts(folder)
    if not found or found[-1].end < mark.size or not any(one.start <= mark.size <= one.end for one in found):
        mark = _Mark()
    for part in found:
        if part.start >= mark.size and part.start:
            part.path.unlink()
        else:
            os.truncate(part.path, min(part.size, max(0, mark.size - part.start)))
    if (index := folder / "index").exists():
        os.truncate(index, min(index.stat().st_size, mark.records * RECORD))
    return mark


def _replace(path: Path, data: bytes, *, durably: bool) -> None:
    mine = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        if durably:
            file.flush()
            os.fsync(file.fileno())
    mine.replace(path)
    if durably:
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
