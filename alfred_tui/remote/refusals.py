"""Why no connection came about, as sentences: to which host, at which stage, what happened, what to try."""

import errno
import socket

import asyncssh

from alfred_tui.domain.errors import CockpitError, NotAnswered
from alfred_tui.remote.connection import HostKeyRefused, NotMet, fingerprint
from alfred_tui.remote.meeting import Meeting
from alfred_tui.remote.settings import Settings


class TurnedAway(NotMet):
    """It closed the connection before it said what it is."""


def refusal(
    settings: Settings, meeting: Meeting, error: Exception, within: float, proxy_said: str
) -> CockpitError:
    """`within`: the seconds in which it was to be taken. `proxy_said`: the last words of a ProxyCommand."""
    told, where = settings.told, f"{settings.address}:{settings.port}"
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return _wrong_key(settings, meeting, error)
    if isinstance(error, asyncssh.PermissionDenied):
        return _no_login(settings, meeting)
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
    if meeting.speaks and isinstance(error, TimeoutError | asyncssh.ConnectionLost):
        how = "in time" if _in_time(error) else f"and broke the connection off ({error})"
        return NotAnswered(
            f"{told} did not let {settings.user} log in {how}.",
            hint="Its load or its name service may be slow; try again, or log in by hand.",
            temporary=True,
        )
    return _unmet(settings, meeting, error, within, proxy_said)


def _in_time(error: Exception) -> bool:
    return isinstance(error, TimeoutError) or "timeout" in str(error).lower()


def _unmet(settings: Settings, meeting: Meeting, error: Exception, within: float, proxy_said: str) -> NotMet:
    kind: type[NotMet] = NotMet
    hint = f"See that the network (a VPN?) is up: {_by_hand(settings)}."
    if settings.proxy and meeting.taken:
        why = "its ProxyCommand ended" + (f" and said: {proxy_said}" if proxy_said else " without a word")
        hint = f"Try it by hand: {settings.proxy}"
    elif meeting.taken and _in_time(error):
        why = "whoever listens there took the connection and then said nothing"
        hint = "See that the port is an SSH server's; a firewall or a proxy may stand before it."
    elif meeting.taken:
        why, kind = "whoever listens there is no SSH server, or turns us away before it says so", TurnedAway
        hint = "See that the port is right; a server with many logins at once turns some away (MaxStartups)."
    elif isinstance(error, TimeoutError):
        why = f"there was no answer within {within:g} s"
    elif isinstance(error, ConnectionRefusedError):
        why = "nobody listens there"
        hint = f"See that its SSH server runs, and that the port is right: {_by_hand(settings)}."
    elif isinstance(error, socket.gaierror):
        why = f"the name is not known ({error.strerror})"
        hint = "See that the name is right, and that your name server (a VPN's?) knows it."
    elif isinstance(error, OSError) and error.errno in errno.errorcode:
        why = (error.strerror or str(error)).lower()
    else:
        why = str(error) or type(error).__name__
    where = f"{settings.address}:{settings.port}"
    why = why.rstrip(".")
    return kind(f"No connection to {settings.told} at {where} came about: {why}.", hint=hint, why=why)


def _by_hand(settings: Settings) -> str:
    """The command that a person would try: with it the SSH configuration is ssh(1)'s affair."""
    port = f" -p {settings.given['port']}" if "port" in settings.given else ""
    user = f"{settings.given['username']}@" if "username" in settings.given else ""
    return f"`ssh{port} {user}{settings.name}`"


def _no_login(settings: Settings, meeting: Meeting) -> NotAnswered:
    asks = " It would take a password, and the cockpit asks for none." if meeting.asks_password else ""
    return NotAnswered(
        f"{settings.told} refused the login of {settings.user}.{asks}",
        hint=f"{settings.tried} Try {_by_hand(settings)}: your agent or `identity` needs the key.",
    )


def _wrong_key(settings: Settings, meeting: Meeting, error: Exception) -> HostKeyRefused:
    told, known = settings.told, settings.known
    shows = f" It shows {fingerprint(meeting.key)}." if meeting.key else ""
    files = ", ".join(known.files) or f"{known.meant} (which is no file)"
    if "revoked" in str(error):
        whose = "The authority behind the host key" if "CA key" in str(error) else "The host key"
        return HostKeyRefused(
            f"{whose} of {told} is marked as revoked in {', '.join(known.revoked_in)}.",
            hint="Do not connect. Ask who runs it for the key that it should have.",
        )
    if meeting.authority:
        return HostKeyRefused(
            f"The host key of {told} is signed by an authority that {files} does not know: it is "
            f"{fingerprint(meeting.authority)}.",
            hint="Compare the authority's fingerprint with its owner's before you add it (@cert-authority).",
        )
    if meeting.key is None:
        return HostKeyRefused(
            f"The host certificate of {told} does not hold ({_plainly(error)}).",
            hint="It may have expired, or be another host's. Ask who runs it for a new one.",
        )
    if known.some:
        return HostKeyRefused(
            f"The host key of {told} is not the one in {files}.{shows}",
            hint="It was set up anew, or somebody is in between. Ask who runs it before you change the file.",
        )
    return HostKeyRefused(
        f"The host key of {told} is not known: there is no entry for it in {files}.{shows}",
        hint=f"Compare its fingerprint with its owner's, and connect by {_by_hand(settings)} once.",
    )


def _plainly(error: Exception) -> str:
    """`Host key is not trusted for host db`: the host stands in our sentence already."""
    said = str(error).partition(" for host ")[0]
    return said[:1].lower() + said[1:]
