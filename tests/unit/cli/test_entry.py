"""The command's way in, before anything of it is loaded."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from alfred_tui import __main__ as entry


def test_the_package_runs_as_a_module(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["alfred_tui", "--version"])
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"alfred-cockpit {version('alfred-cockpit')}\n"


INTERRUPTED = """
import atexit, os, signal, sys
at, how = sys.argv[1:]
def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
class Importing:
    def find_spec(self, name, path=None, target=None):
        if name == at:
            interrupt()
class Dropped:
    def __del__(self):
        interrupt()
        for _ in range(1000):
            pass
def drops(result):
    Dropped()  # where Python can only print what is raised
    for _ in range(1000):
        pass
    return result
if at == "the end":
    atexit.register(interrupt)
if how == "ignored":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.meta_path.insert(0, Importing())
from alfred_tui import __main__ as entry
from alfred_tui.domain import errors
if at == "a destructor":
    import alfred_tui.cli.runs as runs
    before = runs.command.callback
    runs.command.callback = lambda **given: drops(before(**given))
sys.argv = ["alfred-cockpit", "runs"]
entry.main()
"""


def interrupted(at: str, tmp_path: Path, how: str = "") -> "subprocess.CompletedProcess[str]":
    """A command that is interrupted when it comes to a module, drops an object, or is at its end."""
    return subprocess.run(
        [sys.executable, "-c", INTERRUPTED, at, how],
        env={**os.environ, "ALFRED_COCKPIT_STATE": str(tmp_path)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    "at",
    ["alfred_tui.cli.main", "click", "alfred_tui.cli.runs", "alfred_tui.journal", "a destructor", "the end"],
)
def test_an_interrupt_is_130_without_a_traceback_wherever_it_comes(at: str, tmp_path: Path) -> None:
    ended = interrupted(at, tmp_path)
    assert (ended.returncode, ended.stderr.strip()) == (130, "")


def test_where_an_interrupt_is_ignored_it_stays_so(tmp_path: Path) -> None:
    assert interrupted("alfred_tui.cli.main", tmp_path, "ignored").returncode == 0
