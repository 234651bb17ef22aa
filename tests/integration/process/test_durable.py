"""A command outlives whoever started it, and is found again or told to be lost."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from alfred_tui.domain.command import Result
from alfred_tui.process import Absent, Alive, Ended, Lost, Running, Spool, find, launch

from tests.integration.process.commands import lives, shell, state, until

COCKPIT = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.integration.process.commands import shell
from alfred_tui.process import launch

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests are run by nohup

async def main():
    running = await launch(Path(sys.argv[1]), shell(sys.argv[2], Path(sys.argv[3])))
    print("launched", flush=True)
    await running.wait()

asyncio.run(main())
"""


def cockpit(folder: Path, text: str, cwd: Path) -> "subprocess.Popen[str]":
    """Another process that launches a command and waits for it, in a terminal session of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", COCKPIT, str(folder), text, str(cwd)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=Path(__file__).parents[3],
    )


def alive(folder: Path) -> Running:
    found = find(folder)
    assert isinstance(found, Alive)
    return found.running


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
async def test_the_command_goes_on_when_the_cockpit_dies_and_is_found(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "step"
    process = cockpit(
        folder, "echo begin; while ! test -e go; do sleep 0.02; done; echo end; exit 7", tmp_path
    )
    assert process.stdout
    assert await asyncio.to_thread(process.stdout.readline) == "launched\n"
    os.killpg(process.pid, number)
    await asyncio.to_thread(process.wait)
    process.stdout.close()
    running = alive(folder)
    (tmp_path / "go").touch()
    async with asyncio.timeout(10):
        result = await running.wait()
    assert (result.status, result.exit_code) == ("exited", 7)
    assert Spool(folder).lines(0, 9) == ["begin", "end"]
    assert find(folder) == Ended(result)


async def test_a_command_that_is_found_can_be_cancelled(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    await launch(folder, shell("echo ready; sleep 60", tmp_path))
    await until(lambda: Spool(folder).size, "ready")
    result = await alive(folder).cancel(5)
    assert result.cancelled == "SIGTERM"


async def test_where_nothing_was_started_nothing_is_found(tmp_path: Path) -> None:
    assert find(tmp_path / "never") == Absent()
    (tmp_path / "empty").mkdir()
    assert find(tmp_path / "empty") == Absent()


async def test_a_killed_supervisor_leaves_an_interrupted_command(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    running = await launch(folder, shell("echo ready; exec sleep 60", tmp_path))
    await until(lambda: Spool(folder).size, "ready")
    told = state(folder)
    try:
        os.kill(told["pid"], signal.SIGKILL)
        async with asyncio.timeout(10):
            result = await running.wait()
        assert result.status == "interrupted"
        assert result.exit_code is None
        found = find(folder)
        assert found == Lost(result.reason, alive=True)
        assert f"process {told['command_pid']}) still runs" in result.reason
    finally:
        os.kill(told["command_pid"], signal.SIGKILL)
    await until(lambda: not lives(told["command_pid"]), "the command's end")
    gone = find(folder)
    assert isinstance(gone, Lost)
    assert not gone.alive
    assert "is gone, too" in gone.reason


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("boot", "another", "machine was restarted"),
        ("space", "pid:[1]", "another container"),
        ("start", "1", "without leaving a result"),
        ("start", "", "without leaving a result"),
    ],
)
async def test_a_process_that_only_has_the_same_pid_is_not_it(
    tmp_path: Path, field: str, value: str, reason: str
) -> None:
    folder = tmp_path / "step"
    running = await launch(folder, shell("sleep 60", tmp_path))
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    (other / "state.json").write_bytes(msgspec.json.encode(state(folder) | {field: value}))
    found = find(other)
    assert isinstance(found, Lost)
    assert reason in found.reason
    assert (await running.cancel(1)).cancelled == "SIGTERM"


async def test_a_record_that_cannot_be_read_is_lost_and_not_absent(tmp_path: Path) -> None:
    for name in ("state.json", "result.json"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_text('{"status":"exi')
        found = find(folder)
        assert isinstance(found, Lost)
        assert name in found.reason


async def test_a_result_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    """Looked at without pause while a command ends, `result.json` is never half a file."""
    for number in range(5):
        folder = tmp_path / str(number)
        running = await launch(folder, shell("true", tmp_path))
        waiting = asyncio.create_task(running.wait())
        while not waiting.done():
            with suppress(FileNotFoundError):
                msgspec.json.decode((folder / "result.json").read_bytes(), type=Result)
            await asyncio.sleep(0)
        assert (await waiting).exit_code == 0


async def test_an_order_that_is_cut_is_not_carried_out(tmp_path: Path) -> None:
    from alfred_tui.process.running import _CODE, _ROOT
    from alfred_tui.process.spec import encode_order

    (tmp_path / "step").mkdir()
    order = encode_order(shell(f"touch {tmp_path}/ran", tmp_path))
    command = [sys.executable, "-I", "-S", "-c", _CODE, _ROOT, str(tmp_path / "step")]
    for cut in (0, 4, 8, len(order) // 2, len(order) - 1):
        ended = await asyncio.to_thread(subprocess.run, command, input=order[:cut], capture_output=True)
        assert (ended.returncode, ended.stdout) == (2, b"")
    assert list((tmp_path / "step").iterdir()) == []
    assert not (tmp_path / "ran").exists()


async def test_a_launch_that_is_cancelled_is_seen_through(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    launching = asyncio.create_task(launch(folder, shell("sleep 60", tmp_path)))
    await asyncio.sleep(0)
    launching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await launching
    assert (await alive(folder).cancel(1)).cancelled == "SIGTERM"


async def test_without_proc_it_works_and_says_what_it_cannot_tell(tmp_path: Path) -> None:
    from alfred_tui.process.running import _ROOT
    from alfred_tui.process.spec import encode_order

    folder = tmp_path / "step"
    folder.mkdir()
    code = (
        "import sys; sys.path.append(sys.argv.pop(1)); from alfred_tui.process import identity, kin; "
        "identity.PROC = '/nowhere'; kin.adopt_orphans = lambda: 'no'; "
        "from alfred_tui.process.supervisor import main; main()"
    )
    command = [sys.executable, "-I", "-S", "-c", code, _ROOT, str(folder)]
    order = encode_order(shell("echo fine; exit 5", tmp_path))
    answer = await asyncio.to_thread(subprocess.run, command, input=order, stdout=subprocess.PIPE)
    assert answer.stdout == b"+"
    found = find(folder)
    assert isinstance(found, Ended)
    assert found.result.exit_code == 5
    assert "no /proc" in found.result.unseen


@pytest.mark.parametrize("name", ["state.json", "result.json"])
@pytest.mark.parametrize("data", [b"", b"{", b'{"status":"exited"}', b'{"status":"\xff"}', b"\0" * 300])
async def test_a_record_that_a_disk_has_damaged_is_lost_and_no_success(
    tmp_path: Path, name: str, data: bytes
) -> None:
    folder = tmp_path / "step"
    running = await launch(folder, shell("echo done", tmp_path))
    await running.wait()
    (folder / "result.json").unlink()
    (folder / name).write_bytes(data)
    found = find(folder)
    if name == "result.json" and b"exited" in data:
        assert isinstance(found, Ended)  # it lacks the code, and nobody takes that for a 0
        assert found.result.exit_code is None
    else:
        assert isinstance(found, Lost)
        assert f"{name} cannot be read" in found.reason


def test_the_supervisor_loads_next_to_nothing() -> None:
    from alfred_tui.process.running import _ROOT

    code = (
        f"import sys; sys.path.append({_ROOT!r}); import alfred_tui.process.supervisor; "
        "print({'asyncio', 're', 'enum', 'typing', 'json', 'subprocess', 'msgspec'} & set(sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert told.stdout == "set()\n"
