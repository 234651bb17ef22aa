"""Pods on a loopback server that lists and watches as Kubernetes does, and breaks when it is told to."""

import asyncio
import json
import random
from collections import deque
from typing import Any

from aiohttp import web

from tests.integration.cluster.api import status

FAULTS = (
    "eof", "reset", "cut", "silence", "410", "410-event", "429", "500", "500-event", "repeat", "garbage",
    "slow",
)  # fmt: skip


class PodsApi:
    """One namespace of pods with versions and history. `faults` is taken from, one for each request."""

    def __init__(self, seed: int = 0) -> None:
        self.pods: dict[str, dict[str, Any]] = {}
        self.version = 100
        self.faults: deque[str] = deque()
        self.requests: list[str] = []
        self._lists: dict[int, list[dict[str, Any]]] = {}
        self._history: list[tuple[int, dict[str, Any]]] = []
        self._changed = asyncio.Event()
        self._random = random.Random(seed)
        self._watching = 0

    @property
    def watching(self) -> int:
        """How many watches are open."""
        return self._watching

    def put(self, name: str) -> None:
        """Creates or changes a pod."""
        kind = "MODIFIED" if name in self.pods else "ADDED"
        self.version += 1
        pod = {
            "metadata": {
                "name": name,
                "namespace": "default",
                "uid": self.pods.get(name, {}).get("metadata", {}).get("uid", f"{name}-{self.version}"),
                "resourceVersion": str(self.version),
            },
            "spec": {"containers": [{"name": "c"}]},
            "status": {"phase": "Running"},
        }
        self.pods[name] = pod
        self._tell(kind, pod)

    def drop(self, name: str) -> None:
        """Deletes a pod."""
        self.version += 1
        pod = self.pods.pop(name)
        gone = {**pod, "metadata": {**pod["metadata"], "resourceVersion": str(self.version)}}
        self._tell("DELETED", gone)

    def stir(self) -> None:
        """One change at random."""
        name = f"p{self._random.randrange(12)}"
        if name in self.pods and self._random.random() < 0.4:
            self.drop(name)
        else:
            self.put(name)

    def _tell(self, kind: str, pod: dict[str, Any]) -> None:
        self._history.append((self.version, {"type": kind, "object": pod}))
        self._changed.set()
        self._changed = asyncio.Event()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers a request, or breaks."""
        if request.path == "/version":
            return web.json_response({"gitVersion": "v1.33.4"})
        fault = self.faults.popleft() if self.faults else ""
        watch = request.query.get("watch") == "true"
        self.requests.append("watch" if watch else "list")
        if fault in ("429", "500"):
            return status(int(fault), "X", "no")
        if fault == "410":
            return status(410, "Expired", "too old")
        if fault == "reset" and not watch:
            assert request.transport is not None
            request.transport.abort()
        return await self._watch(request, fault) if watch else self._list(request)

    def _list(self, request: web.Request) -> web.Response:
        # All pages of a list are of the moment of its first.
        limit = int(request.query.get("limit", "500"))
        version, start = map(int, request.query.get("continue", f"{self.version}-0").split("-"))
        if not start:
            self._lists[version] = [self.pods[name] for name in sorted(self.pods)]
        items = self._lists[version]
        more = f"{version}-{start + limit}" if start + limit < len(items) else ""
        return web.json_response(
            {
                "metadata": {"resourceVersion": str(version), "continue": more},
                "items": items[start : start + limit],
            }
        )

    async def _watch(self, request: web.Request, fault: str) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        self._watching += 1
        try:
            await self._stream(request, response, fault)
        except ConnectionError:
            pass
        finally:
            self._watching -= 1
        return response

    async def _stream(self, request: web.Request, response: web.StreamResponse, fault: str) -> None:
        since = int(request.query["resourceVersion"])
        deadline = asyncio.get_running_loop().time() + float(request.query["timeoutSeconds"])
        if fault == "repeat":
            since = max(100, since - 5)
        if fault.endswith("-event"):
            await self._line(response, {"type": "ERROR", "object": {"code": int(fault[:3]), "message": "no"}})
            return
        sent = 0
        while asyncio.get_running_loop().time() < deadline:
            changed = self._changed
            for version, event in [one for one in self._history if one[0] > since]:
                since = version
                if fault == "silence":
                    continue
                if fault == "cut" and sent == 1:
                    await response.write(json.dumps(event).encode()[:40])
                    return
                if fault == "slow":
                    for byte in json.dumps(event).encode() + b"\n":
                        await response.write(bytes([byte]))
                else:
                    await self._line(response, event)
                sent += 1
            if fault == "garbage":
                await response.write(b"<html>\n")
                return
            if fault == "reset" and sent:
                assert request.transport is not None
                request.transport.abort()
                return
            if fault == "eof" and sent:
                return
            if not sent and not fault:
                bookmark = {"metadata": {"resourceVersion": str(max(since, self.version))}, "spec": None}
                if self.version == since:
                    await self._line(response, {"type": "BOOKMARK", "object": bookmark})
                    sent += 1
            try:
                await asyncio.wait_for(changed.wait(), 0.02)
            except TimeoutError:
                continue

    async def _line(self, response: web.StreamResponse, event: dict[str, Any]) -> None:
        await response.write(json.dumps(event).encode() + b"\n")
