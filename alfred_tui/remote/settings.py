"""What the checklist and `~/.ssh/config` say of a host, as ssh(1) would take it."""

import getpass
import os
import re
from pathlib import Path
from typing import Any

import asyncssh
import msgspec

from alfred_tui.domain.document.checklist import Host
from alfred_tui.domain.errors import CockpitError
from alfred_tui.remote.keys import Keys, load, there
from alfred_tui.remote.known_hosts import EVERYBODYS, USERS, KnownHosts, never
from alfred_tui.remote.revoked import Revoked, said
from alfred_tui.remote.revoked import load as revoked_keys

STANDARD_PORT = 22
_AGENT = "SSH_AUTH_SOCK"
_TOKEN = re.compile(r"%(.)")
_VARIABLE = re.compile(r"\$\{(.*?)\}")
_JUMP = re.compile(
    r"(?:ssh://)?(?:(.+)@)?"
    r"(?:\[([^\]]+)\]|([^:\[\]/]+)|([0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*))"
    r"(?::(\d+))?/?"
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one host is reached."""

    told: str
    """What it is called in errors."""
    name: str
    """The name by which the SSH configuration knows it."""
    address: str
    port: int
    user: str
    given: dict[str, Any]
    """For asyncssh.connect, beyond what it reads in the configuration itself."""
    known: KnownHosts
    jump: str
    """Jump hosts with commas between; empty for none."""
    proxy: str
    """A ProxyCommand, all filled in; empty for none."""
    connect_timeout: float
    """Seconds; 0 where nothing is said of it."""
    tried: str
    """Which keys are there to log in with, for the sentence that none of them was taken."""


def read(told: str, host: Host) -> Settings:
    """Raises CockpitError where the configuration cannot be used. It may run commands (`Match exec`)."""
    given: dict[str, Any] = {}
    if host.user:
        given["username"] = host.user
    if host.port != STANDARD_PORT:
        given["port"] = host.port
    options = _options(told, host.host, given | {"client_keys": None})
    config = options.config
    keys = _keys(told, host, config)
    given |= _login(config, keys)
    if keys and keys.locked and not keys.pairs and not given["agent_path"]:
        raise CockpitError(
            f"The key for {told} is protected by a passphrase: {', '.join(keys.unused)}.",
            hint="Add it to your agent with ssh-add; the cockpit asks for no passphrases.",
        )
    port = options.port if options.port != STANDARD_PORT else None
    alias = options.host_key_alias or options.host.lower()
    revoked = _revoked(told, host, options, given)
    return Settings(
        told=told, name=host.host, address=options.host, port=options.port, user=options.username,
        given=given,
        known=KnownHosts(told, alias, port, _known(told, host, options), revoked),
        jump=host.jump or str(config.get("ProxyJump") or ""),
        proxy="" if host.jump else str(config.get("ProxyCommand") or ""),
        connect_timeout=float(str(config.get("ConnectTimeout") or 0)),
        tried=_tried(keys, given["agent_path"]),
    )  # fmt: skip


def parsed_jump(told: str, jump: str) -> Host:
    """A jump host as ProxyJump has it: `[user@]host[:port]`, or the same as `ssh://…`."""
    found = _JUMP.fullmatch(jump)
    if found is None:
        raise CockpitError(
            f"The jump host {jump!r} of {told} is not [user@]host[:port].",
            hint="See `jump` of the host in the checklist, and ProxyJump in ~/.ssh/config.",
        )
    user, bracketed, name, bare, port = found.groups()
    return Host(host=bracketed or name or bare, user=user or "", port=int(port or STANDARD_PORT))


def _options(told: str, name: str, given: dict[str, Any]) -> asyncssh.SSHClientConnectionOptions:
    try:
        return asyncssh.SSHClientConnectionOptions(host=name, config=(), **given)
    except (OSError, ValueError, asyncssh.Error) as error:
        raise _unusable(told, name, str(error)) from error


def _unusable(told: str, name: str, why: str) -> CockpitError:
    return CockpitError(
        f"The settings for {told} cannot be used: {why.rstrip('.')}.",
        hint=f"Try `ssh -G {name}`, and look at ~/.ssh/config and the key files that it names.",
    )


def _known(told: str, host: Host, options: asyncssh.SSHClientConnectionOptions) -> list[str]:
    """The files in which ssh(1) would look for the host's key, or the checklist's own."""
    if host.known_hosts:
        return [host.known_hosts]
    named: Any = options.config.get("UserKnownHostsFile", USERS)
    everybody: Any = options.config.get("GlobalKnownHostsFile", EVERYBODYS)
    if not named:
        raise never(told)
    return [_filled_in(one, options, host.host) for one in (*named, *everybody)]


def _revoked(
    told: str, host: Host, options: asyncssh.SSHClientConnectionOptions, given: dict[str, Any]
) -> Revoked:
    try:
        distrust = said(host.host, getpass.getuser(), given.get("username", ()), given.get("port", ()))
    except (OSError, ValueError) as error:
        raise _unusable(told, host.host, str(error)) from error
    return revoked_keys(
        told, distrust, lambda name: _filled_in(name, options, host.host), own=bool(host.known_hosts)
    )


def _filled_in(file: str, options: asyncssh.SSHClientConnectionOptions, name: str) -> str:
    """The name of a file with its tokens (`%h`) and environment variables (`${NAME}`) filled in."""
    tokens = _tokens(options, name)
    file = _TOKEN.sub(lambda found: tokens.get(found[1], found[0]), file)
    return _VARIABLE.sub(lambda found: os.environ.get(found[1], found[0]), file)


def _tokens(options: asyncssh.SSHClientConnectionOptions, name: str) -> dict[str, str]:
    """What stands for `%h` and its like in the names of files."""
    return {
        "%": "%", "h": options.host, "n": name, "k": options.host_key_alias or name, "p": str(options.port),
        "r": options.username, "u": getpass.getuser(), "i": str(os.getuid()), "d": str(Path.home()),
    }  # fmt: skip


def _keys(told: str, host: Host, config: Any) -> Keys | None:
    """The keys that are named; None where none is, and the usual ones are meant."""
    named = [host.identity] if host.identity else config.get("IdentityFile")
    if not named:
        return None
    keys = load(named, config.get("CertificateFile") or ())
    if host.identity and not (keys.used or keys.identities or keys.locked):
        raise _unusable(told, host.host, ", ".join(keys.unused))
    return keys


def _login(config: Any, keys: Keys | None) -> dict[str, Any]:
    """How to log in, for asyncssh. It fails on a key file that is not there, and ssh(1) does not."""
    given: dict[str, Any] = {"agent_path": _agent(config.get("IdentityAgent", _AGENT))}
    if keys is None:
        return given | {"client_certs": there(config.get("CertificateFile") or ())}
    given |= {"client_keys": [*keys.pairs, *keys.locked], "client_certs": [], "ignore_encrypted": True}
    if config.get("IdentitiesOnly"):
        # Of a locked key asyncssh does not know the public part, by which an agent is asked for it.
        given["agent_identities"] = list(keys.identities) or None
        given["agent_path"] = given["agent_path"] if keys.identities else None
    return given


def _agent(named: str | None) -> str | None:
    """The agent's socket: `SSH_AUTH_SOCK`, another variable (`$NAME`), a path or none."""
    if named and (named == _AGENT or named.startswith("$")):
        return os.environ.get(named.removeprefix("$")) or None
    return named


def _tried(keys: Keys | None, agent: str | None) -> str:
    files = ", ".join(keys.used) if keys else "the usual key files of ~/.ssh"
    asked = "the agent's keys" if agent else ""
    told = " and ".join(one for one in (files, asked) if one) or "no key at all"
    missing = "" if agent else " There is no agent (SSH_AUTH_SOCK)."
    unused = f" Not used: {', '.join(keys.unused)}." if keys and keys.unused else ""
    return f"Tried: {told}.{missing}{unused}"
