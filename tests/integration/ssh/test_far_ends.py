"""How a far command ends: stopped with all that it started, or unseen; and what it left running."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from alfred_tui.remote import NotStarted

from tests.integration.process.commands import lives, until
from tests.integration.ssh.commands import Cockpit, copy, far, printed, run
from tests.integration.ssh.server import Sshd


async def test_cancel_ends_the_far_group(sshd: Sshd, tmp_path: Path) -> None:
    cockpit, folder = Cockpit(sshd.host()), tmp_path / "step"
    text = "sleep 71 & echo $!; (trap 'echo bye; exit 0' TERM; echo ready; sleep 72 & wait) & wait"
    running = await cockpit.host.launch("cancel/term", far(text), copy(folder))
    waiting = asyncio.create_task(running.wait())
    await until(lambda: len(printed(folder)) == 2, "the command's first words")
    result = await running.cancel(5)
    assert (result.status, result.signal, result.cancelled) == ("signalled", "SIGTERM", "SIGTERM")
    assert result == await waiting
    assert "bye" in printed(folder)
    assert not lives(next(int(line) for line in printed(folder) if line.isdigit()))
    await cockpit.host.close()


async def test_cancel_kills_there_what_does_not_listen(sshd: Sshd, tmp_path: Path) -> None:
    cockpit, folder = Cockpit(sshd.host()), tmp_path / "step"
    text = "trap '' TERM; echo $$; while :; do sleep 0.05; done"
    running = await cockpit.host.launch("cancel/kill", far(text), copy(folder))
    waiting = asyncio.create_task(running.wait())
    await until(lambda: printed(folder), "the command's first words")
    result = await running.cancel(0)
    assert (result.status, result.signal, result.cancelled) == ("signalled", "SIGKILL", "SIGKILL")
    assert not lives(int(printed(folder)[0]))
    await waiting
    await cockpit.host.close()


async def test_a_cancelled_command_has_ended_when_its_whole_group_has(sshd: Sshd, tmp_path: Path) -> None:
    """Its leader goes at once; a child of the group does not, and is killed."""
    cockpit, folder = Cockpit(sshd.host()), tmp_path / "step"
    text = "(trap '' TERM; echo ready; while :; do sleep 0.05; done) & echo $!; wait"
    running = await cockpit.host.launch("cancel/group", far(text), copy(folder))
    waiting = asyncio.create_task(running.wait())
    await until(lambda: len(printed(folder)) == 2, "the command's first words")
    result = await running.cancel(1)
    assert (result.signal, result.cancelled, result.left_behind) == ("SIGTERM", "SIGKILL", ())
    assert not lives(next(int(line) for line in printed(folder) if line.isdigit()))
    await waiting
    await cockpit.host.close()


async def test_a_cancelled_command_s_child_in_a_session_and_an_environment_of_its_own_is_named(
    sshd: Sshd, tmp_path: Path
) -> None:
    cockpit, folder = Cockpit(sshd.host()), tmp_path / "step"
    text = "setsid env -i sh -c 'echo $$; exec sleep 76' & wait"
    running = await cockpit.host.launch("cancel/kin", far(text), copy(folder))
    waiting = asyncio.create_task(running.wait())
    await until(lambda: printed(folder), "the child's first words")
    result = await running.cancel(5)
    pid = int(printed(folder)[0])
    os.kill(pid, signal.SIGKILL)
    assert result.left_behind == (f"{pid} sleep",)
    await waiting
    await cockpit.host.close()


async def test_a_child_of_its_session_without_its_environment_is_named(sshd: Sshd, tmp_path: Path) -> None:
    cockpit = Cockpit(sshd.host())
    text = "env -i sh -c 'echo $$ > born; echo $$; exec sleep 77' & while ! test -s born; do :; done"
    result = await run(cockpit, tmp_path / "step", text)
    pid = int(printed(tmp_path / "step")[0])
    os.kill(pid, signal.SIGKILL)
    assert [one.split()[0] for one in result.left_behind] == [str(pid)]
    await cockpit.host.close()


async def test_children_that_left_the_group_are_named(sshd: Sshd, tmp_path: Path) -> None:
    cockpit = Cockpit(sshd.host())
    text = "setsid sh -c 'echo $$ > left; exec sleep 73' >/dev/null 2>&1 & while ! test -s left; do :; done"
    result = await run(cockpit, tmp_path / "step", text)
    pid = int((sshd.home / "left").read_text())
    try:
        assert result.left_behind == (f"{pid} sleep",)
    finally:
        os.kill(pid, signal.SIGKILL)
    await cockpit.host.close()


async def test_a_killed_wrapper_leaves_an_interrupted_command(sshd: Sshd, tmp_path: Path) -> None:
    cockpit, folder = Cockpit(sshd.host()), tmp_path / "step"
    running = await cockpit.host.launch("lost/step", far("echo $$; exec sleep 74"), copy(folder))
    waiting = asyncio.create_task(running.wait())
    await until(lambda: printed(folder), "the command's first words")
    os.kill(int((sshd.spool("lost/step") / "state").read_text().split()[0]), signal.SIGKILL)
    result = await waiting
    assert result.status == "interrupted"
    pid = printed(folder)[0]
    assert f"On db (127.0.0.1) the command (process {pid}) runs" in result.reason
    assert (sshd.spool("lost/step") / "out").exists()
    os.kill(int(pid), signal.SIGKILL)
    await cockpit.host.close()


async def test_a_host_that_was_restarted_says_so(sshd: Sshd, tmp_path: Path) -> None:
    cockpit, folder = Cockpit(sshd.host()), tmp_path / "step"
    running = await cockpit.host.launch("reboot/step", far("echo $$; exec sleep 78"), copy(folder))
    waiting = asyncio.create_task(running.wait())
    await until(lambda: printed(folder), "the command's first words")
    waiting.cancel()
    state = sshd.spool("reboot/step") / "state"
    wrapper, start, _, *rest = state.read_text().splitlines()
    state.write_text("\n".join((wrapper, start, "the boot before", *rest, "")))
    found = await cockpit.host.find("reboot/step", copy(folder))
    assert found
    result = await found.wait()
    os.kill(int(wrapper), signal.SIGKILL)
    os.kill(int(printed(folder)[0]), signal.SIGKILL)
    assert (result.status, result.reason) == (
        "interrupted", "db (127.0.0.1) was restarted while the command ran.",
    )  # fmt: skip
    await cockpit.host.close()


async def test_a_pid_that_was_given_out_again_is_not_taken_for_the_command(
    sshd: Sshd, tmp_path: Path
) -> None:
    cockpit, folder = Cockpit(sshd.host()), tmp_path / "step"
    running = await cockpit.host.launch("recycled/step", far("echo $$; exec sleep 79"), copy(folder))
    waiting = asyncio.create_task(running.wait())
    await until(lambda: printed(folder), "the command's first words")
    there = sshd.spool("recycled/step")
    pid, group, start = (there / "pid").read_text().split()
    assert pid == printed(folder)[0]
    (there / "pid").write_text(f"{os.getpid()} {group} {start}\n")
    os.kill(int((there / "state").read_text().split()[0]), signal.SIGKILL)
    os.kill(int(pid), signal.SIGKILL)
    result = await waiting
    assert result.reason == "On db (127.0.0.1) the command ended without leaving a result."
    assert sorted(one.name for one in there.iterdir()) == ["claim", "pid", "state"]
    await cockpit.host.close()


async def test_its_duration_is_told_by_a_clock_that_never_jumps(sshd: Sshd, tmp_path: Path) -> None:
    cockpit, folder = Cockpit(sshd.host()), tmp_path / "step"
    text = "while ! test -e go-on; do sleep 0.02; done"
    running = await cockpit.host.launch("clock/step", far(text), copy(folder))
    state = sshd.spool("clock/step") / "state"
    *others, epoch, up = state.read_text().splitlines()
    state.write_text("\n".join((*others, str(int(epoch) - 3600), up, "")))  # its clock was set meanwhile
    (sshd.home / "go-on").touch()
    result = await running.wait()
    assert 0 < result.duration < 60
    assert result.ended - result.started > 3500
    await cockpit.host.close()


@pytest.fixture
def small(tmp_path: Path, own_home: Path) -> Iterator[Sshd]:
    """A server whose disk is full while `full` lies in the home: what writes there is told so."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "cat").write_text(
        "#!/bin/sh\n[ ! -e ~/full ] || { echo 'cat: write error: No space left on device' >&2; exit 1; }\n"
        'exec /bin/cat "$@"\n'
    )
    (tools / "cat").chmod(0o755)
    server = Sshd(tmp_path / "small", path=f"{tools}:{os.environ['PATH']}")
    server.start()
    yield server
    server.stop()


async def test_where_there_is_no_room_nothing_is_started(small: Sshd, tmp_path: Path) -> None:
    cockpit = Cockpit(small.host())
    (small.home / "full").touch()
    with pytest.raises(NotStarted, match=r"there is no room in .*No space left on device.*Nothing was run"):
        await run(cockpit, tmp_path / "step", "echo ran > ran", "full/step")
    (small.home / "full").unlink()
    assert not (small.home / "ran").exists()
    assert not small.spool("full/step").exists()
    await cockpit.host.close()


async def test_a_disk_that_fills_up_while_it_runs_costs_no_result_and_is_told(
    small: Sshd, tmp_path: Path
) -> None:
    cockpit, folder = Cockpit(small.host()), tmp_path / "step"
    running = await cockpit.host.launch("filled/step", far("touch full; echo fine"), copy(folder))
    waiting = asyncio.create_task(running.wait())
    there = small.spool("filled/step")
    await until(lambda: (small.home / "full").exists() and not (there / "room").exists(), "the lack of room")
    (small.home / "full").unlink()  # somebody makes room
    result = await waiting
    assert result.exit_code == 0
    assert result.unkept == "the disk there had no room left (cat: write error: No space left on device)"
    await cockpit.host.close()
