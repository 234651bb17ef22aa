"""The object store: etcd and the API machinery's bookkeeping in one process.

It keeps uid, creationTimestamp, generation and resourceVersion as Kubernetes does, refuses stale
writes, and removes what belonged to a deleted owner. It neither defaults nor validates: the HTTP
layer and the seeding call `defaults.admit` first.
"""

import random
import uuid
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterator

from alfred_tui.demo.kube.bookkeeping import (
    check_preconditions,
    has_generation,
    with_spec,
    with_status,
)
from alfred_tui.demo.kube.errors import ApiError, already_exists, not_found
from alfred_tui.demo.kube.garbage import NAMESPACES, Garbage, Place
from alfred_tui.demo.kube.objects import ADDED, DELETED, MODIFIED, Change, Key, Obj, clone, epoch, timestamp

__all__ = ["NAMESPACES", "ApiError", "Change", "Key", "Obj", "Store"]

# A client that names a revision from before the start must be told it is too old, so 1 is not the first.
FIRST_REVISION = 100

# The characters Kubernetes draws generated names from: no vowels, so no words come out.
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"


class _Shelf:
    """The objects of one kind, kept in (namespace, name) order."""

    def __init__(self) -> None:
        self.objects: dict[Place, Obj] = {}
        self.order: list[Place] = []

    def put(self, place: Place, obj: Obj) -> None:
        if place not in self.objects:
            insort(self.order, place)
        self.objects[place] = obj

    def remove(self, place: Place) -> None:
        del self.objects[place]
        del self.order[bisect_left(self.order, place)]

    def places(self, namespace: str | None) -> list[Place]:
        if namespace is None:
            return self.order
        first = bisect_left(self.order, (namespace, ""))
        # "\0" sorts directly after the namespace itself.
        return self.order[first : bisect_left(self.order, (namespace + "\0", ""))]


class Store:
    """Objects by kind, namespace and name. `now` gives epoch seconds. Owned by one event loop.

    Objects handed out and in changes are shared: never mutate one, `clone` it first. What is handed in
    is copied.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.revision = FIRST_REVISION
        self._shelves: dict[Key, _Shelf] = {}
        self._garbage = Garbage(self)
        self._listeners: list[Callable[[Change], None]] = []
        self._pending: deque[Change] = deque()
        self._notifying = False
        self._random = random.Random()

    def get(self, key: Key, namespace: str, name: str) -> Obj | None:
        """The object, or None; the namespace of a cluster-scoped object is ""."""
        shelf = self._shelves.get(key)
        return None if shelf is None else shelf.objects.get((namespace, name))

    def list(self, key: Key, namespace: str | None = None) -> list[Obj]:
        """All objects of a kind in one namespace (None: in all), by (namespace, name)."""
        shelf = self._shelves.get(key)
        if shelf is None:
            return []
        objects = shelf.objects
        return [objects[place] for place in shelf.places(namespace)]

    def count(self, key: Key) -> int:
        """How many objects of a kind there are in all namespaces."""
        shelf = self._shelves.get(key)
        return 0 if shelf is None else len(shelf.objects)

    def kinds(self) -> tuple[Key, ...]:
        """The kinds of which there are objects."""
        return tuple(key for key, shelf in self._shelves.items() if shelf.objects)

    def create(self, key: Key, obj: Obj, *, dry_run: bool = False) -> Obj:
        """Adds an object. ApiError 409 AlreadyExists when the name is taken, 422 when it has none.

        `dry_run` answers what would be stored, and stores nothing.
        """
        new: Obj = clone(obj)
        meta = new.setdefault("metadata", {})
        if not meta.get("name"):
            meta["name"] = self.generated_name(key, meta)
        place = (meta.get("namespace", ""), meta["name"])
        if self.get(key, *place) is not None:
            raise already_exists(key, meta["name"])
        # A Job's is known before: its selector holds it.
        meta["uid"] = meta.get("uid") or str(uuid.uuid4())
        meta["creationTimestamp"] = timestamp(self.now())
        if has_generation(key, new):
            meta["generation"] = 1
        if dry_run:
            return new
        return self._write(ADDED, key, place, new, None)

    def update(self, key: Key, obj: Obj, *, subresource: str = "", dry_run: bool = False) -> Obj:
        """Replaces an object, or with subresource "status" its status alone.

        A resourceVersion in the metadata must be the stored one, else ApiError 409 Conflict; without one
        the last write wins. 404 when there is no such object. An update that changes nothing returns the
        stored object and is no change.
        """
        meta = obj.get("metadata", {})
        place = (meta.get("namespace", ""), meta.get("name", ""))
        old = self.get(key, *place)
        if old is None:
            raise not_found(key, place[1])
        check_preconditions(key, meta, old)
        new = with_status(key, obj, old) if subresource == "status" else with_spec(key, obj, old)
        if new == old:
            return old
        if dry_run:
            return new
        held = bool(old["metadata"].get("finalizers"))
        if held and new["metadata"].get("deletionTimestamp") and not new["metadata"].get("finalizers"):
            return self.remove(key, place, new)
        return self._write(MODIFIED, key, place, new, old)

    def mark_deleted(self, key: Key, namespace: str, name: str, grace_seconds: int) -> Obj:
        """Begins a graceful deletion: sets deletionTimestamp; whoever runs the object deletes it later."""
        old = self.get(key, namespace, name)
        if old is None:
            raise not_found(key, name)
        meta = old["metadata"]
        begun = "deletionTimestamp" in meta
        if begun and meta.get("deletionGracePeriodSeconds", 0) <= grace_seconds:
            return old
        return self.mark(key, (namespace, name), old, grace_seconds)

    def mark(self, key: Key, place: Place, old: Obj, grace_seconds: int | None) -> Obj:
        """Writes `old` as being deleted; None: with no grace period, as namespaces are."""
        meta = old["metadata"]
        begun = "deletionTimestamp" in meta
        start = epoch(meta["deletionTimestamp"]) - meta["deletionGracePeriodSeconds"] if begun else self.now()
        new = {**old, "metadata": dict(meta)}
        new["metadata"]["deletionTimestamp"] = timestamp(start + (grace_seconds or 0))
        if grace_seconds is not None:
            new["metadata"]["deletionGracePeriodSeconds"] = grace_seconds
        if "generation" in meta and not begun:
            new["metadata"]["generation"] = meta["generation"] + 1
        return self._write(MODIFIED, key, place, new, old)

    def delete(
        self, key: Key, namespace: str, name: str, *, orphan: bool = False, foreground: bool = False
    ) -> Obj:
        """Removes an object at once, and after it what only it owned (`orphan`: that is kept, disowned).

        With `foreground` it goes after what it owns. An object with finalizers is only marked; it goes when
        an update removes the last of them. A namespace is marked, and goes when all in it has gone: pods
        take their time. ApiError 404 when there is no such object.
        """
        old = self.get(key, namespace, name)
        if old is None:
            raise not_found(key, name)
        if key == NAMESPACES:
            return self._garbage.end_namespace(old)
        if foreground:
            return self._garbage.delete_in_foreground(key, (namespace, name), old)
        if orphan:
            self._garbage.disown(old["metadata"]["uid"])
        if old["metadata"].get("finalizers"):
            return self.mark_deleted(key, namespace, name, 0)
        return self.remove(key, (namespace, name), old)

    def subscribe(self, listener: Callable[[Change], None]) -> None:
        """Calls `listener` after each write, in order of revision, also for writes made by a listener."""
        self._listeners.append(listener)

    def generated_name(self, key: Key, meta: Obj) -> str:
        """A free name after an object's generateName. ApiError 422 when it has none."""
        prefix = meta.get("generateName")
        if not prefix:
            message = f"{key}: metadata.name: Required value: name or generateName is required"
            raise ApiError(422, "Invalid", message)
        namespace = meta.get("namespace", "")
        while True:
            name = f"{prefix}{''.join(self._random.choices(_SUFFIX, k=5))}"
            if self.get(key, namespace, name) is None:
                return str(name)

    def _write(self, kind: str, key: Key, place: Place, new: Obj, old: Obj | None) -> Obj:
        self.revision += 1
        new["metadata"]["resourceVersion"] = str(self.revision)
        self._shelves.setdefault(key, _Shelf()).put(place, new)
        self._garbage.link(key, place, new, old)
        self._notify(Change(self.revision, kind, key, new, old))
        return new

    def remove(self, key: Key, place: Place, old: Obj) -> Obj:
        """Removes an object whatever holds it, and what goes with it."""
        self.revision += 1
        gone = {**old, "metadata": {**old["metadata"], "resourceVersion": str(self.revision)}}
        self._shelves[key].remove(place)
        self._garbage.unlink(key, place, old)
        self._notify(Change(self.revision, DELETED, key, gone, old))
        self._garbage.follow(place, gone)
        return gone

    def in_namespace(self, namespace: str) -> Iterator[tuple[Key, Obj]]:
        """All objects in a namespace."""
        for key in self.kinds():
            for obj in self.list(key, namespace):
                yield key, obj

    def _notify(self, change: Change) -> None:
        self._pending.append(change)
        if self._notifying:
            return
        self._notifying = True
        try:
            while self._pending:
                due = self._pending.popleft()
                for listener in self._listeners:
                    listener(due)
        finally:
            self._notifying = False
