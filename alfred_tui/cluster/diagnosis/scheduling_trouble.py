"""Why a pod has no node: what the scheduler says of nodes, claims and gates."""

import re
from collections.abc import Sequence

from alfred_tui.cluster.diagnosis.container_trouble import SETTLING
from alfred_tui.cluster.diagnosis.look_at import kubectl
from alfred_tui.cluster.diagnosis.warnings import Warned, one_line
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.cluster.objects.pod_status import condition_of, epoch
from alfred_tui.domain.cluster.workloads import Diagnosis

UNSCHEDULABLE = "Unschedulable"
"""The cause of a pod for which the scheduler has looked, and has found no node."""
_NODES = re.compile(r"^(\d+)/(\d+) nodes are available: (.*)$", re.S)


def unscheduled(pod: Pod, warned: Sequence[Warned], now: float) -> Diagnosis | None:
    """Why a pod has no node. `warned` holds the warnings about it and about its claims, newest first."""
    condition = condition_of(pod, "PodScheduled")
    event = next((one for one in warned if one.reason == "FailedScheduling"), None)
    if condition is not None and condition.reason == "SchedulingGated":
        return Diagnosis(
            cause="SchedulingGated",
            sentence="It waits for its scheduling gates to be removed.",
            look_at="spec.schedulingGates and the controller that removes them.",
            began_at=epoch(condition.last_transition_time),
            group="SchedulingGated",
        )
    failed = condition is not None and condition.status == "False"
    message = (condition.message if condition is not None and failed else "") or (
        event.message if event else ""
    )
    if not message:
        return _unnoticed(pod, now)
    began = epoch(condition.last_transition_time) if condition is not None else 0.0
    sentence, look_at = _why_unscheduled(pod, message, warned)
    return Diagnosis(
        cause=UNSCHEDULABLE,
        sentence=sentence,
        look_at=look_at,
        began_at=began or (event.first_at if event else 0.0),
        group=f"Unschedulable ({_reasons(message)})",
    )


def _unnoticed(pod: Pod, now: float) -> Diagnosis | None:
    made = epoch(pod.metadata.creation_timestamp)
    if not made or now - made < SETTLING:
        return None
    return Diagnosis(
        cause="Unscheduled",
        sentence="No scheduler has said anything about it yet.",
        look_at="The schedulerName of the pod; does that scheduler run?",
        began_at=made,
        group="Unscheduled",
    )


def _reasons(message: str) -> str:
    """Why no node takes it, without what the scheduler says of preemption behind it.

    `FitError.Error` in kube-scheduler's framework/types.go: the reasons end with a full stop, and what the
    post-filter plugins said follows.
    """
    found = _NODES.match(message)
    return one_line(re.split(r"\.(?:\s|$)", found[3] if found else message, maxsplit=1)[0])


_LOST_CLAIM = re.compile(r'^persistentvolumeclaim "([^"]+)" not found')


def _claims(pod: Pod, reasons: str, warned: Sequence[Warned]) -> str:
    """What is wrong with its claims, empty when nothing is."""
    if lost := _LOST_CLAIM.match(reasons):
        return f"It needs the PersistentVolumeClaim {lost[1]}, which does not exist here"
    if "unbound immediate PersistentVolumeClaims" not in reasons:
        return ""
    refs = [one.persistent_volume_claim for one in pod.spec.volumes]
    names = ", ".join(one.claim_name for one in refs if one is not None)
    failed = next((one.message for one in warned if one.reason == "ProvisioningFailed"), "")
    which = f" ({names})" if names else ""
    return f"It has unbound PersistentVolumeClaims{which}: {failed or 'no volume is there for them yet'}"


def _why_unscheduled(pod: Pod, message: str, warned: Sequence[Warned]) -> tuple[str, str]:
    found = _NODES.match(message)
    if found is None:
        return f"It cannot be scheduled: {one_line(message)}.", "The pod's events."
    reasons = _reasons(message)
    look_at_claims = kubectl("describe", "persistentvolumeclaim", namespace=pod.metadata.namespace)
    if claims := _claims(pod, reasons, warned):
        return f"{claims}.", look_at_claims
    sentence = f"No node takes it ({found[1]} of {found[2]} would): {reasons}"
    if "Insufficient" in reasons:
        return (
            f"{sentence}; it asks for {_requests(pod)}.",
            "kubectl describe nodes; room, or smaller requests.",
        )
    looks = []
    if "affinity" in reasons or "selector" in reasons:
        looks.append("Node labels against nodeSelector and affinity of the pod.")
    if "taint" in reasons:
        looks.append("Taints of the nodes and tolerations of the pod.")
    if looks:
        return f"{sentence}.", " ".join(looks)
    if "PersistentVolumeClaim" in reasons or "volume" in reasons:
        return f"{sentence}.", look_at_claims
    return f"{sentence}.", "The pod's events."


def _requests(pod: Pod) -> str:
    listed: dict[str, list[str]] = {}
    for container in pod.spec.containers:
        for name, quantity in container.resources.requests.items():
            listed.setdefault(name, []).append(str(quantity))
    return ", ".join(f"{' + '.join(values)} {name}" for name, values in listed.items()) or "nothing"
