"""A cockpit that is stopped by a signal and goes on is what it was: no key is lost, and it can be left."""

import os
import signal
from pathlib import Path

from tests.stories import given, when
from tests.stories.terminal import Terminal

SAID = "id: said, title: Everybody knows, attest: say it"
LAST = "id: last, title: The last word, attest: say it"


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_one_that_was_stopped_and_goes_on_takes_every_key_and_ends(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, SAID, LAST)
    with Terminal([when.PROGRAM, "run", checklist], env=when.environment(state), cwd=tmp_path) as terminal:
        terminal.wait_for("◆ Everybody knows")
        terminal.read_for(2)  # what is loaded behind the first paint is loaded
        before = threads(terminal.pid)
        for _ in range(3):
            os.kill(terminal.pid, signal.SIGSTOP)
            when.wait_until(lambda: state_of(terminal.pid) == "T")
            os.kill(terminal.pid, signal.SIGCONT)
            terminal.read_for(0.5)
        assert threads(terminal.pid) <= before
        terminal.press("space")
        terminal.wait_for("✔ Everybody knows", "◆ The last word")
        terminal.read_for(0.7)
        terminal.press("space")
        terminal.wait_for("2/2", "done")
        terminal.press("q")
        assert terminal.wait_end() == 0
