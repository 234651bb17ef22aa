"""kubernetes.aio's ApiClient, built from a kubeconfig's context, and its exceptions in our words.

The import takes half a second, so it is made in a thread when the first request needs it.
"""

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alfred_tui import loading
from alfred_tui.cluster.access.credentials import Certificate
from alfred_tui.cluster.access.errors import ClusterError, Unreachable
from alfred_tui.cluster.access.kubeconfig import Access, authority
from alfred_tui.cluster.access.proxies import proxy_for
from alfred_tui.domain.errors import CockpitError

if TYPE_CHECKING:
    import aiohttp

CONNECT_TIMEOUT = 10.0
"""Seconds for a TCP and TLS handshake. More means that the API server cannot be reached in practice."""


def timeouts(total: float | None, silence: float) -> "aiohttp.ClientTimeout":
    """Limits in real seconds: of a whole answer, and of the time between two of its bytes."""
    import aiohttp

    return aiohttp.ClientTimeout(total=total, sock_connect=CONNECT_TIMEOUT, sock_read=silence)


def build_client(access: Access, certificate: Certificate | None) -> Any:
    """An ApiClient without credentials of its own but the client certificate. Blocks: call it in a thread."""
    with loading.ONE:
        from kubernetes.aio.client import ApiClient, Configuration

    configuration = Configuration(host=access.server)
    cluster = access.cluster
    configuration.verify_ssl = cluster.text("insecure-skip-tls-verify").lower() != "true"
    # Private CAs of clusters are often not made to RFC 5280 to the letter; kubectl accepts them too.
    configuration.disable_strict_ssl_verification = True
    configuration.tls_server_name = cluster.text("tls-server-name") or None
    configuration.proxy = proxy_for(access.server, cluster.text("proxy-url"), os.environ)
    # Callers bound their own concurrency; a pool limit would let long watches starve short requests.
    configuration.connection_pool_maxsize = 0
    configuration.ca_cert_data = _text(authority(cluster), cluster.name) or None
    try:
        return _with_certificate(ApiClient, configuration, certificate)
    except (ssl.SSLError, ValueError) as problem:
        reason = getattr(problem, "reason", None) or problem
        raise CockpitError(
            f"The certificates of the context {access.context} cannot be used: {reason}.",
            hint="Compare the certificate-authority and client-certificate of its cluster and user.",
        ) from problem


def _with_certificate(api_client: Any, configuration: Any, certificate: Certificate | None) -> Any:
    if certificate is None:
        return api_client(configuration)
    if b"ENCRYPTED" in certificate[1]:
        # OpenSSL would ask for the passphrase on the terminal that the screen is drawn on.
        raise CockpitError(
            "The client key of this context has a passphrase, which kubectl cannot use either."
        )
    # ssl reads client certificates from files only; they exist, readable to us alone, for this moment.
    with tempfile.TemporaryDirectory(prefix="alfred-cockpit-") as folder:
        for name, content in zip(("client.crt", "client.key"), certificate, strict=True):
            path = Path(folder, name)
            path.touch(0o600)
            path.write_bytes(content)
        configuration.cert_file = str(Path(folder, "client.crt"))
        configuration.key_file = str(Path(folder, "client.key"))
        return api_client(configuration)


def _text(pem: bytes, name: str) -> str:
    try:
        return pem.decode("ascii")
    except UnicodeDecodeError as problem:
        raise CockpitError(f"The certificate authority of the cluster {name} is not in PEM.") from problem


@contextmanager
def in_our_words(server: str, doing: str) -> Iterator[None]:
    """Turns what the network and the client library raise into Unreachable."""
    try:
        yield
    except ClusterError:
        raise
    except CockpitError as problem:
        # What the kubeconfig refers to cannot be used (any more): nobody can be asked.
        raise Unreachable(problem.message, hint=problem.hint) from problem
    except (OSError, EOFError, ValueError) as problem:
        raise _unreachable(server, doing, problem) from problem
    except Exception as problem:
        import aiohttp

        # The client was built anew under the request: aiohttp tells that by no class of its own.
        closed = isinstance(problem, RuntimeError) and "closed" in str(problem)
        if not (closed or isinstance(problem, aiohttp.ClientError)):
            raise
        raise _unreachable(server, doing, problem) from problem


def _unreachable(server: str, doing: str, problem: BaseException) -> Unreachable:
    what, hint, temporary = _told(problem)
    return Unreachable(f"While {doing}, {server} {what}.", hint=hint, temporary=temporary)


def _told(problem: BaseException) -> tuple[str, str, bool]:
    """What happened, what to do, and whether waiting may help."""
    import aiohttp

    network = "Check the VPN and the network."
    if isinstance(problem, aiohttp.ClientConnectorCertificateError):
        detail = getattr(problem.certificate_error, "verify_message", "") or problem.certificate_error
        return f"shows a certificate that is not trusted ({detail})", _TRUST, False
    if isinstance(problem, aiohttp.ClientSSLError):
        return f"does not speak TLS as expected ({problem.os_error})", _TRUST, False
    if isinstance(problem, aiohttp.ClientConnectorDNSError):
        return "has a name that cannot be resolved", network, True
    if isinstance(problem, TimeoutError):
        return "did not answer in time", network, True
    if isinstance(problem, aiohttp.ClientConnectorError):
        return f"could not be reached ({_in_the_systems_words(problem.os_error)})", network, True
    if isinstance(problem, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError | ConnectionError):
        return "broke the connection off", network, True
    return f"could not be asked ({str(problem) or type(problem).__name__})", network, True


def _in_the_systems_words(error: OSError) -> str:
    """`Connection refused`; asyncio's own text has the address once more, as Python writes it."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


_TRUST = "Check the cluster's certificate-authority in the kubeconfig, and that nothing stands in between."
