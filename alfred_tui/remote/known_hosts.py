"""The host keys that are known: from the files that ssh(1) would look in, by the name that it would use."""

from collections.abc import Sequence
from pathlib import Path

import asyncssh

from alfred_tui.domain.errors import CockpitError
from alfred_tui.remote.connection import HostKeyRefused
from alfred_tui.remote.revoked import Revoked

USERS = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
EVERYBODYS = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
"""Where ssh(1) looks when it is not told otherwise."""

_Keys = Sequence[asyncssh.SSHKey]


class KnownHosts:
    """The entries of some files. A line that cannot be understood is passed over, as ssh(1) does."""

    def __init__(
        self, told: str, name: str, port: int | None, meant: Sequence[str], revoked: Revoked
    ) -> None:
        """For the host that is called `name` there, at `port` if it is not the usual one.

        `meant` are the files to look in; those that are not there are no error. `revoked` are keys that are
        not trusted whatever these say. Raises CockpitError for a file that cannot be read.
        """
        paths = [Path(one).expanduser() for one in meant]
        self.meant = meant[0]
        self.files = [str(path) for path in paths if path.is_file()]
        self._entries = asyncssh.import_known_hosts("\n".join(_lines(told, self.files)))
        self._name, self._port = name, port
        self._revoked = revoked

    def trusted(self, _host: str, _address: str, _port: int | None) -> tuple[_Keys, _Keys, _Keys]:
        """Its keys, its authorities' and those that are revoked.

        Looked up by its name alone. A host whose address is known by another name is another host.
        """
        keys, authorities, revoked, *_ = self._entries.match(self._name, "", self._port)
        return keys, authorities, [*revoked, *self._revoked.keys]

    @property
    def revoked_in(self) -> list[str]:
        """The files that revoke any key which the host might show."""
        own = self.files if len(self.trusted("", "", None)[2]) > len(self._revoked.keys) else []
        return [*own, self._revoked.file] if self._revoked.keys else own

    @property
    def some(self) -> bool:
        """Whether there is any key by which it could prove itself."""
        return any(self.trusted("", "", None)[:2])


def _lines(told: str, files: Sequence[str]) -> list[str]:
    out = []
    for file in files:
        try:
            lines = Path(file).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            raise HostKeyRefused(
                f"The known hosts for {told} cannot be read: {file}: {error.strerror}."
            ) from error
        out += [line for line in lines if _is_entry(line)]
    return out


def _is_entry(line: str) -> bool:
    try:
        asyncssh.import_known_hosts(line)
    except ValueError:
        return False
    return True


def never(told: str) -> CockpitError:
    """Where the configuration turns the check off."""
    return HostKeyRefused(
        f"~/.ssh/config turns the check of host keys off for {told} (UserKnownHostsFile none).",
        hint="The cockpit only connects to hosts that it can tell. Name a file in `known_hosts`.",
    )
