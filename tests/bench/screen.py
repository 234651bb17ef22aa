"""What the cockpit costs its terminal: first paint, pods on screen, memory, idle CPU, the event loop."""

import asyncio
import contextlib
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from alfred_tui.demo.process import DemoEndpoints, embedded

from tests.bench.rollback import Measurement

_BARE = "from textual.app import App\nfrom textual.widgets import Static\n" \
        "class A(App):\n    def compose(self): yield Static('BARE')\nA().run()\n"  # fmt: skip
_COCKPIT = (sys.executable, "-m", "alfred_tui.cli.main")
_PROBE = (sys.executable, "-m", "tests.bench.loop_probe")
_ROUNDS = 5


class Pty:
    """A program on a terminal of 120 by 40."""

    def __init__(self, command: tuple[str, ...], state: Path) -> None:
        self.began = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", ALFRED_COCKPIT_STATE=str(state))
            os.execvp(command[0], command)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.seen = b""

    def until(self, mark: bytes, within: float) -> float:
        """Seconds from its start until `mark` was written; infinity when it never was."""
        end = self.began + within
        while mark not in self.seen and time.perf_counter() < end:
            self.read(0.05)
        return time.perf_counter() - self.began if mark in self.seen else float("inf")

    def read(self, seconds: float) -> None:
        """Takes what is written next, if it is within the time."""
        if select.select([self._fd], [], [], seconds)[0]:
            with contextlib.suppress(OSError):
                self.seen = (self.seen + os.read(self._fd, 65536))[-200_000:]

    def read_for(self, seconds: float) -> None:
        """Takes all that is written within the time, so that the terminal never holds the program up."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)

    def kill(self) -> None:
        """Ends it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


def _status(pid: int, key: str) -> int:
    found = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(key)]
    return int(found[0].split()[1])


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _run_command(world: DemoEndpoints) -> tuple[str, ...]:
    return (
        *_COCKPIT, "run", "--new", "--kubeconfig", world.kubeconfig, "--prometheus", world.prometheus,
        "--workdir", world.workspace, "--var", f"service_url={world.service_url}",
    )  # fmt: skip


def painting(world: DemoEndpoints, folder: Path) -> list[Measurement]:
    """First frame and whole frame of the cockpit against a bare app, in turns."""
    bare: list[float] = []
    first: list[float] = []
    whole: list[float] = []
    for number in range(_ROUNDS):
        for command, mark, times in (
            ((sys.executable, "-c", _BARE), b"BARE", bare),
            (_run_command(world), b"Opening production", first),
            (_run_command(world), b"CHECKLIST", whole),
        ):
            program = Pty(command, folder / f"state-{number}")
            times.append(program.until(mark, 20))
            program.kill()
            _let_go(world)
    base = statistics.median(bare)
    return [
        Measurement("bare Textual app, first paint", base * 1000, "ms"),
        Measurement("first paint against it", statistics.median(first) / base, "×", 1.6),
        Measurement("the whole checklist on screen against it", statistics.median(whole) / base, "×"),
    ]


def _let_go(world: DemoEndpoints) -> None:
    """Removes the Lease that a killed lead leaves: the next one would have to wait for its end."""
    command = ("kubectl", "--kubeconfig", world.kubeconfig, "delete", "leases", "--all")
    subprocess.run(command, capture_output=True, check=True, timeout=30)


def living(folder: Path) -> list[Measurement]:
    """The demo from its start: pods on screen, memory, and CPU while it waits for a person."""
    program = Pty((*_COCKPIT, "demo"), folder / "living")
    try:
        pods = program.until(b"Running", 30)
        program.read_for(20)
        pids = {"cockpit": program.pid, "demo's own process": _demo_of(program.pid)}
        before, began = {name: _cpu(pid) for name, pid in pids.items()}, time.perf_counter()
        program.read_for(20)
        took = time.perf_counter() - began
        idle = {name: (_cpu(pid) - before[name]) / took * 100 for name, pid in pids.items()}
        memory = {name: _status(pid, "VmRSS") / 1024 for name, pid in pids.items()}
    finally:
        program.kill()
    return [
        Measurement("demo from exec until pods are on screen", pods, "s", 2.5),
        *(
            Measurement(f"resident memory in the demo, {name}", one, "MB", 160 if name == "cockpit" else None)
            for name, one in memory.items()
        ),
        *(
            Measurement(f"idle CPU while it waits, {name}", one, "% of a core", 3)
            for name, one in idle.items()
        ),
    ]


def _demo_of(pid: int) -> int:
    """The process of the embedded cluster, a child of the cockpit's."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if b"alfred_tui.demo" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    raise AssertionError("the demo's process is not there")


def blocking(folder: Path) -> list[Measurement]:
    """The longest block of the event loop in a whole demo with its screen, signed by a script.

    On a busy machine the wall's figure holds others' work too; the processor's is the loop's own.
    """
    told = folder / "lag"
    program = Pty((*_PROBE, str(told), "demo", "--speed", "60"), folder / "blocking")
    try:
        end = time.perf_counter() + 120
        while not (told / "done").exists() and time.perf_counter() < end:
            program.read_for(0.5)
    finally:
        program.kill()
    ended = "" if (told / "done").exists() else " (NOT FINISHED)"
    lags = [line.split() for line in (told / "lags").read_text().splitlines()]

    def longest(phase: str, column: int) -> float:
        return max((float(one[column]) for one in lags if one[0] == phase), default=0.0) * 1000

    return [
        Measurement(f"longest block of the loop, full demo{ended}", longest("leading", 1), "ms", 50),
        Measurement("longest that the loop itself computed", longest("leading", 2), "ms", 50),
        Measurement("longest block while the screen is made", longest("opening", 1), "ms"),
        Measurement("longest that the loop itself computed then", longest("opening", 2), "ms"),
    ]


async def measurements() -> list[Measurement]:
    """All of them."""
    with tempfile.TemporaryDirectory(prefix="bench-screen-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        async with embedded("healthy", 1, folder=folder / "world") as world:
            found = await asyncio.to_thread(painting, world, folder)
        found += await asyncio.to_thread(living, folder)
        found += await asyncio.to_thread(blocking, folder)
    return found
