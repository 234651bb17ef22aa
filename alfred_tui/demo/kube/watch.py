"""Watches: each change goes to the watchers of its kind alone, and stays in a bounded history from which
a watch can resume.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from alfred_tui.demo.kube.encoding import ObjectBytes, encode, typed, watch_event
from alfred_tui.demo.kube.errors import ApiError
from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.objects import ADDED, DELETED, MODIFIED, Change, Key, Obj
from alfred_tui.demo.kube.selectors import Objects
from alfred_tui.demo.kube.store import Store

# How many changes of one kind a watch can be behind before it must list again.
HISTORY = 4096
# A client that reads slower than this many events is cut off, as Kubernetes does.
BACKLOG = 20_000


class Event(NamedTuple):
    """One event for one watcher: what it is to that watcher (a selector may turn a change into another)."""

    type: str
    obj: Obj
    change: "SharedChange"


class SharedChange:
    """A change with its bytes, which all watchers that see it unaltered share."""

    __slots__ = ("_line", "change")

    def __init__(self, change: Change) -> None:
        self.change = change
        self._line: bytes | None = None

    def line(self, kind: Kind, objects: ObjectBytes) -> bytes:
        if self._line is None:
            change = self.change
            if change.type == DELETED:
                body = encode(typed(kind, change.obj))
            else:
                body = objects.whole(kind, change.obj)
            self._line = watch_event(change.type, body)
        return self._line


class Watcher:
    """One open watch: its events queue up until the connection takes them."""

    def __init__(self, key: Key, namespace: str | None, matches: Objects | None) -> None:
        self.key = key
        self.ready = asyncio.Event()
        self.overrun = False
        self.closed = False
        self._namespace = namespace
        self._matches = matches
        self._queue: deque[Event] = deque()

    def offer(self, shared: SharedChange) -> None:
        """Queues a change if this watch is about it."""
        event = self._seen(shared)
        if event is None or self.overrun:
            return
        if len(self._queue) >= BACKLOG:
            self.overrun = True
            self._queue.clear()
        else:
            self._queue.append(event)
        self.ready.set()

    def _seen(self, shared: SharedChange) -> Event | None:
        change = shared.change
        if self._namespace is not None and change.obj["metadata"].get("namespace", "") != self._namespace:
            return None
        if self._matches is None:
            return Event(change.type, change.obj, shared)
        now = change.type != DELETED and self._matches(change.obj)
        before = change.old is not None and self._matches(change.old)
        if now:
            return Event(MODIFIED if before else ADDED, change.obj, shared)
        if not before:
            return None
        # What leaves the selection is told as it was when it was last in it, at the new revision.
        last = change.old or change.obj
        gone = {**last, "metadata": {**last["metadata"], "resourceVersion": str(change.revision)}}
        return Event(DELETED, gone, shared)

    def take(self) -> list[Event]:
        """All queued events, oldest first."""
        taken = list(self._queue)
        self._queue.clear()
        self.ready.clear()
        return taken

    def close(self) -> None:
        """Ends the watch: its connection finishes."""
        self.closed = True
        self.ready.set()


class _History:
    def __init__(self, floor: int, size: int) -> None:
        self.floor = floor
        self.last = floor
        self.changes: deque[SharedChange] = deque(maxlen=size)

    def add(self, shared: SharedChange) -> None:
        if len(self.changes) == self.changes.maxlen:
            self.floor = self.changes[0].change.revision
        self.changes.append(shared)
        self.last = shared.change.revision


class WatchHub:
    """The watches of one store; one can resume from any revision the hub saw, within its history."""

    def __init__(self, store: Store, size: int = HISTORY) -> None:
        self._store = store
        self._size = size
        # What was written before the hub listened cannot be replayed.
        self._start = store.revision if any(store.kinds()) else 0
        self._histories: dict[Key, _History] = {}
        self._watchers: dict[Key, set[Watcher]] = {}
        store.subscribe(self._on_change)

    def _on_change(self, change: Change) -> None:
        shared = SharedChange(change)
        self._history(change.key).add(shared)
        for watcher in self._watchers.get(change.key, ()):
            watcher.offer(shared)

    def _history(self, key: Key) -> _History:
        history = self._histories.get(key)
        if history is None:
            history = self._histories[key] = _History(self._start, self._size)
        return history

    def last_change(self, key: Key) -> int:
        """The revision of a kind's latest change known here."""
        return self._history(key).last

    def open(
        self, key: Key, namespace: str | None, matches: Objects | None, since: int | None = None
    ) -> Watcher:
        """A watch of what changes from now on, or after revision `since`.

        ApiError 410 Expired when the changes since then are no longer held.
        """
        watcher = Watcher(key, namespace, matches)
        if since is not None:
            for shared in self._after(key, since):
                watcher.offer(shared)
        self._watchers.setdefault(key, set()).add(watcher)
        return watcher

    def _after(self, key: Key, since: int) -> Iterable[SharedChange]:
        history = self._history(key)
        if since < history.floor:
            message = f"too old resource version: {since} ({history.floor})"
            raise ApiError(410, "Expired", message)
        if since >= history.last:
            return ()
        newer: list[SharedChange] = []
        for shared in reversed(history.changes):
            if shared.change.revision <= since:
                break
            newer.append(shared)
        return reversed(newer)

    def leave(self, watcher: Watcher) -> None:
        """Forgets a watch whose connection ended."""
        self._watchers.get(watcher.key, set()).discard(watcher)

    def expire(self) -> None:
        """Drops all history, as compaction does: older revisions are answered with 410 from now on."""
        self._start = self._store.revision
        for history in self._histories.values():
            history.changes.clear()
            history.floor = self._store.revision

    def close_all(self) -> None:
        """Ends every open watch."""
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.close()
