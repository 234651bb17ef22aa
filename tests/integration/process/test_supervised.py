"""A supervised command: its result, its environment, its output, its end."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from alfred_tui.domain.command import CommandSpec, Result
from alfred_tui.domain.errors import CockpitError
from alfred_tui.process import Absent, Ended, Spool, find, launch

from tests.integration.process.commands import PATH, lives, shell, until


async def run(folder: Path, spec: CommandSpec) -> Result:
    async with asyncio.timeout(20):
        return await (await launch(folder, spec)).wait()


async def test_the_exit_code_is_the_commands_own(tmp_path: Path) -> None:
    result = await run(tmp_path / "step", shell("exit 3", tmp_path))
    assert (result.status, result.exit_code, result.cancelled) == ("exited", 3, "")
    assert 0 < result.duration < 5
    assert result.ended >= result.started > 1_700_000_000


async def test_a_command_that_a_signal_ended_says_which(tmp_path: Path) -> None:
    result = await run(tmp_path / "step", shell("kill -SEGV $$", tmp_path))
    assert (result.status, result.exit_code, result.signal) == ("signalled", None, "SIGSEGV")
    assert result.cancelled == ""


async def test_a_shell_stops_at_the_first_failure(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    result = await run(folder, shell("echo one; false | cat; echo two", tmp_path))
    assert result.exit_code == 1
    assert Spool(folder).lines(0, 9) == ["one"]
    assert (await run(tmp_path / "unset", shell("echo $missing", tmp_path))).exit_code != 0


async def test_the_environment_is_exactly_what_was_given(tmp_path: Path) -> None:
    given = {"PATH": PATH, "ONE": "1", "ODD": "a=b\nc \udcff", "EMPTY": ""}
    spec = CommandSpec(argv=("cat", "/proc/self/environ"), cwd=str(tmp_path), env=given)
    await run(tmp_path / "step", spec)
    told = (tmp_path / "step" / "output").read_bytes().rstrip(b"\0").split(b"\0")
    assert sorted(told) == sorted(os.fsencode(f"{name}={value}") for name, value in given.items())


async def test_signals_mask_and_folder_are_as_a_shell_would_have_them(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        text = "umask; pwd; grep -E '^Sig(Blk|Ign)' /proc/self/status; ls /proc/self/fd | wc -l; tty || true"
        await run(tmp_path / "step", shell(text, tmp_path))
    finally:
        os.umask(before)
    umask, folder, blocked, ignored, open_files, terminal = Spool(tmp_path / "step").lines(0, 9)
    assert (umask, folder, open_files, terminal) == ("0027", str(tmp_path), "4", "not a tty")
    # The C library keeps signals 32 and 33 to itself: what the tests' own parent did to them stays.
    assert [int(line.split()[1], 16) & 0x7FFFFFFF for line in (blocked, ignored)] == [0, 0]


async def test_only_the_owner_can_read_what_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    await run(folder, shell("echo x", tmp_path))
    assert folder.stat().st_mode & 0o077 == 0
    assert not [path.name for path in folder.iterdir() if path.stat().st_mode & 0o077]


async def test_streams_are_told_apart_in_one_readable_file(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    await run(folder, shell("echo out; sleep 0.05; echo err >&2; sleep 0.05; printf more", tmp_path))
    assert (folder / "output").read_text() == "out\nerr\nmore"
    lines = Spool(folder).detail(0, 9)
    assert [line.stream for line in lines] == ["stdout", "stderr", "stdout"]
    assert lines[0].at < lines[1].at < lines[2].at
    assert Spool(folder).stdout_text(100) == "out\nmore"


async def test_standard_input_is_the_secret_or_nothing(tmp_path: Path) -> None:
    given = "hunter22\n" * 30_000
    await run(tmp_path / "given", shell("cat | wc -c", tmp_path, stdin=given))
    assert Spool(tmp_path / "given").lines(0, 1) == [str(len(given))]
    await run(tmp_path / "none", shell("cat | wc -c", tmp_path))
    assert Spool(tmp_path / "none").lines(0, 1) == ["0"]
    unread = await run(tmp_path / "unread", shell("exit 4", tmp_path, stdin=given))
    assert unread.exit_code == 4


async def test_secrets_stand_in_no_file_and_no_argument(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    secret = "w0rd5/horse battery+staple"
    text = (
        'echo "raw $TOKEN"; printf %s "$TOKEN" | base64; cat; printf "%.6s" "$TOKEN"; sleep 0.1; '
        'printf %s "${TOKEN#??????}"; ps -ww -e -o args= > ../args; exit 0'
    )
    spec = shell(text, tmp_path, env={"TOKEN": secret}, stdin=secret, secrets={"TOKEN": secret})
    await run(folder, spec)
    assert Spool(folder).lines(0, 9) == ["raw ‹TOKEN›", "‹TOKEN›", "‹TOKEN›‹TOKEN›"]
    for path in (*folder.iterdir(), tmp_path.parent / "args"):
        if path.exists():
            assert b"w0rd5" not in path.read_bytes()
            assert b"battery" not in path.read_bytes()


async def test_output_far_beyond_the_cap_keeps_its_head_and_tail(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    text = "echo first; yes 'a line of output that says nothing' | head -c 200000000 || :; echo; echo last"
    result = await run(folder, shell(text, tmp_path, cap=1_000_000))
    assert result.output == 200_000_000 + len("first\n\nlast\n")
    kept = sum(path.stat().st_size for path in folder.glob("output*"))
    assert 700_000 < kept < 1_000_200
    spool = Spool(folder)
    assert spool.lines(0, 1) == ["first"]
    assert spool.tail(1) == ["last"]
    assert spool.missing == result.dropped == pytest.approx(200_000_000 - kept, abs=2000)
    assert f"{result.dropped:,} bytes" in (folder / "output.gap").read_text()


async def test_cancel_ends_the_whole_group_with_sigterm(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    text = "sleep 60 & echo $!; (trap 'echo bye; exit 0' TERM; echo ready; sleep 60 & wait) & wait"
    running = await launch(folder, shell(text, tmp_path))
    await until(lambda: len(Spool(folder).lines(0, 9)) == 2, "the command's first words")
    result = await running.cancel(5)
    assert (result.status, result.signal, result.cancelled) == ("signalled", "SIGTERM", "SIGTERM")
    assert "bye" in Spool(folder).lines(0, 9)
    assert not lives(int(Spool(folder).lines(0, 1)[0]))
    assert result.left_behind == ()


async def test_cancel_kills_what_does_not_listen(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    text = "trap 'echo no' TERM; echo ready; while :; do sleep 0.05 || :; done"
    running = await launch(folder, shell(text, tmp_path))
    await until(lambda: "ready" in Spool(folder).lines(0, 9), "ready")
    result = await running.cancel(0.3)
    assert (result.status, result.signal, result.cancelled) == ("signalled", "SIGKILL", "SIGKILL")
    assert "no" in Spool(folder).lines(0, 9)
    assert result.duration > 0.3


async def test_cancel_kills_a_member_that_outlives_its_leader(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    text = "(trap '' TERM; echo ready; exec sleep 60) & echo $!; wait"
    running = await launch(folder, shell(text, tmp_path))
    await until(lambda: len(Spool(folder).lines(0, 9)) == 2, "the command's first words")
    result = await running.cancel(0.3)
    assert result.cancelled == "SIGKILL"
    assert result.signal == "SIGTERM"
    pid = next(int(line) for line in Spool(folder).lines(0, 9) if line.isdigit())
    assert not lives(pid)


async def test_a_second_cancel_can_only_hurry(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    running = await launch(folder, shell("trap '' TERM; echo ready; sleep 60", tmp_path))
    await until(lambda: Spool(folder).size, "ready")
    patient = asyncio.create_task(running.cancel(60))
    await until(lambda: (folder / "cancel").exists(), "the first request")
    await asyncio.sleep(0.05)
    async with asyncio.timeout(10):
        result = await running.cancel(0.1)
    assert result == await patient
    assert result.cancelled == "SIGKILL"


async def test_cancelling_what_has_ended_leaves_its_result(tmp_path: Path) -> None:
    running = await launch(tmp_path / "step", shell("exit 0", tmp_path))
    first = await running.wait()
    assert await running.cancel(0) == first


async def test_a_signal_for_the_screen_does_not_reach_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    running = await launch(folder, shell("echo ready; sleep 0.3; echo done", tmp_path))
    await until(lambda: Spool(folder).size, "ready")
    from tests.integration.process.commands import state

    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        os.kill(state(folder)["pid"], number)
    assert (await running.wait()).exit_code == 0
    assert Spool(folder).lines(0, 9) == ["ready", "done"]


async def test_children_that_left_the_group_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    text = "setsid sh -c 'echo $$ > pid; exec sleep 61' >/dev/null 2>&1 & while ! test -s pid; do :; done"
    result = await run(folder, shell(text, tmp_path))
    pid = int((tmp_path / "pid").read_text())
    try:
        assert result.left_behind == (f"{pid} sleep",)
        assert result.unseen == ""
        assert result.duration < 2
        assert lives(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


async def test_of_a_secret_in_the_name_of_a_child_no_part_is_told(tmp_path: Path) -> None:
    """The system cuts names after 15 bytes."""
    secret = "correct-horse-battery-staple"
    folder, program = tmp_path / "step", tmp_path / secret
    program.write_text("#!/bin/sh\necho $$ > pid\nsleep 61\n")
    program.chmod(0o755)
    text = "setsid ./correct* >/dev/null 2>&1 & while ! test -s pid; do :; done"
    result = await run(folder, shell(text, tmp_path, secrets={"KEY": secret}))
    pid = int((tmp_path / "pid").read_text())
    os.killpg(pid, signal.SIGKILL)
    assert result.left_behind[0] == f"{pid} …"
    assert "correc" not in (folder / "result.json").read_text()


async def test_children_that_left_the_group_are_named_after_a_cancel(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    text = (
        "setsid sh -c 'echo $$ > pid; exec sleep 62' & while ! test -s pid; do :; done; echo ready; sleep 63"
    )
    running = await launch(folder, shell(text, tmp_path))
    await until(lambda: Spool(folder).size, "ready")
    result = await running.cancel(1)
    pid = int((tmp_path / "pid").read_text())
    try:
        assert result.cancelled == "SIGTERM"
        assert result.left_behind == (f"{pid} sleep",)
    finally:
        os.kill(pid, signal.SIGKILL)


async def test_output_that_comes_just_after_the_end_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    result = await run(folder, shell("echo early; (sleep 0.1; echo late) &", tmp_path))
    assert Spool(folder).lines(0, 9) == ["early", "late"]
    assert result.left_behind == ()


async def test_a_program_that_is_not_there_says_so(tmp_path: Path) -> None:
    spec = CommandSpec(argv=("no-such-program", "x"), cwd=str(tmp_path), env={"PATH": PATH})
    result = await run(tmp_path / "step", spec)
    assert result.exit_code == 127
    assert result.reason == "The command could not be started (no-such-program: No such file or directory)."


async def test_what_cannot_start_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(CockpitError, match="no such folder"):
        await launch(tmp_path / "a", shell("true", tmp_path / "missing"))
    with pytest.raises(CockpitError, match="secret PIN has 2 characters"):
        await launch(tmp_path / "b", shell("true", tmp_path, secrets={"PIN": "12"}))
    (tmp_path / "file").write_text("")
    with pytest.raises(CockpitError, match="could not start"):
        await launch(tmp_path / "file" / "c", shell("true", tmp_path))
    assert find(tmp_path / "a") == find(tmp_path / "b") == Absent()


async def test_a_folder_is_used_once(tmp_path: Path) -> None:
    folder = tmp_path / "step"
    await run(folder, shell("echo once", tmp_path))
    with pytest.raises(CockpitError, match="another supervisor has this folder already"):
        await launch(folder, shell("echo twice", tmp_path))
    assert Spool(folder).lines(0, 9) == ["once"]
    assert isinstance(find(folder), Ended)


async def test_of_many_that_start_at_once_one_runs(tmp_path: Path) -> None:
    folder, count = tmp_path / "step", tmp_path / "count"
    spec = shell(f"echo x >> {count}; sleep 0.2", tmp_path)
    started = await asyncio.gather(*(launch(folder, spec) for _ in range(6)), return_exceptions=True)
    runs = [one for one in started if not isinstance(one, BaseException)]
    assert len(runs) == 1
    assert (await runs[0].wait()).exit_code == 0
    assert count.read_text() == "x\n"
    assert sorted(path.name for path in folder.iterdir()) == ["index", "output", "result.json", "state.json"]
