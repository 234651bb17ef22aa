"""The HorizontalPodAutoscaler controller: replicas by the CPU or memory use of the pods.

The rules are Kubernetes': utilization is of requests, a tolerance of a tenth, bounds, and the highest
recommendation of the last five minutes before it scales down.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable

from alfred_tui.demo.kube.objects import Change, Key, Obj, clone, epoch
from alfred_tui.demo.kube.selectors import selects
from alfred_tui.demo.sim.conditions import transitioned
from alfred_tui.demo.sim.kinds import AUTOSCALERS, DEPLOYMENTS, PODS, REPLICA_SETS, STATEFUL_SETS
from alfred_tui.demo.sim.pods import container_request, is_active, is_ready, lasting
from alfred_tui.demo.sim.surge import replicas
from alfred_tui.demo.sim.usage import Usage
from alfred_tui.demo.sim.world import Place, World, place

PERIOD = 15.0
"""Simulated seconds between two looks at the metrics."""

_TOLERANCE = 0.1
_STABILIZATION = 300.0
_COMPONENT = "horizontal-pod-autoscaler"

_TARGETS: dict[str, Key] = {
    "Deployment": DEPLOYMENTS,
    "ReplicaSet": REPLICA_SETS,
    "StatefulSet": STATEFUL_SETS,
}

_VALID = ("True", "ValidMetricFound", "the HPA was able to successfully calculate a replica count from {}")
_READY = ("True", "ReadyForNewScale", "recommended size matches current size")
_STABILIZED = (
    "True",
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
)
_LIMITS = {
    "within": ("False", "DesiredWithinRange", "the desired count is within the acceptable range"),
    "few": ("True", "TooFewReplicas", "the desired replica count is less than the minimum replica count"),
    "many": ("True", "TooManyReplicas", "the desired replica count is more than the maximum replica count"),
}

Words = tuple[str, str, str]
"""A condition's status, reason and message."""


class Autoscalers:
    """Reconciles HorizontalPodAutoscalers."""

    watches = frozenset((AUTOSCALERS,))

    def __init__(
        self, world: World, usage: Usage, is_measured: Callable[[], bool], period: float = PERIOD
    ) -> None:
        self._world = world
        self._usage = usage
        self._is_measured = is_measured
        self._period = period
        self._recent: dict[str, deque[tuple[float, int]]] = {}

    def touched(self, change: Change) -> Iterable[Place]:
        # Its own writes of the status are no reason to look again before the period is over.
        if change.old is not None and change.old.get("spec") == change.obj.get("spec"):
            return []
        return [place(change)]

    def reconcile(self, namespace: str, name: str) -> float | None:
        scaler = self._world.store.get(AUTOSCALERS, namespace, name)
        if scaler is None:
            return None
        # As in Kubernetes, a new one waits for its first turn.
        first = epoch(scaler["metadata"]["creationTimestamp"]) + self._period
        if "conditions" not in (scaler.get("status") or {}) and self._world.now() < first:
            return first
        self._scale(scaler)
        return self._world.now() + self._period

    def _scale(self, scaler: Obj) -> None:
        spec, meta = scaler["spec"], scaler["metadata"]
        kind, name = spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"]
        key = _TARGETS.get(kind)
        target = self._world.store.get(key, meta["namespace"], name) if key else None
        if key is None or target is None:
            message = (
                f'the HPA controller was unable to get the target\'s current scale: {kind} "{name}" not found'
            )
            self._write(scaler, {}, {"AbleToScale": ("False", "FailedGetScale", message)})
            return
        current = replicas(target)
        if current == 0:
            words = "scaling is disabled since the replica count of the target is zero"
            conditions = {"AbleToScale": _READY, "ScalingActive": ("False", "ScalingDisabled", words)}
            self._write(scaler, {"currentReplicas": 0, "desiredReplicas": 0}, conditions)
            return
        wanted, metrics, conditions = self._recommend(scaler, target, current)
        if wanted != current:
            self._resize(scaler, key, target, wanted)
        status: Obj = {
            "currentReplicas": current,
            "desiredReplicas": wanted,
            "currentMetrics": metrics or None,
        }
        self._write(scaler, status, conditions)

    def _recommend(self, scaler: Obj, target: Obj, current: int) -> tuple[int, list[Obj], dict[str, Words]]:
        """The size wanted, the metrics it comes from, and the conditions to report."""
        spec = scaler["spec"]
        least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
        if not least <= current <= most:
            limited = _LIMITS["many" if current > most else "few"]
            return max(least, min(most, current)), [], {"AbleToScale": _READY, "ScalingLimited": limited}
        metrics, proposals = self._measure(scaler, target, current)
        if not proposals:
            words = "the HPA was unable to compute the replica count: unable to get metrics for resource"
            active = ("False", "FailedGetResourceMetric", words)
            return current, metrics, {"AbleToScale": _READY, "ScalingActive": active}
        desired, name = max(proposals)
        stabilized = self._stabilized(scaler, current, desired)
        limit = "few" if stabilized < least else "many" if stabilized > most else "within"
        wanted = max(least, min(most, stabilized))
        held = stabilized > desired and max(least, desired) < current
        return (
            wanted,
            metrics,
            {
                "AbleToScale": _STABILIZED if held else _READY,
                "ScalingActive": (*_VALID[:2], _VALID[2].format(name)),
                "ScalingLimited": _LIMITS[limit],
            },
        )

    def _measure(self, scaler: Obj, target: Obj, current: int) -> tuple[list[Obj], list[tuple[int, str]]]:
        """The present value of each resource metric, and what size each asks for."""
        found: list[Obj] = []
        proposals: list[tuple[int, str]] = []
        pods = self._pods(target) if self._is_measured() else []
        for metric in scaler["spec"].get("metrics") or ():
            if metric["type"] != "Resource":
                continue
            resource, goal = metric["resource"]["name"], metric["resource"]["target"]
            used, requested, count = self._totals(pods, resource)
            if not count:
                continue
            value = f"{round(used / count * 1000)}m" if resource == "cpu" else str(round(used / count))
            now: Obj = {"averageValue": value}
            if goal["type"] == "Utilization" and requested:
                now = {"averageUtilization": int(100 * used / requested), **now}
                ratio = 100 * used / requested / goal["averageUtilization"]
                proposals.append((_proposal(current, count, ratio), f"{resource} resource utilization"))
            found.append({"type": "Resource", "resource": {"name": resource, "current": now}})
        return found, [(size, f"{name} (percentage of request)") for size, name in proposals]

    def _pods(self, target: Obj) -> list[Obj]:
        store, selector = self._world.store, target["spec"]["selector"]
        pods = store.list(PODS, target["metadata"]["namespace"])
        labels = [(pod, pod["metadata"].get("labels") or {}) for pod in pods]
        return [pod for pod, each in labels if selects(selector, each) and is_active(pod) and is_ready(pod)]

    def _totals(self, pods: list[Obj], resource: str) -> tuple[float, float, int]:
        """Used and requested, in cores or bytes, by the pods that have been measured; and their number."""
        used = requested = 0.0
        count = 0
        for pod in pods:
            measured = self._usage.pod(pod["metadata"]["namespace"], pod["metadata"]["name"])
            if measured is None:
                continue
            count += 1
            at = 0 if resource == "cpu" else 1
            used += sum(amount[at] for amount in measured.values()) / (1000 if resource == "cpu" else 1)
            requested += sum(float(container_request(c, resource)) for c in lasting(pod))
        return used, requested, count

    def _stabilized(self, scaler: Obj, current: int, desired: int) -> int:
        """The highest recommendation of the last five minutes; the size that was met counts as the first."""
        now = self._world.now()
        recent = self._recent.setdefault(scaler["metadata"]["uid"], deque([(now, current)]))
        recent.append((now, desired))
        while recent[0][0] < now - _STABILIZATION:
            recent.popleft()
        return max(size for _, size in recent)

    def _resize(self, scaler: Obj, key: Key, target: Obj, wanted: int) -> None:
        new = clone(target)
        new["spec"]["replicas"] = wanted
        self._world.store.update(key, new)
        low = replicas(target) < scaler["spec"].get("minReplicas", 1)
        reason = "Current number of replicas below Spec.MinReplicas" if low else "All metrics below target"
        if not low and wanted > replicas(target):
            reason = "cpu resource utilization (percentage of request) above target"
        message = f"New size: {wanted}; reason: {reason}"
        self._world.events.normal(scaler, _COMPONENT, "SuccessfulRescale", message)

    def _write(self, scaler: Obj, numbers: Obj, conditions: dict[str, Words]) -> None:
        old = scaler.get("status", {})
        held = old.get("conditions") or []
        for kind, (status, reason, message) in conditions.items():
            new = {
                "type": kind,
                "status": status,
                "lastTransitionTime": self._world.stamp(),
                "reason": reason,
                "message": message,
            }
            held = transitioned(held, new)
        status_now: Obj = {**numbers, "conditions": held}
        scaled = numbers.get("currentReplicas") != numbers.get("desiredReplicas")
        if scaled:
            status_now["lastScaleTime"] = self._world.stamp()
        elif "lastScaleTime" in old:
            status_now["lastScaleTime"] = old["lastScaleTime"]
        if status_now != old:
            self._world.store.update(
                AUTOSCALERS, {**clone(scaler), "status": status_now}, subresource="status"
            )


def _proposal(current: int, measured: int, ratio: float) -> int:
    if abs(ratio - 1) <= _TOLERANCE:
        return current
    return max(1, math.ceil(measured * ratio))
