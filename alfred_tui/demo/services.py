"""The services' own endpoints on one loopback port: health, metrics, and what the service checks ask.

Every answer follows the service's pods in the cluster, so that a page cannot say "ok" for a service whose
pods are gone.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from alfred_tui.demo.kube.objects import timestamp
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.loopback import Loopback
from alfred_tui.demo.scenarios import SERVICES
from alfred_tui.demo.traffic.counters import DURATION, REQUESTS, Counts, le
from alfred_tui.demo.traffic.fleet import Backends, service_backends
from alfred_tui.demo.traffic.load import BUCKETS, CODES
from alfred_tui.demo.traffic.traffic import Clock, Traffic

FUNCTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "mission-control": {
        "ui": {"assets": "loaded"},
        "authentication": {"provider": "oidc", "anonymous": "refused"},
        "agent-controls": {"agents": len(SERVICES), "controllable": len(SERVICES)},
        "dashboard": {"live": True},
    },
    "architect-apiligence": {
        "reviews": {"lag_seconds": 2},
    },
    "financial-tax": {
        "tax-calculation": {"amount": 10000, "rate": 0.19, "tax": 1900},
        "storage": {"writable": True},
        "rate-limit": {"limit_per_minute": 600},
    },
    "legal-compliance": {
        "compliance-checks": {"passed": 12, "failed": 0},
        "documents": {"generated": True},
        "alerts": {"configured": True},
    },
    "alfred-bot": {
        "messages": {"reply": "pong"},
        "commands": {"commands": ["help", "status", "tax", "check"]},
        "error-handling": {"handled": True},
        "rate-limit": {"limit_per_minute": 120},
    },
}
"""The functions under /api/v1, by service, and what they tell besides `"status": "ok"`."""

COMMON = ("database", "queue", "smoke")
"""What every service tells of itself."""

ABROAD = {"financial-tax": "tax-databases", "legal-compliance": "external-apis"}
"""The services whose integration with the world outside has a path of its own."""

PARTNERS = (*SERVICES, "social-intelligence", "slack")
"""What an integration can be asked about; a partner in the cluster must be ready itself."""

Handler = Callable[[web.Request, str, Backends], web.Response]


class ServicesServer:
    """Serves /<service>/… for the platform's services on 127.0.0.1."""

    def __init__(self, store: Store, traffic: Traffic, clock: Clock) -> None:
        self._store = store
        self._traffic = traffic
        self._clock = clock
        self._server = Loopback(self._app())

    async def start(self, port: int = 0) -> str:
        """Listens (port 0: on a free one) and returns the base URL."""
        return await self._server.start(port)

    async def stop(self) -> None:
        await self._server.stop()

    def _app(self) -> web.Application:
        app = web.Application()
        routes: dict[str, Handler] = {
            "/health/live": self._live,
            "/health/ready": self._ready,
            "/health/metrics": self._metrics,
            "/": self._page,
            "/api/v1/status": self._status,
            "/api/v1/integrations": self._integrations,
            "/api/v1/integrations/{name}": self._integration,
            "/api/v1/{name}": self._function,
        }
        for path, handler in routes.items():
            app.router.add_get(f"/{{service}}{path}", self._for_service(handler))
        app.router.add_get("/{service}", self._for_service(self._page))
        return app

    def _for_service(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            service = request.match_info["service"]
            if service not in SERVICES:
                return _say(404, "unknown", error=f"there is no service {service!r}")
            return handler(request, service, service_backends(self._store, service))

        return handle

    def _live(self, _request: web.Request, _service: str, pods: Backends) -> web.Response:
        if pods.running:
            return web.Response(text="ok\n")
        return web.Response(text="no pod is running\n", status=503)

    def _ready(self, _request: web.Request, _service: str, pods: Backends) -> web.Response:
        if pods.ready:
            return web.Response(text="ok\n")
        return web.Response(text="no pod is ready\n", status=503)

    def _metrics(self, _request: web.Request, service: str, _pods: Backends) -> web.Response:
        self._traffic.tick()
        exposed = self._traffic.exposed(service)
        if exposed is None:
            return web.Response(text="no pod answers\n", status=503)
        body = exposition(service, exposed)
        return web.Response(
            body=body.encode(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    def _page(self, _request: web.Request, service: str, pods: Backends) -> web.Response:
        if not pods.ready:
            return web.Response(text="503 no pod is ready\n", status=503)
        html = _PAGE.format(service=service, version=_version(pods))
        return web.Response(text=html, content_type="text/html")

    def _status(self, _request: web.Request, service: str, pods: Backends) -> web.Response:
        if not pods.ready:
            return _unavailable()
        return _say(
            200,
            "ok",
            service=service,
            version=_version(pods),
            versions=sorted(set(pods.tags)),
            ready=pods.ready,
            time=timestamp(self._clock.now()),
        )

    def _function(self, request: web.Request, service: str, pods: Backends) -> web.Response:
        name = request.match_info["name"]
        known = FUNCTIONS[service]
        if name not in known and name not in COMMON and ABROAD.get(service) != name:
            return _say(404, "unknown", error=f"{service} has no function {name!r}")
        if not pods.ready:
            return _unavailable()
        return _say(200, "ok", **known.get(name, {"pods": pods.ready}))

    def _integrations(self, _request: web.Request, service: str, pods: Backends) -> web.Response:
        if not pods.ready:
            return _unavailable()
        missing = [name for name in PARTNERS if not self._answers(name)]
        if missing:
            return _say(503, "degraded", not_ready=missing)
        return _say(200, "ok", integrations=[name for name in PARTNERS if name != service])

    def _integration(self, request: web.Request, service: str, pods: Backends) -> web.Response:
        name = request.match_info["name"]
        if name not in PARTNERS or name == service:
            return _say(404, "unknown", error=f"{service} has no integration {name!r}")
        if not pods.ready:
            return _unavailable()
        if not self._answers(name):
            return _say(503, "degraded", not_ready=[name])
        return _say(200, "ok", integration=name)

    def _answers(self, partner: str) -> bool:
        return partner not in SERVICES or service_backends(self._store, partner).ready > 0


def exposition(service: str, exposed: dict[str, Counts]) -> str:
    """The counters in Prometheus' text format 0.0.4, by track."""
    lines = [f"# HELP {REQUESTS} Requests answered, by code.", f"# TYPE {REQUESTS} counter"]
    for track, counts in exposed.items():
        for code, count in zip(CODES, counts.codes, strict=True):
            lines.append(f'{REQUESTS}{{service="{service}",track="{track}",code="{code}"}} {count}')
    lines += [f"# HELP {DURATION} Seconds until a request was answered.", f"# TYPE {DURATION} histogram"]
    for track, counts in exposed.items():
        labels = f'service="{service}",track="{track}"'
        for bound, count in zip(BUCKETS, counts.buckets, strict=True):
            lines.append(f'{DURATION}_bucket{{{labels},le="{le(bound)}"}} {count}')
        lines.append(f"{DURATION}_sum{{{labels}}} {counts.seconds!r}")
        lines.append(f"{DURATION}_count{{{labels}}} {counts.buckets[-1]}")
    return "\n".join(lines) + "\n"


def _version(pods: Backends) -> str:
    """The tag that most ready pods run; of several as common, the last by name."""
    return max(sorted(set(pods.tags), reverse=True), key=pods.tags.count, default="")


def _say(code: int, status: str, **more: Any) -> web.Response:
    return web.json_response({"status": status, **more}, status=code, dumps=_json)


def _unavailable() -> web.Response:
    return _say(503, "unavailable", error="no pod is ready")


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{service}</title></head>
<body><h1>{service}</h1><p>Version {version}</p></body>
</html>
"""
