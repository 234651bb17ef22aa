"""The ReplicaSet controller: as many pods as asked for, no more."""

from collections.abc import Iterable, Sequence

from alfred_tui.demo.kube.objects import Change, Obj, clone, timestamp
from alfred_tui.demo.kube.store import ApiError
from alfred_tui.demo.sim.conditions import find
from alfred_tui.demo.sim.kinds import PODS, REPLICA_SETS
from alfred_tui.demo.sim.ownership import claim, controller_of
from alfred_tui.demo.sim.pods import (
    available_at,
    deletion_order,
    evict,
    is_active,
    is_finished,
    is_ready,
    is_terminating,
    new_pod,
)
from alfred_tui.demo.sim.quota import admit_pod
from alfred_tui.demo.sim.surge import replicas
from alfred_tui.demo.sim.world import Place, World, place

_COMPONENT = "replicaset-controller"
_FIRST_RETRY, _LAST_RETRY = 1.0, 60.0


class ReplicaSets:
    """Reconciles ReplicaSets."""

    watches = frozenset((REPLICA_SETS, PODS))

    def __init__(self, world: World) -> None:
        self._world = world
        self._retries: dict[str, float] = {}

    def touched(self, change: Change) -> Iterable[Place]:
        if change.key == REPLICA_SETS:
            return [place(change)]
        owner = controller_of(change.obj)
        if owner is None or owner["kind"] != "ReplicaSet":
            return []
        return [(change.obj["metadata"]["namespace"], owner["name"])]

    def reconcile(self, namespace: str, name: str) -> float | None:
        store, now = self._world.store, self._world.now()
        one = store.get(REPLICA_SETS, namespace, name)
        if one is None or "deletionTimestamp" in one["metadata"]:
            return None
        pods = claim(store, PODS, one)
        active = [pod for pod in pods if is_active(pod)]
        failure = self._scale(one, active)
        status = _status(one, pods, now, failure)
        if status != one.get("status"):
            store.update(REPLICA_SETS, {**clone(one), "status": status}, subresource="status")
        minimum = one["spec"].get("minReadySeconds", 0)
        coming = [at for pod in active if now < (at := available_at(pod, minimum)) < now + 1e6]
        retry = self._retry_at(one, failed=failure is not None)
        return min([*coming, *([retry] if retry else [])], default=None)

    def _scale(self, one: Obj, active: Sequence[Obj]) -> ApiError | None:
        """Makes or deletes the pods that are missing or too many; the refusal if a pod was refused."""
        missing = replicas(one) - len(active)
        if missing < 0:
            for pod in deletion_order(list(active), self._world.now())[:-missing]:
                evict(self._world.store, pod)
                self._tell(one, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
            return None
        for _ in range(missing):
            pod = new_pod(one, one["spec"]["template"], self._world.random)
            try:
                admit_pod(self._world.store, pod)
                self._world.store.create(PODS, pod)
            except ApiError as refusal:
                message = f"Error creating: {refusal.message}"
                self._world.events.warning(one, _COMPONENT, "FailedCreate", message)
                return refusal
            self._tell(one, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")
        return None

    def _retry_at(self, one: Obj, *, failed: bool) -> float | None:
        uid = one["metadata"]["uid"]
        if not failed:
            self._retries.pop(uid, None)
            return None
        wait = min(_LAST_RETRY, self._retries.get(uid, _FIRST_RETRY / 2) * 2)
        self._retries[uid] = wait
        return self._world.now() + wait

    def _tell(self, one: Obj, reason: str, message: str) -> None:
        self._world.events.normal(one, _COMPONENT, reason, message)


def _status(one: Obj, pods: Sequence[Obj], now: float, failure: ApiError | None) -> Obj:
    """Counts the pods as they were before this reconciliation made or deleted any, as Kubernetes does."""
    active = [pod for pod in pods if is_active(pod)]
    labels = one["spec"]["template"].get("metadata", {}).get("labels") or {}
    minimum = one["spec"].get("minReadySeconds", 0)
    labelled = [pod for pod in active if labels.items() <= (pod["metadata"].get("labels") or {}).items()]
    numbers = {
        "fullyLabeledReplicas": len(labelled),
        "readyReplicas": sum(map(is_ready, active)),
        "availableReplicas": sum(available_at(pod, minimum) <= now for pod in active),
    }
    status: Obj = {"replicas": len(active), **{name: value for name, value in numbers.items() if value}}
    status["terminatingReplicas"] = sum(is_terminating(pod) and not is_finished(pod) for pod in pods)
    status["observedGeneration"] = one["metadata"]["generation"]
    if failure is not None:
        status["conditions"] = [_failure(one, failure, now)]
    return status


def _failure(one: Obj, refusal: ApiError, now: float) -> Obj:
    known = find(one.get("status", {}).get("conditions", ()), "ReplicaFailure")
    if known is not None:
        return known
    return {
        "type": "ReplicaFailure",
        "status": "True",
        "lastTransitionTime": timestamp(now),
        "reason": "FailedCreate",
        "message": refusal.message,
    }
