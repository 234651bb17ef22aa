"""An API server for measurements, a process of its own: every list is prepared once and then sent as bytes.

`python -m tests.bench.cluster_server FOLDER PODS NODES` writes FOLDER/kubeconfig when it is ready and ends
with its standard input. `POST /bench?rate=N` makes N changes of pods a second on every open watch, one in ten
of them a pod that goes and another that comes; `POST /bench?mark=TEXT` gives the first pod that waiting
reason and answers with the monotonic time at which it was written.
"""

import asyncio
import json
import ssl
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web
from alfred_tui.demo.kube.objects import Key
from alfred_tui.demo.kube.server import KubeServer
from alfred_tui.demo.kube.sources import NoLogs, NoUsage
from alfred_tui.demo.kube.store import Store

from tests.bench.cluster_bodies import NAMESPACE, fill

PODS = Key("", "pods")
_BEAT = 0.02


class Churn:
    """Changes of pods, told to all open watches as bytes that were prepared."""

    def __init__(self, store: Store) -> None:
        self.rate = 0.0
        self.made = 0
        self._watching: list[web.StreamResponse] = []
        self._version = store.revision
        self._pods = [_pattern(one) for one in store.list(PODS, NAMESPACE)]
        self._turn = 0
        self._generation = 0

    async def watch(self, response: web.StreamResponse, seconds: float) -> None:
        """Tells it everything that changes, for so long."""
        self._watching.append(response)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._watching.remove(response)

    async def run(self) -> None:
        """Changes for ever."""
        due = 0.0
        last = time.monotonic()
        while True:
            await asyncio.sleep(_BEAT)
            now = time.monotonic()
            due = min(due + (now - last) * self.rate, self.rate)
            last = now
            lines = []
            while due >= 1:
                due -= 1
                lines.append(self._change())
            await self._tell(b"".join(lines))

    async def _tell(self, lines: bytes) -> None:
        for one in list(self._watching) if lines else ():
            try:
                await one.write(lines)
            except ConnectionError:
                continue

    def _change(self) -> bytes:
        self._turn += 1
        self.made += 1
        # A step that shares no factor with the count reaches every pod; the first one is for marks.
        place = 1 + self._turn * 7919 % (len(self._pods) - 1)
        if self._turn % 10:
            return self._line(b"MODIFIED", place, restarts=self._turn % 90)
        gone = self._line(b"DELETED", place)
        self._generation += 1
        name, body = self._pods[place]
        fresh = b"%s-%07d" % (name[:-8] if name[-8:-7] == b"-" else name, self._generation)
        self._pods[place] = fresh, body
        return gone + self._line(b"ADDED", place)

    def _line(self, kind: bytes, place: int, *, restarts: int = 0, mark: bytes = b"") -> bytes:
        self._version += 1
        name, body = self._pods[place]
        state = b'{"waiting":{"reason":"%s"}}' % mark if mark else b'{"running":{}}'
        filled = body.replace(b"@NAME@", name).replace(b"@VERSION@", b"%d" % self._version)
        filled = filled.replace(b'"@RESTARTS@"', b"%d" % restarts).replace(b'"@STATE@"', state)
        return b'{"type":"%s","object":%s}\n' % (kind, filled)

    async def mark(self, text: str) -> float:
        """Gives the first pod a waiting reason. The monotonic time of the write."""
        line = self._line(b"MODIFIED", 0, mark=text.encode())
        at = time.monotonic()
        await self._tell(line)
        return at

    @property
    def version(self) -> int:
        """The version of the last change."""
        return self._version


def _pattern(pod: dict[str, Any]) -> tuple[bytes, bytes]:
    name = pod["metadata"]["name"]
    one: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(pod))
    one["metadata"] |= {
        "name": "@NAME@",
        "uid": f"{one['metadata']['uid']}-@NAME@",
        "resourceVersion": "@VERSION@",
    }
    for status in one["status"]["containerStatuses"]:
        status |= {"restartCount": "@RESTARTS@", "state": "@STATE@"}
    return name.encode(), msgspec.json.encode(one)


class BenchServer:
    """Sends what the embedded API once answered; watches have the churn."""

    def __init__(self, upstream: str, session: aiohttp.ClientSession, churn: Churn) -> None:
        self._upstream = upstream
        self._session = session
        self._churn = churn
        self._kept: dict[tuple[str, str], tuple[int, str, bytes]] = {}
        self.asked = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one request."""
        if request.path == "/bench":
            return await self._told(request)
        self.asked += 1
        if request.query.get("watch") in ("true", "1"):
            return await self._watch(request)
        if request.method != "GET":
            return await self._pass(request)
        if "leases" in request.path or "selfsubject" in request.path:
            return await self._pass(request)
        key = (request.path_qs, request.headers.get("Accept", ""))
        if key not in self._kept:
            answer = await self._ask(request, b"")
            if answer[0] >= 300:
                return web.Response(status=answer[0], body=answer[2], headers={"Content-Type": answer[1]})
            self._kept[key] = answer
        code, kind, body = self._kept[key]
        return web.Response(status=code, body=body, headers={"Content-Type": kind})

    async def _told(self, request: web.Request) -> web.Response:
        if "rate" in request.query:
            self._churn.rate = float(request.query["rate"])
        at = await self._churn.mark(request.query["mark"]) if "mark" in request.query else 0.0
        return web.json_response({"at": at, "made": self._churn.made, "asked": self.asked})

    async def _pass(self, request: web.Request) -> web.Response:
        code, kind, body = await self._ask(request, await request.read())
        return web.Response(status=code, body=body, headers={"Content-Type": kind})

    async def _ask(self, request: web.Request, body: bytes) -> tuple[int, str, bytes]:
        headers = {
            name: value
            for name in ("Accept", "Content-Type")
            if (value := request.headers.get(name)) is not None
        }
        url = f"{self._upstream}{request.path_qs}"
        async with self._session.request(request.method, url, data=body or None, headers=headers) as answer:
            return answer.status, answer.headers.get("Content-Type", ""), await answer.read()

    async def _initial(self, request: web.Request) -> bytes:
        """The events of a streamed first list, with the bookmark behind the last of them."""
        key = (request.path, request.query.get("fieldSelector", ""))
        if key not in self._kept:
            lines = []
            async with self._session.get(f"{self._upstream}{request.path_qs}") as answer:
                assert answer.status == 200, await answer.read()
                async for line in answer.content:
                    lines.append(line)
                    if line.startswith(b'{"type":"BOOKMARK"'):
                        break
            self._kept[key] = (200, "", b"".join(lines))
        return self._kept[key][2]

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        first = await self._initial(request) if "sendInitialEvents" in request.query else b""
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(first)
        seconds = float(request.query.get("timeoutSeconds", "300"))
        if request.path.endswith("/pods"):
            await self._churn.watch(response, seconds)
        else:
            await asyncio.sleep(seconds)
        version = self._churn.version
        bookmark = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(version)}}}
        await response.write(msgspec.json.encode(bookmark) + b"\n")
        return response


async def serve(folder: Path, pods: int, nodes: int) -> None:
    """Until standard input ends."""
    store = Store(time.time)
    fill(store, pods, nodes)
    upstream = KubeServer(store, now=time.time, logs=NoLogs(), usage=NoUsage())
    url = await upstream.start()
    trust = ssl.create_default_context(cadata=upstream.ca_pem)
    headers = {"Authorization": f"Bearer {upstream.admin_token}"}
    connector = aiohttp.TCPConnector(ssl=trust, limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        churn = Churn(store)
        application = web.Application(client_max_size=16 * 1024 * 1024)
        application.router.add_route("*", "/{path:.*}", BenchServer(url, session, churn).handle)
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        changing = asyncio.create_task(churn.run())
        (folder / "kubeconfig.new").write_text(_kubeconfig(f"http://127.0.0.1:{port}"))
        (folder / "kubeconfig.new").rename(folder / "kubeconfig")
        await asyncio.to_thread(sys.stdin.read)
        changing.cancel()
        await runner.cleanup()
    await upstream.stop()


def _kubeconfig(url: str) -> str:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "bench",
        "clusters": [{"name": "bench", "cluster": {"server": url}}],
        "users": [{"name": "bench", "user": {}}],
        "contexts": [
            {"name": "bench", "context": {"cluster": "bench", "user": "bench", "namespace": NAMESPACE}}
        ],
    }
    return json.dumps(config)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
