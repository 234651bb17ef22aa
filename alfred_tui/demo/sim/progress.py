"""A Deployment's status: the sums over its ReplicaSets, and whether it progresses, is through or stuck.

The conditions' reasons, messages and the rules for their times are those of Kubernetes' deployment
controller (deployment/sync.go and progress.go); `kubectl rollout status` reads nothing else.
"""

from collections.abc import Sequence

from alfred_tui.demo.kube.objects import Obj, epoch, timestamp
from alfred_tui.demo.sim.conditions import find, without
from alfred_tui.demo.sim.surge import max_unavailable, replicas

PROGRESSING = "Progressing"
TIMED_OUT = "ProgressDeadlineExceeded"
COMPLETE = "NewReplicaSetAvailable"


def has_deadline(deployment: Obj) -> bool:
    # The largest int32 is how the old API said "none".
    return deployment["spec"].get("progressDeadlineSeconds") not in (None, 2**31 - 1)


def condition(kind: str, status: str, reason: str, message: str, now: float) -> Obj:
    stamp = timestamp(now)
    return {
        "type": kind,
        "status": status,
        "lastUpdateTime": stamp,
        "lastTransitionTime": stamp,
        "reason": reason,
        "message": message,
    }


def with_condition(conditions: Sequence[Obj], new: Obj) -> list[Obj]:
    """`conditions` with `new` at the end; unchanged when status and reason are what they were."""
    old = find(conditions, new["type"])
    if old is not None and old["status"] == new["status"] and old["reason"] == new["reason"]:
        return list(conditions)
    if old is not None and old["status"] == new["status"]:
        new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
    return [*without(conditions, new["type"]), new]


def _sum(sets: Sequence[Obj], field: str) -> int:
    return sum(one.get("status", {}).get(field, 0) for one in sets)


def counted(deployment: Obj, sets: Sequence[Obj], newest: Obj | None, now: float) -> Obj:
    """The status by the ReplicaSets' numbers, with the condition Available."""
    total, ready = sum(replicas(one) for one in sets), _sum(sets, "availableReplicas")
    old = deployment.get("status", {})
    numbers = {
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": _sum(sets, "replicas"),
        "updatedReplicas": _sum([newest] if newest else [], "replicas"),
        "readyReplicas": _sum(sets, "readyReplicas"),
        "availableReplicas": ready,
        "unavailableReplicas": max(0, total - ready),
    }
    status: Obj = {name: value for name, value in numbers.items() if value}
    status["terminatingReplicas"] = _sum(sets, "terminatingReplicas")
    if "collisionCount" in old:
        status["collisionCount"] = old["collisionCount"]
    if ready >= replicas(deployment) - max_unavailable(deployment):
        words = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    else:
        words = ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    status["conditions"] = with_condition(old.get("conditions", []), condition("Available", *words, now))
    return status


def is_complete(deployment: Obj, status: Obj) -> bool:
    wanted = replicas(deployment)
    fields = ("updatedReplicas", "replicas", "availableReplicas")
    seen = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    return seen and all(status.get(field, 0) == wanted for field in fields)


def _has_progressed(old: Obj, new: Obj) -> bool:
    def outdated(status: Obj) -> int:
        return int(status.get("replicas", 0) - status.get("updatedReplicas", 0))

    fields = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return outdated(new) < outdated(old) or any(new.get(name, 0) > old.get(name, 0) for name in fields)


def deadline_of(deployment: Obj, status: Obj) -> float | None:
    """When the rollout times out; None without a deadline, and when it is through or has timed out."""
    progressing = find(status.get("conditions", ()), PROGRESSING)
    if not has_deadline(deployment) or progressing is None:
        return None
    if progressing["reason"] in (COMPLETE, TIMED_OUT):
        return None
    return epoch(progressing["lastUpdateTime"]) + float(deployment["spec"]["progressDeadlineSeconds"])


def progressed(deployment: Obj, sets: Sequence[Obj], newest: Obj | None, now: float) -> Obj:
    """The whole status of a Deployment that rolls out, with the condition Progressing.

    Without progress the condition stays as it is, so after a rollback it can still tell of the deadline
    that the rollout before it exceeded.
    """
    status, old = counted(deployment, sets, newest, now), deployment.get("status", {})
    current = find(old.get("conditions", ()), PROGRESSING)
    if not has_deadline(deployment):
        status["conditions"] = without(status["conditions"], PROGRESSING)
        return _with_failures(status, sets, newest, now)
    through = current is not None and current["reason"] == COMPLETE
    if through and status.get("replicas", 0) == status.get("updatedReplicas", 0):
        return _with_failures(status, sets, newest, now)
    name = deployment["metadata"]["name"] if newest is None else newest["metadata"]["name"]
    subject = f'Deployment "{name}"' if newest is None else f'ReplicaSet "{name}"'
    conditions, due = status["conditions"], deadline_of(deployment, status)
    if is_complete(deployment, status):
        new = condition(PROGRESSING, "True", COMPLETE, f"{subject} has successfully progressed.", now)
        status["conditions"] = with_condition(conditions, new)
    elif _has_progressed(old, status):
        new = condition(PROGRESSING, "True", "ReplicaSetUpdated", f"{subject} is progressing.", now)
        if current is not None and current["status"] == "True":
            new["lastTransitionTime"] = current["lastTransitionTime"]
        status["conditions"] = [*without(conditions, PROGRESSING), new]
    elif due is not None and due < now:
        new = condition(PROGRESSING, "False", TIMED_OUT, f"{subject} has timed out progressing.", now)
        status["conditions"] = with_condition(conditions, new)
    return _with_failures(status, sets, newest, now)


def _with_failures(status: Obj, sets: Sequence[Obj], newest: Obj | None, now: float) -> Obj:
    """The newest ReplicaSet's failure to make pods (else another's) as the Deployment's own condition."""
    first = [newest] if newest is not None else []
    for one in [*first, *sets]:
        failure = find(one.get("status", {}).get("conditions", ()), "ReplicaFailure")
        if failure is not None:
            new = condition("ReplicaFailure", "True", failure["reason"], failure["message"], now)
            status["conditions"] = with_condition(status["conditions"], new)
            return status
    status["conditions"] = without(status["conditions"], "ReplicaFailure")
    return status
