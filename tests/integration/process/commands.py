"""Commands for the supervisor's tests, and a look at the processes that they leave."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from alfred_tui.domain.command import CommandSpec
from alfred_tui.process.shell import shell_argv

PATH = os.environ["PATH"]


def shell(text: str, cwd: Path, **more: Any) -> CommandSpec:
    """A shell command with nothing but PATH in its environment."""
    env = {"PATH": PATH} | more.pop("env", {})
    return CommandSpec(argv=shell_argv(text), cwd=str(cwd), env=env, **more)


async def until(condition: Callable[[], object], what: str, seconds: float = 10.0) -> None:
    """Waits for a condition, and fails with its name when it does not come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.01)


def lives(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in b"ZX"
    except OSError:
        return False


def state(folder: Path) -> dict[str, Any]:
    """What the supervisor wrote about itself."""
    return msgspec.json.decode((folder / "state.json").read_bytes(), type=dict[str, Any])
