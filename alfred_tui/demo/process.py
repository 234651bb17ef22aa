"""Starts the demo's process, waits until it serves, and sees that it ends.

The demo lives in a process of its own, so that a busy screen cannot slow the cluster it looks at, and so
that a run meets it as it meets a real one: by addresses and files. The process's stdin is its life line;
it ends when this side goes away, however that happens.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

import alfred_tui
from alfred_tui.domain.errors import CockpitError

_READY_WITHIN = 30.0
_ENDS_WITHIN = 5.0
_TAIL = 1500


class DemoEndpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Where the running demo is found, and when it is there."""

    context: str
    namespace: str
    kubeconfig: str
    """The lead's: may do everything."""
    viewer_kubeconfig: str
    """A watcher's: may only read."""
    prometheus: str
    service_url: str
    """With `{service}` for the name."""
    workspace: str
    terraform: str
    """`real`, or `simulated` where no terraform is installed."""
    path_dirs: tuple[str, ...]
    """To be put before the others on PATH when the workspace's commands run."""
    scenario: str
    speed: float
    pid: int
    started_at: float
    """Epoch seconds of the simulated clock at the wall clock's `wall_started_at`."""
    wall_started_at: float


class DemoFailed(CockpitError):
    """The demo's process did not start."""


@asynccontextmanager
async def embedded(scenario: str, speed: float, *, folder: Path) -> AsyncIterator[DemoEndpoints]:
    """Runs the demo in a process of its own for as long as the block lasts.

    `folder` takes the workspace, the kubeconfigs and the process's messages (`demo.log`); it is left as it
    is. DemoFailed when the process cannot be started, ends at once, or is not ready within 30 seconds.
    """
    messages = folder / "demo.log"
    process = await _spawn(scenario, speed, folder, messages)
    try:
        yield await _announced(process, messages)
    finally:
        await _end(process)


async def _spawn(scenario: str, speed: float, folder: Path, messages: Path) -> asyncio.subprocess.Process:
    # -P keeps the folder that the lead stands in off the module path; the package's is named instead.
    command = (sys.executable, "-P", "-m", "alfred_tui.demo")
    arguments = ("--scenario", scenario, "--speed", str(speed), "--workspace", str(folder / "workspace"))
    try:
        with _opened(messages) as sink:
            return await asyncio.create_subprocess_exec(
                *command,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=sink,
                env=_environment(),
                start_new_session=True,
            )
    except OSError as error:
        raise DemoFailed(
            f"The demo's process could not be started in {folder}: {error}.",
            hint="Check that the folder can be written and that the machine has memory to spare.",
        ) from error


def _opened(messages: Path) -> BinaryIO:
    messages.parent.mkdir(parents=True, exist_ok=True)
    return messages.open("wb")


def _environment() -> dict[str, str]:
    package = Path(alfred_tui.__file__).resolve().parents[1]
    paths = (str(package), os.environ.get("PYTHONPATH", ""))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


async def _announced(process: asyncio.subprocess.Process, messages: Path) -> DemoEndpoints:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_READY_WITHIN):
            line = await process.stdout.readline()
    except TimeoutError as error:
        raise DemoFailed(
            f"The demo was not ready within {_READY_WITHIN:.0f} seconds.{_told(messages)}",
            hint="Try again when the machine is less busy.",
        ) from error
    try:
        return msgspec.json.decode(line, type=DemoEndpoints)
    except ValueError as error:
        with suppress(TimeoutError):
            async with asyncio.timeout(_ENDS_WITHIN):
                await process.wait()
        raise DemoFailed(
            f"The demo ended before it was ready.{_told(messages)}", hint=f"Its messages are in {messages}."
        ) from error


def _told(messages: Path) -> str:
    """The end of what the process wrote to stderr, as a further sentence."""
    try:
        text = messages.read_bytes()[-_TAIL:].decode(errors="replace").strip()
    except OSError:
        return ""
    return f" It said: {text}" if text else ""


async def _end(process: asyncio.subprocess.Process) -> None:
    """Cuts the life line; whoever does not end then is ended, with everything it started."""
    if process.stdin is not None:
        process.stdin.close()
    for sent in (None, signal.SIGTERM, signal.SIGKILL):
        if sent is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, sent)
        with suppress(TimeoutError):
            async with asyncio.timeout(_ENDS_WITHIN):
                await process.wait()
            return
