"""The journal: SQLite in WAL mode with synchronous=FULL, written from one thread of its own.

An event is on disk before `append` returns. Events that arrive while a sync is under way share the next
one. Each row carries `chain = sha256(previous chain ‖ seq ‖ at ‖ body)`, so that a record that was altered,
dropped or inserted is found by its number. Readers open the file read-only and never lock the writer.
"""

import asyncio
import hashlib
import os
import queue
import sqlite3
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec

from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.plain import as_text
from alfred_tui.domain.run.events import AnyEvent, Entry
from alfred_tui.journal.torn import unfinished_bytes

VERSION = 1
"""Raised when an older program could no longer read a newer journal."""

_SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE events"
    " (seq INTEGER PRIMARY KEY, at REAL NOT NULL, body BLOB NOT NULL, chain BLOB NOT NULL)",
)
_ROWS = "SELECT seq, at, CAST(body AS BLOB), CAST(chain AS BLOB) FROM events"
"""Cast: a file that was edited by hand may hold text where bytes were."""
_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?)"
_ROOT = b"\0" * 32
_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)

_Row = tuple[int, float, bytes]
"""Number, time and body of an event."""
_Job = tuple[Sequence[_Row], "asyncio.Future[None]", asyncio.AbstractEventLoop]


class Broken(CockpitError):
    """The journal does not hold from `seq` on."""

    def __init__(self, path: Path, seq: int, why: str) -> None:
        super().__init__(
            f"The journal {path} does not hold from event {seq} on: {why}.",
            hint="Events before it are whole; keep the file as it is and start a new run.",
        )
        self.seq = seq
        self.why = why


def _link(before: bytes, seq: int, at: float, body: bytes) -> bytes:
    return hashlib.sha256(before + struct.pack(">qd", seq, at) + body).digest()


def _encoded(event: AnyEvent) -> tuple[AnyEvent, bytes]:
    """The event as it is recorded, and its body. What no file can hold becomes U+FFFD in both."""
    try:
        return event, _encode(event)
    except UnicodeEncodeError:
        body = _encode(_readable(msgspec.to_builtins(event)))
        return _decoder.decode(body), body


def _readable(value: object) -> object:
    match value:
        case str():
            return as_text(value)
        case dict():
            return {_readable(key): _readable(one) for key, one in value.items()}
        case list():
            return [_readable(one) for one in value]
    return value


class Journal:
    """The writer of one run's journal. One process holds it at a time (see `RunLock`)."""

    def __init__(self, path: Path, connection: sqlite3.Connection, seq: int, chain: bytes) -> None:
        self.path = path
        self._connection = connection
        self._written = seq
        self._seq = seq
        self._chain = chain
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._failed: CockpitError | None = None
        self._file = _identity(path)
        self.torn = 0
        """Bytes of a last write that was torn, cut off when the journal was opened."""
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    @classmethod
    def create(cls, path: Path, checklist: Checklist) -> "Journal":
        """A new journal with its checklist. Raises CockpitError when the folder cannot be written."""
        try:
            connection = _connect(path)
            meta = {"version": str(VERSION).encode(), "checklist": _encode(checklist)}
            connection.execute("BEGIN")  # a reader finds a whole journal, or none
            for table in _SCHEMA:
                connection.execute(table)
            connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise _unwritable(path, error) from error
        return cls(path, connection, 0, _ROOT)

    @classmethod
    def open(cls, path: Path) -> "Journal":
        """An existing journal, to be appended to. Raises Broken when its chain does not hold."""
        last = verify(path)
        try:
            left = unfinished_bytes(path)
            connection = _connect(path)
            row = connection.execute("SELECT chain FROM events WHERE seq = ?", (last,)).fetchone()
        except sqlite3.Error as error:
            raise _unwritable(path, error) from error
        journal = cls(path, connection, last, row[0] if row else _ROOT)
        journal.torn = left
        return journal

    async def append(self, events: Sequence[AnyEvent], at: float) -> tuple[Entry, ...]:
        """Writes the events; they are on disk when this returns. Raises CockpitError when they are not."""
        if self._failed:
            raise self._failed
        # Before a number is given: what cannot be encoded is told to the caller and leaves no hole.
        bodies = [_encoded(event) for event in events]
        entries, rows = [], []
        for event, body in bodies:
            self._seq += 1
            entries.append(Entry(seq=self._seq, at=at, event=event))
            rows.append((self._seq, at, body))
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._jobs.put((rows, done, loop))
        # The write goes on when the caller is cancelled: what was handed over gets to the disk.
        await done
        return tuple(entries)

    def close(self) -> None:
        """Writes what was handed over, and closes."""
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    def _write(self) -> None:
        ending = False
        while not ending:
            jobs: list[_Job] = []
            first = self._jobs.get()
            ending = first is None
            if first:
                jobs.append(first)
            while not ending:
                try:
                    more = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    ending = True
                else:
                    jobs.append(more)
            if jobs:
                self._commit(jobs)

    def _commit(self, jobs: list[_Job]) -> None:
        error: CockpitError | None = self._failed
        chain = self._chain
        rows = []
        for events, _, _ in jobs:
            for seq, at, body in events:
                chain = _link(chain, seq, at, body)
                rows.append((seq, at, body, chain))
        if error is None:
            try:
                self._insert(rows)
                self._chain = chain
                if _identity(self.path) != self._file:
                    # SQLite writes on into a file that nobody finds any more.
                    error = self._failed = _removed(self.path)
            except sqlite3.Error as cause:
                # After a failed write the numbers handed out would leave a hole: nothing more is taken.
                error = self._failed = _unwritable(self.path, cause)
        for loop in {loop for _, _, loop in jobs}:
            loop.call_soon_threadsafe(_resolve, [done for _, done, its in jobs if its is loop], error)

    def _insert(self, rows: list[tuple[int, float, bytes, bytes]]) -> None:
        """All of them or none. A single one is a transaction by itself, which spares two statements."""
        if len(rows) == 1:
            self._connection.execute(_INSERT, rows[0])
            return
        self._connection.execute("BEGIN")
        try:
            self._connection.executemany(_INSERT, rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def _resolve(futures: "list[asyncio.Future[None]]", error: CockpitError | None) -> None:
    for done in futures:
        if done.done():
            continue  # its caller was cancelled
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, timeout=5, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is; None when there is none (any more)."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _removed(path: Path) -> CockpitError:
    return CockpitError(
        f"The journal {path} could not be written: it was removed or replaced under the run.",
        hint="Bring the run's folder back and resume the run, or start a new one: what was done since is in "
        "no record.",
    )


def _unwritable(path: Path, error: Exception) -> CockpitError:
    return CockpitError(
        f"The journal {path} could not be written: {error}.",
        hint="Make room or make the folder writable, then resume the run: nothing was done unrecorded.",
    )


@contextmanager
def _read(path: Path) -> Iterator[sqlite3.Connection]:
    """The journal, open for reading. Raises CockpitError when it cannot be read, or is not what it should."""
    if not path.exists():
        raise CockpitError(f"There is no journal at {path}.", hint="`alfred-cockpit runs` lists the runs.")
    try:
        with ExitStack() as opened:
            connection = _opened(path, opened)
            _check_version(path, connection)
            yield connection
    # A file that a disk or a hand has damaged may hold anything where a number or a text should be.
    except (sqlite3.Error, OSError, ValueError, TypeError, OverflowError) as error:
        raise CockpitError(
            f"The journal {path} cannot be read: {error}.", hint="Keep it as it is, and start a new run."
        ) from error


def _opened(path: Path, opened: ExitStack) -> sqlite3.Connection:
    """The journal, open for as long as `opened` is."""
    try:
        return opened.enter_context(closing(_connect_to_read(path)))
    except sqlite3.OperationalError:
        if os.access(path.parent, os.W_OK):
            raise
        import shutil
        from tempfile import TemporaryDirectory

        # A write-ahead log is read by a file beside it, which cannot be made in an archive: so from a copy.
        folder = Path(opened.enter_context(TemporaryDirectory()))
        for one in (path, path.with_name(f"{path.name}-wal")):
            if one.exists():
                shutil.copyfile(one, folder / one.name)
        return opened.enter_context(closing(_connect_to_read(folder / path.name)))


def _connect_to_read(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        raise CockpitError(
            f"The journal {path} holds nothing.",
            hint=f"After a crash its events are in {path.name}-wal, which belongs beside it; without that "
            "file, start a new run.",
        )
    row = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
    version = int(row[0]) if row else 0
    if version > VERSION:
        raise CockpitError(
            f"The journal {path} has version {version}; this program reads up to {VERSION}.",
            hint="Open it with the newer alfred-cockpit that wrote it.",
        )


def read_checklist(path: Path) -> Checklist:
    """The checklist as it was when the run began."""
    with _read(path) as connection:
        row = connection.execute("SELECT value FROM meta WHERE key = 'checklist'").fetchone()
        return msgspec.json.decode(row[0], type=Checklist)


def read_beginning(path: Path) -> float:
    """When the first event was recorded, in epoch seconds; 0 when there is none, or none can be read."""
    try:
        with _read(path) as connection:
            row = connection.execute("SELECT at FROM events WHERE seq = 1").fetchone()
            return float(row[0]) if row else 0.0
    except CockpitError:
        return 0.0


def read_entries(path: Path, after: int = 0, limit: int = -1) -> list[Entry]:
    """Events with a number above `after`, in order; at most `limit` of them, if it is not negative."""
    with _read(path) as connection:
        rows = connection.execute(f"{_ROWS} WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)).fetchall()
    return [_entry(path, seq, at, body) for seq, at, body, _ in rows]


def _entry(path: Path, seq: int, at: object, body: bytes | None) -> Entry:
    if not isinstance(at, float) or body is None:
        raise Broken(path, seq, "it has no time or no text")
    try:
        return Entry(seq=seq, at=at, event=_decoder.decode(body))
    except ValueError as error:
        raise Broken(path, seq, f"its text is no event ({error})") from error


def verify(path: Path) -> int:
    """The number of the last event, every one of which holds. Raises Broken at the first that does not."""
    chain, expected = _ROOT, 1
    with _read(path) as connection:
        for seq, at, body, link in connection.execute(f"{_ROWS} ORDER BY seq"):
            if seq != expected:
                raise Broken(path, expected, f"the next one stored is {seq}")
            if isinstance(at, float) and body is not None:
                chain = _link(chain, seq, at, body)
            if chain != link:
                raise Broken(path, seq, "its hash does not follow from the events before it")
            _entry(path, seq, at, body)
            expected += 1
    return expected - 1
