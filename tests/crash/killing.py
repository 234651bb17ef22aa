"""One run, killed at a random moment: the cockpit, a supervisor or a command; then resumed and finished."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.run.events import StepFinished
from alfred_tui.journal import RunFolder, read_entries

from tests.crash.record import broken_promises

VICTIMS = ("cockpit", "supervisor", "command")
_PATIENCE = 60.0
_MOST = 20
_AGAIN = 0.3
"""How often a cockpit that resumes is killed, too."""
_EARLY = 0.1
_LENGTH = 0.15
"""Seconds after a step's start in which the moment is chosen."""
_STEPS = "abcde"
_ROOT = Path(__file__).parents[2]
_STEP = """
          - id: {name}
            title: {name}
            run: "echo x >> count/{name}; echo begin {name}; sleep {nap}; echo end {name}"
"""
_LIST = """version: 1
title: Killed
phases:
  - id: p
    title: P
    sections:
      - id: first
        title: First
        steps:{first}
      - id: many
        title: Side by side
        parallel: true
        steps:{many}
      - id: last
        title: Last
        steps:{last}
"""


class Report(NamedTuple):
    """What became of one killed run."""

    seed: int
    victim: str
    kills: int
    told: str
    """What the record says of it: the outcomes that were not `passed`."""
    wrong: list[str]

    @property
    def line(self) -> str:
        """For a person, the seed first."""
        verdict = "; ".join(self.wrong) or "whole"
        return f"seed {self.seed}: {self.victim} ×{self.kills}: {verdict}{self.told and ' | '}{self.told}"


def kill_one(folder: Path, seed: int) -> Report:
    """A run in `folder` whose victim and moment follow from the seed, as far as the machine lets them."""
    dice = random.Random(seed)
    victim = VICTIMS[seed % len(VICTIMS)]
    attempt = 0
    while not _killed_run(folder / str(attempt), victim, dice):
        attempt += 1  # it had ended before the moment came
        if attempt == _MOST:
            said = (folder / "0" / "said").read_text(errors="replace").strip()
            return Report(seed, victim, 0, "", [f"no moment came in {_MOST} runs: {said[-300:]}"])
    kills = 1
    while dice.random() < _AGAIN and _resumed(folder / str(attempt), dice):
        kills += 1
    _resumed(folder / str(attempt), None)
    run = _run(folder / str(attempt))
    if run is None:
        return Report(seed, victim, kills, "", ["there is no run"])
    return Report(seed, victim, kills, _told(run), broken_promises(folder / str(attempt), run))


def _killed_run(folder: Path, victim: str, dice: random.Random) -> bool:
    _prepare(folder, dice)
    cockpit = _cockpit(folder, "")
    try:
        _wait_for_moment(folder, cockpit, dice)
        hit = _kill(cockpit, victim, dice)
        if victim != "cockpit":
            cockpit.wait(_PATIENCE)
        return hit
    finally:
        cockpit.kill()
        cockpit.wait()


def _resumed(folder: Path, dice: random.Random | None) -> bool:
    """Goes on with the run, if it has not ended; with dice, the cockpit is killed. Whether it was."""
    run = _run(folder)
    if run and run.read()[0].result is not None:
        return False
    cockpit = _cockpit(folder, run.run if run else "")
    try:
        if dice:
            time.sleep(dice.uniform(0.1, 0.8))
            return _kill(cockpit, "cockpit", dice)
        cockpit.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        pass  # the record tells that the run did not end
    finally:
        cockpit.kill()
        cockpit.wait()
    return False


def _prepare(folder: Path, dice: random.Random) -> None:
    def steps(*names: str) -> str:
        return "".join(_STEP.format(name=name, nap=round(dice.uniform(0, 0.12), 3)) for name in names)

    (folder / "count").mkdir(parents=True)
    text = _LIST.format(first=steps(_STEPS[0]), many=steps(*_STEPS[1:-1]), last=steps(_STEPS[-1]))
    (folder / "list.yaml").write_text(text)


def _cockpit(folder: Path, resume: str) -> "subprocess.Popen[bytes]":
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    with (folder / "said").open("ab") as said:
        command = [sys.executable, "-m", "tests.crash.driver", str(folder), *([resume] if resume else [])]
        return subprocess.Popen(command, cwd=_ROOT, env=environ, stdout=said, stderr=said)


def _wait_for_moment(folder: Path, cockpit: "subprocess.Popen[bytes]", dice: random.Random) -> None:
    """Some moments lie in the cockpit's start; most around a step that the dice choose."""
    place = "state/runs" if dice.random() < _EARLY else f"state/runs/*/steps/{dice.choice(_STEPS)}"
    end = time.monotonic() + _PATIENCE
    while not list(folder.glob(place)) and cockpit.poll() is None and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(dice.choice((0.0, dice.uniform(0, 0.02), dice.uniform(0, _LENGTH))))


def _kill(cockpit: "subprocess.Popen[bytes]", victim: str, dice: random.Random) -> bool:
    """SIGKILL to the victim; between two steps to the next one. False when all had ended."""
    while cockpit.poll() is None:
        if victim == "cockpit":
            cockpit.kill()
            return True
        found = list(children(cockpit.pid))
        if victim == "command":
            found = [grandchild for child in found for grandchild in children(child)]
        if found:
            if dice.random() < 0.5:
                time.sleep(dice.uniform(0, 0.04))
            try:
                os.kill(dice.choice(found), signal.SIGKILL)
            except ProcessLookupError:
                continue
            return True
        time.sleep(0.001)
    return False


def children(pid: int) -> Iterator[int]:
    """The process' children, of all its threads."""
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            yield from map(int, path.read_text().split())


def _run(folder: Path) -> RunFolder | None:
    """The run that has begun: one whose first event is not on disk had no effect, and is not resumed."""
    for path in (folder / "state" / "runs").glob("*"):
        with suppress(CockpitError):
            if read_entries(RunFolder(path).journal):
                return RunFolder(path)
    return None


def _told(run: RunFolder) -> str:
    bad = [
        f"{entry.event.step} {entry.event.outcome.status}: {entry.event.outcome.reason}"
        for entry in read_entries(run.journal)
        if isinstance(entry.event, StepFinished) and entry.event.outcome.status != "passed"
    ]
    return "; ".join(bad)
