"""SSH connections: always with a verified host key, with `~/.ssh/config` as its owner has it.

An SSH configuration may turn the check of host keys off; here it stays on, for jump hosts, too. Whatever
goes wrong says on which host, at which stage, and what to try.
"""

import asyncio
import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from alfred_tui.domain.document.checklist import Host
from alfred_tui.domain.errors import CockpitError, NotAnswered

if TYPE_CHECKING:
    import asyncssh


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How long a far side may take, in seconds."""

    connect: float = 10.0
    """Until it takes the connection, unless the SSH configuration has a `ConnectTimeout`."""
    login: float = 20.0
    """From then until it has let us in."""
    keepalive: float = 5.0
    """Between two questions whether it is still there."""
    unanswered: int = 3
    """How many of them may stay without an answer before the connection counts as lost."""
    longest_pause: float = 30.0
    """Between two attempts to connect again; the first comes after half a second."""


class HostKeyRefused(CockpitError):
    """The host did not prove to be the one that is known. Trying again does not help."""


class NotMet(NotAnswered):
    """No SSH server has answered. `why`, in a few words, is for who knows of which host we speak."""

    def __init__(self, message: str, *, hint: str, why: str) -> None:
        super().__init__(message, hint=hint, temporary=True)
        self.why = why


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
    hops = await asyncio.to_thread(import_module, "alfred_tui.remote.hops")
    connection: asyncssh.SSHClientConnection = await hops.connected(f"{name} ({host.host})", host, timing)
    return connection


def fingerprint(key: "asyncssh.SSHKey") -> str:
    """As ssh(1) shows it: `ED25519 SHA256:…`."""
    name = key.get_algorithm().removeprefix("ssh-").removeprefix("ecdsa-sha2-nistp")
    kind = "ECDSA" if name.isdigit() else name.upper()
    return f"{kind} {key.get_fingerprint()}"
