"""Prometheus, read so that no answer can be mistaken for another.

An empty result, NaN, infinity, several series where one was meant, a sample that is too old, a login page and
a server that does not answer are each a state of their own. The client is synchronous: it runs in a small
pool of threads with short timeouts, since a thread cannot be cancelled.
"""

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec

from alfred_tui.domain.canary import Sample
from alfred_tui.domain.errors import NotAnswered

T = TypeVar("T")

TIMEOUT = 3.0
"""Seconds for one answer."""
STALE = 300.0
"""Prometheus' own look-back: a sample older than this is not current."""
_THREADS = 8
_TRIES = 3


class AlertRule(msgspec.Struct, frozen=True, kw_only=True):
    """An alerting rule as the rules API tells it."""

    name: str
    state: str = ""
    health: str = ""
    error: str = ""


class ScrapeTarget(msgspec.Struct, frozen=True, kw_only=True):
    """An active target as the targets API tells it."""

    job: str
    instance: str
    health: str = ""
    error: str = ""


class MetricsSource:
    """One Prometheus server."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT) -> None:
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="prometheus")
        self._client: Any = None

    def close(self) -> None:
        """Ends the pool; an answer under way is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def instant(self, promql: str, at: float) -> Sample:
        """One number at one time, or in which state it is none. Never raises for what Prometheus answers."""
        try:
            found = await self._ask(lambda client: client.custom_query(promql, params={"time": f"{at:.3f}"}))
        except NotAnswered as error:
            return Sample(at=at, state="unreachable" if error.temporary else "error", message=error.message)
        return _sample(found, at)

    async def vector(self, promql: str, at: float) -> list[tuple[dict[str, str], float]]:
        """Labels and value of every series of an instant query. Raises NotAnswered."""
        found = await self._ask(lambda client: client.custom_query(promql, params={"time": f"{at:.3f}"}))
        if _is_scalar(found):
            return [({}, float(found[1]))]
        try:
            return [(dict(one["metric"]), float(one["value"][1])) for one in found]
        except (KeyError, TypeError, ValueError) as error:
            raise NotAnswered(f"Prometheus answered {promql} in a form that is not understood.") from error

    async def alerts(self) -> list[AlertRule]:
        """Every alerting rule. Raises NotAnswered."""
        data = await self._get("/api/v1/rules")
        return [
            AlertRule(
                name=str(rule.get("name", "")),
                state=str(rule.get("state", "")),
                health=str(rule.get("health", "")),
                error=str(rule.get("lastError", "")),
            )
            for group in data.get("groups", ())
            for rule in group.get("rules", ())
            if rule.get("type") == "alerting"
        ]

    async def targets(self) -> list[ScrapeTarget]:
        """Every active scrape target. Raises NotAnswered."""
        data = await self._get("/api/v1/targets?state=active")
        return [
            ScrapeTarget(
                job=str(one.get("labels", {}).get("job", "")),
                instance=str(one.get("labels", {}).get("instance", "")),
                health=str(one.get("health", "")),
                error=str(one.get("lastError", "")),
            )
            for one in data.get("activeTargets", ())
        ]

    async def _get(self, path: str) -> dict[str, Any]:
        def ask(client: Any) -> Any:
            response = client._session.get(self.url + path, timeout=self._timeout)
            response.raise_for_status()
            return response.json()["data"]

        data = await self._ask(ask)
        return data if isinstance(data, dict) else {}

    async def _ask(self, question: "Callable[[Any], T]") -> T:
        """Asks in a thread; what the server calls temporary is tried again."""
        loop = asyncio.get_running_loop()
        for attempt in range(1, _TRIES + 1):
            try:
                return await loop.run_in_executor(self._pool, self._in_thread, question)
            except NotAnswered as error:
                if not error.temporary or attempt == _TRIES:
                    raise
                await asyncio.sleep(0.1 * 2**attempt)
        raise AssertionError("unreachable")

    def _in_thread(self, question: "Callable[[Any], T]") -> T:
        import requests
        from prometheus_api_client.exceptions import PrometheusApiClientException

        try:
            if self._client is None:
                self._client = self._connect()
            return question(self._client)
        except PrometheusApiClientException as error:
            raise NotAnswered(f"Prometheus refused: {_short(error)}") from error
        except requests.JSONDecodeError as error:
            raise NotAnswered(
                f"{self.url} answered with something that is not Prometheus' (a login page?).",
                hint="Check the address, and what stands before it.",
            ) from error
        except requests.HTTPError as error:
            code = error.response.status_code if error.response is not None else 0
            raise NotAnswered(f"Prometheus answered {code}.", temporary=code >= 500 or code == 429) from error
        except (requests.RequestException, OSError) as error:
            raise NotAnswered(
                f"Prometheus at {self.url} does not answer ({type(error).__name__}).",
                hint="Check --prometheus and the network.",
                temporary=True,
            ) from error
        except (KeyError, TypeError, ValueError) as error:
            raise NotAnswered(f"Prometheus' answer is not understood ({error}).") from error

    def _connect(self) -> Any:
        import requests
        from prometheus_api_client import PrometheusConnect
        from urllib3 import Retry

        session = requests.Session()
        # The library's own retries lose the error's text and outlast any timeout; ours are above.
        return PrometheusConnect(
            self.url, session=session, retry=Retry(0, status_forcelist=[]), timeout=self._timeout
        )


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _is_scalar(found: Any) -> bool:
    return isinstance(found, list) and len(found) == 2 and isinstance(found[0], int | float)


def _sample(found: Any, at: float) -> Sample:
    """What an instant query's result says at one time."""
    if _is_scalar(found):
        return _number(found, at)
    if not isinstance(found, list):
        return Sample(at=at, state="error", message="Prometheus' answer is not understood.")
    if not found:
        return Sample(at=at, state="no-data", message="Prometheus has no such series now.")
    if len(found) > 1:
        return Sample(at=at, state="several-series", message=f"The query matches {len(found)} series.")
    value = found[0].get("value") if isinstance(found[0], dict) else None
    return _number(value, at)


def _number(value: Any, at: float) -> Sample:
    try:
        seen, number = float(value[0]), float(value[1])
    except (TypeError, ValueError, IndexError):
        return Sample(at=at, state="error", message="Prometheus' answer is no number.")
    if math.isnan(number):
        return Sample(at=at, state="nan", message="The query gives NaN (nothing to divide by).")
    if math.isinf(number):
        return Sample(at=at, state="inf", message="The query gives infinity.")
    if at - seen > STALE:
        return Sample(at=at, state="stale", message="The newest sample is too old.")
    return Sample(at=at, value=number)
