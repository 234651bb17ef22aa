"""The server and its proxy as fixtures, and a home without anybody's SSH settings."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.integration.ssh.server import Proxy, Sshd


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cockpit's home: empty but for `.ssh`."""
    home = tmp_path / "lead"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return home


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    server = Sshd(tmp_path_factory.mktemp("sshd"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sshd(_server: Sshd, own_home: Path) -> Sshd:
    """A running server, shared by the tests of a process."""
    return _server


@pytest_asyncio.fixture
async def proxy(sshd: Sshd) -> AsyncIterator[Proxy]:
    """A proxy before the server, whose key is known at its port, too."""
    proxy = Proxy(sshd.port)
    await proxy.start()
    sshd.trust(proxy.port)
    yield proxy
    await proxy.stop()
