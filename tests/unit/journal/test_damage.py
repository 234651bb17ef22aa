"""A journal that a crash, a disk or a hand has damaged is told, up to where it holds."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.events import RunPaused
from alfred_tui.journal import Journal, RunFolder, read_entries, unfinished_bytes, verify
from alfred_tui.present.report import markdown

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
    with pytest.raises(CockpitError, match=r"The journal .* (cannot be read|does not hold)"):
        verify(tmp_path / "journal.db")


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
