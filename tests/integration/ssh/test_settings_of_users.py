"""Keys in an agent and `~/.ssh/config` as people have them: what ssh(1) connects with, the cockpit does."""

import getpass
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from alfred_tui.domain.document.checklist import Host

from tests.integration.ssh.commands import Cockpit, connects, printed, refused, run
from tests.integration.ssh.server import Proxy, Sshd, keygen


@pytest.fixture
def agent(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An agent of our own, without keys; its socket."""
    socket = str(own_home / "agent")
    running = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", socket)
    try:
        yield socket
    finally:
        running.terminate()
        running.wait()


def added(key: Path, socket: str, passphrase: str = "") -> None:
    """Puts the key into the agent."""
    ask = key.with_name("ask")
    ask.write_text(f"#!/bin/sh\necho '{passphrase}'\n")
    ask.chmod(0o700)
    environ = {**os.environ, "SSH_AUTH_SOCK": socket, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
    for _ in range(100):
        done = subprocess.run(["ssh-add", "-q", str(key)], env=environ, capture_output=True, text=True)
        if done.returncode == 0:
            return
    raise AssertionError(done.stderr)


def locked_with(key: Path, folder: Path) -> Path:
    """The same key, protected by a passphrase."""
    copy = folder / "locked"
    copy.write_bytes(key.read_bytes())
    copy.chmod(0o600)
    copy.with_suffix(".pub").write_bytes(key.with_suffix(".pub").read_bytes())
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "a passphrase", "-f", str(copy)], check=True)
    return copy


async def test_a_key_in_the_agent_is_used(sshd: Sshd, agent: str) -> None:
    added(sshd.key, agent)
    await connects(sshd.host(identity=""))


@pytest.mark.parametrize("named_in", ["config", "checklist"])
async def test_a_locked_key_that_the_agent_has_is_used(
    sshd: Sshd, agent: str, own_home: Path, tmp_path: Path, named_in: str
) -> None:
    locked = locked_with(sshd.key, tmp_path)
    added(locked, agent, "a passphrase")
    if named_in == "config":
        (own_home / ".ssh" / "config").write_text(f"Host *\n  IdentityFile {locked}\n")
    await connects(sshd.host(identity=str(locked) if named_in == "checklist" else ""))


async def test_a_locked_key_is_passed_over_where_another_opens(
    sshd: Sshd, own_home: Path, tmp_path: Path
) -> None:
    locked = locked_with(keygen(tmp_path / "other"), tmp_path)
    (own_home / ".ssh" / "config").write_text(f"Host *\n  IdentityFile {locked}\n  IdentityFile {sshd.key}\n")
    await connects(sshd.host(identity=""))


async def test_a_configuration_with_all_that_has_gathered_in_it_is_read(
    sshd: Sshd, own_home: Path, tmp_path: Path
) -> None:
    known = tmp_path / "hashed"
    known.write_bytes(sshd.known_hosts.read_bytes())
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(known)], check=True, capture_output=True)
    other = keygen(tmp_path / "other")
    ssh = own_home / ".ssh"
    (ssh / "config.d").mkdir()
    (ssh / "config.d" / "work").write_text(
        f"Host db-* !db-old\n  HostName 127.0.0.1\n  Port {sshd.port}\n  IdentityFile {sshd.key}\n"
        f"  IdentityFile {other}\n  UserKnownHostsFile {known}\n"
    )
    (ssh / "config").write_text(
        "# mine\nInclude config.d/*\n\n"
        f"Match host db-*,127.0.0.1 user {getpass.getuser()}\n  Compression yes\n\n"
        "Host *\n  IgnoreUnknown UseKeychain\n  UseKeychain yes\n  AddKeysToAgent yes\n"
        "  ControlMaster auto\n  ControlPath ~/.ssh/%r@%h-%p\n  ControlPersist 10m\n"
        "  ServerAliveInterval 30\n  HashKnownHosts yes\n  IdentitiesOnly yes\n  ForwardAgent no\n"
        "  SendEnv LANG LC_*\n  PubkeyAcceptedAlgorithms +ssh-rsa\n  HostKeyAlgorithms +ssh-rsa\n"
        "  StrictHostKeyChecking ask\n  LogLevel ERROR\n"
    )
    await connects(Host(host="db-1"))


RELAY = (
    "import socket,sys,threading,os;s=socket.create_connection((sys.argv[1],int(sys.argv[2])));"
    "threading.Thread(target=lambda:[os.write(1,d) for d in iter(lambda:s.recv(65536),b'')],"
    "daemon=True).start();"
    "[s.sendall(d) for d in iter(lambda:os.read(0,65536),b'')]"
)


def behind(sshd: Sshd, proxy_command: str) -> str:
    """A configuration for the server, reached through a program."""
    return (
        f"Host behind\n  HostName 127.0.0.1\n  Port {sshd.port}\n  IdentityFile {sshd.key}\n"
        f"  UserKnownHostsFile {sshd.known_hosts}\n  ProxyCommand {proxy_command}\n"
    )


async def test_a_proxy_command_is_gone_through_as_a_shell_runs_it(
    sshd: Sshd, own_home: Path, tmp_path: Path
) -> None:
    """What it says beside the connection is no part of it."""
    (tmp_path / "relay.py").write_text(RELAY)
    command = "python3 $HOME/../relay.py %h %p; : 2>/dev/null"
    (own_home / ".ssh" / "config").write_text(
        behind(sshd, f"sh -c 'echo Going through >&2; exec \"$@\"' sh {command}")
    )
    cockpit = Cockpit(Host(host="behind"))
    assert (await run(cockpit, tmp_path / "step", "echo there", "behind/step")).exit_code == 0
    assert printed(tmp_path / "step") == ["there"]
    await cockpit.host.close()


async def test_a_proxy_command_that_ends_is_told_with_its_last_words(sshd: Sshd, own_home: Path) -> None:
    (own_home / ".ssh" / "config").write_text(behind(sshd, "echo no route to the bastion >&2; exit 1"))
    error = await refused(Host(host="behind"))
    assert "its ProxyCommand ended and said: no route to the bastion." in error.message
    assert error.hint == "Try it by hand: echo no route to the bastion >&2; exit 1"


@pytest.mark.parametrize("beside", [True, False])
async def test_only_the_named_key_is_asked_of_an_agent_and_may_be_locked(
    sshd: Sshd, agent: str, own_home: Path, tmp_path: Path, beside: bool
) -> None:
    """With its public part beside it, and without."""
    locked = locked_with(sshd.key, tmp_path)
    for number in range(8):  # more than a server lets be tried
        added(keygen(tmp_path / f"other{number}"), agent)
    added(locked, agent, "a passphrase")
    if not beside:
        locked.with_suffix(".pub").unlink()
    (own_home / ".ssh" / "config").write_text(f"Host *\n  IdentitiesOnly yes\n  IdentityFile {locked}\n")
    await connects(sshd.host(identity=""))


async def test_an_agent_is_not_asked_for_keys_that_nobody_named(
    sshd: Sshd, agent: str, own_home: Path, tmp_path: Path
) -> None:
    added(sshd.key, agent)
    stranger = keygen(tmp_path / "stranger")
    (own_home / ".ssh" / "config").write_text(f"Host *\n  IdentitiesOnly yes\n  IdentityFile {stranger}\n")
    error = await refused(sshd.host(identity=""))
    assert f"Tried: {stranger} and the agent's keys." in error.hint


async def test_a_key_file_that_is_not_there_is_passed_over_and_told(
    sshd: Sshd, own_home: Path, tmp_path: Path
) -> None:
    config = own_home / ".ssh" / "config"
    config.write_text(
        f"Host *\n  IdentityFile ~/.ssh/gone\n  IdentityFile {sshd.key}\n  CertificateFile ~/c\n"
    )
    await connects(sshd.host(identity=""))
    stranger = keygen(tmp_path / "stranger")
    config.write_text(f"Host *\n  IdentityFile ~/.ssh/gone\n  IdentityFile {stranger}\n")
    error = await refused(sshd.host(identity=""))
    assert error.hint.startswith(
        f"Tried: {stranger}. There is no agent (SSH_AUTH_SOCK). "
        "Not used: ~/.ssh/gone (no such file or directory)."
    )


async def test_a_certificate_is_shown_with_its_key(tmp_path: Path, own_home: Path) -> None:
    authority, key = keygen(tmp_path / "ca"), keygen(own_home / ".ssh" / "id_ed25519")
    server = Sshd(tmp_path / "sshd", settings=(f"TrustedUserCAKeys {authority}.pub",))
    sign = ["ssh-keygen", "-q", "-s", str(authority), "-I", "x", "-n", getpass.getuser()]
    subprocess.run([*sign, f"{key}.pub"], check=True)
    server.start()
    try:
        await connects(server.host(identity=""))
        await connects(server.host(identity=str(key)))
    finally:
        server.stop()


@pytest.mark.parametrize(
    "jump", ["ssh://{user}@127.0.0.1:{port}", "{user}@127.0.0.1:{port}", "{user}@[127.0.0.1]:{port}", "hop"]
)
async def test_a_jump_is_written_in_several_ways(sshd: Sshd, proxy: Proxy, own_home: Path, jump: str) -> None:
    place = jump.format(user=getpass.getuser(), port=proxy.port)
    (own_home / ".ssh" / "known_hosts").write_bytes(sshd.known_hosts.read_bytes())
    (own_home / ".ssh" / "config").write_text(
        f"Host hop\n  HostName 127.0.0.1\n  Port {proxy.port}\n"
        f"Host there\n  HostName 127.0.0.1\n  Port {sshd.port}\n  ProxyJump {place}\n"
        f"Host *\n  IdentityFile {sshd.key}\n"
    )
    await connects(Host(host="there"))
    assert proxy.connections == 1


async def test_one_jump_leads_to_the_next(sshd: Sshd, proxy: Proxy, own_home: Path) -> None:
    (own_home / ".ssh" / "known_hosts").write_bytes(sshd.known_hosts.read_bytes())
    (own_home / ".ssh" / "config").write_text(
        f"Host first second\n  HostName 127.0.0.1\n  Port {proxy.port}\nHost second\n  ProxyJump first\n"
        f"Host *\n  IdentityFile {sshd.key}\n"
    )
    await connects(sshd.host(jump="second", known_hosts=""))
    await connects(sshd.host(jump="first,second", known_hosts=""))
    assert proxy.connections == 4


async def test_a_connect_timeout_is_the_configuration_s(sshd: Sshd, own_home: Path) -> None:
    with socket.socket() as full:  # one that takes no connection more, as a port behind a firewall
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            (own_home / ".ssh" / "config").write_text("Host *\n  ConnectTimeout 1\n")
            error = await refused(sshd.host(port=port))
    assert "came about: there was no answer within 1 s." in error.message
