"""The connection to the API server: kubernetes.aio's configuration and transport, raw bodies, our own words
for what goes wrong.

The typed API classes stay out: one typed pod list costs over a hundred times what a partial struct costs.
Raw calls of that client raise nothing on an HTTP error, so every answer is looked at here.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import msgspec

from alfred_tui.cluster.access.credentials import Certificate, Credentials, credentials_of
from alfred_tui.cluster.access.errors import ClusterError, Expired, Unreachable, read_status, refusal
from alfred_tui.cluster.access.kubeconfig import Access
from alfred_tui.cluster.access.lines import LineSplitter
from alfred_tui.cluster.access.streaming import streams_lists
from alfred_tui.cluster.access.target import access_of, drifted, pin_kubeconfig, read_target
from alfred_tui.cluster.access.transport import CONNECT_TIMEOUT, build_client, in_our_words, timeouts
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.errors import CockpitError

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Connection", "Response", "connect", "drifted", "pin_kubeconfig", "read_target"]

Query = Mapping[str, str | int | bool]

SILENCE = 30.0
"""Seconds without a byte after which an answer that has begun is given up."""

CHUNK = 128 * 1024
"""The most bytes that a stream gives in one go."""

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"

_TEXTS = 4096
"""How many texts are kept beside what they are without secrets."""

_VERBS = {"GET": "reading", "POST": "creating", "PUT": "replacing", "PATCH": "changing", "DELETE": "deleting"}


@dataclass(frozen=True)
class Response:
    """An answer with a 2xx status; everything else is raised."""

    status: int
    body: bytes


class _Version(msgspec.Struct, rename="camel"):
    git_version: str = ""


def describe(method: str, path: str) -> str:
    """A request in words: `reading pods/alfred-bot-1 in default`."""
    parts = [part for part in path.split("?")[0].split("/") if part]
    parts = parts[2:] if parts[:1] == ["api"] else parts[3:] if parts[:1] == ["apis"] else parts
    where = ""
    if parts[:1] == ["namespaces"] and len(parts) > 2:
        where, parts = f" in {parts[1]}", parts[2:]
    return f"{_VERBS.get(method, method.lower())} {'/'.join(parts) or path}{where}"


class Connection:
    """One API server as one user. Safe to use from many tasks of one event loop.

    `hide` takes the run's secrets out of a text: of what the server says, before anything of it is cut.
    """

    def __init__(
        self, target: Target, access: Access, credentials: Credentials, hide: Callable[[str], str] = str
    ) -> None:
        self.target = target
        self.hide: Callable[[str], str] = lru_cache(_TEXTS)(hide)  # most is told again as it was
        self._access = access
        self._credentials = credentials
        self._certificate: Certificate | None = None
        self._client: Any = None
        self._borrowers: Counter[Any] = Counter()
        """Requests and streams under way by client: one that is replaced is closed after its last."""
        self._lock = asyncio.Lock()
        self._streams: asyncio.Task[bool] | None = None
        host = urlsplit(access.server).hostname or ""
        # Compressing a big list costs more than sending it where no network is in between.
        near = host in ("localhost", "::1") or host.startswith("127.")
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity" if near else "gzip",
            "User-Agent": "alfred-cockpit",
            **_impersonation(access),
        }

    async def get(
        self, path: str, query: Query | None = None, *, timeout: float = SILENCE, silence: float = SILENCE
    ) -> Response:
        """Reads. `silence` is the time without a byte after which it is given up. Raises ClusterError."""
        return await self._ask("GET", path, query, None, "", timeout, silence)

    async def post(
        self, path: str, body: Any, query: Query | None = None, *, timeout: float = SILENCE
    ) -> Response:
        """Creates. Raises ClusterError."""
        return await self._ask("POST", path, query, body, "application/json", timeout)

    async def put(
        self, path: str, body: Any, query: Query | None = None, *, timeout: float = SILENCE
    ) -> Response:
        """Replaces. Raises ClusterError."""
        return await self._ask("PUT", path, query, body, "application/json", timeout)

    async def patch(
        self,
        path: str,
        body: Any,
        query: Query | None = None,
        *,
        content_type: str = STRATEGIC,
        timeout: float = SILENCE,
    ) -> Response:
        """Changes; `content_type` is one of MERGE, STRATEGIC, JSON_PATCH, APPLY. Raises ClusterError."""
        return await self._ask("PATCH", path, query, body, content_type, timeout)

    async def delete(
        self, path: str, body: Any = None, query: Query | None = None, *, timeout: float = SILENCE
    ) -> Response:
        """Deletes; `body` is DeleteOptions. Raises ClusterError."""
        return await self._ask("DELETE", path, query, body, "application/json", timeout)

    async def stream(
        self,
        path: str,
        query: Query | None = None,
        *,
        silence: float,
        begun: Callable[[], None] = lambda: None,
    ) -> AsyncGenerator[list[bytes], None]:
        """The answer's lines as they come, those of one network read together, without their ends.

        A line cut off by the end of the stream is dropped. `silence` is the number of seconds without a byte
        after which the stream counts as dead. `begun` hears it when the server has taken the request, maybe
        long before there is a line. Raises ClusterError.
        """
        splitter = LineSplitter()
        async with aclosing(self.chunks(path, query, silence=silence)) as chunks:
            async for chunk in chunks:
                if not chunk:
                    begun()
                elif lines := splitter.feed(chunk):
                    yield lines

    async def chunks(
        self, path: str, query: Query | None = None, *, silence: float
    ) -> AsyncGenerator[bytes, None]:
        """The answer's bytes as they come; empty ones once it has begun. Raises ClusterError."""
        async with self._open("GET", path, query, None, "", None, silence) as answer:
            yield b""
            # Not all that has come at once: that may be megabytes, which would hold up the loop.
            while chunk := await answer.content.read(CHUNK):
                yield chunk

    async def version(self) -> str:
        """The server's version, `v1.36.0`. The cheapest question that needs valid credentials."""
        answer = await self.get("/version", timeout=CONNECT_TIMEOUT)
        try:
            return msgspec.json.decode(answer.body, type=_Version).git_version
        except ValueError as problem:
            raise Unreachable(
                f"{self.target.server} answers, but not as a Kubernetes API server does.",
                hint="Check the server's address in the kubeconfig.",
            ) from problem

    async def streams_lists(self) -> bool:
        """Whether the server says that it sends a list as a watch's first events. Asked once, for all.

        Raises Unreachable or Expired when it cannot be asked.
        """
        if self._streams is None or (self._streams.done() and not _answered(self._streams)):
            self._streams = asyncio.create_task(self._ask_streams())
        return await asyncio.shield(self._streams)

    async def _ask_streams(self) -> bool:
        try:
            return streams_lists(self.target.version or await self.version())
        except (Unreachable, Expired):
            raise
        except ClusterError:
            return False  # whoever may not ask for the version gets plain lists

    async def close(self) -> None:
        """Ends all streams and closes the sockets."""
        if self._streams is not None:
            self._streams.cancel()
        client, self._client = self._client, None
        for one in {*self._borrowers, client} - {None}:
            await one.close()

    async def _ask(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: Any,
        content_type: str,
        timeout: float,
        silence: float = SILENCE,
    ) -> Response:
        silence = min(timeout, silence)
        async with self._open(method, path, query, body, content_type, timeout, silence) as answer:
            return Response(answer.status, await answer.read())

    @asynccontextmanager
    async def _open(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: Any,
        content_type: str,
        total: float | None,
        silence: float,
    ) -> AsyncIterator["aiohttp.ClientResponse"]:
        doing = describe(method, path)
        with in_our_words(self.target.server, doing):
            timeout = timeouts(total, silence)
            # A token may take a plugin's seconds, in which another request may build the client anew.
            sent = await self._credentials.token()
            async with AsyncExitStack() as borrowed:
                client = await borrowed.enter_async_context(self._borrowed())
                answer = await self._send(client, sent, method, path, query, body, content_type, timeout)
                if answer.status == 401 and await self._credentials.renew(sent):
                    answer.release()
                    sent = await self._credentials.token()
                    client = await borrowed.enter_async_context(self._borrowed())
                    answer = await self._send(client, sent, method, path, query, body, content_type, timeout)
                try:
                    await _refuse(answer, doing, self.hide)
                    yield answer
                finally:
                    # A stream that was left early has bytes under way: its connection cannot be used again.
                    if answer.content.at_eof():
                        answer.release()
                    else:
                        answer.close()

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Any]:
        """The client, which stays open for as long as this is."""
        client = await self._transport()
        self._borrowers[client] += 1
        try:
            yield client
        finally:
            self._borrowers[client] -= 1
            if not self._borrowers[client]:
                del self._borrowers[client]
                if client is not self._client:
                    await client.close()

    async def _send(
        self,
        client: Any,
        authorization: str,
        method: str,
        path: str,
        query: Query | None,
        body: Any,
        content_type: str,
        timeout: "aiohttp.ClientTimeout",
    ) -> "aiohttp.ClientResponse":
        headers = dict(self._headers)
        if authorization:
            headers["Authorization"] = authorization
        if content_type:
            headers["Content-Type"] = content_type
        asked = urlencode({k: _plain(v) for k, v in (query or {}).items()})
        url = f"{self._access.server}{path}{'?' + asked if asked else ''}"
        answer = await client.call_api(method, url, headers, body, _request_timeout=timeout)
        response: aiohttp.ClientResponse = answer.response
        return response

    async def _transport(self) -> Any:
        """The client, built again when the client certificate was renewed."""
        certificate = await self._credentials.certificate()
        async with self._lock:
            if self._client is None or certificate != self._certificate:
                old = self._client
                self._client = await asyncio.to_thread(build_client, self._access, certificate)
                self._certificate = certificate
                if old is not None and old not in self._borrowers:
                    await old.close()
            return self._client


async def _refuse(answer: "aiohttp.ClientResponse", doing: str, hide: Callable[[str], str]) -> None:
    """Raises the ClusterError that the answer is, if it is one."""
    if answer.status >= 300:
        raise refusal(
            answer.status,
            read_status(await answer.read(), hide),
            doing=doing,
            retry_after=_seconds(answer.headers.get("Retry-After", "")),
        )


def _answered(task: "asyncio.Task[Any]") -> bool:
    return not task.cancelled() and task.exception() is None


def _plain(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _seconds(retry_after: str) -> float:
    # The API server sends whole seconds; a date is some proxy's, and our own back-off does for it.
    return float(retry_after) if retry_after.isdigit() else 0.0


def _impersonation(access: Access) -> dict[str, str]:
    user = access.user.text("as")
    if not user:
        return {}
    if access.user.fields.get("as-groups") or access.user.fields.get("as-user-extra"):
        raise CockpitError(
            f"The user {access.user.name} acts as {user} with groups, which is not supported.",
            hint="Use a context without as-groups.",
        )
    return {"Impersonate-User": user}


async def connect(target: Target, hide: Callable[[str], str] = str) -> Connection:
    """A connection to the target, not yet used: an unreachable server is told by the first question.

    `hide` takes the run's secrets out of what the server, and a credential plugin, says. Raises CockpitError
    when the kubeconfig has no usable credentials: we never go on anonymously.
    """
    access = await asyncio.to_thread(access_of, target)
    return Connection(target, access, credentials_of(access, hide=hide), hide)
