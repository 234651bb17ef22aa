"""What goes with an object: its dependents, and all that is in a namespace."""

from typing import TYPE_CHECKING

from alfred_tui.demo.kube.bookkeeping import grace_period
from alfred_tui.demo.kube.kinds import Kind, by_type
from alfred_tui.demo.kube.objects import Key, Obj, clone

if TYPE_CHECKING:
    from alfred_tui.demo.kube.store import Store

Place = tuple[str, str]
"""Namespace ("" for cluster-scoped objects) and name."""

NAMESPACES = Key("", "namespaces")
FOREGROUND = "foregroundDeletion"
"""The finalizer of an object that goes only after what it owns."""

# What tells of an ending namespace does not keep it from ending.
_EVENTS = Key("", "events")


class Garbage:
    """The garbage collector and the namespace controller of a store; both act at once."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._dependents: dict[str, set[tuple[Key, Place]]] = {}
        self._ending_owners: dict[str, tuple[Key, Place]] = {}
        self._ending_namespaces: set[str] = set()

    def link(self, key: Key, place: Place, new: Obj, old: Obj | None) -> None:
        """Takes note of whom a written object belongs to."""
        if old is None or old["metadata"].get("ownerReferences") != new["metadata"].get("ownerReferences"):
            self.unlink(key, place, old)
            for owner in _owner_uids(new):
                self._dependents.setdefault(owner, set()).add((key, place))

    def unlink(self, key: Key, place: Place, obj: Obj | None) -> None:
        for owner in _owner_uids(obj):
            held = self._dependents.get(owner)
            if held is not None:
                held.discard((key, place))
                if not held:
                    del self._dependents[owner]

    def follow(self, place: Place, gone: Obj) -> None:
        """Lets go with a removed object what has to, and what waited for it."""
        uid = gone["metadata"]["uid"]
        self._ending_owners.pop(uid, None)
        self._collect(uid)
        for owner in _owner_uids(gone):
            self._finish_foreground(owner)
        if place[0] in self._ending_namespaces:
            self._finish_namespace(place[0])

    def disown(self, uid: str) -> None:
        for key, place in sorted(self._dependents.get(uid, ())):
            obj = self._store.get(key, *place)
            if obj is not None:
                self._drop_owner(key, obj, uid)

    def delete_in_foreground(self, key: Key, place: Place, old: Obj) -> Obj:
        uid = old["metadata"]["uid"]
        if FOREGROUND not in old["metadata"].get("finalizers", ()):
            held = {**old, "metadata": dict(old["metadata"])}
            held["metadata"]["finalizers"] = [*old["metadata"].get("finalizers", ()), FOREGROUND]
            old = held
        marked = self._store.mark(key, place, old, 0)
        self._ending_owners[uid] = (key, place)
        self._collect(uid, foreground=True)
        self._finish_foreground(uid)
        return marked

    def end_namespace(self, old: Obj) -> Obj:
        name = old["metadata"]["name"]
        if name in self._ending_namespaces:
            return old
        ending = {**old, "status": {**old.get("status", {}), "phase": "Terminating"}}
        marked = self._store.mark(NAMESPACES, ("", name), ending, None)
        self._ending_namespaces.add(name)
        for key, obj in self._store.in_namespace(name):
            current = self._store.get(key, name, obj["metadata"]["name"])
            if current is not None:
                self._discard(key, (name, obj["metadata"]["name"]), current)
        self._finish_namespace(name)
        return marked

    def _collect(self, uid: str, *, foreground: bool = False) -> None:
        """Garbage collection: a dependent goes when its last owner is gone (or, in the foreground, goes)."""
        for key, place in sorted(self._dependents.get(uid, ())):
            obj = self._store.get(key, *place)
            if obj is None:
                continue
            if len(obj["metadata"]["ownerReferences"]) > 1:
                self._drop_owner(key, obj, uid)
            else:
                self._discard(key, place, obj, foreground=foreground)

    def _discard(self, key: Key, place: Place, obj: Obj, *, foreground: bool = False) -> None:
        """Deletes an object as nobody's request: a pod that runs gets its own time to end."""
        grace = grace_period(key, obj)
        if grace:
            self._store.mark_deleted(key, *place, grace)
        elif "deletionTimestamp" not in obj["metadata"] or not obj["metadata"].get("finalizers"):
            owns = obj["metadata"]["uid"] in self._dependents
            self._store.delete(key, *place, foreground=foreground and owns)

    def _finish_foreground(self, uid: str) -> None:
        """Lets an owner go when nothing is left that it has to outlive."""
        if uid not in self._ending_owners:
            return
        dependents = (self._store.get(key, *place) for key, place in self._dependents.get(uid, ()))
        if any(_blocks(obj, uid) for obj in dependents if obj is not None):
            return
        key, place = self._ending_owners.pop(uid)
        owner = self._store.get(key, *place)
        if owner is not None:
            new = clone(owner)
            new["metadata"]["finalizers"] = [
                one for one in owner["metadata"].get("finalizers", ()) if one != FOREGROUND
            ]
            self._store.update(key, new)

    def _drop_owner(self, key: Key, obj: Obj, uid: str) -> None:
        new = clone(obj)
        kept = [owner for owner in new["metadata"]["ownerReferences"] if owner["uid"] != uid]
        new["metadata"]["ownerReferences"] = kept
        if not kept:
            del new["metadata"]["ownerReferences"]
        self._store.update(key, new)

    def _finish_namespace(self, name: str) -> None:
        if any(key != _EVENTS for key, _ in self._store.in_namespace(name)):
            return
        self._ending_namespaces.discard(name)
        for key, event in self._store.in_namespace(name):
            self._store.delete(key, name, event["metadata"]["name"])
        namespace = self._store.get(NAMESPACES, "", name)
        if namespace is not None:
            self._store.remove(NAMESPACES, ("", name), namespace)


def collect_ownerless(store: "Store", kind: Kind, obj: Obj) -> None:
    """Deletes an object all of whose owners are known not to exist; an unknown kind may have objects."""
    owners = obj["metadata"].get("ownerReferences") or ()
    if not owners or not all(_is_absent(store, owner, obj) for owner in owners):
        return
    meta = obj["metadata"]
    place = (meta.get("namespace", ""), meta["name"])
    if store.get(kind.key, *place) is None:
        return
    grace = grace_period(kind.key, obj)
    if grace:
        store.mark_deleted(kind.key, *place, grace)
    else:
        store.delete(kind.key, *place)


def _is_absent(store: "Store", owner: Obj, obj: Obj) -> bool:
    kind = by_type(str(owner.get("apiVersion", "")), str(owner.get("kind", "")))
    if kind is None:
        return False
    namespace = obj["metadata"].get("namespace", "") if kind.namespaced else ""
    found = store.get(kind.key, namespace, str(owner.get("name", "")))
    return found is None or found["metadata"]["uid"] != owner.get("uid")


def _blocks(obj: Obj, uid: str) -> bool:
    """Whether the owner has to wait for this dependent."""
    owners = obj["metadata"].get("ownerReferences", ())
    return any(owner["uid"] == uid and owner.get("blockOwnerDeletion") for owner in owners)


def _owner_uids(obj: Obj | None) -> list[str]:
    return [] if obj is None else [owner["uid"] for owner in obj["metadata"].get("ownerReferences", ())]
