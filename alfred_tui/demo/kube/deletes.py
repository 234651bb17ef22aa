"""Deleting objects: at once, gracefully as pods are, or all that a list selects."""

import msgspec

from alfred_tui.demo.kube.bookkeeping import PODS, grace_period
from alfred_tui.demo.kube.errors import conflict
from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.objects import DELETED, Change, Key, Obj, epoch
from alfred_tui.demo.kube.routes import Target
from alfred_tui.demo.kube.store import NAMESPACES, Store
from alfred_tui.demo.kube.validation import namespace_deletion_problem


class DeleteOptions(msgspec.Struct, frozen=True):
    """How to delete; `grace_seconds` None leaves it to the object."""

    grace_seconds: int | None = None
    orphan: bool = False
    foreground: bool = False
    dry_run: bool = False
    uid: str = ""
    resource_version: str = ""


class Deleter:
    """Deletes from the store, and ends pods whose grace is over if nobody else did."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ending: dict[tuple[str, str], float] = {}
        store.subscribe(self._on_change)

    def _on_change(self, change: Change) -> None:
        if change.key != PODS:
            return
        meta = change.obj["metadata"]
        place = (meta.get("namespace", ""), meta["name"])
        if change.type == DELETED:
            self._ending.pop(place, None)
        elif "deletionTimestamp" in meta:
            self._ending[place] = epoch(meta["deletionTimestamp"])

    def delete(self, target: Target, obj: Obj, options: DeleteOptions) -> Obj:
        """What to answer: a Status, or the object while it has yet to end. ApiError 403, 404, 409."""
        key = target.kind.key
        if key == NAMESPACES:
            problem = namespace_deletion_problem(target.name)
            if problem is not None:
                raise problem
        _check_preconditions(target.kind, obj, options)
        returned = self._remove(key, obj, options)
        if key == PODS or "deletionTimestamp" in returned["metadata"]:
            return {**returned, "kind": target.kind.kind, "apiVersion": target.kind.api_version}
        return deleted_status(key, obj)

    def _remove(self, key: Key, obj: Obj, options: DeleteOptions) -> Obj:
        if options.dry_run:
            return obj
        meta = obj["metadata"]
        place = (meta.get("namespace", ""), meta["name"])
        grace = grace_period(key, obj, options.grace_seconds)
        if grace > 0:
            return self._store.mark_deleted(key, *place, grace)
        return self._store.delete(key, *place, orphan=options.orphan, foreground=options.foreground)

    def delete_all(self, key: Key, objects: list[Obj], options: DeleteOptions) -> None:
        """Deletes what a list selected."""
        for obj in objects:
            self._remove(key, obj, options)

    def end_overdue(self, now: float) -> None:
        """Removes pods whose time to end is over: a cluster without a kubelet would keep them for ever."""
        overdue = [place for place, end in self._ending.items() if end + 1 < now]
        for place in overdue:
            del self._ending[place]
            if self._store.get(PODS, *place) is not None:
                self._store.delete(PODS, *place)


def _check_preconditions(kind: Kind, obj: Obj, options: DeleteOptions) -> None:
    """ApiError 409; as in Kubernetes, it names the kind where others name the resource."""
    meta, key = obj["metadata"], Key(kind.group, kind.kind)
    if options.uid and options.uid != meta["uid"]:
        why = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({meta['uid']}). "
            "The object might have been deleted and then recreated"
        )
        raise conflict(key, meta["name"], why)
    if options.resource_version and options.resource_version != meta["resourceVersion"]:
        why = (
            f"the ResourceVersion in the precondition ({options.resource_version}) does not match the "
            f"ResourceVersion in record ({meta['resourceVersion']}). The object might have been modified"
        )
        raise conflict(key, meta["name"], why)


def deleted_status(key: Key, obj: Obj) -> Obj:
    """The Status that says an object is gone."""
    details: Obj = {"name": obj["metadata"]["name"]}
    if key.group:
        details["group"] = key.group
    details |= {"kind": key.resource, "uid": obj["metadata"].get("uid", "")}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
