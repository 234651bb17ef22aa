"""Which proxy leads to a cluster: the kubeconfig's, else the environment's as kubectl reads it."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from alfred_tui.domain.errors import CockpitError


def proxy_for(server: str, stated: str, environ: Mapping[str, str]) -> str | None:
    """The proxy's URL, or None for the direct way. Raises CockpitError for a kind that is not supported.

    `stated` is the cluster's proxy-url; it counts for every server. Without one HTTPS_PROXY (HTTP_PROXY for a
    server without TLS) counts, upper case before lower, unless NO_PROXY names the server or it is this
    machine: golang.org/x/net/http/httpproxy, which kubectl uses.
    """
    url = stated or _from_environment(server, environ)
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise CockpitError(
            f"The cluster is reached through the proxy {_without_password(url)}, "
            "and only http(s) proxies are supported.",
            hint="Use an http proxy, or a tunnel on this machine.",
        )
    return url or None


def _without_password(url: str) -> str:
    before, at, place = url.rpartition("@")
    return f"{before.partition('://')[0]}://…@{place}" if at else url


def _from_environment(server: str, environ: Mapping[str, str]) -> str:
    parts = urlsplit(server)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    url = _first(environ, f"{parts.scheme}_proxy")
    if not url or _direct(host.lower(), port, _first(environ, "no_proxy")):
        return ""
    return url if "://" in url else f"http://{url}"


def _first(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name.upper()) or environ.get(name) or ""


def _direct(host: str, port: int, exceptions: str) -> bool:
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    return any(
        _named(host, address, port, one.strip().lower()) for one in exceptions.split(",") if one.strip()
    )


def _named(
    host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None, port: int, exception: str
) -> bool:
    """Whether one entry of NO_PROXY means this server."""
    if exception == "*":
        return True
    name, colon, number = exception.rpartition(":")
    if colon and number.isdecimal() and _address(exception) is None:
        if int(number) != port:
            return False
        exception = name.removeprefix("[").removesuffix("]")
    if address is not None:
        try:
            return address in ipaddress.ip_network(exception, strict=False)
        except ValueError:
            return False
    exception = exception.removeprefix("*")
    return host == exception or host.endswith(exception if exception.startswith(".") else f".{exception}")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
