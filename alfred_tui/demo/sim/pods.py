"""Pods as their controllers read and make them."""

import math
import random
from decimal import Decimal

from alfred_tui.demo.kube.objects import Obj, clone, epoch
from alfred_tui.demo.kube.podspec import default_pod
from alfred_tui.demo.kube.quantities import parse_quantity
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.sim.conditions import find
from alfred_tui.demo.sim.kinds import PODS
from alfred_tui.demo.sim.naming import suffix
from alfred_tui.demo.sim.ownership import reference


def is_ready(pod: Obj) -> bool:
    condition = find(pod.get("status", {}).get("conditions", ()), "Ready")
    return condition is not None and condition["status"] == "True"


def available_at(pod: Obj, min_ready_seconds: float) -> float:
    """When a pod counts as available: ready for long enough; infinity while it is not ready."""
    condition = find(pod.get("status", {}).get("conditions", ()), "Ready")
    if condition is None or condition["status"] != "True":
        return math.inf
    return epoch(condition["lastTransitionTime"]) + min_ready_seconds if min_ready_seconds else 0.0


def is_finished(pod: Obj) -> bool:
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def is_terminating(pod: Obj) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def is_active(pod: Obj) -> bool:
    """Whether a pod counts towards its controller's replicas."""
    return not is_finished(pod) and not is_terminating(pod)


def node_of(pod: Obj) -> str:
    """The name of the pod's node; "" while it has none."""
    return str(pod["spec"].get("nodeName", ""))


def is_sidecar(container: Obj) -> bool:
    """Whether an init container goes on beside the pod's containers."""
    return container.get("restartPolicy") == "Always"


def lasting(pod: Obj) -> list[Obj]:
    """The containers that run side by side for the pod's life: sidecars, then its own."""
    spec = pod["spec"]
    return [*filter(is_sidecar, spec.get("initContainers") or ()), *spec["containers"]]


def requested(pod: Obj, resource: str) -> Decimal:
    """The sum of the lasting containers' requests for "cpu" (cores) or "memory" (bytes)."""
    return sum((container_request(c, resource) for c in lasting(pod)), Decimal(0))


def container_request(container: Obj, resource: str) -> Decimal:
    resources = container.get("resources") or {}
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    # A limit without a request is the request too.
    return parse_quantity(requests.get(resource, limits.get(resource, 0)))


def new_pod(owner: Obj, template: Obj, source: random.Random, name: str = "") -> Obj:
    """A pod of `template` that `owner` controls, named after it unless `name` is given."""
    meta = clone(template.get("metadata") or {})
    meta.pop("creationTimestamp", None)
    prefix = f"{owner['metadata']['name']}-"
    if name:
        meta["name"] = name
    else:
        meta.update(name=prefix + suffix(source), generateName=prefix)
    meta["namespace"] = owner["metadata"]["namespace"]
    meta["ownerReferences"] = [reference(owner)]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": clone(template["spec"])}
    default_pod(pod)
    return pod


def evict(store: Store, pod: Obj) -> None:
    """Deletes a pod as its controller does: gracefully if a kubelet has it, otherwise at once."""
    meta = pod["metadata"]
    if node_of(pod) and not is_finished(pod):
        grace = int(pod["spec"].get("terminationGracePeriodSeconds", 30))
        store.mark_deleted(PODS, meta["namespace"], meta["name"], grace)
    else:
        store.delete(PODS, meta["namespace"], meta["name"])


def deletion_order(pods: list[Obj], now: float) -> list[Obj]:
    """Which pods a scale-down takes first (Kubernetes' ActivePodsWithRanks).

    Unassigned before assigned, pending before running, unready before ready, cheaper before dearer, from
    the fullest node, ready for a shorter time (by orders of magnitude), restarted more often, newer.
    """
    on_node: dict[str, int] = {}
    for pod in pods:
        on_node[node_of(pod)] = on_node.get(node_of(pod), 0) + 1

    def rank(pod: Obj) -> tuple[object, ...]:
        meta, status = pod["metadata"], pod.get("status", {})
        phase = {"Pending": 0, "Unknown": 1}.get(status.get("phase", "Pending"), 2)
        notes = meta.get("annotations") or {}
        restarts = max((c["restartCount"] for c in status.get("containerStatuses", ())), default=0)
        return (
            bool(node_of(pod)),
            phase,
            is_ready(pod),
            int(notes.get("controller.kubernetes.io/pod-deletion-cost", "0")),
            -on_node[node_of(pod)],
            _magnitude(now - available_since(pod)),
            -restarts,
            _magnitude(now - epoch(meta["creationTimestamp"])),
            meta["name"],
        )

    return sorted(pods, key=rank)


def available_since(pod: Obj) -> float:
    condition = find(pod.get("status", {}).get("conditions", ()), "Ready")
    if condition is None or condition["status"] != "True":
        return math.inf
    return epoch(condition["lastTransitionTime"])


def _magnitude(seconds: float) -> int:
    return int(math.log2(seconds)) if seconds >= 1 else 0
