"""Keys in an agent and `~/.ssh/config` as people have them: what ssh(1) connects with, the cockpit does."""

import getpass
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from alfred_tui.domain.checklist import Host

from tests.integration.ssh.server import Sshd, keygen
from tests.integration.ssh.test_trust import connects


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


async def test_a_proxy_command_is_gone_through(sshd: Sshd, own_home: Path) -> None:
    (own_home / ".ssh" / "config").write_text(
        f"Host behind\n  HostName 127.0.0.1\n  Port {sshd.port}\n  IdentityFile {sshd.key}\n"
        f"  UserKnownHostsFile {sshd.known_hosts}\n"
        '  ProxyCommand python3 -c "import socket,sys,threading,os;'
        "s=socket.create_connection(('%h',%p));"
        "threading.Thread(target=lambda:[os.write(1,d) for d in iter(lambda:s.recv(65536),b'')],"
        "daemon=True).start();"
        "[s.sendall(d) for d in iter(lambda:os.read(0,65536),b'')]\"\n"
    )
    await connects(Host(host="behind"))
