"""The way to a host, hop by hop. Loaded when the first connection is made: it imports asyncssh."""

import asyncio
from collections import defaultdict
from typing import Any
from weakref import WeakKeyDictionary

import asyncssh

from alfred_tui.domain.document.checklist import Host
from alfred_tui.domain.errors import CockpitError
from alfred_tui.remote.connection import Timing
from alfred_tui.remote.meeting import Meeting
from alfred_tui.remote.proxying import ProxyProcess
from alfred_tui.remote.refusals import TurnedAway, refusal
from alfred_tui.remote.settings import Settings, parsed_jump, read

_MOST_JUMPS = 5
_AT_ONCE = 4
"""Logins on a server at a time: of more than 10 that are not let in yet, it turns some away (MaxStartups)."""
_AGAIN = (0.5, 1.5)
"""Seconds before the next attempts on a server that turns us away: others may log in, too."""

_Logins = defaultdict[tuple[str, int], asyncio.Semaphore]
_logins: WeakKeyDictionary[asyncio.AbstractEventLoop, _Logins] = WeakKeyDictionary()


async def connected(told: str, host: Host, timing: Timing) -> asyncssh.SSHClientConnection:
    """A connection to the host, which is called `told` in errors."""
    return await _hop(told, host, timing, None, 0)


async def _hop(
    told: str, host: Host, timing: Timing, through: asyncssh.SSHClientConnection | None, depth: int
) -> asyncssh.SSHClientConnection:
    settings = await asyncio.to_thread(read, told, host)
    if settings.jump and through is None:
        through = await _jump(told, settings.jump, timing, depth)
    try:
        return await _met(settings, timing, through)
    except BaseException:
        if through is not None:
            through.close()
        raise


async def _jump(told: str, jumps: str, timing: Timing, depth: int) -> asyncssh.SSHClientConnection:
    """A connection to the last of some jump hosts, with commas between."""
    if depth >= _MOST_JUMPS:
        raise CockpitError(
            f"{told} is reached through more than {_MOST_JUMPS} jump hosts.",
            hint="Look for a circle of ProxyJump lines in ~/.ssh/config.",
        )
    connection = None
    for jump in jumps.split(","):
        hop = parsed_jump(told, jump.strip())
        connection = await _hop(f"{hop.host}, the way to {told},", hop, timing, connection, depth + 1)
    assert connection
    return connection


async def _met(
    settings: Settings, timing: Timing, through: asyncssh.SSHClientConnection | None
) -> asyncssh.SSHClientConnection:
    gate = _gate(settings.address, settings.port)
    for pause in (*_AGAIN, None):
        async with gate:
            try:
                return await _attempt(settings, timing, through)
            except TurnedAway:
                if pause is None:
                    raise
        await asyncio.sleep(pause)
    raise AssertionError


def _gate(address: str, port: int) -> asyncio.Semaphore:
    own = _logins.setdefault(asyncio.get_running_loop(), defaultdict(lambda: asyncio.Semaphore(_AT_ONCE)))
    return own[address, port]


async def _attempt(
    settings: Settings, timing: Timing, through: asyncssh.SSHClientConnection | None
) -> asyncssh.SSHClientConnection:
    within = settings.connect_timeout or timing.connect
    proxy: ProxyProcess | None = None
    tunnel: dict[str, Any] = {"tunnel": through}
    meeting = Meeting()
    try:
        async with asyncio.timeout(within) as limit:
            meeting.deadline = (limit, timing.login + 1)  # the login's own limit has the better words
            if through is None and settings.proxy:
                proxy = await ProxyProcess.started(settings.proxy)
                tunnel = {"tunnel": None, "sock": proxy.socket}
            connection = await asyncssh.connect(
                settings.name,
                **settings.given,
                **tunnel,
                proxy_command=None,
                client_factory=lambda: meeting,
                known_hosts=settings.known.trusted,
                connect_timeout=None,
                login_timeout=timing.login,
                keepalive_interval=timing.keepalive,
                keepalive_count_max=timing.unanswered,
            )
    except (OSError, asyncssh.Error, ValueError) as error:
        said = await proxy.ended() if proxy else ""
        raise refusal(settings, meeting, error, within, said) from error
    if proxy or through is not None:
        connection.set_tunnel(proxy or through)
    return connection
