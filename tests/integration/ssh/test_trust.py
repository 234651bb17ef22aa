"""Only a host that proves to be the known one is connected to; what goes wrong says where and what to try."""

import getpass
import subprocess
from pathlib import Path

import pytest
from alfred_tui.domain.checklist import Host
from alfred_tui.domain.errors import CockpitError, NotAnswered
from alfred_tui.remote.connection import HostKeyRefused

from tests.integration.ssh.commands import Cockpit
from tests.integration.ssh.server import Proxy, Sshd, keygen


async def refused(host: Host) -> CockpitError:
    """The error of a connection that must not come about."""
    cockpit = Cockpit(host)
    with pytest.raises(CockpitError) as told:
        await cockpit.host.connect()
    assert cockpit.states == []
    return told.value


async def connects(host: Host) -> None:
    cockpit = Cockpit(host)
    await cockpit.host.connect()
    await cockpit.host.close()


async def test_a_known_host_is_connected_to(sshd: Sshd) -> None:
    await connects(sshd.host())


async def test_an_unknown_host_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    error = await refused(sshd.host(known_hosts=str(tmp_path / "empty")))
    assert isinstance(error, HostKeyRefused)
    assert "The host key of db (127.0.0.1) is not known" in error.message
    assert f"ssh -p {sshd.port} 127.0.0.1" in error.hint


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


async def test_a_revoked_key_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    known = sshd.known_hosts.read_text()
    (tmp_path / "known").write_text(known + "".join(f"@revoked {line}\n" for line in known.splitlines()))
    assert isinstance(await refused(sshd.host(known_hosts=str(tmp_path / "known"))), HostKeyRefused)


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
        assert isinstance(await refused(server.host(known_hosts=str(known))), HostKeyRefused)
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
        ({"port": 1}, r"No connection to db \(127.0.0.1\) at 127.0.0.1:1 came about"),
        ({"host": "no-such-host.invalid"}, r"No connection to db \(no-such-host.invalid\)"),
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
    with pytest.raises(NotAnswered) as told:
        await host.connect()
    assert told.value.temporary


async def test_a_broken_configuration_is_named(sshd: Sshd, own_home: Path) -> None:
    (own_home / ".ssh" / "config").write_text("Host *\n  Port many\n")
    error = await refused(sshd.host())
    assert "Invalid Port integer value: many" in error.message
