"""Taints of nodes: the one that goes with a cordon, and the pods that a NoExecute taint drives away."""

from collections.abc import Iterable

from alfred_tui.demo.kube.objects import Change, Obj, clone, epoch
from alfred_tui.demo.sim.kinds import NODES, PODS
from alfred_tui.demo.sim.pods import evict, is_active, node_of
from alfred_tui.demo.sim.world import Place, World, place

UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
_CONTROLLER = "taint-eviction-controller"


class Taints:
    """Reconciles the taints of nodes."""

    watches = frozenset((NODES, PODS))

    def __init__(self, world: World) -> None:
        self._world = world

    def touched(self, change: Change) -> Iterable[Place]:
        if change.key == NODES:
            same = change.old is not None and change.old["spec"] == change.obj["spec"]
            return [] if same or change.type == "DELETED" else [place(change)]
        node = node_of(change.obj)
        came = change.old is None or not node_of(change.old)
        return [("", node)] if node and came and change.type != "DELETED" else []

    def reconcile(self, namespace: str, name: str) -> float | None:
        node = self._world.store.get(NODES, "", name)
        if node is None:
            return None
        self._mark_cordon(node)
        taints = [taint for taint in node["spec"].get("taints") or () if taint["effect"] == "NoExecute"]
        return self._drive_away(name, taints) if taints else None

    def _mark_cordon(self, node: Obj) -> None:
        taints = node["spec"].get("taints") or []
        others = [taint for taint in taints if taint["key"] != UNSCHEDULABLE]
        cordoned = bool(node["spec"].get("unschedulable"))
        if cordoned == (len(others) < len(taints)):
            return
        new = clone(node)
        if cordoned:
            mark = {"key": UNSCHEDULABLE, "effect": "NoSchedule", "timeAdded": self._world.stamp()}
            new["spec"]["taints"] = [*taints, mark]
        elif others:
            new["spec"]["taints"] = others
        else:
            del new["spec"]["taints"]
        self._world.store.update(NODES, new)

    def _drive_away(self, name: str, taints: list[Obj]) -> float | None:
        now = self._world.now()
        coming: list[float] = []
        for pod in self._world.store.list(PODS):
            if node_of(pod) != name or not is_active(pod):
                continue
            until = min((self._until(pod, taint) for taint in taints), default=now)
            if until <= now:
                meta = pod["metadata"]
                message = f"Marking for deletion Pod {meta['namespace']}/{meta['name']}"
                self._world.events.normal(pod, _CONTROLLER, "TaintManagerEviction", message)
                evict(self._world.store, pod)
            elif until != float("inf"):
                coming.append(until)
        return min(coming, default=None)

    def _until(self, pod: Obj, taint: Obj) -> float:
        """Until when a pod bears a taint: infinity when it tolerates it for good."""
        found = [one for one in pod["spec"].get("tolerations") or () if tolerates(one, taint)]
        if not found:
            return 0.0
        spans = [one["tolerationSeconds"] for one in found if one.get("tolerationSeconds") is not None]
        if not spans:
            return float("inf")
        added = taint.get("timeAdded")
        since = epoch(added) if added else self._world.now()
        return since + float(max(0, min(spans)))


def tolerates(toleration: Obj, taint: Obj) -> bool:
    """Whether one toleration covers a taint."""
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("key") not in (None, "", taint["key"]):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("value", "") == taint.get("value", ""))
