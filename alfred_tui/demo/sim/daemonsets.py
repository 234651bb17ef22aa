"""The DaemonSet controller: one pod on every node it may run on, replaced a few at a time."""

from collections.abc import Iterable

from alfred_tui.demo.kube.limits import fill_limits
from alfred_tui.demo.kube.objects import Change, Obj, clone
from alfred_tui.demo.sim.kinds import DAEMON_SETS, NODES, PODS
from alfred_tui.demo.sim.ownership import claim, controller_of
from alfred_tui.demo.sim.pods import (
    available_at,
    evict,
    is_finished,
    is_ready,
    is_terminating,
    new_pod,
    node_of,
)
from alfred_tui.demo.sim.surge import scaled_value
from alfred_tui.demo.sim.templates import HASH_LABEL, clean_up, current_revision
from alfred_tui.demo.sim.world import Place, World, place

_COMPONENT = "daemonset-controller"


class DaemonSets:
    """Reconciles DaemonSets. Their pods are bound to their node when they are made."""

    watches = frozenset((DAEMON_SETS, PODS, NODES))

    def __init__(self, world: World) -> None:
        self._world = world

    def touched(self, change: Change) -> Iterable[Place]:
        if change.key == DAEMON_SETS:
            return [place(change)]
        if change.key == NODES:
            if change.type == "MODIFIED":
                return []
            sets = self._world.store.list(DAEMON_SETS)
            return [(one["metadata"]["namespace"], one["metadata"]["name"]) for one in sets]
        owner = controller_of(change.obj)
        if owner is None or owner["kind"] != "DaemonSet":
            return []
        return [(change.obj["metadata"]["namespace"], owner["name"])]

    def reconcile(self, namespace: str, name: str) -> float | None:
        store = self._world.store
        one = store.get(DAEMON_SETS, namespace, name)
        if one is None or "deletionTimestamp" in one["metadata"]:
            return None
        revision = current_revision(store, one)
        found = revision["metadata"]["labels"][HASH_LABEL]
        selector = (one["spec"]["template"]["spec"].get("nodeSelector") or {}).items()
        nodes = [
            node["metadata"]["name"]
            for node in store.list(NODES)
            if selector <= (node["metadata"].get("labels") or {}).items()
        ]
        pods = claim(store, PODS, one)
        if not self._place(one, nodes, pods, found):
            self._replace(one, nodes, pods, found)
        self._write(one, nodes, pods, found)
        clean_up(store, one, {revision["metadata"]["name"]})
        return None

    def _place(self, one: Obj, nodes: list[str], pods: list[Obj], found: str) -> bool:
        """Makes the pods that are missing and removes those that are too many; whether there were any."""
        changed = False
        for pod in pods:
            if (is_finished(pod) or node_of(pod) not in nodes) and not is_terminating(pod):
                evict(self._world.store, pod)
                changed = True
        for node in nodes:
            if not any(node_of(pod) == node for pod in pods):
                self._create(one, node, found)
                changed = True
        return changed

    def _create(self, one: Obj, node: str, found: str) -> None:
        pod = new_pod(one, one["spec"]["template"], self._world.random)
        pod["metadata"].setdefault("labels", {})[HASH_LABEL] = found
        pod["spec"]["nodeName"] = node
        stamp = self._world.stamp()
        scheduled = {
            "type": "PodScheduled",
            "status": "True",
            "lastProbeTime": None,
            "lastTransitionTime": stamp,
        }
        pod["status"]["conditions"] = [scheduled]
        fill_limits(self._world.store, pod)
        self._world.store.create(PODS, pod)
        message = f"Created pod: {pod['metadata']['name']}"
        self._world.events.normal(one, _COMPONENT, "SuccessfulCreate", message)

    def _replace(self, one: Obj, nodes: list[str], pods: list[Obj], found: str) -> None:
        strategy = one["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return
        most = (strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1)
        allowed = max(1, scaled_value(most, len(nodes), round_up=True))
        old = [pod for pod in pods if _hash(pod) != found and not is_terminating(pod)]
        missing = len(nodes) - sum(is_ready(pod) and not is_terminating(pod) for pod in pods)
        unready = [pod for pod in old if not is_ready(pod)]
        ready = [pod for pod in old if is_ready(pod)][: max(0, allowed - missing)]
        for pod in [*unready, *ready]:
            evict(self._world.store, pod)
            message = f"Deleted pod: {pod['metadata']['name']}"
            self._world.events.normal(one, _COMPONENT, "SuccessfulDelete", message)

    def _write(self, one: Obj, nodes: list[str], pods: list[Obj], found: str) -> None:
        # As in Kubernetes, the oldest pod of a node stands for it, also while it ends.
        oldest: dict[str, Obj] = {}
        for pod in sorted(pods, key=lambda one: one["metadata"]["creationTimestamp"]):
            oldest.setdefault(node_of(pod), pod)
        live = [pod for node, pod in oldest.items() if node in nodes]
        minimum, now = one["spec"].get("minReadySeconds", 0), self._world.now()
        available = sum(available_at(pod, minimum) <= now for pod in live)
        optional = {
            "updatedNumberScheduled": sum(_hash(pod) == found for pod in live),
            "numberAvailable": available,
            "numberUnavailable": max(0, len(nodes) - available),
        }
        status = {
            "currentNumberScheduled": len(live),
            "numberMisscheduled": len(oldest) - len(live),
            "desiredNumberScheduled": len(nodes),
            "numberReady": sum(map(is_ready, live)),
            "observedGeneration": one["metadata"]["generation"],
            **{name: value for name, value in optional.items() if value},
        }
        if status != one.get("status"):
            new = {**clone(one), "status": status}
            self._world.store.update(DAEMON_SETS, new, subresource="status")


def _hash(pod: Obj) -> str:
    return str((pod["metadata"].get("labels") or {}).get(HASH_LABEL, ""))
