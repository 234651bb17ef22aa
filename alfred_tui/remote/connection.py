"""SSH connections: always with a verified host key, with `~/.ssh/config` as its owner has it.

An SSH configuration may turn the check of host keys off; here it stays on, for jump hosts, too. Whatever
goes wrong says on which host, at which stage, and what to try.
"""

import asyncio
import logging
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from alfred_tui.domain.checklist import Host
from alfred_tui.domain.errors import CockpitError, NotAnswered

if TYPE_CHECKING:
    import asyncssh

_STANDARD_PORT = 22
_KNOWN_HOSTS = (
    "~/.ssh/known_hosts",
    "~/.ssh/known_hosts2",
    "/etc/ssh/ssh_known_hosts",
    "/etc/ssh/ssh_known_hosts2",
)
"""Where ssh(1) looks when it is not told otherwise."""
_MOST_JUMPS = 5


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How long a far side may take, in seconds."""

    connect: float = 10.0
    login: float = 20.0
    keepalive: float = 10.0
    """Between two questions whether it is still there."""
    unanswered: int = 3
    """How many of them may stay without an answer before the connection counts as lost."""
    longest_pause: float = 30.0
    """Between two attempts to connect again; the first comes after half a second."""


class HostKeyRefused(CockpitError):
    """The host did not prove to be the one that is known. Trying again does not help."""


async def library() -> Any:
    """asyncssh, imported in a thread the first time: it takes a third of a second."""
    module = await asyncio.to_thread(import_module, "asyncssh")
    logger = logging.getLogger("asyncssh")
    if not logger.handlers:  # else its warnings would land on the screen
        logger.addHandler(logging.NullHandler())
    return module


async def connect(name: str, host: Host, timing: Timing) -> "asyncssh.SSHClientConnection":
    """A connection to the host that the checklist calls `name`.

    Raises HostKeyRefused, NotAnswered (`temporary` where a later try may help) or another CockpitError.
    """
    await library()
    return await _connect(f"{name} ({host.host})", host, timing, None, 0)


async def _connect(
    told: str, host: Host, timing: Timing, through: "asyncssh.SSHClientConnection | None", depth: int
) -> "asyncssh.SSHClientConnection":
    import asyncssh

    given = _given(host)
    options = await asyncio.to_thread(_options, told, host.host, given)
    if options.agent_path:
        given["ignore_encrypted"] = True
    jump = host.jump or (options.tunnel if isinstance(options.tunnel, str) else "")
    if jump and through is None:
        through = await _jump(told, jump, timing, depth)
    known = _known_hosts(told, options.known_hosts)
    try:
        connection = await asyncssh.connect(
            host.host,
            **given | {"known_hosts": known},
            tunnel=through,
            connect_timeout=timing.connect,
            login_timeout=timing.login,
            keepalive_interval=timing.keepalive,
            keepalive_count_max=timing.unanswered,
        )
    except (OSError, asyncssh.Error, ValueError) as error:
        if through is not None:
            through.close()
        raise _refusal(told, options, known, error) from error
    if through is not None:
        connection.set_tunnel(through)
    return connection


def _given(host: Host) -> dict[str, Any]:
    """What the checklist says of the host; all else is the SSH configuration's."""
    given: dict[str, Any] = {}
    if host.user:
        given["username"] = host.user
    if host.port != _STANDARD_PORT:
        given["port"] = host.port
    if host.identity:
        given["client_keys"] = [os.path.expanduser(host.identity)]
    if host.known_hosts:
        given["known_hosts"] = [host.known_hosts]
    return given


async def _jump(told: str, jumps: str, timing: Timing, depth: int) -> "asyncssh.SSHClientConnection":
    """A connection to the last of some jump hosts (`[user@]host[:port]`, with commas between)."""
    if depth >= _MOST_JUMPS:
        raise CockpitError(
            f"{told} is reached through more than {_MOST_JUMPS} jump hosts.",
            hint="Look for a circle of ProxyJump lines in ~/.ssh/config.",
        )
    connection = None
    for jump in jumps.split(","):
        user, _, place = jump.strip().rpartition("@")
        address, _, port = place.rpartition(":") if place.count(":") == 1 else (place, "", "")
        try:
            hop = Host(host=address, user=user, port=int(port or _STANDARD_PORT))
        except ValueError:
            raise CockpitError(
                f"The jump host {jump.strip()!r} of {told} is not [user@]host[:port]."
            ) from None
        connection = await _connect(f"{address}, the way to {told},", hop, timing, connection, depth + 1)
    assert connection
    return connection


def _options(told: str, address: str, given: dict[str, Any]) -> "asyncssh.SSHClientConnectionOptions":
    import asyncssh

    try:
        # A key that is locked is no obstacle where an agent may hold it: ssh(1) takes it from there, too.
        options = asyncssh.SSHClientConnectionOptions(host=address, config=(), ignore_encrypted=True, **given)
        if not options.agent_path:
            options = asyncssh.SSHClientConnectionOptions(host=address, config=(), **given)
        return options
    except (OSError, ValueError, asyncssh.Error) as error:
        if "passphrase" in str(error).lower():
            raise CockpitError(
                f"The key for {told} is protected by a passphrase ({error}).",
                hint="Add it to your agent with ssh-add; the cockpit asks for no passphrases.",
            ) from error
        raise CockpitError(
            f"The settings for {told} cannot be used: {str(error).rstrip('.')}.",
            hint=f"Try `ssh -G {address}`, and look at ~/.ssh/config and the key files that it names.",
        ) from error


def _known_hosts(told: str, configured: Any) -> Any:
    """The files that host keys are held against: those that are there, of those that are meant."""
    if configured is None:
        raise HostKeyRefused(
            f"~/.ssh/config turns the check of host keys off for {told} (UserKnownHostsFile none).",
            hint="The cockpit only connects to hosts that it can tell. Name a file in `known_hosts`.",
        )
    files = [Path(one).expanduser() for one in configured or _KNOWN_HOSTS]
    return [str(one) for one in files if one.is_file()] or b""


def _refusal(told: str, options: Any, known: Any, error: Exception) -> CockpitError:
    """What went wrong, at which stage, and what to try."""
    import asyncssh

    address, port = options.host, options.port
    where = f"{address}:{port}"
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return _wrong_key(told, options, known, error)
    if isinstance(error, asyncssh.PermissionDenied):
        return NotAnswered(
            f"{told} refused the login of {options.username}.",
            hint=f"Try `ssh -p {port} {options.username}@{address}`: your agent or `identity` needs the key.",
        )
    if isinstance(error, asyncssh.ConnectionLost) and "timeout" in str(error).lower():
        return NotAnswered(
            f"{told} did not let {options.username} log in in time.",
            hint="Its load or its name service may be slow; try again, or log in by hand.",
            temporary=True,
        )
    if isinstance(error, asyncssh.KeyExchangeFailed):
        return CockpitError(
            f"{told} and the cockpit have no way of encrypting in common ({error}).",
            hint="Its SSH server may be very old, or what answers is none.",
        )
    if isinstance(error, asyncssh.ChannelOpenError):
        return NotAnswered(
            f"The jump host could not reach {told} at {where} ({error}).",
            hint="See that the host is up, and that the jump host may reach it.",
            temporary=True,
        )
    return NotAnswered(
        f"No connection to {told} at {where} came about ({str(error) or type(error).__name__}).",
        hint=f"See that the name is right and the network (a VPN?) is up: `ssh -p {port} {address}`.",
        temporary=True,
    )


def _wrong_key(told: str, options: Any, known: Any, error: Exception) -> HostKeyRefused:
    import asyncssh

    name = options.host_key_alias or options.host
    port = options.port if options.port != _STANDARD_PORT else None
    files = ", ".join(known) if known else "~/.ssh/known_hosts (there is no such file)"
    try:
        some = any(asyncssh.match_known_hosts(known, name, "", port)[:2]) if known else False
    except (OSError, ValueError) as unreadable:
        return HostKeyRefused(f"The known hosts for {told} cannot be read: {unreadable}.")
    if some:
        return HostKeyRefused(
            f"The host key of {told} is not the one in {files} ({error}).",
            hint="It was set up anew, or somebody is in between. Ask who runs it before you change the file.",
        )
    return HostKeyRefused(
        f"The host key of {told} is not known: there is no entry for it in {files}.",
        hint=f"Compare its fingerprint with its owner's, and connect by `ssh -p {options.port} {name}` once.",
    )
