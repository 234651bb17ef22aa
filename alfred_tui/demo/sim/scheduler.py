"""The scheduler: gives each pod a node that has room for it, or says why none has."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from alfred_tui.demo.kube.objects import Change, Obj, clone
from alfred_tui.demo.kube.quantities import parse_quantity
from alfred_tui.demo.sim.conditions import find, transitioned
from alfred_tui.demo.sim.kinds import CLAIMS, NODES, PODS
from alfred_tui.demo.sim.pods import is_finished, node_of, requested
from alfred_tui.demo.sim.taints import tolerates
from alfred_tui.demo.sim.world import Place, World, place

_HELPLESS = "Preemption is not helpful for scheduling"
_NO_VICTIMS = "No preemption victims found for incoming pod"


class Scheduler:
    """Reconciles pods without a node."""

    watches = frozenset((PODS, NODES, CLAIMS))

    def __init__(self, world: World) -> None:
        self._world = world

    def touched(self, change: Change) -> Iterable[Place]:
        if change.key == PODS and change.type != "DELETED" and not _frees_room(change):
            return [] if node_of(change.obj) else [place(change)]
        if change.key == NODES and change.type == "MODIFIED" and not _is_other_node(change):
            return []
        # Room or a volume may have come free: those that wait are looked at again.
        return [
            (pod["metadata"]["namespace"], pod["metadata"]["name"])
            for pod in self._world.store.list(PODS)
            if not node_of(pod)
        ]

    def reconcile(self, namespace: str, name: str) -> float | None:
        store = self._world.store
        pod = store.get(PODS, namespace, name)
        if pod is None or node_of(pod) or "deletionTimestamp" in pod["metadata"]:
            return None
        lacking = self._missing_claim(pod)
        if lacking:
            self._refuse(pod, lacking)
            return None
        nodes = store.list(NODES)
        placed: dict[str, list[Obj]] = {node["metadata"]["name"]: [] for node in nodes}
        for other in store.list(PODS):
            if node_of(other) in placed and not is_finished(other):
                placed[node_of(other)].append(other)
        obstacles = [_obstacle(pod, node, placed[node["metadata"]["name"]]) for node in nodes]
        fitting = [node for node, obstacle in zip(nodes, obstacles, strict=True) if obstacle is None]
        if fitting:
            self._bind(pod, min(fitting, key=lambda node: _load(pod, node, placed)))
        else:
            self._refuse(pod, _unschedulable([one for one in obstacles if one is not None]))
        return None

    def _missing_claim(self, pod: Obj) -> str:
        for volume in pod["spec"].get("volumes") or ():
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if name and self._world.store.get(CLAIMS, pod["metadata"]["namespace"], name) is None:
                count = len(self._world.store.list(NODES))
                return f'0/{count} nodes are available: persistentvolumeclaim "{name}" not found.'
        return ""

    def _bind(self, pod: Obj, node: Obj) -> None:
        meta, target = pod["metadata"], node["metadata"]["name"]
        new = clone(pod)
        new["spec"]["nodeName"] = target
        self._set_scheduled(self._world.store.update(PODS, new), {"status": "True"})
        message = f"Successfully assigned {meta['namespace']}/{meta['name']} to {target}"
        self._world.events.scheduler("Normal", pod, "Scheduled", message, "Binding")

    def _refuse(self, pod: Obj, message: str) -> None:
        known = find(pod.get("status", {}).get("conditions", ()), "PodScheduled")
        if known is not None and known.get("message") == message:
            return
        outcome = {"status": "False", "reason": "Unschedulable", "message": message}
        generation = pod["metadata"].get("generation", 1)
        self._set_scheduled(pod, {**outcome, "observedGeneration": generation})
        self._world.events.scheduler("Warning", pod, "FailedScheduling", message, "Scheduling")

    def _set_scheduled(self, pod: Obj, outcome: Obj) -> None:
        new = clone(pod)
        times = {"lastProbeTime": None, "lastTransitionTime": self._world.stamp()}
        status = new.setdefault("status", {})
        held = status.get("conditions", [])
        status["conditions"] = transitioned(held, {"type": "PodScheduled", **outcome, **times})
        self._world.store.update(PODS, new, subresource="status")


def _frees_room(change: Change) -> bool:
    return is_finished(change.obj) and change.old is not None and not is_finished(change.old)


def _is_other_node(change: Change) -> bool:
    """Whether a node changed in anything but its status, which every heartbeat writes."""
    old = change.old or {}
    labels = old.get("metadata", {}).get("labels")
    return bool(old.get("spec") != change.obj.get("spec") or labels != change.obj["metadata"].get("labels"))


class _Obstacle(NamedTuple):
    """Why a pod cannot go to a node, in Kubernetes' words; `lasting` when no other pod is in its way."""

    reason: str
    lasting: bool = True


def _obstacle(pod: Obj, node: Obj, placed: Sequence[Obj]) -> _Obstacle | None:
    if node["spec"].get("unschedulable"):
        return _Obstacle("node(s) were unschedulable")
    labels = node["metadata"].get("labels") or {}
    if not (pod["spec"].get("nodeSelector") or {}).items() <= labels.items():
        return _Obstacle("node(s) didn't match Pod's node affinity/selector")
    for taint in node["spec"].get("taints") or ():
        if taint["effect"] in ("NoSchedule", "NoExecute") and not _tolerated(pod, taint):
            return _Obstacle("node(s) had untolerated taint(s)")
    room = node["status"]["allocatable"]
    if len(placed) >= int(room["pods"]):
        return _Obstacle("Too many pods", lasting=False)
    for resource in ("cpu", "memory"):
        taken = sum((requested(other, resource) for other in placed), Decimal(0))
        wanted, there = requested(pod, resource), parse_quantity(room[resource])
        if taken + wanted > there:
            return _Obstacle(f"Insufficient {resource}", lasting=wanted > there)
    return None


def _tolerated(pod: Obj, taint: Obj) -> bool:
    return any(tolerates(one, taint) for one in pod["spec"].get("tolerations") or ())


def _load(pod: Obj, node: Obj, placed: dict[str, list[Obj]]) -> tuple[object, ...]:
    """The emptier the better: first of pods like this one, then by requested CPU."""
    name = node["metadata"]["name"]
    labels = pod["metadata"].get("labels") or {}
    alike = sum((other["metadata"].get("labels") or {}) == labels for other in placed[name])
    cpu = sum((requested(other, "cpu") for other in placed[name]), Decimal(0))
    return alike, cpu / parse_quantity(node["status"]["allocatable"]["cpu"]), name


def _unschedulable(obstacles: Sequence[_Obstacle]) -> str:
    total = len(obstacles)
    if not total:
        return "no nodes available to schedule pods"
    reasons = _counted(obstacle.reason for obstacle in obstacles)
    preemption = _counted(_HELPLESS if obstacle.lasting else _NO_VICTIMS for obstacle in obstacles)
    available = f"0/{total} nodes are available"
    return f"{available}: {reasons}. no new claims to deallocate, preemption: {available}: {preemption}."


def _counted(reasons: Iterable[str]) -> str:
    times = Counter(reasons)
    return ", ".join(sorted(f"{count} {reason}" for reason, count in times.items()))
