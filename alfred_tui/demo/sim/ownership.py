"""Who controls an object: owner references, adoption of orphans and release of what no longer matches."""

from collections.abc import Iterator

from alfred_tui.demo.kube.objects import Key, Obj, clone
from alfred_tui.demo.kube.selectors import selects
from alfred_tui.demo.kube.store import Store


def controller_of(obj: Obj) -> Obj | None:
    """The owner reference of the object's controller, or None."""
    for owner in obj["metadata"].get("ownerReferences", ()):
        if owner.get("controller"):
            return dict(owner)
    return None


def reference(owner: Obj) -> Obj:
    """The owner reference by which a controller marks what is its own."""
    meta = owner["metadata"]
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def owned(store: Store, key: Key, owner: Obj) -> list[Obj]:
    """The objects of a kind that `owner` controls, by name."""
    uid = owner["metadata"]["uid"]
    found = store.list(key, owner["metadata"]["namespace"])
    return [obj for obj in found if (by := controller_of(obj)) is not None and by["uid"] == uid]


def claim(store: Store, key: Key, owner: Obj) -> list[Obj]:
    """The objects that `owner` controls by its selector, after adopting orphans and releasing others."""
    return list(_claimed(store, key, owner))


def _claimed(store: Store, key: Key, owner: Obj) -> Iterator[Obj]:
    uid, selector = owner["metadata"]["uid"], owner["spec"]["selector"]
    for obj in store.list(key, owner["metadata"]["namespace"]):
        by = controller_of(obj)
        if by is not None and by["uid"] != uid:
            continue
        matches = selects(selector, obj["metadata"].get("labels") or {})
        if by is not None and matches:
            yield obj
        elif by is not None:
            _release(store, key, obj, uid)
        elif matches and "deletionTimestamp" not in obj["metadata"]:
            yield _adopt(store, key, obj, owner)


def _adopt(store: Store, key: Key, obj: Obj, owner: Obj) -> Obj:
    new = clone(obj)
    new["metadata"].setdefault("ownerReferences", []).append(reference(owner))
    return store.update(key, new)


def _release(store: Store, key: Key, obj: Obj, uid: str) -> None:
    new = clone(obj)
    kept = [owner for owner in new["metadata"]["ownerReferences"] if owner["uid"] != uid]
    new["metadata"]["ownerReferences"] = kept
    if not kept:
        del new["metadata"]["ownerReferences"]
    store.update(key, new)
