"""Whom an SSH configuration says not to trust, which asyncssh passes over.

`RevokedHostKeys` is a file of keys that no host may show; a `KnownHostsCommand` may print revoked ones.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import asyncssh
import msgspec
from asyncssh.config import SSHClientConfig

from alfred_tui.remote.connection import HostKeyRefused

USERS = "~/.ssh/config"
EVERYBODYS = "/etc/ssh/ssh_config"
"""The configurations in which ssh(1) looks, in its order: the first that is said of a thing counts."""

_KRL = b"SSHKRL\n\0"
_TEXT = "Keep the keys as text, one public key a line, and name that file in RevokedHostKeys."


class Revoked(msgspec.Struct, frozen=True):
    """The keys of a `RevokedHostKeys` file; none where no file is named."""

    file: str = ""
    keys: tuple[asyncssh.SSHKey, ...] = ()


class Distrust(msgspec.Struct, frozen=True):
    """What the configurations say for one host; empty where they say nothing, or `none`."""

    keys: str = ""
    """RevokedHostKeys, as it is written."""
    command: str = ""
    """KnownHostsCommand, as it is written."""


class _Config(SSHClientConfig):
    """Reads nothing but these two and what decides whether they are meant for the host."""

    _handlers = {
        name: SSHClientConfig._handlers[name]
        for name in ("host", "match", "include", "hostname", "user", "port", "tag")
    } | {
        "revokedhostkeys": ("RevokedHostKeys", SSHClientConfig._set_string),
        "knownhostscommand": ("KnownHostsCommand", SSHClientConfig._set_string),
    }
    # The base declares both for instances, and sets them on its class.
    _no_split = {"knownhostscommand"}  # noqa: RUF012
    _percent_expand = set[str]()  # noqa: RUF012

    def read(self) -> None:
        for name in (USERS, EVERYBODYS):
            path = Path(name).expanduser()
            if path.is_file():
                self._default_path = path.parent  # of an Include
                self.parse(path)


def said(host: str, local_user: str, user: Any, port: Any) -> Distrust:
    """What the user's and the system's configuration say for a host, by the name it is asked for.

    `user` and `port` are `()` where they are not given. Raises OSError or ValueError for a configuration that
    cannot be read.
    """
    last: Any = None
    config = _Config(last, False, False, False, local_user, user, host, port)
    config.read()
    if config.has_match_final():
        config = _Config(config, False, False, True, local_user, user, host, port)
        config.read()
    return Distrust(
        keys=str(config.get("RevokedHostKeys") or ""), command=str(config.get("KnownHostsCommand") or "")
    )


def load(told: str, distrust: Distrust, expanded: Callable[[str], str], *, own: bool) -> Revoked:
    """The keys that are revoked for the host that is called `told`; `expanded` fills in tokens and variables.

    `own`: the checklist says itself where its key is known, and nobody need be asked for it. Raises
    HostKeyRefused where it cannot be told which are revoked: ssh(1) then refuses every host, too.
    """
    if distrust.command and not own:
        raise HostKeyRefused(
            f"The SSH configuration has {told} asked for by a KnownHostsCommand ({distrust.command}), and "
            "the cockpit runs none: which keys it knows, and which it revokes, cannot be told.",
            hint="Name a file with the host's key in `known_hosts` of the host in the checklist.",
        )
    if not distrust.keys:
        return Revoked()
    file = str(Path(expanded(distrust.keys)).expanduser())
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise _unread(told, file, f"cannot be read: {why}", "See RevokedHostKeys.") from error
    if content.startswith(_KRL):
        raise _unread(told, file, "is a key revocation list (KRL), which the cockpit does not read", _TEXT)
    return Revoked(file, _keys(told, file, content.decode("utf-8", "replace").splitlines()))


def _keys(told: str, file: str, lines: Sequence[str]) -> tuple[asyncssh.SSHKey, ...]:
    out = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            out.append(_key(line.strip()))
        except ValueError as error:
            raise _unread(told, file, f"has no public key in line {number}", _TEXT) from error
    return tuple(out)


def _key(line: str) -> asyncssh.SSHKey:
    """The key, or that of the certificate."""
    try:
        return asyncssh.import_public_key(line)
    except ValueError:
        return asyncssh.import_certificate(line).key


def _unread(told: str, file: str, why: str, hint: str) -> HostKeyRefused:
    return HostKeyRefused(
        f"Whether the host key of {told} is revoked cannot be told: {file} {why}.",
        hint=f"{hint} Until then no host is trusted for which the SSH configuration names the file.",
    )
