"""The ControllerRevisions of StatefulSets and DaemonSets: their templates over time, by hash."""

from alfred_tui.demo.kube.objects import Obj, clone
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.sim.kinds import CONTROLLER_REVISIONS
from alfred_tui.demo.sim.naming import template_hash
from alfred_tui.demo.sim.ownership import owned, reference

HASH_LABEL = "controller-revision-hash"


def current_revision(store: Store, owner: Obj) -> Obj:
    """The revision of the owner's present template, made or renumbered as the newest."""
    found = template_hash(owner["spec"]["template"], owner.get("status", {}).get("collisionCount", 0))
    name = f"{owner['metadata']['name']}-{found}"
    held = owned(store, CONTROLLER_REVISIONS, owner)
    newest = max((one["revision"] for one in held), default=0)
    known = next((one for one in held if one["metadata"]["name"] == name), None)
    if known is None:
        return store.create(CONTROLLER_REVISIONS, _revision(owner, name, found, newest + 1))
    if known["revision"] < newest:
        # The template came back: a rollback counts as a new revision.
        return store.update(CONTROLLER_REVISIONS, {**clone(known), "revision": newest + 1})
    return known


def _revision(owner: Obj, name: str, found: str, number: int) -> Obj:
    template = clone(owner["spec"]["template"])
    labels = owner["spec"]["template"].get("metadata", {}).get("labels") or {}
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": name,
            "namespace": owner["metadata"]["namespace"],
            "labels": {**labels, HASH_LABEL: found},
            "annotations": dict(owner["metadata"].get("annotations") or {}),
            "ownerReferences": [reference(owner)],
        },
        "data": {"spec": {"template": {**template, "$patch": "replace"}}},
        "revision": number,
    }


def template_of(store: Store, owner: Obj, name: str) -> Obj:
    """The pod template of a revision by name; the present one when the revision is gone."""
    held = store.get(CONTROLLER_REVISIONS, owner["metadata"]["namespace"], name)
    if held is None:
        return dict(owner["spec"]["template"])
    return {field: value for field, value in held["data"]["spec"]["template"].items() if field != "$patch"}


def clean_up(store: Store, owner: Obj, used: set[str]) -> None:
    """Deletes the oldest revisions beyond the history limit that no pod is of."""
    limit = owner["spec"].get("revisionHistoryLimit", 10)
    held = sorted(owned(store, CONTROLLER_REVISIONS, owner), key=lambda one: int(one["revision"]))
    spare = [one for one in held if one["metadata"]["name"] not in used]
    for one in spare[: max(0, len(spare) - limit)]:
        store.delete(CONTROLLER_REVISIONS, one["metadata"]["namespace"], one["metadata"]["name"])
