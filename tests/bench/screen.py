"""What the cockpit costs its terminal: first paint, pods on screen, memory, idle CPU, the event loop."""

import asyncio
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
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
        """Takes what is written, so that the program is never held up by its terminal."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                return
            try:
                self.seen = (self.seen + os.read(self._fd, 65536))[-4_000_000:]
            except OSError:
                return

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
    base = statistics.median(bare)
    return [
        Measurement("bare Textual app, first paint", base * 1000, "ms"),
        Measurement("first paint against it", statistics.median(first) / base, "×", 1.6),
        Measurement("the whole checklist on screen against it", statistics.median(whole) / base, "×"),
    ]


def living(folder: Path) -> list[Measurement]:
    """The demo from its start: pods on screen, memory, and CPU while it waits for a person."""
    program = Pty((*_COCKPIT, "demo", "--speed", "1"), folder / "living")
    try:
        pods = program.until(b"Running", 30)
        program.read(25)
        before, began = _cpu(program.pid), time.perf_counter()
        program.read(20)
        idle = (_cpu(program.pid) - before) / (time.perf_counter() - began) * 100
        memory = _status(program.pid, "VmRSS") / 1024
    finally:
        program.kill()
    return [
        Measurement("demo from exec until pods are on screen", pods, "s", 2.5),
        Measurement("resident memory in the demo", memory, "MB", 160),
        Measurement("idle CPU while it waits", idle, "% of a core", 3),
    ]


def blocking(folder: Path) -> list[Measurement]:
    """The longest block of the event loop in a whole demo with its screen, signed by a script."""
    told = folder / "lag"
    program = Pty((*_PROBE, str(told), "demo", "--speed", "60"), folder / "blocking")
    try:
        end = time.perf_counter() + 120
        while not (told / "done").exists() and time.perf_counter() < end:
            program.read(0.5)
    finally:
        program.kill()
    done = (told / "done").exists()
    lags = [float(line) for line in (told / "lags").read_text().split()] if (told / "lags").exists() else []
    name = "longest block of the loop, full demo" if done else "longest block of the loop, demo not finished"
    return [Measurement(name, max(lags, default=float("nan")) * 1000, "ms", 50)]


async def measurements() -> list[Measurement]:
    """All of them."""
    with tempfile.TemporaryDirectory(prefix="bench-screen-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        async with embedded("healthy", 1, folder=folder / "world") as world:
            found = await asyncio.to_thread(painting, world, folder)
        found += await asyncio.to_thread(living, folder)
        found += await asyncio.to_thread(blocking, folder)
    return found
