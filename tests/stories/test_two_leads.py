"""Two leads on one cluster, each at a terminal: one drives, and a typed word decides who takes over."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alfred_tui.demo.process import DemoEndpoints
from alfred_tui.domain.run.events import AnyEvent, LeadTakenOver, RunPaused, StepStarted
from alfred_tui.journal import RunFolder, read_entries

from tests.stories import given, when
from tests.stories.terminal import Terminal

GATE = "id: gate, title: Wait at the gate, run: 'echo came >> trace; until test -e open; do sleep 0.1; done'"
NEXT = "id: next, title: What follows, run: echo next >> trace"
LAST = "id: last, title: The last word, attest: say it"


class Desk:
    """A lead's own machine: a folder and a state of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.home = folder / name
        self.home.mkdir()
        self.state = self.home / "state"
        self.name = name
        self.checklist = given.a_checklist(self.home, GATE, NEXT, LAST)

    def cockpit(self, world: DemoEndpoints, *more: str) -> Terminal:
        words: tuple[str | Path, ...] = more if "--resume" in more else (self.checklist, *more)
        return Terminal(
            [when.PROGRAM, "run", *words, "--kubeconfig", world.kubeconfig, "--lead", self.name],
            env=when.environment(self.state), cwd=self.home,
        )  # fmt: skip

    def trace(self) -> list[str]:
        path = self.home / "trace"
        return path.read_text().split() if path.exists() else []

    def run(self) -> str:
        (path,) = (self.state / "runs").iterdir()
        return path.name

    def events(self) -> list[AnyEvent]:
        return [one.event for one in read_entries(RunFolder(self.state / "runs" / self.run()).journal)]


def leave(terminal: Terminal) -> None:
    """Quits in the middle of a run."""
    terminal.press("q")
    terminal.wait_for("esc leave it as it is")
    terminal.press("q")
    terminal.wait_end()


def test_the_second_is_refused_and_a_killed_first_is_taken_over_and_may_not_come_back(tmp_path: Path) -> None:
    ann, bob = Desk(tmp_path, "Ann"), Desk(tmp_path, "Bob")
    with given.a_cluster(tmp_path) as world:
        with ann.cockpit(world) as first:
            first.wait_for("▶ Wait at the gate", "PODS 15 well")
            when.wait_until(lambda: ann.trace() == ["came"])

            with bob.cockpit(world) as second:
                second.wait_for(
                    f"Run {ann.run()} is held by Ann on", "last renewed", "waiting until",
                    "to see whether it is alive", "q leaves",
                )  # fmt: skip
                assert second.wait_end() == 4
                said = second.raw.decode()
                assert re.search(rf"Ann on \S+ leads run {ann.run()} in \S+ since \d{{4}}-\d\d-\d\d", said)
                assert "alfred-cockpit watch" in said
            assert not (bob.state / "runs").exists() or not list((bob.state / "runs").iterdir())
            first.kill()

        with bob.cockpit(world) as second:  # not the word: nothing happens
            second.wait_for("is held by Ann on", "waiting until")
            second.press("q")
            assert second.wait_end() == 130
        with bob.cockpit(world, "--take-over") as second:
            second.wait_for("Type “take over” to lead", f"leads run {ann.run()} in")
            second.type("yes\r")
            assert second.wait_end() == 2
            assert "Nothing was taken over" in second.raw.decode()
        with bob.cockpit(world, "--take-over") as second:
            second.wait_for("Type “take over” to lead")
            second.type("take over\r")
            second.wait_for("▶ Wait at the gate", "PODS 15 well")
            (taken,) = [one for one in bob.events() if isinstance(one, LeadTakenOver)]
            assert (taken.by, taken.before.partition("@")[0]) == ("Bob", "Ann")

            with ann.cockpit(world, "--resume", ann.run()) as first:
                first.wait_for("is held by Bob on")
                assert first.wait_end() == 4
            leave(second)
        (ann.home / "open").touch()
        (bob.home / "open").touch()


def test_where_nobody_leads_there_is_nothing_to_take_over(tmp_path: Path) -> None:
    ann = Desk(tmp_path, "Ann")
    with given.a_cluster(tmp_path) as world, ann.cockpit(world, "--take-over") as first:
        first.wait_for("▶ Wait at the gate")
        assert "there is nobody to take over from" in first.raw.decode()
        assert not [one for one in ann.events() if isinstance(one, LeadTakenOver)]
        leave(first)
    (ann.home / "open").touch()


def test_one_that_was_stopped_and_taken_over_drives_no_more_when_it_goes_on(tmp_path: Path) -> None:
    """SIGSTOP is what a lead looks like whose machine hangs: it never hears that it was taken over."""
    ann, bob = Desk(tmp_path, "Ann"), Desk(tmp_path, "Bob")
    with given.a_cluster(tmp_path) as world, ann.cockpit(world) as first:
        first.wait_for("▶ Wait at the gate", "PODS 15 well")
        when.wait_until(lambda: ann.trace() == ["came"])
        os.kill(first.pid, signal.SIGSTOP)
        try:
            with bob.cockpit(world, "--take-over") as second:
                second.wait_for("Type “take over” to lead")
                second.type("take over\r")
                second.wait_for("▶ Wait at the gate")
                (ann.home / "open").touch()  # its next step is due the moment it goes on
                os.kill(first.pid, signal.SIGCONT)
                first.wait_for("paused", "Bob@", "may only watch")
                first.read_for(1)
                assert [one.step for one in ann.events() if isinstance(one, StepStarted)] == ["gate"]
                assert any(isinstance(one, RunPaused) for one in ann.events())
                first.press("p")
                first.read_for(1)
                assert ann.trace() == ["came"]
                (bob.home / "open").touch()
                second.wait_for("✔ What follows", "◆ The last word")
                assert bob.trace() == ["came", "next"]
                leave(second)
        finally:
            os.kill(first.pid, signal.SIGCONT)
        leave(first)


def test_a_lead_without_the_lease_sees_so_for_as_long_as_it_lasts(tmp_path: Path) -> None:
    ann = Desk(tmp_path, "Ann")
    nowhere = given.a_kubeconfig(tmp_path)
    with Terminal(
        [when.PROGRAM, "run", ann.checklist, "--kubeconfig", nowhere, "--lead", "Ann"],
        env=when.environment(ann.state), cwd=ann.home, columns=200, rows=50,
    ) as first:  # fmt: skip
        first.wait_for("▶ Wait at the gate", "only this machine is guarded", seconds=60)
        first.resize(80, 24)
        first.wait_for("unguarded", "CHECKLIST 0/3")
        (ann.home / "open").touch()
        first.wait_for("◆ The last word")
        leave(first)


@pytest.mark.parametrize("word", ["mine.yaml", "production"])
def test_a_checklist_in_the_place_of_the_run_that_is_taken_over_is_refused(word: str, tmp_path: Path) -> None:
    """Else the checklist that is shipped would be led in place of the one that was meant."""
    command = (sys.executable, "-m", "alfred_tui.cli.main", "run", "--headless", "--take-over", word)
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert said.returncode == 2
    assert f"--take-over {word} names a checklist" in said.stderr
