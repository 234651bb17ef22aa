"""How far a rollout is, by the conditions of `kubectl rollout status`, and beyond it where it is silent.

kubectl never fails a StatefulSet or DaemonSet, waits out the deadline on a rollout whose every new pod is
lost, believes a deadline that passed before the change that is being watched, and calls a Deployment that is
still scaling down done. Source: kubectl/pkg/polymorphichelpers/rollout_status.go; krane's rules for doomed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from alfred_tui.cluster.diagnosis.look_at import kubectl
from alfred_tui.cluster.diagnosis.pods import creation_failure, diagnose
from alfred_tui.cluster.diagnosis.scheduling_trouble import UNSCHEDULABLE
from alfred_tui.cluster.objects.ownership import Since
from alfred_tui.cluster.objects.partial import (
    Condition,
    Deployment,
    Event,
    Pod,
    ReplicaSet,
    StatefulSet,
    Workload,
)
from alfred_tui.cluster.objects.pod_status import condition_is_true
from alfred_tui.cluster.rollouts.deployment_rollout import deployment_rollout, new_replicaset
from alfred_tui.cluster.rollouts.set_rollouts import (
    blocked_by,
    daemon_set_rollout,
    kept_by_partition,
    stateful_set_rollout,
)
from alfred_tui.domain.cluster.workloads import Diagnosis, RolloutView

_NO_CHANGE = Since()


def assess(
    workload: Workload,
    replicasets: Sequence[ReplicaSet] = (),
    pods: Sequence[Pod] = (),
    *,
    now: float,
    since: Since = _NO_CHANGE,
    diagnoses: Mapping[str, Diagnosis] | None = None,
    events: Iterable[Event] = (),
) -> RolloutView:
    """One workload as a row.

    Of `replicasets` and `pods` those count that it owns. `diagnoses` holds its unwell pods' by uid; without
    it they are made here. `events` are warnings about a StatefulSet or DaemonSet, which has no condition for
    pods that cannot be created.
    """
    if isinstance(workload, Deployment):
        view, newest = deployment_rollout(workload, replicasets, pods, now, since)
    elif isinstance(workload, StatefulSet):
        view, newest = stateful_set_rollout(workload, pods)
    else:
        view, newest = daemon_set_rollout(workload, pods)
    if not view.began_at and since.changed_at:
        view = msgspec.structs.replace(view, began_at=since.changed_at)
    if workload.metadata.generation < since.generation:
        waits = f"Waiting for generation {since.generation} of the spec to be seen."
        return msgspec.structs.replace(view, phase="progressing", message=waits)
    if view.phase not in ("progressing", "paused", "failed"):
        return view
    if isinstance(workload, StatefulSet) and (stuck := _stuck(workload, pods, now, diagnoses)):
        return msgspec.structs.replace(view, phase="doomed", message=stuck)
    return _beyond_kubectl(view, workload, replicasets, newest, now, diagnoses, events)


def _stuck(
    sts: StatefulSet, pods: Iterable[Pod], now: float, diagnoses: Mapping[str, Diagnosis] | None
) -> str:
    """Which pod of an older revision holds the new one up for good; empty when none does."""
    for pod in blocked_by(sts, pods):
        found = _diagnosis(pod, now, diagnoses)
        if found is not None and found.doomed:
            name, namespace = pod.metadata.name, pod.metadata.namespace
            if kept_by_partition(sts, pod):
                return (
                    f"Kubernetes waits for {name}, which cannot become ready, before it replaces others; "
                    f"the partition keeps its revision, a deleted one comes back as it was. {found.sentence}"
                )
            delete = kubectl("delete", "pod", name, namespace=namespace)
            return (
                f"Kubernetes waits for {name} of the old revision, which cannot become ready, instead of "
                f"replacing it: {delete} lets the new one take its place. {found.sentence}"
            )
    return ""


def _beyond_kubectl(
    view: RolloutView,
    workload: Workload,
    replicasets: Sequence[ReplicaSet],
    newest: Sequence[Pod],
    now: float,
    diagnoses: Mapping[str, Diagnosis] | None,
    events: Iterable[Event],
) -> RolloutView:
    conditions = [*workload.status.conditions, *_newest_conditions(workload, replicasets)]
    # A Deployment's conditions say whether it fails now; its events tell of the last hour.
    failure = creation_failure(
        conditions,
        () if isinstance(workload, Deployment) else events,
        namespace=workload.metadata.namespace,
    )
    unwell = [found for pod in newest if (found := _diagnosis(pod, now, diagnoses)) is not None]
    lost = [one for one in unwell if one.doomed]
    homeless = [one for one in unwell if one.cause == UNSCHEDULABLE]
    if view.phase != "paused" and _is_lost(workload, len(newest), len(lost), len(homeless)):
        told = next((one for one in lost if one.last_words), lost[0])
        message = f"{len(lost)} of {len(newest)} new pods cannot come up. {told.whole}"
        if homeless and len(lost) < len(newest):
            message = _with(message, f"{len(homeless)} more: {homeless[0].sentence}")
        if view.phase == "failed":
            return msgspec.structs.replace(view, message=_with(view.message, message))
        return msgspec.structs.replace(view, phase="doomed", message=message)
    if failure is not None:
        return msgspec.structs.replace(view, message=_with(view.message, failure.sentence))
    held_up = _held_up(newest, now, diagnoses)
    return msgspec.structs.replace(view, message=_with(view.message, held_up)) if held_up else view


def _is_lost(workload: Workload, new: int, lost: int, homeless: int) -> bool:
    """Whether the rollout can be given up: of `new` pods so many are lost, and so many have no node.

    krane: a Deployment is lost when every new pod is, because one that comes up shows that the others may; a
    StatefulSet and a DaemonSet replace pods one by one, so one is enough. A pod that no node takes shows
    nothing, so it does not hold up the verdict of those that were tried, where these are the most: a single
    crash beside pods that wait for a bigger cluster may be that one node's.
    """
    if not isinstance(workload, Deployment):
        return lost > 0
    return lost > homeless and lost + homeless == new


def _with(message: str, more: str) -> str:
    return f"{message}{'' if message.endswith('.') else '.'} {more}"


def _held_up(newest: Sequence[Pod], now: float, diagnoses: Mapping[str, Diagnosis] | None) -> str:
    """What most of the new pods that are not ready have, though waiting may yet help."""
    found = [
        one
        for pod in newest
        if not condition_is_true(pod, "Ready") and (one := _diagnosis(pod, now, diagnoses)) is not None
    ]
    if not found:
        return ""
    group, count = Counter(one.group for one in found).most_common(1)[0]
    first = next(one for one in found if one.group == group)
    return f"{count} of {len(newest)} new pods: {first.sentence}"


def _diagnosis(pod: Pod, now: float, known: Mapping[str, Diagnosis] | None) -> Diagnosis | None:
    return diagnose(pod, now=now) if known is None else known.get(pod.metadata.uid)


def _newest_conditions(workload: Workload, replicasets: Sequence[ReplicaSet]) -> Sequence[Condition]:
    newest = new_replicaset(workload, replicasets) if isinstance(workload, Deployment) else None
    return newest.status.conditions if newest is not None else ()
