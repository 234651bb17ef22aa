"""Checks over what the cluster holds: pure functions from lists of objects to a verdict with its evidence.

Nothing found is never a pass: a service without pods, a namespace without claims, an autoscaler that is not
there each say so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from alfred_tui.cluster import network_objects as net
from alfred_tui.cluster.objects import Condition, DaemonSet, DaemonSetStatus, Pod, Selector, Workload
from alfred_tui.cluster.pod_status import condition_is_true, shown, status_text
from alfred_tui.cluster.quantities import number
from alfred_tui.domain.evidence import Evidence, Outcome, Status, worst
from alfred_tui.domain.workloads import Diagnosis, PodUsage


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A fact about one subject, and whether it holds."""

    status: Status
    fact: Evidence


def _held(label: str, value: str) -> Verdict:
    return Verdict(status="passed", fact=Evidence(label=label, value=value, ok=True))


def _broken(label: str, value: str, status: Status = "failed") -> Verdict:
    return Verdict(status=status, fact=Evidence(label=label, value=value, ok=False))


def _exempt(label: str, value: str) -> Verdict:
    return Verdict(status="skipped", fact=Evidence(label=label, value=value))


def outcome(verdicts: Sequence[Verdict], nothing: str) -> Outcome:
    """All verdicts as one: the worst decides, its first fact is the reason. No verdict is inconclusive."""
    facts = tuple(one.fact for one in verdicts)
    # What is exempt proves nothing for the others, nor by itself.
    verdicts = [one for one in verdicts if one.status != "skipped"]
    if not verdicts:
        return Outcome(status="inconclusive", reason=nothing, evidence=facts)
    status = worst([one.status for one in verdicts])
    if status == "passed":
        return Outcome(status="passed", evidence=facts)
    bad = [one.fact for one in verdicts if one.status == status]
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return Outcome(status=status, reason=f"{bad[0].label}: {bad[0].value}{more}", evidence=facts)


def selects(selector: Selector | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector fits; an empty one fits everything, None nothing."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in selector.match_labels.items()):
        return False
    return all(_expression(one, labels) for one in selector.match_expressions)


def _expression(one: Selector.Expression, labels: Mapping[str, str]) -> bool:
    match one.operator:
        case "In":
            return labels.get(one.key) in one.values
        case "NotIn":
            return labels.get(one.key) not in one.values
        case "Exists":
            return one.key in labels
        case "DoesNotExist":
            return one.key not in labels
    return False


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
        return _broken(service, "has no pods")
    unwell = [pod for pod in live if is_unready(pod)]
    if unwell:
        first = unwell[0]
        found = why(first)
        told = f"{first.metadata.name} is {status_text(first)}{f'. {found.whole}' if found else ''}"
        return _broken(service, f"{len(unwell)} of {len(live)} pods are not ready: {told}")
    for pod in live:
        new = shown(pod).restarts - restarts_before.get(pod.metadata.uid, 0)
        if new > allowed:
            return _broken(service, f"{pod.metadata.name} restarted {new} times since the run began")
    return _held(service, f"{len(live)} of {len(live)} pods ready")


def is_unready(pod: Pod) -> bool:
    """Whether it is neither ready nor done."""
    return pod.status.phase != "Succeeded" and not condition_is_true(pod, "Ready")


def policies_cover(
    service: str, pods: Sequence[Pod], policies: Sequence[net.NetworkPolicy], directions: Iterable[str]
) -> Verdict:
    """Every pod is selected by a NetworkPolicy for each direction (API reference, NetworkPolicySpec)."""
    if not pods:
        return _broken(service, "has no pods to cover", "inconclusive")
    names: set[str] = set()
    for pod in pods:
        ours = [one for one in policies if selects(one.spec.pod_selector, pod.metadata.labels)]
        names |= {one.metadata.name for one in ours}
        for direction in directions:
            if not any(direction in _directions(one) for one in ours):
                return _broken(service, f"no NetworkPolicy covers {direction} of {pod.metadata.name}")
    return _held(service, f"covered by {', '.join(sorted(names))}")


def _directions(policy: net.NetworkPolicy) -> tuple[str, ...]:
    """policyTypes; unset means Ingress, and Egress too where there are egress rules."""
    if policy.spec.policy_types:
        return tuple(policy.spec.policy_types)
    return ("Ingress", "Egress") if policy.spec.egress else ("Ingress",)


def resources_set(service: str, workload: Workload | None) -> Verdict:
    """Every container that lasts has cpu and memory requests and limits, and no request exceeds its limit."""
    if workload is None:
        return _broken(service, "there is no Deployment, StatefulSet or DaemonSet of that name")
    spec = workload.spec.template.spec
    sidecars = [one for one in spec.init_containers if one.restart_policy == "Always"]
    for container in (*sidecars, *spec.containers):
        have = container.resources
        for resource in ("cpu", "memory"):
            for kind, given in (("request", have.requests), ("limit", have.limits)):
                if resource not in given:
                    return _broken(service, f"container {container.name} has no {resource} {kind}")
            if number(have.requests[resource]) > number(have.limits[resource]):
                return _broken(service, f"container {container.name} requests more {resource} than its limit")
    told = [
        f"{c.name} cpu {c.resources.requests['cpu']}…{c.resources.limits['cpu']} "
        f"memory {c.resources.requests['memory']}…{c.resources.limits['memory']}"
        for c in (*spec.containers, *sidecars)
    ]
    return (
        _held(service, "; ".join(told))
        if spec.containers
        else _broken(service, "its template has no containers")
    )


def workload_there(service: str, workload: Workload | None, pods: int, has_service: bool) -> Verdict:
    """The service's workload exists, with pods and a Service; a DaemonSet's pods need none."""
    if workload is None:
        more = "" if has_service else " and no Service"
        return _broken(service, f"no Deployment, StatefulSet or DaemonSet{more}")
    if not has_service and not isinstance(workload, DaemonSet):
        return _broken(service, "no Service")
    if not pods:
        return _broken(service, "no pods")
    status = workload.status
    ready = status.number_available if isinstance(status, DaemonSetStatus) else status.available_replicas
    told = f"{type(workload).__name__} {ready} available, {pods} pods" + ", Service" * has_service
    return _held(service, told)


def autoscaler_sane(
    service: str, autoscalers: Sequence[net.Autoscaler], workload: Workload | None
) -> Verdict:
    """An HPA targets the service's workload, its bounds are sane, and it says ScalingActive."""
    kinds = ("Deployment", "StatefulSet") if workload is None else (type(workload).__name__,)
    targets = [(one.spec.scale_target_ref, one) for one in autoscalers]
    ours = [one for target, one in targets if target.kind in kinds and target.name == service]
    if not ours:
        return _broken(service, "has no HorizontalPodAutoscaler")
    one = ours[0]
    low = 1 if one.spec.min_replicas is None else one.spec.min_replicas
    told = f"{one.metadata.name} {low}…{one.spec.max_replicas}, now {one.status.current_replicas}"
    if len(ours) > 1:
        return _broken(service, f"{len(ours)} autoscalers target it and will fight")
    if workload is None:
        kind = one.spec.scale_target_ref.kind
        return _broken(service, f"{one.metadata.name} targets a {kind} that is not there")
    if low > one.spec.max_replicas or one.spec.max_replicas < 1:
        return _broken(service, f"{told}: the bounds are crossed")
    if not one.spec.metrics:
        return _broken(service, f"{told}: it scales on no metric")
    active = _condition(one.status.conditions or (), "ScalingActive")
    if active is None:
        return _broken(service, f"{told}: it has not said yet whether it can scale", "inconclusive")
    if active.status != "True" and active.reason != "ScalingDisabled":
        return _broken(service, f"{told}: not scaling: {active.reason} {active.message}")
    return _held(service, told)


def _condition(conditions: Iterable[Condition], kind: str) -> Condition | None:
    return next((one for one in conditions if one.type == kind), None)


def claims_bound(claims: Sequence[net.Claim], classes: Sequence[net.StorageClass]) -> list[Verdict]:
    """Every claim is Bound, and the class it names exists."""
    known = {one.metadata.name for one in classes}
    found = []
    for claim in claims:
        name, storage = claim.metadata.name, claim.spec.storage_class_name
        if claim.status.phase != "Bound":
            found.append(_broken(name, f"is {claim.status.phase or 'without a phase'}, not Bound"))
        elif storage and storage not in known:
            found.append(_broken(name, f"names the storage class {storage}, which does not exist"))
        else:
            found.append(_held(name, f"Bound to {claim.spec.volume_name} ({storage or 'no class'})"))
    return found


def endpoints_ready(service: net.Service, slices: Sequence[net.EndpointSlice]) -> Verdict:
    """A Service has a ready endpoint. One without a selector or with an external name is exempt, and told."""
    if service.spec.type == "ExternalName":
        return _exempt(service.metadata.name, "is a name outside the cluster; it has no endpoints")
    if not service.spec.selector:
        return _exempt(
            service.metadata.name, "has no selector; whoever writes its endpoints answers for them"
        )
    ready = ready_endpoints(service.metadata.name, slices)
    if not ready:
        return _broken(service.metadata.name, "has no ready endpoint")
    return _held(service.metadata.name, f"{ready} ready endpoints")


def ready_endpoints(service: str, slices: Sequence[net.EndpointSlice]) -> int:
    """How many addresses of the Service's slices are ready."""
    ours = [one for one in slices if one.metadata.labels.get("kubernetes.io/service-name") == service]
    return len(
        {
            address
            for one in ours
            for endpoint in one.endpoints or ()
            if endpoint.conditions.ready is not False
            for address in endpoint.addresses or ()
        }
    )


def ingress_backends(
    ingress: net.Ingress, services: Mapping[str, net.Service], slices: Sequence[net.EndpointSlice]
) -> list[Verdict]:
    """Every backend names a Service port that exists and has ready endpoints."""
    name = ingress.metadata.name
    found = []
    backends = [("default backend", ingress.spec.default_backend)] if ingress.spec.default_backend else []
    for rule in ingress.spec.rules or ():
        paths = rule.http.paths or () if rule.http else ()
        backends += [(f"{rule.host or '*'}{path.path}", path.backend) for path in paths]
    for where, backend in backends:
        label = f"{name} {where}"
        if backend is None or backend.service is None:
            found.append(
                _broken(label, "its backend is a resource, which is not checked here", "inconclusive")
            )
            continue
        service = services.get(backend.service.name)
        wanted = backend.service.port
        port = wanted.name or str(wanted.number)
        if service is None:
            found.append(_broken(label, f"names the Service {backend.service.name}, which does not exist"))
        elif not any(port in (one.name, str(one.port)) for one in service.spec.ports):
            found.append(_broken(label, f"names port {port}, which {backend.service.name} does not have"))
        elif not ready_endpoints(backend.service.name, slices):
            found.append(_broken(label, f"{backend.service.name} has no ready endpoint"))
        else:
            found.append(_held(label, f"→ {backend.service.name}:{port}"))
    if not backends:
        found.append(_broken(name, "has no backend"))
    return found


def mesh_routes(
    routes: Sequence[net.VirtualService], rules: Sequence[net.DestinationRule], services: Iterable[str]
) -> list[Verdict]:
    """Every route's host is a Service of the namespace and its subset one that a DestinationRule defines.

    Hosts elsewhere (another namespace's, or a ServiceEntry's) are not read here, and say so.
    """
    known = set(services)
    subsets = {
        (_service(rule.spec.host, rule.metadata.namespace), one.name)
        for rule in rules
        for one in rule.spec.subsets or ()
    }
    found = []
    for route in routes:
        for one in (*(route.spec.http or ()), *(route.spec.tcp or ()), *(route.spec.tls or ())):
            for leg in one.route or ():
                host = _service(leg.destination.host, route.metadata.namespace)
                subset = leg.destination.subset
                label = f"{route.metadata.name} → {leg.destination.host}" + (f" {subset}" if subset else "")
                if not host:
                    why = "is no Service of this namespace and is not looked at"
                    found.append(_broken(label, why, "inconclusive"))
                elif host not in known:
                    found.append(_broken(label, "there is no Service of that name"))
                elif subset and (host, subset) not in subsets:
                    found.append(_broken(label, f"no DestinationRule defines the subset {subset}"))
                else:
                    weight = f" with weight {leg.weight}" if leg.weight is not None else ""
                    found.append(_held(label, f"exists{weight}"))
    return found


def _service(host: str, namespace: str) -> str:
    """The Service of that namespace which a mesh host means; empty when it is something else."""
    name, _, rest = host.partition(".")
    own = ("", namespace, f"{namespace}.svc", f"{namespace}.svc.cluster.local")
    return name if rest in own else ""


def pod_security(namespace: net.Namespace, level: str) -> Verdict:
    """The namespace enforces Pod Security admission at `level` or stricter."""
    order = ("privileged", "baseline", "restricted")
    enforced = namespace.metadata.labels.get("pod-security.kubernetes.io/enforce", "")
    label = f"namespace {namespace.metadata.name}"
    if enforced not in order:
        return _broken(label, "enforces no Pod Security level (label pod-security.kubernetes.io/enforce)")
    if order.index(enforced) < order.index(level):
        return _broken(label, f"enforces {enforced}, less than {level}")
    return _held(label, f"enforces {enforced}")


def usage_within(
    service: str, usage: Sequence[PodUsage], resource: str, maximum: float, pods: Iterable[str] = ()
) -> Verdict:
    """Each container's use is at most this share of its limit. `pods` are those that should be measured."""
    if not usage:
        return _broken(service, "no usage is reported for its pods", "inconclusive")
    unmeasured = sorted(set(pods) - {one.name for one in usage})
    if unmeasured:
        return _broken(service, f"no usage is reported for {unmeasured[0]}", "inconclusive")
    highest, where = 0.0, ""
    for pod in usage:
        for container in pod.containers:
            used = container.cpu if resource == "cpu" else container.memory
            limit = container.cpu_limit if resource == "cpu" else container.memory_limit
            if not limit:
                why = f"{pod.name} {container.name} has no {resource} limit to hold it to"
                return _broken(service, why, "inconclusive")
            if used / limit >= highest:
                highest, where = used / limit, pod.name
    told = f"highest {highest:.0%} of its limit ({where})"
    return _held(service, told) if highest <= maximum else _broken(service, f"{told}, above {maximum:.0%}")


def secret_keys_present(name: str, have: Mapping[str, bool], wanted: Sequence[str]) -> list[Verdict]:
    """Each key exists and has a value; what the value is, nobody looks at."""
    found = []
    for key in wanted:
        if key not in have:
            found.append(_broken(f"{name} {key}", "is not there"))
        elif not have[key]:
            found.append(_broken(f"{name} {key}", "is there and empty"))
        else:
            found.append(_held(f"{name} {key}", "is there and not empty"))
    return found
