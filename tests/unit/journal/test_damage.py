"""A journal that a crash, a disk or a hand has damaged is told, up to where it holds."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import pytest
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.run.events import RunPaused
from alfred_tui.journal import (
    Broken,
    Journal,
    RunFolder,
    list_runs,
    newest_run,
    read_checklist,
    read_entries,
    store,
    unfinished_bytes,
    verify,
)
from alfred_tui.present.report import markdown
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.journal.test_store import STARTED, document

STORED = Path(__file__).parents[2] / "data" / "journals" / "version-1.db"


async def crashed(folder: Path, copy: Path) -> Path:
    """A journal as a killed writer leaves it: three commits in the write-ahead log, nothing merged."""
    journal = Journal.create(folder / "journal.db", document())
    for event in (STARTED, RunPaused(by="ann"), RunPaused(by="ann", reason="x" * 9000)):
        await journal.append([event], 1.0)
    copy.mkdir()
    for path in folder.glob("journal.db*"):
        if not path.name.endswith("-shm"):
            shutil.copy(path, copy)
    journal.close()
    return copy / "journal.db"


def cut(journal: Path, size: int) -> None:
    """Takes so many bytes off the end of the log."""
    log = journal.with_name("journal.db-wal")
    log.write_bytes(log.read_bytes()[:-size])


async def test_a_killed_writer_loses_nothing(tmp_path: Path) -> None:
    path = await crashed(tmp_path, tmp_path / "copy")
    assert unfinished_bytes(path) == 0
    assert verify(path) == 3


@pytest.mark.parametrize("size", [1, 100, 4096, 4120, 5000])
async def test_a_torn_last_write_is_cut_off_and_told(tmp_path: Path, size: int) -> None:
    path = await crashed(tmp_path, tmp_path / "copy")
    cut(path, size)
    assert verify(path) == 2
    journal = Journal.open(path)
    assert journal.torn > 0
    (entry,) = await journal.append([RunPaused(by="bob")], 2.0)
    journal.close()
    assert entry.seq == 3
    assert [one.event for one in read_entries(path)][1:] == [RunPaused(by="ann"), RunPaused(by="bob")]
    assert verify(path) == 3


async def test_in_a_folder_that_cannot_be_written_it_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await crashed(tmp_path, tmp_path / "copy")
    connect = store._connect_to_read

    def refuses(wanted: Path) -> sqlite3.Connection:
        """As SQLite does where it cannot make a file beside the log."""
        if wanted == path:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(wanted)

    monkeypatch.setattr(store, "_connect_to_read", refuses)
    with pytest.raises(CockpitError, match="unable to open"):
        verify(path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert verify(path) == 3
    assert len(read_entries(path)) == 3


async def test_a_state_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "50% off? #1 ünd"
    folder.mkdir()
    journal = Journal.create(folder / "journal.db", document())
    await journal.append([STARTED], 1.0)
    assert len(read_entries(folder / "journal.db")) == 1
    journal.close()


async def test_a_last_write_of_which_a_sector_is_old_is_cut_off_too(tmp_path: Path) -> None:
    path = await crashed(tmp_path, tmp_path / "copy")
    log = path.with_name("journal.db-wal")
    data = bytearray(log.read_bytes())
    data[-2000:-1500] = bytes(500)
    log.write_bytes(data)
    assert verify(path) == 2
    assert unfinished_bytes(path) > 4096


@pytest.mark.parametrize("size", [0, 10, 4096, 5000])
async def test_a_file_that_was_cut_short_is_a_sentence(tmp_path: Path, size: int) -> None:
    journal = Journal.create(tmp_path / "journal.db", document())
    for number in range(50):
        await journal.append([RunPaused(by="ann", reason="x" * 500)], float(number))
    journal.close()
    data = (tmp_path / "journal.db").read_bytes()
    (tmp_path / "journal.db").write_bytes(data[:size])
    with pytest.raises(CockpitError, match=r"The journal .* (cannot be read|does not hold|holds nothing)"):
        verify(tmp_path / "journal.db")


async def test_without_its_log_a_crashed_journal_holds_nothing_and_says_what_is_missing(
    tmp_path: Path,
) -> None:
    path = await crashed(tmp_path, tmp_path / "copy")
    path.with_name("journal.db-wal").unlink()
    with pytest.raises(CockpitError, match="holds nothing") as told:
        verify(path)
    assert "journal.db-wal, which belongs beside it" in told.value.hint


async def test_what_is_no_journal_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text("minutes of the meeting\n" * 100)
    with pytest.raises(CockpitError, match="cannot be read: file is not a database"):
        verify(tmp_path / "journal.db")


async def test_a_full_disk_is_a_sentence_and_the_journal_goes_on_when_there_is_room(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "journal.db", document())
    await journal.append([STARTED], 1.0)
    journal._connection.execute("PRAGMA max_page_count = 1")  # SQLite's own way of a full disk
    with pytest.raises(CockpitError, match="could not be written: database or disk is full") as full:
        await journal.append([RunPaused(by="ann", reason="x" * 100_000)], 2.0)
    assert "Make room" in full.value.hint
    with pytest.raises(CockpitError, match="full"):  # nothing more is taken, whatever its size
        await journal.append([RunPaused(by="ann")], 3.0)
    journal.close()
    before = verify(tmp_path / "journal.db")
    journal = Journal.open(tmp_path / "journal.db")
    (entry,) = await journal.append([RunPaused(by="bob")], 4.0)
    journal.close()
    assert entry.seq == before + 1 == verify(tmp_path / "journal.db")


def test_a_journal_of_version_1_opens_and_reports(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    shutil.copy(STORED, folder.journal)
    with sqlite3.connect(folder.journal) as connection:
        assert connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone() == (b"1",)
    connection.close()
    assert verify(folder.journal) == len(read_entries(folder.journal)) == 20
    state, _ = folder.read()
    assert state.result == "done"
    told = markdown(state, state.at)
    assert state.checklist.title in told
    assert all(step.title in told for step in state.checklist.steps())


def damaged(folder: Path, statement: str) -> RunFolder:
    """A run whose journal somebody has changed by hand."""
    run = folder / "runs" / "r"
    run.mkdir(parents=True)
    shutil.copy(STORED, run / "journal.db")
    with closing(sqlite3.connect(run / "journal.db", isolation_level=None)) as connection:
        connection.execute(statement)
    return RunFolder(run)


@pytest.mark.parametrize(
    ("statement", "seq", "why"),
    [
        ("DELETE FROM events WHERE seq = 1", 1, "the next one stored is 2"),
        ("DELETE FROM events WHERE seq = 4", 4, "the next one stored is 5"),
        ("UPDATE events SET at = at + 1 WHERE seq = 3", 3, "its hash does not follow"),
        ("UPDATE events SET at = 'noon' WHERE seq = 3", 3, "its hash does not follow"),
        ("UPDATE events SET body = x'7b' WHERE seq = 7", 7, "its hash does not follow"),
        ("UPDATE events SET chain = x'00' WHERE seq = 2", 2, "its hash does not follow"),
        (
            "UPDATE events SET body = (SELECT body FROM events AS o WHERE o.seq = 11 - events.seq)"
            " WHERE seq IN (5, 6)",
            5,
            "its hash does not follow",
        ),
        (
            "UPDATE events SET body = replace(body, 'step', 'stop') WHERE seq = 5",
            5,
            "its hash does not follow",
        ),
    ],
)
def test_what_was_changed_by_hand_is_told_by_its_number_and_breaks_no_list(
    tmp_path: Path, statement: str, seq: int, why: str
) -> None:
    folder = damaged(tmp_path, statement)
    with pytest.raises(Broken, match=why) as broken:
        verify(folder.journal)
    assert broken.value.seq == seq
    with pytest.raises(Broken):
        Journal.open(folder.journal)
    with suppress(CockpitError):  # what can be read may be read
        folder.read()
    found, unread = list_runs(tmp_path, "box")
    assert len(found) + len(unread) == 1
    assert newest_run(tmp_path) == "r"


def test_an_unknown_version_and_one_that_is_none_are_sentences(tmp_path: Path) -> None:
    newer = damaged(tmp_path / "newer", "UPDATE meta SET value = '2' WHERE key = 'version'")
    none = damaged(tmp_path / "none", "UPDATE meta SET value = 'one' WHERE key = 'version'")
    for read in (verify, read_entries, read_checklist, Journal.open):
        with pytest.raises(CockpitError, match="has version 2; this program reads up to 1") as told:
            read(newer.journal)
        assert told.value.hint == "Open it with the newer alfred-cockpit that wrote it."
        with pytest.raises(CockpitError, match="cannot be read: invalid literal"):
            read(none.journal)


WHOLE = STORED.read_bytes()


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=40)), max_size=4),
    st.none() | st.integers(0, len(WHOLE)),
)
def test_whatever_a_disk_does_to_a_journal_is_a_sentence(
    spots: list[tuple[int, bytes]], size: int | None
) -> None:
    data = bytearray(WHOLE)
    for at, other in spots:
        data[at : at + len(other)] = other
    with tempfile.TemporaryDirectory() as state:
        run = Path(state) / "runs" / "r"
        run.mkdir(parents=True)
        (run / "journal.db").write_bytes(data[:size])
        folder = RunFolder(run)
        for read in (folder.read, folder.started, lambda: verify(folder.journal)):
            with suppress(CockpitError):
                read()
        with suppress(CockpitError):
            Journal.open(folder.journal).close()
        list_runs(Path(state), "box")
        newest_run(Path(state))
