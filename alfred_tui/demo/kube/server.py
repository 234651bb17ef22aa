"""The embedded Kubernetes API server: HTTPS on loopback, with an authority and tokens of its own."""

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import Callable

from aiohttp import web

from alfred_tui.demo.kube import discovery, openapi, openapi2
from alfred_tui.demo.kube.api import JSON, Api
from alfred_tui.demo.kube.bootstrap import ensure_system_objects
from alfred_tui.demo.kube.certificates import make_certificates
from alfred_tui.demo.kube.encoding import encode
from alfred_tui.demo.kube.errors import ApiError
from alfred_tui.demo.kube.forms import as_yaml, prefers_yaml
from alfred_tui.demo.kube.health import health
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.rights import Authenticator, User
from alfred_tui.demo.kube.routes import PAGE_NOT_FOUND, is_deprecated, is_served, not_served
from alfred_tui.demo.kube.sources import Faults, LogSource, UsageSource
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.kube.watch import HISTORY, WatchHub

_log = logging.getLogger(__name__)

_BODY_LIMIT = 16 * 1024 * 1024
_REAP_INTERVAL = 0.25

_OLD_ENDPOINTS = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
_FAULTS = {
    401: ("Unauthorized", "Unauthorized"),
    403: ("Forbidden", "Forbidden"),
    429: (
        "TooManyRequests",
        "the server has received too many requests and has asked us to try again later",
    ),
    500: ("InternalError", "Internal error occurred: etcdserver: request timed out"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: ("Timeout", "Timeout: request did not complete within the allotted duration"),
}


class KubeServer:
    """Serves a store as the Kubernetes API.

    `now` gives the (simulated) epoch seconds shown in ages and stamps. The store gets the objects every
    cluster has from its start (namespaces, the API's service) when they are missing.
    """

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], float],
        logs: LogSource,
        usage: UsageSource,
        faults: Faults | None = None,
        history: int = HISTORY,
    ) -> None:
        self._now = now
        self._faults = faults
        self._hub = WatchHub(store, history)
        ensure_system_objects(store)
        self._api = Api(store, self._hub, now=now, logs=logs, usage=usage)
        self._authenticator = Authenticator()
        certificates = make_certificates()
        self._tls = certificates.context
        self.ca_pem = certificates.ca_pem
        self.admin_token = self._authenticator.admin_token
        self.viewer_token = self._authenticator.viewer_token
        self._runner: web.AppRunner | None = None
        self._reaper: asyncio.Task[None] | None = None

    def issue(self, user: User, token: str = "") -> str:
        """A bearer token for a further user; one that was issued before is theirs from now on."""
        return self._authenticator.issue(user, token)

    def expire(self) -> None:
        """Forgets the history as etcd's compaction does: older revisions are answered with 410."""
        self._hub.expire()
        self._api.lister.expire()

    def close_watches(self) -> None:
        """Ends every open watch, as a restarting API server does."""
        self._hub.close_all()

    async def start(self, port: int = 0) -> str:
        """Listens on 127.0.0.1 (`port` 0: any free one) and returns the URL."""
        application = web.Application(client_max_size=_BODY_LIMIT)
        application.on_response_prepare.append(_head)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=1.0
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=self._tls)
        await site.start()
        self._reaper = asyncio.create_task(self._reap(), name="kube-end-overdue-pods")
        return f"https://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Ends open watches and stops listening."""
        if self._reaper is not None:
            self._reaper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reaper
            self._reaper = None
        self._hub.close_all()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(_REAP_INTERVAL)
            self._api.deleter.end_overdue(self._now())

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            self._meddle(request)
            answer = await self._answer(request)
        except ApiError as problem:
            answer = _refusal(problem)
        except ConnectionError:
            raise
        except Exception as problem:  # noqa: BLE001 (a client reads a Status, whatever went wrong)
            _log.exception("%s %s", request.method, request.path)
            answer = _refusal(ApiError(500, "InternalError", f"Internal error occurred: {problem}"))
        return as_yaml(answer) if prefers_yaml(request.headers.get("Accept", "")) else answer

    def _meddle(self, request: web.Request) -> None:
        fault = self._faults.fault(request.method, request.path) if self._faults is not None else None
        if fault is None:
            return
        if fault == 0 and request.transport is not None:
            request.transport.abort()
        reason, message = _FAULTS.get(fault, ("InternalError", "Internal error occurred"))
        details = {"retryAfterSeconds": 1} if fault == 429 else None
        raise ApiError(fault or 500, reason, message, details)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        checked = health(
            request.path,
            verbose="verbose" in request.query,
            excluded=request.query.getall("exclude", []),
        )
        if checked is not None:
            return web.Response(text=checked)
        user = self._authenticator.user(request.headers.get("Authorization", ""))
        path = "/" + request.path.strip("/")
        if request.method == "GET":
            body = _described(path, request.headers.get("Accept", ""))
            if body is not None:
                return body
        if not is_served(path):
            raise PAGE_NOT_FOUND
        return await self._api.handle(request, user, self._authenticator.known)


async def _head(request: web.Request, response: web.StreamResponse) -> None:
    """The headers that every answer of an API server has, and none that names another server."""
    response.headers.setdefault("Audit-Id", str(uuid.uuid4()))
    response.headers.setdefault("Cache-Control", "no-cache, private")
    response.headers.popall("Server", None)
    if is_deprecated(request.path):
        response.headers.add("Warning", f'299 - "{_OLD_ENDPOINTS}"')


def _described(path: str, accept: str) -> web.Response | None:
    """What the API says of itself; None for a path that is not about that."""
    if path == "/openapi/v2":
        if openapi2.wants_protobuf(accept):
            return web.Response(body=openapi2.as_protobuf(), content_type=openapi2.PROTOBUF)
        return _json(openapi2.as_json())
    if path == "/openapi/v3":
        return _json(openapi.index_document())
    if path.startswith("/openapi/v3/"):
        document = openapi.group_document(path.removeprefix("/openapi/v3/"))
        if document is None:
            raise not_served()
        return _json(document)
    if (
        path in ("/api", "/apis")
        and "as=APIGroupDiscoveryList" in accept
        and "v=v2," in f"{accept},".replace(";", ",")
    ):
        body = encode(discovery.aggregated(core=path == "/api"))
        return web.Response(body=body, headers={"Content-Type": discovery.AGGREGATED})
    if path == "/version":
        return _json(json.dumps(discovery.VERSION, indent=2).encode())
    found = _document(path)
    return None if found is None else _json(encode(found))


def _document(path: str) -> Obj | None:
    match path.strip("/").split("/"):
        case [""]:
            return discovery.root_paths()
        case ["api"]:
            return discovery.api_versions()
        case ["apis"]:
            return discovery.api_groups()
        case ["api", version]:
            return discovery.api_resources("", version)
        case ["apis", group]:
            return discovery.api_group(group)
        case ["apis", group, version]:
            return discovery.api_resources(group, version)
    return None


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type=JSON)


def _refusal(problem: ApiError) -> web.Response:
    if problem is PAGE_NOT_FOUND:
        return web.Response(status=404, text="404 page not found\n")
    wait = (problem.details or {}).get("retryAfterSeconds")
    headers = {"Retry-After": str(wait)} if wait else {}
    body = encode(problem.status())
    return web.Response(body=body, status=problem.code, content_type=JSON, headers=headers)
