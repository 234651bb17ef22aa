"""A demo's folder goes with it; what a killed one left is cleared by the next; a living one is left alone."""

import tempfile
import time
from pathlib import Path

import pytest
from alfred_tui.cli.demo_folder import demo_folder, sweep

LATER = 3600.0
DAYS = 3 * 86_400.0


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_goes_with_the_demo(temporary: Path) -> None:
    with demo_folder() as folder:
        (folder / "workspace").mkdir()
        assert folder.parent == temporary
    assert not list(temporary.iterdir())


def test_one_that_lives_is_left_alone() -> None:
    with demo_folder() as folder:
        assert sweep(time.time() + DAYS) == []
        assert folder.exists()


def killed(temporary: Path, *, locked: bool = True) -> Path:
    folder = temporary / "alfred-demo-killed"
    (folder / "workspace").mkdir(parents=True)
    if locked:
        (folder / "alive.lock").touch()
    return folder


def test_one_of_a_demo_that_was_killed_is_removed(temporary: Path) -> None:
    folder = killed(temporary)
    assert sweep(time.time()) == [], "it may only now be taking its lock"
    assert sweep(time.time() + LATER) == [folder]
    assert not folder.exists()


def test_one_without_a_lock_is_nobodys_after_a_day(temporary: Path) -> None:
    folder = killed(temporary, locked=False)
    assert sweep(time.time() + LATER) == []
    assert sweep(time.time() + DAYS) == [folder]


def test_what_only_has_such_a_name_is_left_alone(temporary: Path) -> None:
    elsewhere = temporary / "mine"
    elsewhere.mkdir()
    (temporary / "alfred-demo-link").symlink_to(elsewhere)
    (temporary / "alfred-demo-notes").write_text("mine")
    assert sweep(time.time() + DAYS) == []
    assert (temporary / "alfred-demo-notes").exists()
