"""Why a pod is not well, in one sentence, and the next thing to look at.

From conditions, container states and Events, in the order in which one explains the others: a pod on a dead
node is not "not ready", and an unscheduled one has no containers to look at.
"""

import re
from collections.abc import Iterable, Sequence

import msgspec

from alfred_tui.cluster.diagnosis.container_trouble import STARTING, UNHURRIED, trouble
from alfred_tui.cluster.diagnosis.likeness import alike
from alfred_tui.cluster.diagnosis.look_at import kubectl
from alfred_tui.cluster.diagnosis.scheduling_trouble import unscheduled
from alfred_tui.cluster.diagnosis.warnings import Warned, one_line, warnings_of
from alfred_tui.cluster.objects.partial import Condition, Container, ContainerStatus, Event, Meta, Pod
from alfred_tui.cluster.objects.pod_status import condition_is_true, condition_of, epoch
from alfred_tui.domain.cluster.workloads import Diagnosis

OVERDUE = 10.0
"""Seconds after its grace period at which a pod that is still there counts as stuck."""

_VOLUME = frozenset({"FailedMount", "FailedAttachVolume", "FailedMapVolume", "VolumeResizeFailed"})
_SANDBOX = frozenset({"FailedCreatePodSandBox", "FailedPodSandBoxStatus", "NetworkNotReady"})


def diagnose(
    pod: Pod, events: Iterable[Event] = (), *, now: float, node_ready: bool | None = None
) -> Diagnosis | None:
    """What is wrong with the pod, or None when it is well, done, or only just starting or ending.

    `node_ready` is whether its node is, None when that is not known. `now` is epoch seconds.
    """
    if pod.status.phase == "Succeeded" or (node_ready is not False and _plainly_well(pod)):
        return None
    found = _found(pod, events, now, node_ready)
    if found is None:
        return None
    return msgspec.structs.replace(
        found, group=alike(pod, found.group), began_at=found.began_at or _unready_since(pod)
    )


def _found(pod: Pod, events: Iterable[Event], now: float, node_ready: bool | None) -> Diagnosis | None:
    if pod.metadata.deletion_timestamp is not None:
        return _terminating(pod, now, node_ready)
    warned = warnings_of(events)
    if pod.status.phase == "Failed":
        return _failed(pod, warned, now)
    if not pod.spec.node_name:
        return unscheduled(pod, warned, now)
    if node_ready is False:
        return _node_lost(pod)
    return (
        _starting(pod, warned, now) or _containers(pod, warned, now) or _gates(pod) or _not_marked_ready(pod)
    )


def _plainly_well(pod: Pod) -> bool:
    """The common case, told apart cheaply: ready, not ending, and never restarted."""
    if pod.metadata.deletion_timestamp is not None or not condition_is_true(pod, "Ready"):
        return False
    return not any(one.restart_count for one in pod.status.container_statuses)


def _unready_since(pod: Pod) -> float:
    """Where nothing says when a trouble began: since when the pod is not ready, or there at all."""
    ready = condition_of(pod, "Ready")
    since = ready.last_transition_time if ready is not None and ready.status != "True" else None
    return epoch(since or pod.metadata.creation_timestamp)


def _terminating(pod: Pod, now: float, node_ready: bool | None) -> Diagnosis | None:
    # The API server sets deletionTimestamp to the end of the grace period, not to its begin.
    due = epoch(pod.metadata.deletion_timestamp)
    if now < due + OVERDUE:
        return None
    finalizers = ", ".join(pod.metadata.finalizers)
    if finalizers:
        why = f"the finalizer {finalizers} is not removed"
        group = finalizers
        look_at = "The controller that owns the finalizer."
    elif node_ready is False:
        why = f"its node {pod.spec.node_name} is not ready, so nobody confirms that it stopped"
        group = f"{pod.spec.node_name} not ready"
        look_at = kubectl("describe", "node", pod.spec.node_name)
    else:
        why = group = "its containers have not stopped within their grace period"
        look_at = f"The kubelet of the node {pod.spec.node_name or '(none)'}."
    return Diagnosis(
        cause="Terminating",
        sentence=f"It is stuck terminating: {why}.",
        look_at=look_at,
        began_at=due,
        group=f"Terminating ({group})",
    )


def _failed(pod: Pod, warned: Sequence[Warned], now: float) -> Diagnosis:
    reason, said = pod.status.reason, one_line(pod.status.message)
    began = epoch(next((c.last_transition_time for c in pod.status.conditions if c.type == "Ready"), None))
    if reason == "Evicted":
        return Diagnosis(
            cause="Evicted",
            sentence=f"It was evicted from {pod.spec.node_name or 'its node'}: {said or 'no reason told'}.",
            look_at=kubectl("describe", "node", pod.spec.node_name),
            began_at=began,
            group=f"Evicted ({said.split('. ')[0]})",
        )
    ended = _containers(pod, warned, now) if not reason else None
    if ended is not None:
        return msgspec.structs.replace(ended, doomed=True)
    # krane: a pod that was pushed aside is replaced; any other that has failed for good is not.
    return Diagnosis(
        cause=reason or "Failed",
        sentence=f"It has failed{f' ({reason})' if reason else ''}{f': {said}' if said else ''}.",
        look_at="The pod's events.",
        began_at=began,
        doomed=reason not in ("Preempting", "NodeShutdown", "Terminated", "NodeLost"),
        group=f"{reason or 'Failed'} ({said})",
    )


def _node_lost(pod: Pod) -> Diagnosis:
    condition = condition_of(pod, "Ready")
    return Diagnosis(
        cause="NodeNotReady",
        sentence=f"Its node {pod.spec.node_name} is not ready; what its containers do is unknown.",
        look_at=kubectl("describe", "node", pod.spec.node_name),
        began_at=epoch(condition.last_transition_time) if condition and condition.status == "False" else 0.0,
        group=f"NodeNotReady {pod.spec.node_name}",
    )


def _starting(pod: Pod, warned: Sequence[Warned], now: float) -> Diagnosis | None:
    """Volumes and network, while no container could start yet because of them."""
    statuses = [*pod.status.init_container_statuses, *pod.status.container_statuses]
    held = [one for one in statuses if one.state.waiting is not None]
    if len(held) < len(statuses) or any(
        one.state.waiting and one.state.waiting.reason not in STARTING for one in held
    ):
        return None
    for one in warned:
        if one.reason in _VOLUME:
            return Diagnosis(
                cause=one.reason,
                sentence=f"A volume cannot be mounted: {one.message}.",
                look_at="The Secret, ConfigMap or claim that the message names.",
                began_at=one.first_at,
                group=f"{one.reason} ({one.message})",
            )
        if one.reason in _SANDBOX:
            return Diagnosis(
                cause=one.reason,
                sentence=f"Its network sandbox cannot be made: {one.message}.",
                look_at=f"The network plugin on the node {pod.spec.node_name}.",
                began_at=one.first_at,
                group=f"{one.reason} ({one.message})",
            )
    scheduled = condition_of(pod, "PodScheduled")
    since = epoch(scheduled.last_transition_time) if scheduled is not None else 0.0
    if not since or now - since < UNHURRIED:
        return None
    return Diagnosis(
        cause="ContainerCreating",
        sentence="No container has been started yet, and no warning says why: an image that is being pulled, "
        "or a volume.",
        look_at=kubectl("describe", "pod", pod.metadata.name, namespace=pod.metadata.namespace),
        began_at=since,
        group="ContainerCreating",
    )


def _containers(pod: Pod, warned: Sequence[Warned], now: float) -> Diagnosis | None:
    specs = {one.name: one for one in (*pod.spec.init_containers, *pod.spec.containers)}
    found = [
        one
        for statuses, init in (
            (pod.status.init_container_statuses, True),
            (pod.status.container_statuses, False),
        )
        for one in _each(pod.metadata, statuses, specs, warned, now, init)
    ]
    # A doomed container explains more than one that only is not ready; among equals the first as listed.
    return max(
        found,
        key=lambda one: (one.doomed, one.cause not in ("NotReady", "Unhealthy", "Restarted")),
        default=None,
    )


def _each(
    pod: Meta,
    statuses: Sequence[ContainerStatus],
    specs: dict[str, Container],
    warned: Sequence[Warned],
    now: float,
    init: bool,
) -> Iterable[Diagnosis]:
    for status in statuses:
        spec = specs.get(status.name) or Container(name=status.name)
        found = trouble(pod, status, spec, warned, now=now, init=init and spec.restart_policy != "Always")
        if found is not None:
            yield found


def _not_marked_ready(pod: Pod) -> Diagnosis | None:
    """Its containers are ready and it is not: a Service sends it nothing, whatever READY says."""
    ready, statuses = condition_of(pod, "Ready"), pod.status.container_statuses
    if ready is None or ready.status == "True" or not statuses or not all(one.ready for one in statuses):
        return None
    said = one_line(ready.message) or ready.reason
    return Diagnosis(
        cause="NotReady",
        sentence=f"Its containers are ready, but its condition Ready is {ready.status}"
        f"{f' ({said})' if said else ''}: no Service sends it anything.",
        look_at=f"The kubelet of the node {pod.spec.node_name}: it has to report the pod again.",
        began_at=epoch(ready.last_transition_time),
        group="NotReady (condition)",
    )


def _gates(pod: Pod) -> Diagnosis | None:
    ready = condition_of(pod, "Ready")
    if ready is None or ready.status != "False" or ready.reason != "ReadinessGatesNotReady":
        return None
    return Diagnosis(
        cause="ReadinessGatesNotReady",
        sentence=f"Its containers are ready, but a readiness gate is not: {one_line(ready.message)}.",
        look_at="The controller that sets the gate's condition (a load balancer's, mostly).",
        began_at=epoch(ready.last_transition_time),
        group=f"ReadinessGatesNotReady ({one_line(ready.message)})",
    )


def creation_failure(
    conditions: Iterable[Condition], events: Iterable[Event] = (), *, namespace: str
) -> Diagnosis | None:
    """Why a workload's controller cannot create pods: quota, admission, a missing service account.

    From the `ReplicaFailure` condition of a Deployment or ReplicaSet, else from `FailedCreate` warnings about
    the ReplicaSet, StatefulSet or DaemonSet: there is no pod that could tell.
    """
    for one in conditions:
        if one.type == "ReplicaFailure" and one.status == "True":
            return _creation(one.message, epoch(one.last_transition_time), namespace)
    for warned in warnings_of(events):
        if warned.reason == "FailedCreate":
            return _creation(warned.message, warned.first_at, namespace)
    return None


_QUOTA = re.compile(r"exceeded quota: (.+), requested: (.+), used: (.+), limited: (.+)$")


def _creation(message: str, began: float, namespace: str) -> Diagnosis:
    said = one_line(message)
    quota = _QUOTA.search(said)
    if quota is not None:
        said = f"exceeded quota: {quota[1]} ({quota[2]} asked for, {quota[3]} of {quota[4]} used)"
    return Diagnosis(
        cause="FailedCreate",
        sentence=f"Its pods cannot be created: {said}.",
        look_at=kubectl("describe", "resourcequota", namespace=namespace)
        if "quota: " in said
        else "Admission and the service account it names.",
        began_at=began,
        group=f"FailedCreate ({said})",
    )
