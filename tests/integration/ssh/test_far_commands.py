"""A command on a far host: its result, its output, its end, as of one that runs here."""

import asyncio
import shutil
from pathlib import Path

import pytest
from alfred_tui.domain.errors import CockpitError, NotAnswered
from alfred_tui.process import Ended, Spool, find

from tests.integration.process.commands import lives, until
from tests.integration.ssh.commands import Cockpit, copy, far, printed, run
from tests.integration.ssh.server import Sshd


async def test_result_and_output_come_as_of_a_command_here(sshd: Sshd, tmp_path: Path) -> None:
    cockpit = Cockpit(sshd.host())
    result = await run(cockpit, tmp_path / "step", "echo out; pwd; echo err >&2; exit 3")
    assert (result.status, result.exit_code) == ("exited", 3)
    assert Spool(tmp_path / "step").stdout_text(99) == f"out\n{sshd.home}\n"
    streams = {line.text: line.stream for line in Spool(tmp_path / "step").detail(0, 9)}
    assert streams == {"out": "stdout", str(sshd.home): "stdout", "err": "stderr"}
    assert find(tmp_path / "step") == Ended(result)
    assert cockpit.states == ["connected"]
    await cockpit.host.close()


async def test_output_streams_while_the_command_runs(sshd: Sshd, tmp_path: Path) -> None:
    cockpit = Cockpit(sshd.host())
    text = "echo first; while ! test -e go; do sleep 0.05; done; echo last"
    running = await cockpit.host.launch("stream/step", far(text), copy(tmp_path / "step"))
    waiting = asyncio.create_task(running.wait())
    await until(lambda: printed(tmp_path / "step") == ["first"], "the first line")
    (sshd.home / "go").touch()
    assert (await waiting).exit_code == 0
    assert printed(tmp_path / "step") == ["first", "last"]
    (sshd.home / "go").unlink()
    await cockpit.host.close()


async def test_environment_folder_and_input_are_given(sshd: Sshd, tmp_path: Path) -> None:
    cockpit = Cockpit(sshd.host())
    given = {"ODD": 'it\'s "x" $HOME `id` \\ é\nsecond line', "EMPTY": ""}
    text = 'printf "%s|%s|%s\\n" "$ODD" "$EMPTY" "$PWD"; cat | wc -c; ls /proc/self/fd | wc -l'
    await run(cockpit, tmp_path / "step", text, env=given, cwd="/tmp", stdin="hunter2222" * 20_000)
    assert Spool(tmp_path / "step").stdout_text(999) == f"{given['ODD']}||/tmp\n200000\n4\n"
    await run(cockpit, tmp_path / "none", "cat | wc -c")
    assert printed(tmp_path / "none") == ["0"]
    await cockpit.host.close()


async def test_what_a_step_sets_is_its_command_s_alone(sshd: Sshd, tmp_path: Path) -> None:
    """The names are those that the far side's own scripts use."""
    cockpit = Cockpit(sshd.host())
    names = ("PATH", "d", "p", "g", "mask", "where", "line", "given", "code", "wrapper", "nap", "HOME")
    given = {name: f"/its/{name}" for name in names}
    text = "".join(f'echo "{name}=${name}"; ' for name in names)
    argv = ("/bin/sh", "-c", text)
    result = await run(cockpit, tmp_path / "step", "", env=given, argv=argv)
    assert result.exit_code == 0
    assert printed(tmp_path / "step") == [f"{name}={value}" for name, value in given.items()]
    with pytest.raises(CockpitError, match="far shell does not take"):
        await run(cockpit, tmp_path / "long", "true", env={"LONG": "x" * 130_000})
    await cockpit.host.close()


async def test_what_a_command_makes_there_is_as_open_as_the_login_s_umask_says(
    tmp_path: Path, own_home: Path
) -> None:
    server = Sshd(tmp_path / "open", settings=('ForceCommand umask 027; eval "$SSH_ORIGINAL_COMMAND"',))
    server.start()
    try:
        cockpit = Cockpit(server.host())
        await run(cockpit, tmp_path / "step", "umask; mkdir made")
        assert printed(tmp_path / "step") == ["0027"]
        assert (server.home / "made").stat().st_mode & 0o777 == 0o750
        await cockpit.host.close()
    finally:
        server.stop()


async def test_secrets_stand_in_no_argument_there_and_no_file_here(sshd: Sshd, tmp_path: Path) -> None:
    cockpit, folder = Cockpit(sshd.host()), tmp_path / "step"
    text = 'echo "raw $WORD"; cat; printf %s "$WORD" | base64; ps -ww -e -o args= | grep -c "[c]0rrect" || :'
    given = {"WORD": "c0rrect-horse"}
    spec = far(text, env=given, stdin="c0rrect-horse\n")
    running = await cockpit.host.launch("args/step", spec, copy(folder, given))
    await running.wait()
    assert printed(folder) == ["raw ‹WORD›", "‹WORD›", "‹WORD›", "0"]
    assert not [one.name for one in folder.iterdir() if b"c0rrect" in one.read_bytes()]
    there = sshd.spool("args/step")
    assert there.stat().st_mode & 0o077 == 0
    assert not [one.name for one in there.iterdir() if one.is_file() and b"c0rrect" in one.read_bytes()]
    await cockpit.host.close()


async def test_far_output_is_private_while_it_is_there_and_goes_when_it_is_here(
    sshd: Sshd, tmp_path: Path
) -> None:
    cockpit = Cockpit(sshd.host())
    running = await cockpit.host.launch("private/step", far("echo x"), copy(tmp_path / "step"))
    there = sshd.spool("private/step")
    await until(lambda: (there / "result").exists(), "the far result")
    assert not [one.name for one in there.iterdir() if one.stat().st_mode & 0o077]
    assert (there / "out").read_text() == "x\n"
    await running.wait()
    assert sorted(one.name for one in there.iterdir()) == ["claim", "pid", "result", "state"]
    await cockpit.host.close()


async def test_many_megabytes_arrive_whole(sshd: Sshd, tmp_path: Path) -> None:
    cockpit = Cockpit(sshd.host())
    result = await run(cockpit, tmp_path / "step", "seq 1 1500000; seq 1 1000 >&2")
    assert result.exit_code == 0
    expected = "".join(f"{number}\n" for number in range(1, 1_500_001))
    assert Spool(tmp_path / "step").stdout_text(1 << 30) == expected
    assert result.output == len(expected) + sum(len(f"{number}\n") for number in range(1, 1001))
    await cockpit.host.close()


async def test_a_shell_there_stops_at_the_first_failure(sshd: Sshd, tmp_path: Path) -> None:
    cockpit = Cockpit(sshd.host())
    assert (await run(cockpit, tmp_path / "a", "echo one; false | cat; echo two")).exit_code == 1
    assert printed(tmp_path / "a") == ["one"]
    await cockpit.host.close()


async def test_what_cannot_start_there_says_why(sshd: Sshd, tmp_path: Path) -> None:
    cockpit = Cockpit(sshd.host())
    result = await run(cockpit, tmp_path / "cwd", "true", cwd="/no/such/folder")
    assert (result.exit_code, result.reason) == (
        126, "The command could not be started: there is no folder /no/such/folder.",
    )  # fmt: skip
    result = await run(cockpit, tmp_path / "argv", "", argv=("no-such-program",))
    assert (result.exit_code, result.reason) == (
        127, "The command could not be started: there is no program no-such-program.",
    )  # fmt: skip
    with pytest.raises(CockpitError, match="environment variable named 'A-B'"):
        await run(cockpit, tmp_path / "env", "true", env={"A-B": "x"})
    await cockpit.host.close()


async def test_a_name_is_used_once(sshd: Sshd, tmp_path: Path) -> None:
    cockpit = Cockpit(sshd.host())
    await run(cockpit, tmp_path / "a", "echo x >> count", "once/step")
    with pytest.raises(CockpitError, match="one was started under its name before"):
        await run(cockpit, tmp_path / "b", "echo x >> count", "once/step")
    assert (sshd.home / "count").read_text() == "x\n"
    await cockpit.host.close()


async def test_more_commands_than_a_server_has_sessions_run_side_by_side(sshd: Sshd, tmp_path: Path) -> None:
    cockpit = Cockpit(sshd.host())
    results = await asyncio.gather(
        *(run(cockpit, tmp_path / str(one), f"sleep 0.2; echo {one}", f"many/{one}") for one in range(14))
    )
    assert [result.exit_code for result in results] == [0] * 14
    assert [printed(tmp_path / str(one)) for one in range(14)] == [[str(one)] for one in range(14)]
    assert cockpit.states == ["connected"]
    await cockpit.host.close()


async def test_it_works_where_there_is_nothing_but_a_posix_shell(tmp_path: Path, own_home: Path) -> None:
    """No setsid, no bash, no `head -c`, no fractions of a second."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "mkdir", "mv", "rm", "date", "ls", "tail", "dd", "grep", "ps", "tr", "nohup"):
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    (tools / "sleep").write_text('#!/bin/sh\ncase $1 in *.*) exit 1;; esac\nexec /bin/sleep "$1"\n')
    (tools / "sleep").chmod(0o755)
    server = Sshd(tmp_path / "bare", path=str(tools))
    server.start()
    try:
        cockpit = Cockpit(server.host())
        text = "echo bare; for one in setsid bash head; do ! command -v $one || exit 1; done; exit 5"
        result = await run(cockpit, tmp_path / "b", text)
        assert result.exit_code == 5
        assert printed(tmp_path / "b") == ["bare"]
        folder = tmp_path / "c"
        running = await cockpit.host.launch(
            "bare/c", far("trap '' TERM; echo $$; while :; do :; done"), copy(folder)
        )
        waiting = asyncio.create_task(running.wait())
        await until(lambda: printed(folder), "the command's first words", 20)
        result = await running.cancel(0)
        assert result == await waiting
        assert result.cancelled == "SIGKILL"
        assert result.status == "signalled"
        assert not lives(int(printed(folder)[0]))
        await cockpit.host.close()
    finally:
        server.stop()


async def test_a_login_that_prints_before_it_works_is_understood(tmp_path: Path, own_home: Path) -> None:
    server = Sshd(
        tmp_path / "noisy", settings=('ForceCommand echo "Welcome!"; eval "$SSH_ORIGINAL_COMMAND"',)
    )
    server.start()
    try:
        cockpit = Cockpit(server.host())
        assert (await run(cockpit, tmp_path / "step", "echo fine")).exit_code == 0
        assert printed(tmp_path / "step") == ["fine"]
        await cockpit.host.close()
    finally:
        server.stop()


async def test_a_login_without_a_shell_says_so(tmp_path: Path, own_home: Path) -> None:
    server = Sshd(tmp_path / "none", settings=("ForceCommand echo This account is not available.; exit 1",))
    server.start()
    try:
        cockpit = Cockpit(server.host())
        with pytest.raises(CockpitError, match=r"no POSIX shell .*This account is not available"):
            await run(cockpit, tmp_path / "step", "echo fine")
        await cockpit.host.close()
    finally:
        server.stop()


async def test_a_server_that_allows_one_session_at_a_time_is_enough(tmp_path: Path, own_home: Path) -> None:
    server = Sshd(tmp_path / "one", settings=("MaxSessions 1",))
    server.start()
    try:
        cockpit = Cockpit(server.host())
        running = await cockpit.host.launch("one/step", far("echo $$; sleep 80"), copy(tmp_path / "step"))
        waiting = asyncio.create_task(running.wait())
        await until(lambda: printed(tmp_path / "step"), "the command's first words")
        waiting.cancel()
        assert (await running.cancel(5)).cancelled == "SIGTERM"
        assert not (server.spool("one/step") / "out").exists()
        assert cockpit.states == ["connected"]
        await cockpit.host.close()
    finally:
        server.stop()


async def test_a_server_that_opens_no_session_is_told_as_such(tmp_path: Path, own_home: Path) -> None:
    server = Sshd(tmp_path / "none", settings=("MaxSessions 0",))
    server.start()
    try:
        cockpit = Cockpit(server.host())
        with pytest.raises(NotAnswered, match=r"db \(127.0.0.1\) lets us log in, but opens no session"):
            await run(cockpit, tmp_path / "step", "true")
        await cockpit.host.close()
    finally:
        server.stop()
