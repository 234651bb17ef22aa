"""What can go wrong between us and the API server, in the words that the screen uses.

Each class is one word, so that a panel, a step's outcome and a retry decide from the same value.
"""

from collections.abc import Callable
from typing import ClassVar

import msgspec

from alfred_tui.cluster.access.said import Said, saying
from alfred_tui.domain.errors import NotAnswered


class ClusterError(NotAnswered):
    """The API server did not do what was asked. `status` is the HTTP code, 0 when there was no answer."""

    word: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        temporary: bool = False,
        status: int = 0,
        reason: str = "",
        causes: tuple[str, ...] = (),
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(message, hint=hint, temporary=temporary)
        self.status = status
        self.reason = reason
        self.causes = causes
        """The field-level messages of the server's Status, if it sent any."""
        self.retry_after = retry_after
        """Seconds that the server asks us to wait; 0 when it does not say."""


class Unreachable(ClusterError):
    """No answer: refused, no route, no such host, TLS not trusted, silence, or cut off half-way."""

    word = "unreachable"


class Expired(ClusterError):
    """401, or credentials that cannot be had: who we are is not accepted."""

    word = "expired"


class Forbidden(ClusterError):
    """403: this account may not; the server's sentence names verb and resource."""

    word = "forbidden"


class Absent(ClusterError):
    """404: no such object, or no such resource on this server."""

    word = "absent"


class Throttled(ClusterError):
    """429: too many requests."""

    word = "throttled"


class Conflict(ClusterError):
    """409: the object changed since it was read, exists already, or another manager owns the field."""

    word = "conflict"


class Invalid(ClusterError):
    """400 or 422: the server does not accept the object."""

    word = "invalid"


class Gone(ClusterError):
    """410: the resource version is too old; list afresh."""

    word = "gone"


class Broken(ClusterError):
    """Any other answer, 5xx above all."""

    word = "error"


class _Cause(msgspec.Struct):
    message: Said = Said()
    field: str = ""


class _Details(msgspec.Struct, rename="camel"):
    causes: list[_Cause] | None = None
    retry_after_seconds: int = 0


class Status(msgspec.Struct):
    """`meta/v1 Status`, the body of refusals and the object of a watch's ERROR event."""

    message: Said = Said()
    reason: str = ""
    code: int = 0
    details: _Details | None = None


_KINDS: dict[int, type[ClusterError]] = {
    400: Invalid,
    401: Expired,
    403: Forbidden,
    404: Absent,
    409: Conflict,
    410: Gone,
    422: Invalid,
    429: Throttled,
}
_HINTS: dict[type[ClusterError], str] = {
    Expired: "Log in again (or renew the credentials of this context); the cockpit picks it up by itself.",
    Forbidden: "Ask for this right, or use another context; `alfred-cockpit doctor` lists what is needed.",
}
_SHOWN = 200
"""Characters of a page that is no Status."""


def decode_status(body: bytes | msgspec.Raw, hide: Callable[[str], str]) -> Status:
    """The Status in a body; `hide` takes secrets out of its texts. Raises msgspec's errors without one."""
    return msgspec.json.decode(body, type=Status, dec_hook=saying(hide))


def read_status(body: bytes, hide: Callable[[str], str] = str) -> Status:
    """The same; where a body holds none (a proxy's page), its first characters are the message."""
    try:
        return decode_status(body, hide)
    except ValueError:
        page = hide(body.decode("utf-8", "replace"))[:_SHOWN]
        text = "".join(c if c.isprintable() else " " for c in page)
        return Status(message=" ".join(text.split()))


def refusal(code: int, status: Status, *, doing: str, retry_after: float = 0.0) -> ClusterError:
    """The error for an HTTP answer. `doing` completes "While ‹doing›": `reading pods in alfred`."""
    kind = _KINDS.get(code, Broken)
    said = status.message.strip() or f"HTTP {code}"
    if retry_after:
        said = f"{said.removesuffix('.')}, and asks to wait {retry_after:g} s"
    details = status.details
    causes: tuple[str, ...] = ()
    if details is not None:
        causes = tuple(f"{one.field}: {one.message}".removeprefix(": ") for one in details.causes or ())
        retry_after = retry_after or float(details.retry_after_seconds)
    return kind(
        f"While {doing}, the API server answered {code}: {said}",
        hint=_HINTS.get(kind, ""),
        temporary=code == 429 or code >= 500,
        status=code,
        reason=status.reason,
        causes=causes,
        retry_after=retry_after,
    )
