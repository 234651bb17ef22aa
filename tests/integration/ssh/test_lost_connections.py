"""A connection that is lost is made again, and the command on the far side does not notice."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from alfred_tui.domain.errors import NotAnswered
from alfred_tui.remote.sessions import Disconnected, Sessions

from tests.integration.process.commands import until
from tests.integration.ssh.commands import Cockpit, copy, far, numbers, printed
from tests.integration.ssh.server import Proxy, Sshd


def counting(gate: str) -> str:
    """Prints 1 to 200, waits for a file, prints 201 to 400."""
    wait = f"while ! test -e {gate}; do sleep 0.02; done"
    return f"seq 1 200; {wait}; for n in $(seq 201 400); do echo $n; sleep 0.002; done"


async def test_a_killed_server_process_costs_no_byte(sshd: Sshd, tmp_path: Path) -> None:
    cockpit, folder = Cockpit(sshd.host()), tmp_path / "step"
    running = await cockpit.host.launch("cut/step", far(counting("gate-1")), copy(folder))
    waiting = asyncio.create_task(running.wait())
    for _ in range(2):
        await until(lambda: len(printed(folder)) == 200, "the first half")
        cockpit.states.clear()
        assert sshd.drop_connections()
        await cockpit.reconnecting()
        await until(lambda: "connected" in cockpit.states, "the new connection")
        assert cockpit.why[0] == "the connection was lost"
    (sshd.home / "gate-1").touch()
    await until(lambda: len(printed(folder)) > 250, "some of the second half")
    sshd.drop_connections()
    async with asyncio.timeout(20):
        result = await waiting
    assert result.exit_code == 0
    assert printed(folder) == numbers(400)
    await cockpit.host.close()


async def test_a_peer_that_falls_silent_is_noticed(sshd: Sshd, proxy: Proxy, tmp_path: Path) -> None:
    cockpit, folder = Cockpit(sshd.host(port=proxy.port)), tmp_path / "step"
    running = await cockpit.host.launch("silent/step", far(counting("gate-2")), copy(folder))
    waiting = asyncio.create_task(running.wait())
    await until(lambda: len(printed(folder)) == 200, "the first half")
    proxy.fall_silent()
    (sshd.home / "gate-2").touch()
    await cockpit.reconnecting()
    assert cockpit.why[0] == "it does not answer any more"
    await until(lambda: (sshd.spool("silent/step") / "result").exists(), "the command's end, unseen")
    assert len(printed(folder)) == 200
    proxy.talk_again()
    async with asyncio.timeout(20):
        result = await waiting
    assert result.exit_code == 0
    assert printed(folder) == numbers(400)
    await cockpit.host.close()


async def test_a_connection_that_breaks_in_the_middle_of_much_output_loses_nothing(
    sshd: Sshd, proxy: Proxy, tmp_path: Path
) -> None:
    cockpit, folder = Cockpit(sshd.host(port=proxy.port)), tmp_path / "step"
    running = await cockpit.host.launch("bulk/step", far("seq 1 1000000"), copy(folder))
    waiting = asyncio.create_task(running.wait())
    for megabytes in (0.5, 1.5, 2.5):
        await until(partial(_has_sent, proxy, megabytes * 1e6), "more output")
        proxy.cut()
    async with asyncio.timeout(30):
        await waiting
    assert proxy.connections >= 2
    assert printed(folder) == numbers(1_000_000)
    await cockpit.host.close()


def _has_sent(proxy: Proxy, size: float) -> bool:
    return proxy.sent_back > size


async def test_another_cockpit_goes_on_from_the_byte_that_was_reached(sshd: Sshd, tmp_path: Path) -> None:
    first, folder = Cockpit(sshd.host()), tmp_path / "step"
    secrets = {"TOKEN": "hunter2222"}
    text = f"printf 'a hunter'; {counting('gate-3')}; echo hunter2222"
    running = await first.host.launch("resume/step", far(text), copy(folder, secrets))
    waiting = asyncio.create_task(running.wait())
    await until(lambda: len(printed(folder)) == 200, "the first half")
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await first.host.close()
    (sshd.home / "gate-3").touch()

    second = Cockpit(sshd.host())
    assert await second.host.find("resume/other", copy(tmp_path / "other")) is None
    again = copy(folder, secrets)
    assert sum(again.wanted) > 500
    found = await second.host.find("resume/step", again)
    assert found
    async with asyncio.timeout(20):
        assert (await found.wait()).exit_code == 0
    assert printed(folder) == ["a hunter1", *numbers(400)[1:], "‹TOKEN›"]
    await second.host.close()


async def test_a_cancel_reaches_the_command_over_a_new_connection(sshd: Sshd, tmp_path: Path) -> None:
    cockpit, folder = Cockpit(sshd.host()), tmp_path / "step"
    running = await cockpit.host.launch("far-cancel/step", far("echo ready; sleep 75"), copy(folder))
    waiting = asyncio.create_task(running.wait())
    await until(lambda: printed(folder), "the first words")
    sshd.drop_connections()
    async with asyncio.timeout(20):
        result = await running.cancel(5)
    assert result.cancelled == "SIGTERM"
    assert result == await waiting
    await cockpit.host.close()


async def test_a_shell_that_is_killed_before_it_says_a_word_is_a_lost_connection(
    tmp_path: Path, own_home: Path
) -> None:
    """As on a machine that is shutting down."""
    dies_twice = "[ -e ~/twice ] || { mv ~/once ~/twice 2>/dev/null || touch ~/once; kill -9 $$; }"
    server = Sshd(tmp_path / "dying", settings=(f"ForceCommand {dies_twice}; sh -s",))
    server.start()
    try:
        cockpit = Cockpit(server.host())
        running = await cockpit.host.launch("dying/step", far("echo ran >> ran"), copy(tmp_path / "step"))
        assert (await running.wait()).exit_code == 0
        assert cockpit.why == ["its shell was ended"] * 2
        assert (server.home / "ran").read_text() == "ran\n"
        await cockpit.host.close()
    finally:
        server.stop()


async def test_a_launch_that_is_cut_off_before_its_answer_starts_the_command_once(
    sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Sessions.ask
    broken: list[str] = []

    async def breaks_once(self: Sessions, script: bytes) -> str:
        said = await ask(self, script)
        if not broken:
            broken.append(said)
            raise Disconnected
        return said

    monkeypatch.setattr(Sessions, "ask", breaks_once)
    cockpit = Cockpit(sshd.host())
    running = await cockpit.host.launch(
        "cut-launch/step", far("echo x >> ran; echo done"), copy(tmp_path / "step")
    )
    assert (await running.wait()).exit_code == 0
    assert broken == ["started"]
    assert (sshd.home / "ran").read_text() == "x\n"
    await cockpit.host.close()


async def test_a_script_that_did_not_arrive_whole_is_not_carried_out(sshd: Sshd, tmp_path: Path) -> None:
    from alfred_tui.remote import scripts

    whole = scripts.launch("torn/step", ("sh", "-c", "echo x >> torn"), "", {}, "")
    sessions = Cockpit(sshd.host()).host._sessions
    for end in (len(whole) // 3, len(whole) - 20, len(whole) - 13):
        with pytest.raises((Disconnected, Exception)):
            await sessions.ask(whole[:end])
    assert not sshd.spool("torn").exists()
    assert not (sshd.home / "torn").exists()
    await sessions.close()


async def test_a_host_that_is_away_is_reported_and_waited_for(
    sshd: Sshd, proxy: Proxy, tmp_path: Path
) -> None:
    cockpit, folder = Cockpit(sshd.host(port=proxy.port)), tmp_path / "step"
    running = await cockpit.host.launch("away/step", far(counting("gate-4")), copy(folder))
    await cockpit.host.close()
    await proxy.stop()
    with pytest.raises(
        NotAnswered, match=r"No connection to db \(127.0.0.1\) at 127.0.0.1:\d+ came about"
    ) as told:
        await cockpit.host.find("away/step", copy(tmp_path / "other"))
    assert told.value.temporary
    waiting = asyncio.create_task(running.wait())
    await until(lambda: cockpit.states.count("reconnecting") >= 3, "some attempts")
    assert cockpit.why[-1] == "nobody listens there"
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    (sshd.home / "gate-4").touch()
    direct = Cockpit(sshd.host())
    found = await direct.host.find("away/step", copy(folder))
    assert found
    assert (await found.wait()).exit_code == 0
    assert printed(folder) == numbers(400)
    await direct.host.close()
