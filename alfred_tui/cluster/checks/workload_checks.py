"""Checks over what the cluster holds: pure functions from lists of objects to a verdict with its evidence.

Nothing found is never a pass: a service without pods, a namespace without claims, an autoscaler that is not
there each say so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from alfred_tui.cluster.checks.verdicts import Verdict, broken, held
from alfred_tui.cluster.objects import network_objects as net
from alfred_tui.cluster.objects.partial import Condition, DaemonSet, DaemonSetStatus, Pod, Workload
from alfred_tui.cluster.objects.pod_status import condition_is_true, shown, status_text
from alfred_tui.cluster.objects.quantities import number
from alfred_tui.domain.cluster.workloads import Diagnosis, PodUsage


def pods_ready(
    service: str,
    pods: Sequence[Pod],
    restarts_before: Mapping[str, int],
    allowed: int,
    why: Callable[[Pod], Diagnosis | None],
) -> Verdict:
    """All pods of a service are ready or completed, with no more than the allowed restarts since.

    `why` tells what is wrong with one that is not.
    """
    live = [pod for pod in pods if pod.metadata.deletion_timestamp is None]
    if not live:
        return broken(service, "has no pods")
    if unready := unready_told(live, why):
        return broken(service, unready)
    for pod in live:
        new = shown(pod).restarts - restarts_before.get(pod.metadata.uid, 0)
        if new > allowed:
            return broken(service, f"{pod.metadata.name} restarted {new} times since the run began")
    return held(service, f"{len(live)} of {len(live)} pods ready")


def unready_told(pods: Sequence[Pod], why: Callable[[Pod], Diagnosis | None]) -> str:
    """How many of them are not ready, and why the first is not, as `why` has it; empty when all are."""
    unwell = [pod for pod in pods if is_unready(pod)]
    if not unwell:
        return ""
    first = unwell[0]
    found = why(first)
    told = f"{first.metadata.name} is {status_text(first)}{f'. {found.whole}' if found else ''}"
    return f"{len(unwell)} of {len(pods)} pods are not ready: {told}"


def is_unready(pod: Pod) -> bool:
    """Whether it is neither ready nor done."""
    return pod.status.phase != "Succeeded" and not condition_is_true(pod, "Ready")


def resources_set(service: str, workload: Workload | None, how: str = "there is no workload") -> Verdict:
    """Every container that lasts has cpu and memory requests and limits, and no request exceeds its limit.

    `how` says why there is no workload.
    """
    if workload is None:
        return broken(service, how)
    spec = workload.spec.template.spec
    sidecars = [one for one in spec.init_containers if one.restart_policy == "Always"]
    for container in (*sidecars, *spec.containers):
        have = container.resources
        for resource in ("cpu", "memory"):
            for kind, given in (("request", have.requests), ("limit", have.limits)):
                if resource not in given:
                    return broken(service, f"container {container.name} has no {resource} {kind}")
            if number(have.requests[resource]) > number(have.limits[resource]):
                return broken(service, f"container {container.name} requests more {resource} than its limit")
    told = [
        f"{c.name} cpu {c.resources.requests['cpu']}…{c.resources.limits['cpu']} "
        f"memory {c.resources.requests['memory']}…{c.resources.limits['memory']}"
        for c in (*spec.containers, *sidecars)
    ]
    return (
        held(service, "; ".join(told))
        if spec.containers
        else broken(service, "its template has no containers")
    )


def workload_there(
    service: str, workload: Workload | None, pods: int, services: Sequence[str], how: str = ""
) -> Verdict:
    """The service's workload exists, with pods and a Service that leads to them; a DaemonSet's need none.

    `how` says how the workload was found, or why it was not.
    """
    if workload is None:
        return broken(service, how)
    if not services and not isinstance(workload, DaemonSet):
        return broken(service, f"no Service {service}, and none that selects the pods of {how}")
    if not pods:
        return broken(service, f"no pods of {how}")
    status = workload.status
    ready = status.number_available if isinstance(status, DaemonSetStatus) else status.available_replicas
    told = f"{how} {ready} available, {pods} pods"
    return held(service, told + (f", Service {' and '.join(services)}" if services else ""))


def autoscaler_sane(
    service: str, autoscalers: Sequence[net.Autoscaler], workload: Workload | None
) -> Verdict:
    """An HPA targets the service's workload, its bounds are sane, and it says ScalingActive."""
    name = service if workload is None else workload.metadata.name
    kinds = ("Deployment", "StatefulSet") if workload is None else (type(workload).__name__,)
    targets = [(one.spec.scale_target_ref, one) for one in autoscalers]
    ours = [one for target, one in targets if target.kind in kinds and target.name == name]
    if not ours:
        return broken(service, "has no HorizontalPodAutoscaler")
    one = ours[0]
    low = 1 if one.spec.min_replicas is None else one.spec.min_replicas
    told = f"{one.metadata.name} {low}…{one.spec.max_replicas}, now {one.status.current_replicas}"
    if len(ours) > 1:
        return broken(service, f"{len(ours)} autoscalers target it and will fight")
    if workload is None:
        kind = one.spec.scale_target_ref.kind
        return broken(service, f"{one.metadata.name} targets a {kind} that is not there")
    if low > one.spec.max_replicas or one.spec.max_replicas < 1:
        return broken(service, f"{told}: the bounds are crossed")
    if not one.spec.metrics:
        return broken(service, f"{told}: it scales on no metric")
    active = _condition(one.status.conditions or (), "ScalingActive")
    if active is None:
        return broken(service, f"{told}: it has not said yet whether it can scale", "inconclusive")
    if active.status != "True" and active.reason != "ScalingDisabled":
        return broken(service, f"{told}: not scaling: {active.reason} {active.message}")
    return held(service, told)


def _condition(conditions: Iterable[Condition], kind: str) -> Condition | None:
    return next((one for one in conditions if one.type == kind), None)


def claims_bound(claims: Sequence[net.Claim], classes: Sequence[net.StorageClass]) -> list[Verdict]:
    """Every claim is Bound, and the class it names exists."""
    known = {one.metadata.name for one in classes}
    found = []
    for claim in claims:
        name, storage = claim.metadata.name, claim.spec.storage_class_name
        if claim.status.phase != "Bound":
            found.append(broken(name, f"is {claim.status.phase or 'without a phase'}, not Bound"))
        elif storage and storage not in known:
            found.append(broken(name, f"names the storage class {storage}, which does not exist"))
        else:
            found.append(held(name, f"Bound to {claim.spec.volume_name} ({storage or 'no class'})"))
    return found


def pod_security(namespace: net.Namespace, level: str) -> Verdict:
    """The namespace enforces Pod Security admission at `level` or stricter."""
    order = ("privileged", "baseline", "restricted")
    enforced = namespace.metadata.labels.get("pod-security.kubernetes.io/enforce", "")
    label = f"namespace {namespace.metadata.name}"
    if enforced not in order:
        return broken(label, "enforces no Pod Security level (label pod-security.kubernetes.io/enforce)")
    if order.index(enforced) < order.index(level):
        return broken(label, f"enforces {enforced}, less than {level}")
    return held(label, f"enforces {enforced}")


def admitted(service: str, pods: Sequence[Pod], nothing: str, namespace: str) -> Verdict:
    """The service's pods are in the namespace whose admission was looked at; `nothing` says that none are."""
    if not pods:
        return broken(service, nothing, "inconclusive")
    return held(service, f"{len(pods)} pods in {namespace}")


def usage_within(
    service: str, usage: Sequence[PodUsage], resource: str, maximum: float, pods: Iterable[str] = ()
) -> Verdict:
    """Each container's use is at most this share of its limit. `pods` are those that should be measured."""
    if not usage:
        return broken(service, "no usage is reported for its pods", "inconclusive")
    unmeasured = sorted(set(pods) - {one.name for one in usage})
    if unmeasured:
        return broken(service, f"no usage is reported for {unmeasured[0]}", "inconclusive")
    highest, where = 0.0, ""
    for pod in usage:
        for container in pod.containers:
            used = container.cpu if resource == "cpu" else container.memory
            limit = container.cpu_limit if resource == "cpu" else container.memory_limit
            if not limit:
                why = f"{pod.name} {container.name} has no {resource} limit to hold it to"
                return broken(service, why, "inconclusive")
            if used / limit >= highest:
                # Limits are each container's own, so of several it has to be said which one it is.
                which = f" {container.name}" if len(pod.containers) > 1 else ""
                highest, where = used / limit, f"{pod.name}{which}"
    told = f"highest {highest:.0%} of its limit ({where})"
    return held(service, told) if highest <= maximum else broken(service, f"{told}, above {maximum:.0%}")


def secret_keys_present(name: str, have: Mapping[str, bool], wanted: Sequence[str]) -> list[Verdict]:
    """Each key exists and has a value; what the value is, nobody looks at."""
    found = []
    for key in wanted:
        if key not in have:
            found.append(broken(f"{name} {key}", "is not there"))
        elif not have[key]:
            found.append(broken(f"{name} {key}", "is there and empty"))
        else:
            found.append(held(f"{name} {key}", "is there and not empty"))
    return found
