"""What is seen of a server while it is met: how far it came, which key it showed, how it lets people in."""

import asyncio

import asyncssh


class Meeting(asyncssh.SSHClient):
    """Watches; it trusts nothing and gives nothing."""

    def __init__(self) -> None:
        self.deadline: tuple[asyncio.Timeout, float] | None = None
        """Put off by these seconds once the server has taken the connection."""
        self.taken = False
        """Whether the connection was taken by whoever listens there."""
        self.key: asyncssh.SSHKey | None = None
        """The host key that was shown and is not trusted."""
        self.authority: asyncssh.SSHKey | None = None
        """The authority's that signed the host key, and is not trusted."""
        self.asks_password = False
        """Whether it would let us in with a password."""
        self._connection: asyncssh.SSHClientConnection | None = None

    @property
    def speaks(self) -> bool:
        """Whether it said that it is an SSH server."""
        return bool(self._connection and self._connection.get_extra_info("server_version"))

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self._connection = conn
        self.taken = True
        if self.deadline:
            limit, seconds = self.deadline
            limit.reschedule(asyncio.get_running_loop().time() + seconds)

    def validate_host_public_key(self, _host: str, _addr: str, _port: int, key: asyncssh.SSHKey) -> bool:
        self.key = key
        return False

    def validate_host_ca_key(self, _host: str, _addr: str, _port: int, key: asyncssh.SSHKey) -> bool:
        self.authority = key
        return False

    def password_auth_requested(self) -> str | None:
        self.asks_password = True
        return None

    def kbdint_auth_requested(self) -> str | None:
        self.asks_password = True
        return None
