"""A watcher's picture of the record: what cannot be read is told, and it goes on as soon as it can."""

import asyncio
from pathlib import Path

import pytest
from alfred_tui.cli import feeds
from alfred_tui.cli.feeds import JournalSource
from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.run.events import RunPaused, RunStarted, StepStarted
from alfred_tui.journal import Journal, RunFolder, read_entries


def document() -> Checklist:
    step = Step(id="a", title="A", action=Run(command="true"))
    section = Section(id="s", title="S", steps=(step,))
    return Checklist(title="T", phases=(Phase(id="p", title="P", sections=(section,)),))


async def test_an_event_that_does_not_fit_is_told_and_the_watch_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "_POLL", 0.01)
    folder = RunFolder(tmp_path)
    journal = Journal.create(folder.journal, document())
    await journal.append([RunStarted(run="r", title="T", digest="d", lead="ann", host="h")], 1.0)
    source = JournalSource(folder, folder.read()[0])
    told: list[str] = []
    following = asyncio.create_task(source.follow(told.append))
    await journal.append([StepStarted(step="from-another-run", attempt=1)], 2.0)
    async with asyncio.timeout(20):
        while not told:
            await asyncio.sleep(0.01)
    assert not following.done()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    journal.close()
    assert "stands still: KeyError: 'from-another-run'" in told[0]


async def test_a_record_that_cannot_be_read_for_a_moment_is_told_once_and_followed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "_POLL", 0.01)
    folder = RunFolder(tmp_path)
    journal = Journal.create(folder.journal, document())
    await journal.append([RunStarted(run="r", title="T", digest="d", lead="ann", host="h")], 1.0)
    source = JournalSource(folder, folder.read()[0])
    told: list[str] = []
    looks: list[int] = []

    def breaks(path: Path, after: int) -> object:
        looks.append(after)
        if len(looks) < 4:
            raise OSError("Stale file handle")
        return read_entries(path, after)

    monkeypatch.setattr(feeds, "read_entries", breaks)
    following = asyncio.create_task(source.follow(told.append))
    await journal.append([RunPaused(by="ann", reason="lunch")], 2.0)
    async with asyncio.timeout(20):
        while not source.state.paused_by:
            await asyncio.sleep(0.01)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    journal.close()
    assert told == ["The run's record cannot be followed, so what is shown stands still: Stale file handle"]
