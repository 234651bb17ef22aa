"""The journal keeps what it was given, in order, and says where it does not hold."""

import asyncio
import errno
import fcntl
import os
import sqlite3
import threading
from pathlib import Path

import pytest
from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.errors import CockpitError, Refused
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.run.events import (
    AnyEvent,
    RollbackStarted,
    RunFinished,
    RunPaused,
    RunStarted,
    StepFinished,
    StepStarted,
)
from alfred_tui.journal import (
    Broken,
    Journal,
    RunFolder,
    RunLock,
    is_led,
    list_runs,
    read_entries,
    state_dir,
    verify,
)
from alfred_tui.journal.lock import holder

STARTED = RunStarted(run="r", title="T", digest="d", lead="ann", host="h")


def document() -> Checklist:
    step = Step(id="a", title="A", action=Run(command="true"))
    return Checklist(
        title="T", phases=(Phase(id="p", title="P", sections=(Section(id="s", title="S", steps=(step,)),)),)
    )


async def write(path: Path, *events: AnyEvent) -> None:
    journal = Journal.create(path, document())
    for number, event in enumerate(events):
        await journal.append([event], 100.0 + number)
    journal.close()


async def test_events_come_back_in_order_with_their_numbers_and_times(tmp_path: Path) -> None:
    await write(tmp_path / "j.db", STARTED, StepStarted(step="a", attempt=1))
    entries = read_entries(tmp_path / "j.db")
    assert [(one.seq, one.at) for one in entries] == [(1, 100.0), (2, 101.0)]
    assert entries[1].event == StepStarted(step="a", attempt=1)
    assert read_entries(tmp_path / "j.db", after=1) == entries[1:]


async def test_a_run_in_the_middle_of_a_rollback_is_told_so(tmp_path: Path) -> None:
    """Who begins another run then begins it on what the rollback has left."""
    undo = Step(id="undo", title="Undo", action=Run(command="true"))
    stop = Step(id="stop", title="Stop", action=Run(command="true"))
    back = RollbackStarted(procedure="db", title="Database Rollback", steps=(stop, undo), by="ann")
    stopped = StepFinished(step="stop", attempt=1, outcome=Outcome(status="passed"))
    folder = RunFolder.create(tmp_path, "20260101-0000-aaaa")
    await write(folder.journal, STARTED, back, StepStarted(step="stop", attempt=1), stopped)
    other = RunFolder.create(tmp_path, "20260101-0001-bbbb")
    await write(other.journal, STARTED, back, RunFinished(result="rolled_back"))
    found, _ = list_runs(tmp_path, "box")
    assert {one.run: one.rolling_back for one in found} == {
        "20260101-0000-aaaa": "Database Rollback, 1 of 2",
        "20260101-0001-bbbb": "",
    }


async def test_an_event_is_on_disk_when_append_returns(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "j.db", document())
    await journal.append([STARTED], 1.0)
    assert len(read_entries(tmp_path / "j.db")) == 1
    journal.close()


async def test_events_that_arrive_together_keep_their_order_and_share_a_sync(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "j.db", document())
    await asyncio.gather(*(journal.append([StepStarted(step=f"s{n}", attempt=1)], 1.0) for n in range(200)))
    journal.close()
    steps = [one.event.step for one in read_entries(tmp_path / "j.db") if isinstance(one.event, StepStarted)]
    assert steps == [f"s{n}" for n in range(200)]
    assert verify(tmp_path / "j.db") == 200


async def test_an_event_with_text_that_no_file_can_hold_is_written_and_returned_readable(
    tmp_path: Path,
) -> None:
    journal = Journal.create(tmp_path / "j.db", document())
    odd = RunStarted(run="r", title="T", digest="d", lead="ann", host="h", workdir="/srv/caf\udce9")
    (entry,) = await asyncio.wait_for(journal.append([odd], 1.0), 5)
    await journal.append([StepStarted(step="a", attempt=1)], 2.0)
    journal.close()
    assert isinstance(entry.event, RunStarted)
    assert entry.event.workdir == "/srv/caf\N{REPLACEMENT CHARACTER}"
    assert read_entries(tmp_path / "j.db")[0] == entry
    assert verify(tmp_path / "j.db") == 2


async def test_a_reopened_journal_goes_on_with_the_next_number(tmp_path: Path) -> None:
    await write(tmp_path / "j.db", STARTED)
    journal = Journal.open(tmp_path / "j.db")
    (entry,) = await journal.append([RunPaused(by="ann")], 5.0)
    journal.close()
    assert entry.seq == 2
    assert verify(tmp_path / "j.db") == 2


@pytest.mark.parametrize(
    ("harm", "seq", "why"),
    [
        ("UPDATE events SET body = replace(CAST(body AS TEXT), 'ann', 'eve') WHERE seq = 2", 2, "hash"),
        ("DELETE FROM events WHERE seq = 2", 2, "next one stored is 3"),
        ("UPDATE events SET at = at + 1 WHERE seq = 3", 3, "hash"),
        ("UPDATE events SET chain = zeroblob(32) WHERE seq = 1", 1, "hash"),
    ],
)
async def test_the_first_event_that_does_not_hold_is_named(
    tmp_path: Path, harm: str, seq: int, why: str
) -> None:
    path = tmp_path / "j.db"
    await write(path, STARTED, RunPaused(by="ann"), RunPaused(by="ann", reason="x"))
    with sqlite3.connect(path) as connection:
        connection.execute(harm)
    connection.close()
    with pytest.raises(Broken, match=why) as broken:
        verify(path)
    assert broken.value.seq == seq


async def test_a_journal_of_a_newer_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    await write(tmp_path / "j.db", STARTED)
    with sqlite3.connect(tmp_path / "j.db") as connection:
        connection.execute("UPDATE meta SET value = CAST('99' AS BLOB) WHERE key = 'version'")
    connection.close()
    with pytest.raises(CockpitError, match="has version 99"):
        read_entries(tmp_path / "j.db")


def test_what_is_no_journal_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "j.db").write_text("not a database, but long enough to be taken for one" * 100)
    with pytest.raises(CockpitError, match="cannot be read"):
        read_entries(tmp_path / "j.db")
    with pytest.raises(CockpitError, match="no journal"):
        read_entries(tmp_path / "absent.db")


async def test_a_failed_write_fails_every_later_one(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "j.db", document())
    await journal.append([STARTED], 1.0)
    journal._connection.execute("DROP TABLE events")
    with pytest.raises(CockpitError, match="could not be written"):
        await journal.append([RunPaused(by="ann")], 2.0)
    with pytest.raises(CockpitError, match="could not be written"):
        await journal.append([RunPaused(by="ann")], 3.0)
    journal.close()


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_journal_that_is_taken_away_under_the_run_takes_nothing_more(
    tmp_path: Path, replaced: bool
) -> None:
    path = tmp_path / "journal.db"
    journal = Journal.create(path, document())
    await journal.append([STARTED], 1.0)
    path.rename(tmp_path / "elsewhere")
    if replaced:
        path.touch()
    for _ in range(2):
        with pytest.raises(CockpitError, match="it was removed or replaced under the run"):
            await journal.append([RunPaused(by="ann")], 2.0)
    journal.close()


def test_a_run_has_one_lead_and_the_second_hears_who(tmp_path: Path) -> None:
    first, second = RunLock(tmp_path), RunLock(tmp_path)
    first.take("ann", "box", 1.0)
    told = rf"ann on box \(process {os.getpid()}\) since 1970-01-01 00:00:01 \(UTC\)\."
    with pytest.raises(Refused, match=told):
        second.take("eve", "box", 2.0)
    held = holder(tmp_path)
    assert held is not None
    assert held.lead == "ann"
    first.release()
    assert holder(tmp_path) is None
    second.take("eve", "box", 3.0)
    second.release()


async def test_runs_are_listed_and_found_by_the_beginning_of_their_id(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "20260101-0000-abcd")
    journal = folder.create_journal(document())
    await journal.append([STARTED], 1.0)
    journal.close()
    (tmp_path / "runs" / "broken").mkdir()
    (tmp_path / "runs" / "broken" / "journal.db").write_text("x")
    found, broken = list_runs(tmp_path, "box")
    assert [(one.run, one.result, one.steps) for one in found] == [("20260101-0000-abcd", "unfinished", 1)]
    assert [one.led for one in found] == [None]
    assert len(broken) == 1
    lock = RunLock(folder.path)
    lock.take("ann", "box", 1.0)
    ((led, by),) = [(one.led, one.led_by) for one in list_runs(tmp_path, "box")[0]]
    assert led is True
    assert by is not None
    assert by.lead == "ann"
    lock.release()
    assert [one.led for one in list_runs(tmp_path, "box")[0]] == [False]
    assert [one.led for one in list_runs(tmp_path, "elsewhere")[0]] == [None]
    assert RunFolder.find(tmp_path, "20260101").path == folder.path
    with pytest.raises(CockpitError, match="is no run"):
        RunFolder.find(tmp_path, "2027")


def test_a_state_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CockpitError, match="could not be made"):
        RunFolder.create(tmp_path / "file", "r")


def test_the_state_folder_is_as_given_then_as_the_environment_says(tmp_path: Path) -> None:
    assert state_dir(str(tmp_path), {"ALFRED_COCKPIT_STATE": "/else"}) == tmp_path
    assert state_dir(None, {"ALFRED_COCKPIT_STATE": str(tmp_path)}) == tmp_path


def test_whether_a_run_is_led_is_told_on_its_leads_machine_only(tmp_path: Path) -> None:
    assert is_led(tmp_path, "box") is None
    lock = RunLock(tmp_path)
    lock.take("Ann", "box", 1.0)
    assert is_led(tmp_path, "box") is True
    lock.release()
    assert is_led(tmp_path, "box") is False
    assert is_led(tmp_path, "elsewhere") is None


def test_where_files_cannot_be_locked_nobody_is_said_to_lead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network file system without a lock service."""

    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    RunLock(tmp_path).take("ann", "box", 1.0)
    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(OSError, match="No locks available"):
        RunLock(tmp_path).take("eve", "box", 2.0)
    assert is_led(tmp_path, "box") is None
    assert holder(tmp_path) is None


def test_who_only_looks_whether_a_run_is_led_keeps_no_lead_away(tmp_path: Path) -> None:
    (tmp_path / "lead.lock").touch()
    with (tmp_path / "lead.lock").open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH | fcntl.LOCK_NB)
        threading.Timer(0.02, lambda: fcntl.flock(looking, fcntl.LOCK_UN)).start()
        RunLock(tmp_path).take("Ann", "box", 1.0)
