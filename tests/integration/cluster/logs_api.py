"""Containers that write logs, served on loopback as a kubelet serves them: whole seconds in `sinceTime`,
nanoseconds in stamps, and connections that break where a test says.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from alfred_tui.cluster.logs.log_follow import LogFollow
from alfred_tui.cluster.logs.log_stream import LogTiming
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.domain.cluster.workloads import ClusterView, Freshness
from alfred_tui.domain.cluster.workloads import Pod as Row
from alfred_tui.domain.logs.lines import LogLine, LogsWanted
from alfred_tui.domain.logs.rule import LogRule
from alfred_tui.domain.redaction import Redactor

from tests.integration.cluster.api import connected, serve, status
from tests.unit.cluster.kube import pod

QUICK = LogTiming(first_pause=0.01, longest_pause=0.1, refused_pause=0.2, look=0.2, settled=0.5)
START = 1_800_014_400
LIVE = Freshness(connection="live", since=1.0, heard_at=1.0)


def stamp(number: int) -> str:
    """Five lines have the same stamp, and a thousand stamps are in a second."""
    seconds, part = divmod(number // 5, 1000)
    at = datetime.fromtimestamp(START + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{at}.{part:03}000000Z"


@dataclass
class Container:
    """One container of one pod. A run is a list of stamped lines."""

    runs: list[list[str]] = field(default_factory=lambda: [[]])
    running: bool = True
    written: int = 0
    cuts: list[int] = field(default_factory=list)
    """After so many bytes each of the next streams breaks off."""
    broken: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def write(self, *texts: str) -> None:
        for text in texts:
            self.runs[-1].append(f"{stamp(self.written)} {text}\n")
            self.written += 1
        self.stir()

    def stir(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def cut(self) -> None:
        """Breaks the streams that are open."""
        self.broken += 1
        self.stir()

    def end(self) -> None:
        self.running = False
        self.stir()

    def restart(self) -> None:
        self.end()
        self.runs.append([])
        self.running = True
        self.stir()


class LogsApi:
    """Pods with one container `app` each, and the live store that knows them."""

    def __init__(self) -> None:
        self.containers: dict[str, Container] = {}
        self.refused = False
        self.answers = asyncio.Event()
        """Cleared, no question is answered."""
        self.answers.set()
        self.requests: list[str] = []
        self._listeners: list[Callable[[], None]] = []
        self._pods: dict[str, tuple[object, Pod]] = {}
        self.rows: dict[str, Row] = {}

    # The live store

    def add(self, name: str, owner: str = "Deployment/shop") -> Container:
        self.containers[name] = Container()
        self.rows[name] = Row(
            namespace="default", name=name, uid=f"uid-{name}", status="Running", ready=1, containers=1,
            restarts=0, new_restarts=0, created_at=0.0, owner=owner, labels={"app": name.partition("-")[0]},
        )  # fmt: skip
        self.tell()
        return self.containers[name]

    def drop(self, name: str) -> None:
        self.containers.pop(name).end()
        del self.rows[name]
        self.tell()

    def tell(self) -> None:
        """The live store has heard what is new."""
        for listener in tuple(self._listeners):
            listener()

    def view(self) -> ClusterView:
        return ClusterView(
            pods=tuple(self.rows.values()), pods_freshness=LIVE, rollouts_freshness=LIVE, usage_freshness=LIVE
        )

    def pod(self, namespace: str, name: str) -> Pod | None:
        if name not in self.containers:
            return None
        known = (self.containers[name].running, len(self.containers[name].runs))
        if self._pods.get(name, (None,))[0] != known:
            self._pods[name] = known, pod(name, status=self._status(name))
        return self._pods[name][1]

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # The API

    def _status(self, name: str) -> dict[str, Any]:
        one = self.containers[name]
        ended = {"terminated": {"exitCode": 1, "reason": "Error"}}
        again = len(one.runs) > 1
        return {
            "phase": "Running",
            "containerStatuses": [
                {
                    "name": "app",
                    "restartCount": len(one.runs) - 1,
                    "state": {"running": {}} if one.running else ended,
                    "lastState": ended if again else {},
                }
            ],
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        parts = request.path.split("/")
        name = parts[6]
        self.requests.append(f"{parts[-1]} {request.query_string}")
        await self.answers.wait()
        if name not in self.containers:
            return status(404, "NotFound", f'pods "{name}" not found')
        if parts[-1] != "log":
            meta = {"name": name, "namespace": "default", "uid": f"uid-{name}"}
            return web.json_response({"metadata": meta, "spec": {}, "status": self._status(name)})
        if self.refused:
            return status(403, "Forbidden", 'User "u" cannot get resource "pods/log" in API group ""')
        return await self._log(request, self.containers[name])

    async def _log(self, request: web.Request, one: Container) -> web.StreamResponse:
        query = request.query
        number = len(one.runs) - (2 if query.get("previous") else 1)
        if number < 0:
            return status(400, "BadRequest", "previous terminated container not found")
        run = one.runs[number]
        assert query["timestamps"] == "true"
        lines = [line for line in run if line[:20] >= query.get("sinceTime", "")[:19]]
        lines = lines[-int(query["tailLines"]) :] if "tailLines" in query else lines
        seen = len(run)
        response = web.StreamResponse()
        await response.prepare(request)
        left = one.cuts.pop(0) if one.cuts else 1 << 60
        data = "".join(lines).encode()
        broken = one.broken
        while True:
            if one.broken == broken:
                await response.write(data[:left])
                left -= len(data)
            if left <= 0 or one.broken != broken:
                assert request.transport is not None
                await asyncio.sleep(0.02)  # what was written is on its way
                request.transport.abort()
                return response
            going = query.get("follow") == "true" and one.running and run is one.runs[-1]
            if not going and len(run) == seen:
                return response
            if len(run) == seen:
                await one.changed.wait()
                if one.broken != broken:
                    continue
            data, seen = "".join(run[seen:]).encode(), len(run)


class Reader:
    """What a screen would have."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []
        self.follow: LogFollow

    def text(self, number: int | None = None) -> list[str]:
        """What the containers wrote."""
        return [
            one.text.decode() for one in self.lines if one.kind != "notice" and number in (None, one.origin)
        ]

    @property
    def notices(self) -> list[str]:
        return [one.text.decode() for one in self.lines if one.kind == "notice"]

    async def until(self, holds: Callable[[], object], told: str, seconds: float = 20.0) -> None:
        """Waits until something holds."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not holds():
            assert asyncio.get_running_loop().time() < deadline, f"{told}: {self.text()[-5:]} {self.notices}"
            await asyncio.sleep(0.01)


@asynccontextmanager
async def followed(api: LogsApi, pods: str = "Deployment/shop", **wanted: Any) -> AsyncIterator[Reader]:
    """Follows the logs of that server's pods."""
    reader = Reader()
    secrets = wanted.pop("secrets", {})
    most = wanted.pop("followed", 50)
    async with serve(api.handle) as url, connected(url) as connection:
        reader.follow = LogFollow(
            connection,
            api,
            LogsWanted(pods=pods, **wanted),
            reader.lines.extend,
            hide=Redactor(secrets),
            rule=LogRule("ERROR"),
            timing=QUICK,
            followed=most,
        )
        reader.follow.start()
        try:
            yield reader
        finally:
            await reader.follow.close()
