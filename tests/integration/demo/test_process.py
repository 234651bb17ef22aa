"""The demo's process starts quickly, serves everything it names, and ends with whoever started it."""

import asyncio
import json
import os
import signal
import stat
import sys
import time
from pathlib import Path

import httpx
import msgspec
import pytest
from alfred_tui.demo.process import DemoEndpoints, DemoFailed, embedded
from alfred_tui.demo.scenarios import SERVICES

from tests.integration.demo.lab import is_alive, kubectl, session_of, until


async def test_everything_it_names_is_there_and_all_of_it_ends_with_the_block(tmp_path: Path) -> None:
    async with embedded("healthy", 20, folder=tmp_path) as demo:
        assert is_alive(demo.pid)
        pods = await kubectl(demo, "get", "deployments", "-o", "name")
        assert pods.output.split() == [f"deployment.apps/{name}" for name in sorted(SERVICES)]
        async with httpx.AsyncClient() as client:
            live = await client.get(demo.service_url.format(service="alfred-bot") + "/health/live")
            up = await client.get(f"{demo.prometheus}/api/v1/query", params={"query": "up"})
        assert live.text == "ok\n"
        assert len(up.json()["data"]["result"]) == len(SERVICES)
        assert (Path(demo.workspace) / "infra/k8s/overlays/prod/kustomization.yaml").exists()
        assert abs(demo.wall_started_at - time.time()) < 30
        assert demo.started_at >= demo.wall_started_at
    assert not is_alive(demo.pid)
    assert session_of(demo.pid) == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(demo.prometheus)


async def test_access_is_readable_by_its_owner_alone_and_stands_outside_the_workspace(tmp_path: Path) -> None:
    async with embedded("healthy", 20, folder=tmp_path) as demo:
        for path in map(Path, (demo.kubeconfig, demo.viewer_kubeconfig)):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            assert Path(demo.workspace) not in path.parents


async def test_a_viewer_reads_and_may_not_write(tmp_path: Path) -> None:
    async with embedded("healthy", 20, folder=tmp_path) as demo:
        assert (await kubectl(demo, "get", "pods", viewer=True)).code == 0
        refused = await kubectl(demo, "scale", "deployment/alfred-bot", "--replicas=1", viewer=True)
    assert refused.code == 1
    assert "forbidden" in refused.output


async def test_a_failing_block_ends_it_too(tmp_path: Path) -> None:
    pids: list[int] = []

    async def fail() -> None:
        async with embedded("healthy", 20, folder=tmp_path) as demo:
            pids.append(demo.pid)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert not is_alive(pids[0])


async def test_an_unknown_scenario_is_a_sentence_that_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DemoFailed) as failure:
        async with embedded("sunshine", 20, folder=tmp_path):
            pass
    assert "ended before it was ready" in failure.value.message
    assert "healthy" in failure.value.message
    assert "Traceback" not in failure.value.message


async def test_a_workspace_that_is_not_empty_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "mine.txt").write_text("mine")
    with pytest.raises(DemoFailed) as failure:
        async with embedded("healthy", 20, folder=tmp_path):
            pass
    assert "not empty" in failure.value.message
    assert "Traceback" not in failure.value.message
    assert [path.name for path in (tmp_path / "workspace").iterdir()] == ["mine.txt"]


async def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DemoFailed) as failure:
        async with embedded("healthy", 20, folder=tmp_path / "file" / "below"):
            pass
    assert "could not be started" in failure.value.message


async def started(folder: Path, **options: int) -> tuple[asyncio.subprocess.Process, DemoEndpoints]:
    """The process as a script starts it: `python -m alfred_tui.demo`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "alfred_tui.demo",
        "--speed=20",
        f"--workspace={folder / 'workspace'}",
        stdin=options.get("stdin", asyncio.subprocess.PIPE),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 30)
    return process, msgspec.json.decode(line, type=DemoEndpoints)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_cleanly(tmp_path: Path, number: int) -> None:
    process, _ = await started(tmp_path)
    process.send_signal(number)
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_the_end_of_its_stdin_ends_it_even_while_a_watch_is_open(tmp_path: Path) -> None:
    process, demo = await started(tmp_path)
    watching = asyncio.create_task(kubectl(demo, "get", "pods", "--watch"))
    await asyncio.sleep(0)
    assert process.stdin is not None
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 10) == 0
    await watching


async def test_without_a_stdin_it_ends_at_once(tmp_path: Path) -> None:
    process, _ = await started(tmp_path, stdin=asyncio.subprocess.DEVNULL)
    assert await asyncio.wait_for(process.wait(), 10) == 0


_PARENT = """
import asyncio, os, sys
from pathlib import Path
from alfred_tui.demo.process import embedded

async def main():
    async with embedded("healthy", 20, folder=Path(sys.argv[1])) as demo:
        print(demo.pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_it_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARENT, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await asyncio.wait_for(parent.stdout.readline(), 30))
    assert is_alive(pid)
    parent.kill()
    await parent.wait()
    await until(lambda: not is_alive(pid))


async def test_it_does_not_outlive_a_parent_even_if_somebody_holds_its_stdin(tmp_path: Path) -> None:
    """A sibling that inherited the pipe keeps it open; then the missing parent is what ends it."""
    reading, writing = os.pipe()
    command = f'"{sys.executable}" -m alfred_tui.demo --speed 20 --workspace "{tmp_path}/workspace" & wait'
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        f"exec 0<&{reading}; {command} <&{reading}",
        pass_fds=(reading,),
        stdout=asyncio.subprocess.PIPE,
    )
    assert shell.stdout is not None
    pid = json.loads(await asyncio.wait_for(shell.stdout.readline(), 30))["pid"]
    shell.kill()
    await shell.wait()
    await until(lambda: not is_alive(pid))
    os.close(reading)
    os.close(writing)
