"""Trust in both directions: the server's certificate, and ours."""

import asyncio
import base64
import datetime
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import web
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.credentials import credentials_of
from alfred_tui.cluster.access.errors import ClusterError, Unreachable
from alfred_tui.cluster.access.kubeconfig import Access, Entry
from alfred_tui.demo.kube.certificates import make_certificates
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.errors import CockpitError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TOKEN = Entry("u", {"token": "t"}, Path())


def client_certificate(passphrase: bytes = b"") -> tuple[str, str]:
    """A certificate that signs itself, and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lead")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    kept = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    form = serialization.Encoding.PEM
    private = key.private_bytes(form, serialization.PrivateFormat.PKCS8, kept)
    return certificate.public_bytes(form).decode(), private.decode()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@asynccontextmanager
async def serving(context: ssl.SSLContext) -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"gitVersion": "v1.36.0"})

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def version(url: str, cluster: dict[str, str] | None = None, user: Entry = TOKEN) -> str:
    access = Access("x", "", Entry("c", {"server": url, **(cluster or {})}, Path()), user, ("config",))
    connection = Connection(Target(context="x", namespace="", server=url), access, credentials_of(access))
    try:
        return await connection.version()
    finally:
        await connection.close()


async def test_the_clusters_own_authority_is_trusted() -> None:
    made = make_certificates()
    async with serving(made.context) as url:
        assert await version(url, {"certificate-authority-data": encoded(made.ca_pem)}) == "v1.36.0"


async def test_a_server_under_another_authority_is_not_spoken_to() -> None:
    async with serving(make_certificates().context) as url:
        with pytest.raises(Unreachable, match="shows a certificate that is not trusted") as caught:
            await version(url, {"certificate-authority-data": encoded(make_certificates().ca_pem)})
        assert "certificate-authority" in caught.value.hint
        assert not caught.value.temporary
        with pytest.raises(Unreachable, match="not trusted"):
            await version(url)


async def test_a_kubeconfig_may_renounce_verification() -> None:
    async with serving(make_certificates().context) as url:
        assert await version(url, {"insecure-skip-tls-verify": "true"}) == "v1.36.0"


async def test_the_name_in_the_certificate_can_be_given() -> None:
    made = make_certificates()
    authority = {"certificate-authority-data": encoded(made.ca_pem)}
    async with serving(made.context) as url:
        assert await version(url, {**authority, "tls-server-name": "kubernetes.default.svc"})
        with pytest.raises(Unreachable, match="not trusted"):
            await version(url, {**authority, "tls-server-name": "elsewhere.example"})


async def test_our_client_certificate_is_shown_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made, (certificate, key) = make_certificates(), client_certificate()
    made.context.verify_mode = ssl.CERT_REQUIRED
    made.context.load_verify_locations(cadata=certificate)
    authority = {"certificate-authority-data": encoded(made.ca_pem)}
    inline = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
    (tmp_path / "crt").write_text(certificate)
    (tmp_path / "key").write_text(key)
    files = {"client-certificate": "crt", "client-key": "key"}
    async with serving(made.context) as url:
        assert await version(url, authority, Entry("u", inline, Path())) == "v1.36.0"
        assert await version(url, authority, Entry("u", files, tmp_path)) == "v1.36.0"
        with pytest.raises(ClusterError):
            await version(url, authority)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crt", "key"]


async def test_certificates_that_cannot_be_used_are_told() -> None:
    certificate, key = client_certificate()
    _, other_key = client_certificate()
    _, locked = client_certificate(b"passphrase")
    cases = {
        "cannot be used": (certificate, other_key),
        "has a passphrase": (certificate, locked),
        "no client-key": (certificate, ""),
    }
    for said, (crt, private) in cases.items():
        fields = {"client-certificate-data": encoded(crt), "client-key-data": encoded(private)}
        with pytest.raises(CockpitError, match=said):
            await version("https://127.0.0.1:1", None, Entry("u", fields, Path()))
    with pytest.raises(CockpitError, match="cannot be used"):
        await version("https://127.0.0.1:1", {"certificate-authority-data": encoded("no certificate")})
    assert key


async def test_a_certificate_that_vanished_is_told_as_a_trouble_of_the_connection(tmp_path: Path) -> None:
    certificate, key = client_certificate()
    (tmp_path / "crt").write_text(certificate)
    (tmp_path / "key").write_text(key)
    user = Entry("u", {"client-certificate": "crt", "client-key": "key"}, tmp_path)
    access = Access("x", "", Entry("c", {"server": "https://127.0.0.1:1"}, Path()), user, ("config",))
    connection = Connection(Target(context="x", namespace="", server="s"), access, credentials_of(access))
    (tmp_path / "key").unlink()
    with pytest.raises(Unreachable, match=f"client key of the user u should be in {tmp_path}/key"):
        await connection.version()


async def test_a_proxy_of_another_kind_is_told() -> None:
    with pytest.raises(CockpitError, match=r"only http\(s\) proxies"):
        await version("https://127.0.0.1:1", {"proxy-url": "socks5://localhost:1080"})


async def test_a_cluster_behind_a_proxy_is_reached_through_it() -> None:
    made = make_certificates()
    asked: list[str] = []
    async with serving(made.context) as url, tunnelling(asked) as proxy:
        authority = {"certificate-authority-data": encoded(made.ca_pem), "proxy-url": proxy}
        assert await version(url, authority) == "v1.36.0"
        assert asked == [f"CONNECT {url.removeprefix('https://')} HTTP/1.1"]


@asynccontextmanager
async def tunnelling(asked: list[str]) -> AsyncIterator[str]:
    """An HTTP proxy that notes what it is asked for and makes the tunnel."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.splitlines()[0])
        host, _, port = head.split()[1].rpartition(":")
        there = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))

    server = await asyncio.start_server(tunnel, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_something_that_speaks_no_tls_is_told() -> None:
    async with serving_plain() as port:
        with pytest.raises(Unreachable):
            await version(f"https://127.0.0.1:{port}")


@asynccontextmanager
async def serving_plain() -> AsyncIterator[int]:
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def test_nobody_is_asked_anonymously() -> None:
    access = Access("x", "", Entry("c", {"server": "https://h"}, Path()), Entry("u", {}, Path()), ("config",))
    with pytest.raises(CockpitError, match="The user 'u' of the context x has no credentials"):
        credentials_of(access)
