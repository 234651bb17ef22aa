"""How Prometheus is asked: in whose name, and trusting whom. From the environment, never from a command line.

`PROMETHEUS_TOKEN` is sent as a bearer's; `PROMETHEUS_HEADERS` are lines `Name: value` for all else, such as
`Authorization: Basic …` or `X-Scope-OrgID: shop`. Both are kept as secrets are: here, in `…_FILE`, or printed
by `…_COMMAND`. From there they are read anew when Prometheus does not take them any more.
`PROMETHEUS_CA` names the file of the certificate authorities that signed its certificate.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui.cli.secrets import read_secrets, secrets_of
from alfred_tui.domain.errors import CockpitError, Usage
from alfred_tui.domain.redaction import Redactor, unusable

if TYPE_CHECKING:
    from alfred_tui.metrics.source import MetricsSource

_TOKEN, _HEADERS, _CA = "PROMETHEUS_TOKEN", "PROMETHEUS_HEADERS", "PROMETHEUS_CA"
KEPT = (_TOKEN, _HEADERS)
"""What is kept from the commands of a run."""
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*([^\r\n\0]+)")
_SECRET = re.compile(r"auth|cookie|token|key|secret|pass", re.IGNORECASE)
"""Names of headers whose value is hidden; a tenant's name is none, and stands everywhere."""


async def prometheus_headers(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """What is sent with each question. Raises Usage for an address that cannot be recorded and for what is no
    header, CockpitError when they cannot be had."""
    from alfred_tui.metrics.source import named

    named(url)
    return _headers(await secrets_of(KEPT, environ))


def _headers(found: Mapping[str, str]) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {found[_TOKEN]}"} if _TOKEN in found else {}
    for number, line in enumerate(found.get(_HEADERS, "").splitlines(), 1):
        if not line.strip():
            continue
        header = _HEADER.fullmatch(line.strip())
        if header is None:
            raise Usage(f"Line {number} of {_HEADERS} is no header.", hint="Write it as `Name: value`.")
        headers[header[1]] = header[2].strip()
    return headers


def hidden(headers: Mapping[str, str]) -> dict[str, str]:
    """The secrets in them, by the names under which they are hidden in all that is shown or kept. Raises
    CockpitError for one that is too short to be hidden."""
    found: dict[str, str] = {}
    for header, value in headers.items():
        if _SECRET.search(header):
            name, credential = f"PROMETHEUS {header}", value.rpartition(" ")[2]
            if refusal := unusable(name, credential):
                raise CockpitError(refusal)
            found[name] = credential
    return found


def prometheus_source(
    url: str, headers: Mapping[str, str], environ: Mapping[str, str], hide: Callable[[str], str] = str
) -> "MetricsSource":
    """`hide` takes the run's secrets out of what it says. A credential refused later is read anew from
    where it is kept. Raises Usage when the address is none, or the certificate authorities cannot be read."""
    from alfred_tui.metrics.source import MetricsSource

    file = environ.get(_CA, "")
    if file and not Path(file).expanduser().is_file():
        raise Usage(f"There is no file {file} of certificate authorities.", hint=f"See {_CA}.")
    later: list[Redactor] = []

    def renew() -> Mapping[str, str]:
        fresh = _headers(read_secrets(KEPT, environ))
        later.append(Redactor(hidden(fresh)))  # the run's own secrets are those that it began with
        return fresh

    def hide_all(text: str) -> str:
        for one in later:
            text = one.text(text)
        return hide(text)

    verify = str(Path(file).expanduser()) if file else True
    return MetricsSource(url, headers=headers, verify=verify, hide=hide_all, renew=renew)
