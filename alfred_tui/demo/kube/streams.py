"""Answers that go on: watches, and logs that are followed."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable

from aiohttp import web

from alfred_tui.demo.kube.encoding import ObjectBytes, encode, typed, watch_event
from alfred_tui.demo.kube.errors import ApiError
from alfred_tui.demo.kube.forms import PARTIAL, TABLE, WHOLE, Form, Shaper, partial
from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.listing import ListOptions
from alfred_tui.demo.kube.objects import ADDED, Key, Obj
from alfred_tui.demo.kube.podlogs import LogReader
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.kube.watch import Event, Watcher

BOOKMARK = "BOOKMARK"
ERROR = "ERROR"
# Seconds of real time between two bookmarks on a quiet watch.
BOOKMARK_INTERVAL = 60.0
# Bytes written to a connection at once.
_CHUNK = 256 * 1024
_FOLLOW_INTERVAL = 0.1


class WatchStream:
    """Writes one watch's events in the form asked for."""

    def __init__(
        self,
        kind: Kind,
        wanted: Form,
        shaper: Shaper,
        objects: ObjectBytes,
        now: Callable[[], float],
        convert: Callable[[Obj], Obj] | None = None,
    ) -> None:
        self._kind = kind
        self._wanted = wanted
        self._shaper = shaper
        self._objects = objects
        self._now = now
        self._convert = convert
        self._headers = True

    def line(self, kind: str, obj: Obj) -> bytes:
        """An event about one object."""
        if self._convert is not None:
            obj = self._convert(obj)
        if self._wanted.as_ == TABLE:
            meta = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
            headers, self._headers = self._headers, False
            body = self._shaper.table(self._kind, [obj], meta, self._wanted, self._now(), headers=headers)
        elif self._wanted.as_ == PARTIAL:
            body = encode(partial(obj, self._wanted.version))
        elif kind == ADDED and self._convert is None:
            body = self._objects.whole(self._kind, obj)
        else:
            body = encode(typed(self._kind, obj))
        return watch_event(kind, body)

    def event(self, event: Event) -> bytes:
        """A queued event; the plain form is shared among watchers."""
        plain = self._wanted.as_ == WHOLE and self._convert is None
        if plain and event.type == event.change.change.type and event.obj is event.change.change.obj:
            return event.change.line(self._kind, self._objects)
        return self.line(event.type, event.obj)

    def bookmark(self, revision: int, *, initial_end: bool = False) -> bytes:
        """A bookmark: everything up to `revision` has been told."""
        meta: Obj = {"resourceVersion": str(revision), "creationTimestamp": None}
        if initial_end:
            meta["annotations"] = {"k8s.io/initial-events-end": "true"}
        if self._wanted.as_ == TABLE:
            headers, self._headers = self._headers, False
            row = {"cells": [], "object": partial({"metadata": meta}, self._wanted.version)}
            table: Obj = {"kind": TABLE, "apiVersion": f"meta.k8s.io/{self._wanted.version}"}
            table |= {"metadata": {"resourceVersion": str(revision)}, "rows": [row]}
            table["columnDefinitions"] = self._shaper.column_definitions(self._kind) if headers else None
            return watch_event(BOOKMARK, encode(table))
        if self._wanted.as_ == PARTIAL:
            return watch_event(BOOKMARK, encode(partial({"metadata": meta}, self._wanted.version)))
        return watch_event(BOOKMARK, encode(typed(self._kind, {"metadata": meta})))


def error_line(problem: ApiError) -> bytes:
    """A refusal as a watch tells it."""
    return watch_event(ERROR, encode(problem.status()))


async def run_watch(
    response: web.StreamResponse,
    stream: WatchStream,
    watcher: Watcher,
    initial: Iterable[Obj],
    options: ListOptions,
    revision: Callable[[], int],
) -> None:
    """Writes the initial objects, then events until the client's timeout, a close, or an overrun."""
    begun = revision()
    deadline = None if options.timeout_seconds is None else time.monotonic() + options.timeout_seconds
    await _write(response, (stream.line(ADDED, obj) for obj in initial))
    if options.initial_events and options.bookmarks:
        await response.write(stream.bookmark(begun, initial_end=True))
    while not watcher.closed:
        wait = BOOKMARK_INTERVAL if deadline is None else min(BOOKMARK_INTERVAL, deadline - time.monotonic())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(wait, 0)):
                await watcher.ready.wait()
        if watcher.overrun:
            return
        if watcher.ready.is_set():
            await _write(response, (stream.event(event) for event in watcher.take()))
        elif options.bookmarks:
            # Only with nothing queued has everything up to now been told.
            await response.write(stream.bookmark(revision()))
        if deadline is not None and time.monotonic() >= deadline:
            return


async def _write(response: web.StreamResponse, lines: Iterable[bytes]) -> None:
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= _CHUNK:
            await response.write(b"".join(waiting))
            waiting, size = [], 0
    if waiting:
        await response.write(b"".join(waiting))


async def follow_log(
    response: web.StreamResponse, reader: LogReader, store: Store, pod: Obj, container: str
) -> None:
    """Writes a log's new lines until the container ends, its pod goes or limitBytes is reached."""
    place = (pod["metadata"].get("namespace", ""), pod["metadata"]["name"])
    run = _run(pod, container)
    while not reader.exhausted:
        current = store.get(Key("", "pods"), *place)
        data = reader.more()
        if data:
            await response.write(data)
        if current is None or current["metadata"]["uid"] != pod["metadata"]["uid"]:
            return
        if _run(current, container) != run:
            return
        await asyncio.sleep(_FOLLOW_INTERVAL)


def _run(pod: Obj, container: str) -> tuple[int, bool]:
    """Which run of a container it is, and whether it goes on."""
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        if status.get("name") == container:
            return int(status.get("restartCount", 0)), "running" in (status.get("state") or {})
    return 0, False
