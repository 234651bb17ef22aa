"""A real sshd on loopback with keys of its own, and a proxy before it that can fall silent or break."""

import asyncio
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from alfred_tui.domain.document.checklist import Host


def sshd_program() -> str:
    """The server's path; skips (or fails, in CI) when this machine has none."""
    found = "/usr/sbin/sshd" if Path("/usr/sbin/sshd").exists() else shutil.which("sshd")
    if found is None:
        reason = "no sshd on this machine: install openssh-server"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def keygen(path: Path, *more: str) -> Path:
    """A key pair without a passphrase, unless `more` gives one."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-f", str(path), *(more or ("-N", ""))]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


class Sshd:
    """The server. `home` is the login's home on the far side."""

    def __init__(self, folder: Path, *, path: str = "", settings: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        self.port = free_port()
        self.host_key = keygen(folder / "host_key")
        self.key = keygen(folder / "user_key")
        self.known_hosts = folder / "known_hosts"
        self.trust(self.port)
        self._environment = f"HOME={self.home}" + (f" PATH={path}" if path else "")
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def trust(self, port: int) -> None:
        """The server's key is known at that port."""
        public = self.host_key.with_suffix(".pub").read_text().rsplit(" ", 1)[0]
        with self.known_hosts.open("a") as file:
            file.write(f"[127.0.0.1]:{port} {public}\n")

    def host(self, **changes: str | int) -> Host:
        """It, as a checklist names it."""
        fields: dict[str, str | int] = {
            "host": "127.0.0.1", "port": self.port, "user": getpass.getuser(),
            "identity": str(self.key), "known_hosts": str(self.known_hosts),
        }  # fmt: skip
        return Host(**(fields | changes))  # type: ignore[arg-type]

    def start(self) -> None:
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        config = self.folder / "sshd_config"
        config.write_text(
            "\n".join(
                (
                    *self._settings,  # the first that is said of a thing counts
                    f"ListenAddress 127.0.0.1:{self.port}",
                    f"HostKey {self.host_key}",
                    f"AuthorizedKeysFile {self.key}.pub",
                    "StrictModes no",
                    "UsePAM no",
                    "PidFile none",
                    "PasswordAuthentication no",
                    "KbdInteractiveAuthentication no",
                    "PermitRootLogin yes",
                    "MaxStartups 100",
                    f"SetEnv {self._environment}",
                    "",
                )
            )
        )
        log = (self.folder / "sshd.log").open("ab")
        self._process = subprocess.Popen(
            [sshd_program(), "-D", "-e", "-f", str(config)], stdout=log, stderr=log
        )
        log.close()
        end = time.monotonic() + 10
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self._process.poll() is None, (self.folder / "sshd.log").read_text()
            assert time.monotonic() < end, "sshd did not listen within 10 s"
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process:
            self.drop_connections()
            self._process.terminate()
            self._process.wait()
            self._process = None

    def drop_connections(self) -> int:
        """Kills the processes that serve connections, not the commands that they started; says how many."""
        assert self._process
        served = [pid for pid in _descendants(self._process.pid) if _name(pid).startswith("sshd")]
        for pid in served:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(served)

    def spool(self, name: str) -> Path:
        """Where a far command keeps its files."""
        return self.home / ".cache" / "alfred-cockpit" / name


def _descendants(pid: int) -> list[int]:
    try:
        children = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return children + [grand for child in children for grand in _descendants(child)]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


class Proxy:
    """Between client and server: counts, falls silent, breaks."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._talks = asyncio.Event()
        self._talks.set()
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._server: asyncio.Server | None = None
        self.port = 0
        self.connections = 0
        self.sent_back = 0

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def fall_silent(self) -> None:
        """Nothing is passed on, and no connection ends."""
        self._talks.clear()

    def talk_again(self) -> None:
        """What was silent is cut, as a peer does that has forgotten the connection; new ones are served."""
        self.cut()
        self._talks.set()

    def cut(self) -> None:
        """Ends every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        self._writers += (writer, far_writer)
        self._tasks += (
            asyncio.create_task(self._pass(reader, far_writer, back=False)),
            asyncio.create_task(self._pass(far_reader, writer, back=True)),
        )

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, back: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                await self._talks.wait()
                writer.write(data)
                await writer.drain()
                self.sent_back += len(data) if back else 0
        writer.transport.abort()
