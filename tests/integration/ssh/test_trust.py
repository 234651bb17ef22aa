"""Only a host that proves to be the known one is connected to; what goes wrong says where and what to try."""

import asyncio
import getpass
import subprocess
from pathlib import Path

import pytest
from alfred_tui.domain.document.checklist import Host
from alfred_tui.domain.errors import CockpitError, NotAnswered
from alfred_tui.remote import Timing, hops, revoked
from alfred_tui.remote.connection import HostKeyRefused
from alfred_tui.remote.refusals import TurnedAway
from alfred_tui.remote.settings import Settings

from tests.integration.ssh.commands import connects, refused
from tests.integration.ssh.server import Proxy, Sshd, keygen


async def test_a_known_host_is_connected_to(sshd: Sshd) -> None:
    await connects(sshd.host())


async def test_an_unknown_host_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    error = await refused(sshd.host(known_hosts=str(tmp_path / "empty")))
    assert isinstance(error, HostKeyRefused)
    assert "The host key of db (127.0.0.1) is not known" in error.message
    assert f"ssh -p {sshd.port} {getpass.getuser()}@127.0.0.1" in error.hint
    listed = subprocess.run(
        ["ssh-keygen", "-l", "-f", f"{sshd.host_key}.pub"], check=True, capture_output=True, text=True
    )
    assert f"It shows ED25519 {listed.stdout.split()[1]}." in error.message


async def test_without_any_known_hosts_file_every_host_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    for missing in (str(tmp_path / "none"), ""):
        error = await refused(sshd.host(known_hosts=missing))
        assert isinstance(error, HostKeyRefused)


async def test_a_changed_host_key_is_refused_as_such(sshd: Sshd, tmp_path: Path) -> None:
    other = keygen(tmp_path / "other").with_suffix(".pub").read_text()
    (tmp_path / "known").write_text(f"[127.0.0.1]:{sshd.port} {other}")
    error = await refused(sshd.host(known_hosts=str(tmp_path / "known")))
    assert isinstance(error, HostKeyRefused)
    assert "is not the one in" in error.message
    assert "somebody is in between" in error.hint


async def test_a_host_that_is_known_by_its_address_alone_is_not_the_one_that_is_meant(
    sshd: Sshd, own_home: Path
) -> None:
    """As ssh(1) has it: a name that leads to another machine that we know is not that machine."""
    error = await refused(sshd.host(host="localhost"))
    assert "The host key of db (localhost) is not known" in error.message


async def test_only_the_files_that_are_meant_are_looked_in(
    sshd: Sshd, own_home: Path, tmp_path: Path
) -> None:
    (own_home / ".ssh" / "known_hosts").write_bytes(sshd.known_hosts.read_bytes())
    error = await refused(sshd.host(known_hosts=str(tmp_path / "mistyped")))
    assert f"there is no entry for it in {tmp_path / 'mistyped'} (which is no file)" in error.message
    (own_home / ".ssh" / "config").write_text("Host *\n  UserKnownHostsFile /dev/null\n")
    assert isinstance(await refused(sshd.host(known_hosts="")), HostKeyRefused)


async def test_a_line_that_nobody_understands_costs_no_other(sshd: Sshd, tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.write_bytes(
        b"junk\n\xff\xfe |1|x|y\n@odd a b\n|9|a|b ssh-rsa AAAA\n" + sshd.known_hosts.read_bytes()
    )
    await connects(sshd.host(known_hosts=str(known)))


async def test_a_revoked_key_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    known = sshd.known_hosts.read_text()
    (tmp_path / "known").write_text(known + "".join(f"@revoked {line}\n" for line in known.splitlines()))
    error = await refused(sshd.host(known_hosts=str(tmp_path / "known")))
    assert isinstance(error, HostKeyRefused)
    assert "is marked as revoked in" in error.message


def public(sshd: Sshd) -> str:
    return sshd.host_key.with_suffix(".pub").read_text()


@pytest.mark.parametrize("config", ["user's", "system's", "included", "final"])
async def test_a_key_that_a_configuration_names_as_revoked_is_refused(
    sshd: Sshd, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str
) -> None:
    (own_home / ".ssh" / "gone-127.0.0.1").write_text(f"# gone\n\n{public(sshd)}")
    monkeypatch.setenv("GONE", "gone")
    text = "Match host 127.0.0.1\n  RevokedHostKeys ~/.ssh/${GONE}-%h\n"
    system = tmp_path / "system"
    system.mkdir()
    monkeypatch.setattr(revoked, "EVERYBODYS", str(system / "ssh_config"))
    if config == "included":
        (system / "ssh_config.d").mkdir()
        (system / "ssh_config.d" / "ours").write_text(text)
        text = "Include ssh_config.d/*\n"
    if config == "final":
        text = text.replace("Match", "Match final")
    (own_home / ".ssh" / "config" if config == "user's" else system / "ssh_config").write_text(text)
    error = await refused(sshd.host())
    assert isinstance(error, HostKeyRefused)
    assert error.message == (
        f"The host key of db (127.0.0.1) is marked as revoked in {own_home}/.ssh/gone-127.0.0.1."
    )


async def test_a_file_of_other_revoked_keys_costs_the_host_nothing(
    sshd: Sshd, own_home: Path, tmp_path: Path
) -> None:
    gone = keygen(tmp_path / "other").with_suffix(".pub")
    settings = f"Host else\n  RevokedHostKeys /nowhere\nHost *\n  RevokedHostKeys {gone}\n"
    (own_home / ".ssh" / "config").write_text(settings)
    await connects(sshd.host())
    (own_home / ".ssh" / "config").write_text("RevokedHostKeys none\n" + settings)
    await connects(sshd.host())


async def test_where_it_cannot_be_told_which_keys_are_revoked_no_host_is_trusted(
    sshd: Sshd, own_home: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    (own_home / ".ssh" / "config").write_text(f"RevokedHostKeys {gone}\n")
    begin = f"Whether the host key of db (127.0.0.1) is revoked cannot be told: {gone} "
    error = await refused(sshd.host())
    assert isinstance(error, HostKeyRefused)
    assert error.message == f"{begin}cannot be read: No such file or directory."
    gone.write_text(f"{public(sshd)}127.0.0.1 {public(sshd)}")
    assert (await refused(sshd.host())).message == f"{begin}has no public key in line 2."
    other = keygen(tmp_path / "other").with_suffix(".pub")
    subprocess.run(["ssh-keygen", "-q", "-k", "-f", str(gone), str(other)], check=True)
    error = await refused(sshd.host())
    assert error.message == f"{begin}is a key revocation list (KRL), which the cockpit does not read."
    assert "one public key a line" in error.hint


async def test_a_command_for_known_hosts_is_not_passed_over(sshd: Sshd, own_home: Path) -> None:
    (own_home / ".ssh" / "known_hosts").write_bytes(sshd.known_hosts.read_bytes())
    (own_home / ".ssh" / "config").write_text("Host *\n  KnownHostsCommand /usr/bin/inventory %H\n")
    error = await refused(sshd.host(known_hosts=""))
    assert isinstance(error, HostKeyRefused)
    assert (
        "asked for by a KnownHostsCommand (/usr/bin/inventory %H), and the cockpit runs none" in error.message
    )
    assert "`known_hosts`" in error.hint
    await connects(sshd.host())


@pytest.mark.parametrize(
    "setting", ["UserKnownHostsFile none", "StrictHostKeyChecking no", "UserKnownHostsFile /dev/null"]
)
async def test_no_setting_turns_the_check_off(sshd: Sshd, own_home: Path, setting: str) -> None:
    (own_home / ".ssh" / "config").write_text(f"Host *\n  {setting}\n")
    assert isinstance(await refused(sshd.host(known_hosts="")), HostKeyRefused)


async def test_a_host_certificate_of_a_known_authority_is_trusted(tmp_path: Path, own_home: Path) -> None:
    authority, another = keygen(tmp_path / "ca"), keygen(tmp_path / "ca2")
    server = Sshd(tmp_path / "sshd", settings=(f"HostCertificate {tmp_path}/sshd/host_key-cert.pub",))
    sign = ["ssh-keygen", "-q", "-s", str(authority), "-I", "x", "-h", "-n", "127.0.0.1"]
    subprocess.run([*sign, f"{server.host_key}.pub"], check=True)
    server.start()
    try:
        known = tmp_path / "known"
        marked = f"@cert-authority [127.0.0.1]:{server.port}"
        known.write_text(f"{marked} {authority.with_suffix('.pub').read_text()}")
        await connects(server.host(known_hosts=str(known)))
        known.write_text(f"{marked} {another.with_suffix('.pub').read_text()}")
        error = await refused(server.host(known_hosts=str(known)))
        assert isinstance(error, HostKeyRefused)
        assert "is signed by an authority that" in error.message
        known.write_text(f"{marked} {authority.with_suffix('.pub').read_text()}")
        subprocess.run([*sign, "-V", "20200101:20200102", f"{server.host_key}.pub"], check=True)
        (own_home / ".ssh" / "config").write_text(f"RevokedHostKeys {authority}.pub\n")
        error = await refused(server.host(known_hosts=str(known)))
        assert "The authority behind the host key of db (127.0.0.1) is marked as revoked" in error.message
        (own_home / ".ssh" / "config").unlink()
        server.stop()
        server.start()
        error = await refused(server.host(known_hosts=str(known)))
        assert "The host certificate of db (127.0.0.1) does not hold (certificate expired)" in error.message
    finally:
        server.stop()


async def test_the_ssh_configuration_is_honoured(sshd: Sshd, own_home: Path) -> None:
    (own_home / ".ssh" / "config").write_text(
        f"Host database\n  HostName 127.0.0.1\n  Port {sshd.port}\n  User {getpass.getuser()}\n"
        f"  IdentityFile {sshd.key}\n  UserKnownHostsFile /nowhere/else {sshd.known_hosts}\n"
    )
    await connects(Host(host="database"))


async def test_the_usual_known_hosts_file_is_used(sshd: Sshd, own_home: Path) -> None:
    (own_home / ".ssh" / "known_hosts").write_bytes(sshd.known_hosts.read_bytes())
    await connects(sshd.host(known_hosts=""))


async def test_a_jump_host_is_gone_through_and_verified(sshd: Sshd, proxy: Proxy, own_home: Path) -> None:
    (own_home / ".ssh" / "known_hosts").write_bytes(sshd.known_hosts.read_bytes())
    (own_home / ".ssh" / "config").write_text(f"Host *\n  IdentityFile {sshd.key}\n")
    jump = f"{getpass.getuser()}@127.0.0.1:{proxy.port}"
    await connects(sshd.host(jump=jump))
    assert proxy.connections == 1
    only_the_host = sshd.known_hosts.read_text().splitlines()[0]
    (own_home / ".ssh" / "known_hosts").write_text(f"{only_the_host}\n")
    there = f"Host there\n  HostName 127.0.0.1\n  ProxyJump {jump}\n"
    config = f"{there}Host *\n  IdentityFile {sshd.key}\n"
    (own_home / ".ssh" / "config").write_text(config)
    error = await refused(sshd.host(host="there"))
    assert isinstance(error, HostKeyRefused)
    assert "127.0.0.1, the way to db (there)," in error.message
    assert proxy.connections == 2


async def test_jump_hosts_in_a_circle_are_noticed(sshd: Sshd, own_home: Path) -> None:
    (own_home / ".ssh" / "config").write_text("Host *\n  ProxyJump 127.0.0.1\n")
    error = await refused(sshd.host())
    assert "more than 5 jump hosts" in error.message


async def test_a_refused_login_says_who_and_what_to_try(sshd: Sshd, tmp_path: Path) -> None:
    other = keygen(tmp_path / "other")
    error = await refused(sshd.host(identity=str(other)))
    assert isinstance(error, NotAnswered)
    assert not error.temporary
    assert error.message == f"db (127.0.0.1) refused the login of {getpass.getuser()}."
    assert f"ssh -p {sshd.port} {getpass.getuser()}@127.0.0.1" in error.hint


async def test_a_key_with_a_passphrase_is_left_to_the_agent(sshd: Sshd, tmp_path: Path) -> None:
    locked = keygen(tmp_path / "locked", "-N", "a passphrase")
    error = await refused(sshd.host(identity=str(locked)))
    assert "protected by a passphrase" in error.message
    assert "ssh-add" in error.hint


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"port": 1}, r"No connection to db \(127.0.0.1\) at 127.0.0.1:1 came about: nobody listens there\."),
        ({"host": "no-such-host.invalid"}, r"No connection to db .* came about: the name is not known"),
        ({"identity": "/nowhere/key"}, r"The settings for db \(127.0.0.1\) cannot be used"),
        ({"jump": "host:port:x:"}, r"The jump host|No connection"),
    ],
)
async def test_each_stage_has_its_own_sentence(
    sshd: Sshd, changes: dict[str, str | int], message: str
) -> None:
    error = await refused(sshd.host(**changes))
    with pytest.raises(CockpitError, match=message):
        raise error
    assert error.hint


async def test_a_server_that_says_nothing_is_given_up_in_time(sshd: Sshd, proxy: Proxy) -> None:
    from alfred_tui.remote import RemoteHost, Timing

    proxy.fall_silent()
    host = RemoteHost("db", sshd.host(port=proxy.port), timing=Timing(connect=0.3, login=0.3))
    with pytest.raises(NotAnswered, match="took the connection and then said nothing") as told:
        await host.connect()
    assert told.value.temporary


async def test_what_is_no_ssh_server_is_told_so(sshd: Sshd) -> None:
    async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(http, "127.0.0.1", 0) as server:
        error = await refused(sshd.host(port=server.sockets[0].getsockname()[1]))
    assert "whoever listens there is no SSH server, or turns us away" in error.message
    assert "MaxStartups" in error.hint


async def test_a_login_by_password_alone_says_so(tmp_path: Path, own_home: Path) -> None:
    server = Sshd(tmp_path / "pw", settings=("PubkeyAuthentication no", "PasswordAuthentication yes"))
    server.start()
    try:
        error = await refused(server.host())
        assert "refused the login" in error.message
        assert "It would take a password, and the cockpit asks for none." in error.message
    finally:
        server.stop()


async def test_of_many_logins_at_once_some_wait_and_one_that_is_turned_away_tries_again(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server as it comes turns away some of more than ten that are not let in yet."""
    beside: list[int] = []
    now = 0
    full = asyncio.Event()

    async def attempt(settings: Settings, *_rest: object) -> str:
        nonlocal now
        now += 1
        beside.append(now)
        first = len(beside) == 1
        if now == 4:
            full.set()
        await asyncio.wait_for(full.wait(), 20)
        for _ in range(5):
            await asyncio.sleep(0)
        now -= 1
        if first:
            raise TurnedAway("Too many.", hint="", why="too many")
        return settings.address

    monkeypatch.setattr(hops, "_attempt", attempt)
    monkeypatch.setattr(hops, "_AGAIN", (0.0, 0.0))
    ways = (hops.connected("db (db)", Host(host="db"), Timing()) for _ in range(24))
    assert len(await asyncio.gather(*ways)) == 24
    assert (max(beside), len(beside)) == (4, 25)


async def test_a_broken_configuration_is_named(sshd: Sshd, own_home: Path) -> None:
    (own_home / ".ssh" / "config").write_text("Host *\n  Port many\n")
    error = await refused(sshd.host())
    assert "Invalid Port integer value: many" in error.message
