"""A proxy between a store and the embedded API that does to the traffic what bad networks, restarting servers
and load balancers do; and the account of what a listener behind it was told."""

import asyncio
import json
import random
import ssl
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.cluster.store.kind_store import Change, Key, Store
from alfred_tui.demo.kube.objects import Change as Written
from alfred_tui.demo.kube.objects import Key as Kind
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.server import KubeServer
from alfred_tui.demo.kube.sources import NoLogs, NoUsage
from alfred_tui.demo.kube.store import Store as Etcd

from tests.integration.cluster.api import serve, status

PODS = Kind("", "pods")

LIST_FAULTS = ("", "", "reset", "cut", "silence", "slow", "late", "410", "429", "500", "500-burst", "page")
WATCH_FAULTS = (
    "", "eof", "reset", "cut", "silence", "slow", "late", "repeat", "replay", "bookmark", "compacted", "410",
    "410-event", "429", "429-event", "500", "500-event", "500-burst", "garbage", "page",
)  # fmt: skip
"""Each for one request: how an answer ends or stalls, what is told twice, and what is answered instead.

`repeat` opens the watch at an older version than was asked for, `replay` sends lines again behind newer ones,
`late` lets the server move on before a reconnect reaches it, `compacted` asks the server for a version that
it has forgotten, `page` is a proxy's HTML with status 200."""


class Proxy:
    """Forwards to the embedded API. Of the faults, one is taken for each list or watch.

    By its seed it is before a server that streams lists, before one that says so and refuses, or before an
    older one.
    """

    def __init__(self, upstream: str, session: aiohttp.ClientSession, seed: int) -> None:
        self._version = ("v1.36.0", "v1.34.2", "v1.33.4")[seed % 3]
        self.list_faults: deque[str] = deque()
        self.watch_faults: deque[str] = deque()
        self.done: Counter[str] = Counter()
        self.streamed = 0
        self._upstream = upstream
        self._session = session
        self._random = random.Random(seed)
        self._burst = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one request, in whatever state it gets through."""
        if request.path == "/version":
            return web.json_response({"gitVersion": self._version})
        watch = request.query.get("watch") == "true"
        streamed = "sendInitialEvents" in request.query
        if streamed and self._version == "v1.34.2":
            return await _refuse_in_the_stream(request)
        self.streamed += streamed
        faults = self.watch_faults if watch else self.list_faults
        fault = faults.popleft() if faults else ""
        self.done[f"{'watch' if watch else 'list'} {fault}"] += 1
        refused = self._refused(fault)
        if refused is not None:
            return refused
        if fault == "late":
            await asyncio.sleep(self._random.random() * 0.2)
        try:
            return await (self._watch if watch else self._list)(request, fault)
        except (ConnectionError, aiohttp.ClientError):
            return web.Response(status=502, text="<html>bad gateway</html>")

    def _refused(self, fault: str) -> web.Response | None:
        if self._burst:
            self._burst -= 1
            return status(500, "InternalError", "etcdserver: leader changed")
        if fault == "410":
            return status(410, "Expired", "The resourceVersion for the provided list is too old.")
        if fault == "429":
            answer = status(429, "TooManyRequests", "asked too often")
            answer.headers["Retry-After"] = self._random.choice("001")
            return answer
        if fault in ("500", "500-burst"):
            self._burst = 3 if fault == "500-burst" else 0
            return status(500, "InternalError", "etcdserver: request timed out")
        if fault == "page":
            return web.Response(text="<html><h1>Log in</h1></html>", content_type="text/html")
        return None

    async def _list(self, request: web.Request, fault: str) -> web.StreamResponse:
        async with self._session.get(f"{self._upstream}{request.path}", params=request.query) as answer:
            body = await answer.read()
            code = answer.status
        if fault in ("cut", "reset", "silence", "slow"):
            response = web.StreamResponse(status=code)
            response.content_length = len(body)
            await response.prepare(request)
            half = len(body) // 2
            await response.write(body[:half])
            if fault == "silence":
                await asyncio.sleep(60)
            if fault == "slow":
                for start in range(half, len(body), 64):
                    await response.write(body[start : start + 64])
                    await asyncio.sleep(0)
                return response
            _abort(request)
            return response
        return web.Response(body=body, status=code, content_type="application/json")

    async def _watch(self, request: web.Request, fault: str) -> web.StreamResponse:
        query = dict(request.query)
        if fault == "repeat" and query.get("resourceVersion", "0") != "0":
            query["resourceVersion"] = str(max(101, int(query["resourceVersion"]) - 40))
        if fault == "compacted":
            query["resourceVersion"] = "1"
        url = f"{self._upstream}{request.path}"
        async with self._session.get(url, params=query) as answer:
            if answer.status != 200:
                return web.Response(body=await answer.read(), status=answer.status)
            response = web.StreamResponse()
            await response.prepare(request)
            if fault.endswith("-event"):
                told = {"code": int(fault[:3]), "message": "no", "details": {"retryAfterSeconds": 0}}
                await response.write(json.dumps({"type": "ERROR", "object": told}).encode() + b"\n")
                return response
            await self._relay(request, response, answer, fault)
            return response

    async def _relay(
        self, request: web.Request, response: web.StreamResponse, answer: aiohttp.ClientResponse, fault: str
    ) -> None:
        passed: deque[bytes] = deque(maxlen=6)
        last = self._random.randrange(1, 5)
        async for line in answer.content:
            if fault == "slow":
                for start in range(0, len(line), 7):
                    await response.write(line[start : start + 7])
                    await asyncio.sleep(0)
            elif fault in ("cut", "reset") and len(passed) == last:
                await response.write(line[: self._random.randrange(1, len(line))])
                if fault == "reset":
                    _abort(request)
                return
            elif fault == "garbage" and len(passed) == last:
                await response.write(b"<html>upstream timed out</html>\n")
                return
            elif fault == "silence" and len(passed) == last:
                await asyncio.sleep(60)
            else:
                await response.write(line)
            passed.append(line)
            if fault == "replay":
                await response.write(b"".join(passed))
            if fault == "bookmark":
                await response.write(_bookmark_at(line))
            if fault == "eof" and len(passed) == last:
                return


async def _refuse_in_the_stream(request: web.Request) -> web.StreamResponse:
    """As an API server of 1.36 over an old etcd was recorded to."""
    why = (
        "a watch stream was requested by the client but the required storage feature RequestWatchProgress is"
        " disabled"
    )
    told = {"kind": "Status", "status": "Failure", "message": why, "reason": "InternalError", "code": 500}
    return web.Response(body=json.dumps({"type": "ERROR", "object": told}).encode() + b"\n")


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _bookmark_at(line: bytes) -> bytes:
    version = json.loads(line)["object"]["metadata"]["resourceVersion"]
    told = {"type": "BOOKMARK", "object": {"kind": "Pod", "metadata": {"resourceVersion": version}}}
    return json.dumps(told).encode() + b"\n"


class Noted(Store[Pod]):
    """A store that notes over which versions a list went: only there may a change be passed over."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[tuple[int, int]] = []
        self._known = 0

    def replace(self, objects: Iterable[Pod], version: str) -> list[Change[Pod]]:
        self.gaps.append((self._known, int(version)))
        changes = super().replace(objects, version)
        self._known = int(version)
        return changes

    def advance(self, version: str) -> bool:
        new = super().advance(version)
        self._known = max(self._known, int(self.version or 0))
        return new


@dataclass
class Account:
    """What a listener was told, held against the order in which the server wrote it."""

    copy: dict[Key, Pod] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    told: set[tuple[str, int]] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    _last: dict[str, int] = field(default_factory=dict)

    def __call__(self, changes: Sequence[Change[Pod]]) -> None:
        for key, old, new in changes:
            if self.copy.get(key) is not old:
                self.wrong.append(f"{key}: came from {old}, was {self.copy.get(key)}")
            if old is not None and (new is None or new.metadata.uid != old.metadata.uid):
                self._end(old.metadata.uid)
            if new is None:
                self.copy.pop(key, None)
            else:
                self.copy[key] = new
                self._see(new.metadata.uid, int(new.metadata.resource_version))

    def _end(self, uid: str) -> None:
        if uid in self.gone:
            self.wrong.append(f"{uid} ended twice")
        self.gone.add(uid)

    def _see(self, uid: str, version: int) -> None:
        if uid in self.gone or version <= self._last.get(uid, 0):
            self.wrong.append(f"{uid} at {version} after {self._last.get(uid)}, ended: {uid in self.gone}")
        self._last[uid] = version
        self.told.add((uid, version))

    def missed(self, written: Iterable[Written], gaps: Sequence[tuple[int, int]]) -> list[str]:
        """Changes that the server wrote and nobody told, outside of what a whole list went over."""
        return [
            f"{one.type} {one.obj['metadata']['name']} at {one.revision}"
            for one in written
            if not self._heard(one) and not any(low < one.revision <= high for low, high in gaps)
        ]

    def _heard(self, one: Written) -> bool:
        uid = one.obj["metadata"]["uid"]
        if one.type == "DELETED":
            return uid in self.gone
        return (uid, one.revision) in self.told


class Namespace:
    """One namespace of pods on the embedded API, changed at random."""

    def __init__(self, etcd: Etcd, name: str, seed: int) -> None:
        self.name = name
        self.written: list[Written] = []
        self._etcd = etcd
        self._random = random.Random(seed)
        self._count = 0
        etcd.subscribe(self._note)

    def _note(self, change: Written) -> None:
        if change.key == PODS and change.obj["metadata"].get("namespace") == self.name:
            self.written.append(change)

    def stir(self) -> None:
        """A pod comes, changes or goes."""
        name = f"p{self._random.randrange(14)}"
        old = self._etcd.get(PODS, self.name, name)
        self._count += 1
        if old is None:
            self._etcd.create(PODS, self._pod(name))
        elif self._random.random() < 0.3:
            self._etcd.delete(PODS, self.name, name)
        else:
            self._etcd.update(PODS, self._pod(name))

    def _pod(self, name: str) -> Obj:
        meta = {"name": name, "namespace": self.name, "labels": {"turn": str(self._count)}}
        return {"metadata": meta, "spec": {"containers": [{"name": "c"}]}, "status": {"phase": "Running"}}

    def versions(self) -> dict[str, str]:
        """Name → version, as the server has it."""
        found = self._etcd.list(PODS, self.name)
        return {one["metadata"]["name"]: one["metadata"]["resourceVersion"] for one in found}


@dataclass
class Upstream:
    """The embedded API behind all proxies."""

    etcd: Etcd
    server: KubeServer
    url: str
    session: aiohttp.ClientSession

    @asynccontextmanager
    async def proxied(self, seed: int) -> AsyncIterator[tuple[Proxy, str]]:
        """A proxy before it, and its URL."""
        proxy = Proxy(self.url, self.session, seed)
        async with serve(proxy.handle) as url:
            yield proxy, url


@asynccontextmanager
async def upstream() -> AsyncIterator[Upstream]:
    """An embedded API with nothing in it."""
    etcd = Etcd(time.time)
    server = KubeServer(etcd, now=time.time, logs=NoLogs(), usage=NoUsage())
    url = await server.start()
    trust = ssl.create_default_context(cadata=server.ca_pem)
    headers = {"Authorization": f"Bearer {server.admin_token}"}
    connector = aiohttp.TCPConnector(ssl=trust, limit=0)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=timeout) as session:
        yield Upstream(etcd, server, url, session)
    await server.stop()
