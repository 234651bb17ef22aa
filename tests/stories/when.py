"""The program, run as its users run it: a process of its own with a clean environment."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import alfred_tui

_CODE = str(Path(alfred_tui.__file__).parents[1])
"""The code that the tests themselves import, wherever the program was installed from."""

PROGRAM = Path(sys.executable).with_name("alfred-cockpit")
DEFECTS = ("Traceback (most recent call last)", "This is a defect", "never retrieved", "Exception ignored")
"""What no user is ever to see."""

Event = dict[str, Any]


class Ran:
    """What a run of the program left: exit code, words, and events where it was asked for them."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        said = out + err
        assert not [word for word in DEFECTS if word in said], said

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out[-3000:]}\n{self.err[-3000:]}"

    @property
    def events(self) -> list[Event]:
        """Of `--jsonl`."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def statuses(self) -> dict[str, str]:
        """Each step's last status."""
        return {one["step"]: one["status"] for one in self.events if "step" in one}

    @property
    def run(self) -> str:
        """The run's id."""
        return str(self.events[0]["run"])


def environment(state: Path, **more: str) -> dict[str, str]:
    """Nothing but what a shell has, a state folder and an empty home."""
    home = state.parent / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "TMPDIR": str(state.parent),
        "ALFRED_COCKPIT_STATE": str(state),
        "PYTHONPATH": _CODE,
        **more,
    }


def cockpit(
    *arguments: str | Path, state: Path, cwd: Path | None = None, timeout: float = 60, **environ: str
) -> Ran:
    """Runs `alfred-cockpit` to its end."""
    said = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        cwd=cwd or state.parent,
        env=environment(state, **environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    return Ran(said.returncode, said.stdout, said.stderr)


class Going:
    """A headless run that is under way: its events are read as they come."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.events: list[Event] = []

    @property
    def run(self) -> str:
        return str(self.events[0]["run"])

    def until(self, step: str, status: str) -> None:
        """Reads until the step has the status."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event: Event = json.loads(line)
            self.events.append(event)
            if (event.get("step"), event.get("status")) == (step, status):
                return
        raise AssertionError(f"the run ended before {step} was {status}: {self.events}")

    def interrupted(self, number: signal.Signals = signal.SIGINT) -> Ran:
        """Sends a signal, and waits for the end."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> Ran:
        out, err = self.process.communicate(timeout=60)
        return Ran(self.process.returncode, out, err)


@contextmanager
def cockpit_going(
    *arguments: str | Path, state: Path, cwd: Path | None = None, **environ: str
) -> Iterator[Going]:
    """Starts `alfred-cockpit … --jsonl`; what is left of it at the end of the block is killed."""
    process = subprocess.Popen(
        [PROGRAM, *map(str, arguments), "--jsonl"],
        cwd=cwd or state.parent,
        env=environment(state, **environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Going(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def report(state: Path, run: str = "") -> dict[str, Any]:
    """The newest run, or the named one, as `report --format json` tells it."""
    told = cockpit("report", *([run] if run else []), "--format", "json", state=state)
    assert told.code == 0, told
    data: dict[str, Any] = json.loads(told.out)
    return data


def reported_steps(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every step of the checklist in a report, by id."""
    return {
        step["id"]: step
        for phase in data["phases"]
        for section in phase["sections"]
        for step in section["steps"]
    }


def wait_until(condition: Callable[[], bool], seconds: float = 15, what: str = "it") -> None:
    """Waits for a condition with a deadline."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not come about within {seconds} s"
        time.sleep(0.02)
