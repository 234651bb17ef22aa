"""Runs are found by the beginning of their id and by nothing else; what cannot be read is not “no runs”."""

from pathlib import Path

import pytest
from alfred_tui.domain.errors import CockpitError, Usage
from alfred_tui.journal import RunFolder, list_runs


def with_runs(state: Path, *names: str) -> Path:
    for name in names:
        (state / "runs" / name).mkdir(parents=True)
        (state / "runs" / name / "journal.db").touch()
    return state


def test_a_run_is_found_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    state = with_runs(tmp_path, "20260101-0000-aaaa", "20260102-0000-bbbb")
    assert RunFolder.find(state, "20260102").run == "20260102-0000-bbbb"
    with pytest.raises(Usage, match="fits several runs"):
        RunFolder.find(state, "2026")


@pytest.mark.parametrize("name", ["", "*", "?0260101", "/etc", "../runs/2026", "."])
def test_what_is_no_beginning_of_an_id_finds_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(Usage, match="is no run in"):
        RunFolder.find(with_runs(tmp_path, "20260101-0000-aaaa"), name)


def test_runs_that_may_not_be_read_are_not_told_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(CockpitError, match="cannot be read: Permission denied"):
        list_runs(with_runs(tmp_path, "20260101-0000-aaaa"), "box")


def test_a_run_whose_folder_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(self))

    state = with_runs(tmp_path, "20260101-0000-aaaa")
    monkeypatch.setattr(Path, "is_file", refused)
    found, broken = list_runs(state, "box")
    assert (found, len(broken)) == ([], 1)
    assert "20260101-0000-aaaa" in broken[0]
