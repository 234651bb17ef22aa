"""The blocking conversation with Prometheus, and every way in which it can go wrong.

Imported in the thread that first asks: requests and the client library cost a tenth of a second to load.
"""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import msgspec
import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from urllib3.util import Retry

from alfred_tui.domain.errors import CockpitError
from alfred_tui.metrics.trouble import Trouble

T = TypeVar("T")

_RENEWED = 15.0
"""Seconds between two looks at whether there is another credential than the one that is refused."""
_TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})
_SHOWN = 200


class _Envelope(msgspec.Struct, frozen=True):
    """What stands around the data of every answer."""

    status: str = ""
    error: str = ""
    errorType: str = ""  # noqa: N815 - Prometheus' name
    warnings: list[str] = []


class Wire:
    """Asks, and returns what was decoded or raises Trouble. Safe to use from several threads.

    `hide` takes the run's secrets out of what the server says. `renew` reads the headers anew: a token in a
    file is replaced before it expires, and one that a command prints is good for an hour. It may raise
    CockpitError.
    """

    def __init__(
        self,
        url: str,
        name: str,
        headers: Mapping[str, str],
        verify: bool | str,
        timeout: float,
        hide: Callable[[str], str] = str,
        renew: Callable[[], Mapping[str, str]] | None = None,
    ) -> None:
        self._url = url
        self._renew = renew
        self._renewing = threading.Lock()
        self._looked_at = float("-inf")
        self._no_other = ""
        """Why no other credential could be had, when that went wrong."""
        self._hide = hide
        self._name = name
        self._timeout = timeout
        self._last = threading.local()
        self.skew: float | None = None
        self._session = requests.Session()
        self._session.headers.update(headers)
        self._session.verify = verify
        if any(name.lower() == "authorization" for name in headers):
            self._session.auth = _as_given
        self._session.hooks["response"].append(self._keep)
        # The client library retries by itself unless told otherwise; `read=False` keeps a time-out one.
        self._client = PrometheusConnect(
            url,
            session=self._session,
            retry=Retry(0, read=False, status_forcelist=[]),
            timeout=timeout,
        )

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def instant(self, promql: str, at: float | None) -> object:
        """The `result` of a query at a time (epoch seconds; None: the server's now)."""
        params = {} if at is None else {"time": f"{at:.3f}"}
        return self._asked(lambda: self._client.custom_query(promql, params=params))

    def ranged(self, promql: str, start: float, end: float, step: float) -> object:
        """The `result` of a query over a range. The client rounds its times to seconds; these are exact."""
        exact = {"start": f"{start:.3f}", "end": f"{end:.3f}"}
        moments = (datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
        return self._asked(
            lambda: self._client.custom_query_range(promql, *moments, f"{step:g}", params=exact)
        )

    def targets(self) -> object:
        """The `data` of the active targets."""
        return self._asked(lambda: self._client.get_targets(state="active"))

    def rules(self) -> object:
        """The `data` of the alerting rules, which the client library does not ask for."""
        return self._asked(lambda: self._get("/api/v1/rules", type="alert").json()["data"])

    def version(self) -> object:
        """The `version` that the server tells of itself; some that speak Prometheus' API have another."""
        return self._asked(lambda: self._get("/api/v1/status/buildinfo").json()["data"]["version"])

    def ready(self) -> None:
        """Raises Trouble unless Prometheus says that it is ready. It says so in plain text, as Thanos, Mimir
        and VictoriaMetrics do; a login page or a gateway's JSON says nothing of it."""
        answer = self._asked(lambda: self._get("/-/ready"))
        if _media_type(answer) not in ("text/plain", ""):
            raise self._not_prometheus()

    def _get(self, path: str, **params: str) -> requests.Response:
        # Told each time, as the client library does, it is not overruled by REQUESTS_CA_BUNDLE.
        answer = self._session.get(
            f"{self._url}{path}", params=params, timeout=self._timeout, verify=self._session.verify
        )
        if answer.status_code != 200:
            raise PrometheusApiClientException(answer.status_code)
        return answer

    def _asked(self, ask: Callable[[], T]) -> T:
        self._last.response = None
        sent = dict(self._session.headers)
        try:
            try:
                answer = self._sent(ask)
            except PrometheusApiClientException:
                if self._code() != 401 or not self._renewed(sent):
                    raise
                answer = self._sent(ask)
        except PrometheusApiClientException as error:
            raise self._refused() from error
        except (
            requests.exceptions.JSONDecodeError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
        ) as error:
            raise self._not_prometheus() from error
        except requests.RequestException as error:
            raise self._unreachable(error) from error
        self._check_warnings()
        return answer

    def _sent(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except requests.Timeout:
            raise
        except requests.ConnectionError:
            # A connection kept from before a restart of the server breaks on its first use.
            return ask()

    def _renewed(self, sent: Mapping[str, str | bytes]) -> bool:
        """Whether there is another credential now than what was `sent` and refused."""
        if self._renew is None:
            return False
        with self._renewing:  # several threads are refused at once, and one of them asks
            if dict(self._session.headers) != sent:
                return True
            if time.monotonic() - self._looked_at < _RENEWED:
                return False
            self._looked_at = time.monotonic()
            try:
                self._session.headers.update(self._renew())
                self._no_other = ""
            except CockpitError as error:
                self._no_other = str(error)
            return dict(self._session.headers) != sent

    def _code(self) -> int:
        response: requests.Response | None = self._last.response
        return 0 if response is None else response.status_code

    def _keep(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self._last.response = response
        try:
            told = parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
        except (TypeError, ValueError):
            return
        self.skew = told - time.time()

    def _envelope(self) -> _Envelope | None:
        response: requests.Response | None = self._last.response
        if response is None:
            return None
        try:
            return msgspec.json.decode(response.content, type=_Envelope)
        except (ValueError, requests.RequestException):
            return None

    def _check_warnings(self) -> None:
        envelope = self._envelope()
        if envelope and envelope.warnings:
            told = self._hide("; ".join(envelope.warnings))[:_SHOWN]
            raise Trouble("error", f"{self._name} answers in part only: {told}", temporary=True)

    def _refused(self) -> Trouble:
        code = self._code()
        envelope = self._envelope()
        if envelope and envelope.error:
            told = self._hide(envelope.error)[:_SHOWN]
            kind = f" ({envelope.errorType})" if envelope.errorType else ""
            return Trouble(
                "error",
                f"{self._name} answers {code}: {told}{kind}",
                temporary=code in _TEMPORARY,
                refused=code in (400, 422),
            )
        if code in (401, 403):
            why = "it wants credentials" if code == 401 else "these credentials may not ask"
            why += f"; {self._no_other}" if code == 401 and self._no_other else ""
            return Trouble("error", f"{self._name} refuses access ({code}): {why}", code=code)
        if code in _TEMPORARY:
            return Trouble("unreachable", f"{self._name} cannot answer now ({code})", temporary=True)
        return Trouble("error", f"{self._name} answers {code}; is that Prometheus' address?", code=code)

    def _not_prometheus(self) -> Trouble:
        response: requests.Response | None = self._last.response
        if response is not None and _media_type(response) == "text/html":
            why = "a web page instead of data, as a login page in front of Prometheus does"
        else:
            why = "something that is not Prometheus' data"
        return Trouble("error", f"{self._name} answers with {why}")

    def _unreachable(self, error: requests.RequestException) -> Trouble:
        match error:
            case requests.Timeout():
                why = f"does not answer within {self._timeout:g} s"
            case requests.exceptions.SSLError():
                why = "shows a certificate that is not trusted here"
            case requests.exceptions.TooManyRedirects():
                return Trouble("error", f"{self._name} redirects without end")
            case requests.ConnectionError():
                why = _broken(str(error))
            case _:
                why = f"cannot be asked ({type(error).__name__})"
        return Trouble("unreachable", f"{self._name} {why}", temporary=True)


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leaves the header as it is: without any word of ours, one of a netrc file would take its place."""
    return request


def _broken(text: str) -> str:
    """The words for a connection that could not be made, or broke."""
    for sign, words in (
        ("Connection refused", "refuses the connection"),
        ("NameResolutionError", "has a name that nobody knows here"),
        ("Name or service not known", "has a name that nobody knows here"),
        ("No route to host", "cannot be reached from here"),
        ("Network is unreachable", "cannot be reached from here"),
    ):
        if sign in text:
            return words
    return "breaks the connection"


def _media_type(response: requests.Response) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
