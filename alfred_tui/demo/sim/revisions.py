"""A Deployment's revisions: which ReplicaSet is which, and the numbers and notes on them."""

from collections.abc import Sequence

from alfred_tui.demo.kube.objects import Obj, clone
from alfred_tui.demo.sim.naming import meaningful, template_hash
from alfred_tui.demo.sim.ownership import reference
from alfred_tui.demo.sim.surge import DESIRED, MAXIMUM, max_surge, replicas

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"

_NOT_COPIED = frozenset(
    (REVISION, HISTORY, DESIRED, MAXIMUM, "kubectl.kubernetes.io/last-applied-configuration")
)


def oldest_first(sets: Sequence[Obj]) -> list[Obj]:
    return sorted(sets, key=lambda one: (one["metadata"]["creationTimestamp"], one["metadata"]["name"]))


def revision(obj: Obj) -> int:
    """The revision number on a Deployment or ReplicaSet; 0 when it has none."""
    return int((obj["metadata"].get("annotations") or {}).get(REVISION, 0))


def newest_of(deployment: Obj, sets: Sequence[Obj]) -> Obj | None:
    """The ReplicaSet of the Deployment's present template, or None."""
    wanted = _comparable(deployment["spec"]["template"])
    for one in oldest_first(sets):
        if _comparable(one["spec"]["template"]) == wanted:
            return one
    return None


def _comparable(template: Obj) -> Obj:
    meta = dict(template.get("metadata") or {})
    meta["labels"] = {name: v for name, v in (meta.get("labels") or {}).items() if name != HASH_LABEL}
    found: Obj = meaningful({**template, "metadata": meta})
    return found


def annotate(deployment: Obj, one: Obj, number: int, *, new: bool) -> bool:
    """Brings a ReplicaSet's annotations up to date in place; whether anything changed.

    The Deployment's own annotations are copied. A revision number only ever grows; the one it replaces
    goes to the history, for that is a rollback to this ReplicaSet.
    """
    notes = one["metadata"].setdefault("annotations", {})
    before = dict(notes)
    for name, value in (deployment["metadata"].get("annotations") or {}).items():
        if name not in _NOT_COPIED:
            notes[name] = value
    old = notes.get(REVISION)
    if int(old or 0) < number:
        notes[REVISION] = str(number)
        if old is not None and not new:
            notes[HISTORY] = f"{notes[HISTORY]},{old}" if notes.get(HISTORY) else old
    if new:
        note_sizes(deployment, one)
    return bool(notes != before)


def note_sizes(deployment: Obj, one: Obj) -> bool:
    """Records on a ReplicaSet, in place, for which size of the Deployment it was scaled."""
    notes = one["metadata"].setdefault("annotations", {})
    desired = replicas(deployment)
    sizes = {DESIRED: str(desired), MAXIMUM: str(desired + max_surge(deployment))}
    if all(notes.get(name) == value for name, value in sizes.items()):
        return False
    notes.update(sizes)
    return True


def new_replica_set(deployment: Obj) -> Obj:
    """An empty ReplicaSet for the Deployment's present template, named after the template's hash."""
    template = clone(deployment["spec"]["template"])
    found = template_hash(template, deployment.get("status", {}).get("collisionCount", 0))
    labels = template.setdefault("metadata", {}).setdefault("labels", {})
    labels[HASH_LABEL] = found
    selector = clone(deployment["spec"]["selector"])
    selector.setdefault("matchLabels", {})[HASH_LABEL] = found
    meta = deployment["metadata"]
    spec: Obj = {"replicas": 0, "selector": selector, "template": template}
    if deployment["spec"].get("minReadySeconds"):
        spec["minReadySeconds"] = deployment["spec"]["minReadySeconds"]
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{meta['name']}-{found}",
            "namespace": meta["namespace"],
            "labels": dict(labels),
            "ownerReferences": [reference(deployment)],
        },
        "spec": spec,
        "status": {"replicas": 0},
    }
