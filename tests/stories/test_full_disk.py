"""A disk that is full in the middle of a run: it stops before the next step, says so, and goes on later."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories import given, when
from tests.stories.terminal import Terminal


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MiB; skips where this account may not mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    try:
        done = subprocess.run(mounting, capture_output=True, text=True, timeout=10)
    except FileNotFoundError:
        pytest.skip("there is no mount(8) here")
    if done.returncode:
        pytest.skip(f"this account may not mount a small disk: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def checklist(folder: Path, disk: Path) -> Path:
    fill = f"echo filled >> trace; head -c 30000000 /dev/zero > {disk}/filler || true"
    return given.a_checklist(
        folder,
        "id: first, title: First, run: echo first >> trace",
        f"id: fill, title: Fill, run: {fill!r}",
        "id: third, title: Third, run: echo third >> trace",
    )


def went_on(disk: Path, tmp_path: Path) -> None:
    """With room again, the run goes on from where it was, and its record is whole."""
    state = disk / "state"
    (run,) = (one.name for one in (state / "runs").iterdir())
    assert (tmp_path / "trace").read_text().split() == ["first", "filled"]
    (disk / "filler").unlink()
    done = when.cockpit("run", "--headless", "--resume", run, state=state)
    assert done.code == 0, done
    assert (tmp_path / "trace").read_text().split() == ["first", "filled", "third"]
    assert when.cockpit("verify", run, state=state).code == 0
    (listed,) = json.loads(when.cockpit("runs", "--json", state=state).out)
    assert listed["result"] == "done"


def test_a_headless_run_stops_with_a_sentence_and_goes_on_when_there_is_room(
    small_disk: Path, tmp_path: Path
) -> None:
    listed = checklist(tmp_path, small_disk)
    done = when.cockpit("run", listed, "--headless", state=small_disk / "state", cwd=tmp_path)
    assert done.code == 1, done
    assert "could not be written: database or disk is full" in done.err
    assert "Make room" in done.err
    again = when.cockpit(
        "run", "--headless", "--resume", when_run(small_disk), state=small_disk / "state", cwd=tmp_path
    )
    assert again.code == 1, again
    assert "full" in again.err
    went_on(small_disk, tmp_path)


def test_a_command_that_runs_beside_goes_on_and_the_sentence_does_not_wait_for_its_end(
    small_disk: Path, tmp_path: Path
) -> None:
    long = "echo begun >> trace; while ! test -e go; do sleep 0.1; done; echo ended >> trace"
    begun = "while ! test -e trace; do sleep 0.02; done"
    fill = f"{begun}; head -c 30000000 /dev/zero > {small_disk}/filler || true"
    listed = given.a_checklist(
        tmp_path,
        f"id: long, title: Long, run: {long!r}",
        f"id: fill, title: Fill, needs: [], run: {fill!r}",
    )
    text = listed.read_text().replace("title: Steps\n", "title: Steps\n        parallel: true\n")
    listed.write_text(text)
    state = small_disk / "state"
    done = when.cockpit("run", listed, "--headless", state=state, cwd=tmp_path)
    assert done.code == 1, done
    assert "full" in done.err
    assert (tmp_path / "trace").read_text().split() == ["begun"]
    (small_disk / "filler").unlink()
    (tmp_path / "go").touch()
    again = when.cockpit("run", "--headless", "--resume", when_run(small_disk), state=state, cwd=tmp_path)
    assert again.code == 0, again
    assert (tmp_path / "trace").read_text().split() == ["begun", "ended"]


def test_the_screen_says_it_and_does_not_go_on(small_disk: Path, tmp_path: Path) -> None:
    listed = checklist(tmp_path, small_disk)
    with Terminal(
        [when.PROGRAM, "run", listed], env=when.environment(small_disk / "state"), cwd=tmp_path
    ) as terminal:
        terminal.wait_for("STOPPED: THE RECORD CANNOT BE WRITTEN", "full", "Make")
        terminal.press("q")
        terminal.read_for(0.7)
        if terminal.code is None:
            terminal.press("q")
        assert terminal.wait_end() == 1
        assert b"database or disk is full" in terminal.raw
        assert f"alfred-cockpit run --resume {when_run(small_disk)}".encode() in terminal.raw
    went_on(small_disk, tmp_path)


def when_run(disk: Path) -> str:
    (path,) = (disk / "state" / "runs").iterdir()
    return path.name
