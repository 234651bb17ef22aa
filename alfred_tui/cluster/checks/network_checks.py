"""Checks over the network's objects: policies, endpoints, ingress backends, the mesh's routes."""

from collections.abc import Iterable, Mapping, Sequence

from alfred_tui.cluster.checks.verdicts import Verdict, broken, exempt, held
from alfred_tui.cluster.objects import network_objects as net
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.cluster.objects.selectors import selects


def policies_cover(
    service: str, pods: Sequence[Pod], policies: Sequence[net.NetworkPolicy], directions: Iterable[str]
) -> Verdict:
    """Every pod is selected by a NetworkPolicy for each direction (API reference, NetworkPolicySpec)."""
    if not pods:
        return broken(service, "has no pods to cover", "inconclusive")
    names: set[str] = set()
    for pod in pods:
        ours = [one for one in policies if selects(one.spec.pod_selector, pod.metadata.labels)]
        names |= {one.metadata.name for one in ours}
        for direction in directions:
            if not any(direction in _directions(one) for one in ours):
                return broken(service, f"no NetworkPolicy covers {direction} of {pod.metadata.name}")
    return held(service, f"covered by {', '.join(sorted(names))}")


def _directions(policy: net.NetworkPolicy) -> tuple[str, ...]:
    """policyTypes; unset means Ingress, and Egress too where there are egress rules."""
    if policy.spec.policy_types:
        return tuple(policy.spec.policy_types)
    return ("Ingress", "Egress") if policy.spec.egress else ("Ingress",)


def endpoints_ready(service: net.Service, slices: Sequence[net.EndpointSlice], why: str = "") -> Verdict:
    """A Service has a ready endpoint. One without a selector or with an external name is exempt, and told.

    `why` says what is wrong with its pods.
    """
    if service.spec.type == "ExternalName":
        return exempt(service.metadata.name, "is a name outside the cluster; it has no endpoints")
    if not service.spec.selector:
        return exempt(service.metadata.name, "has no selector; whoever writes its endpoints answers for them")
    ready = ready_endpoints(service.metadata.name, slices)
    if not ready:
        return broken(service.metadata.name, f"has no ready endpoint{f': {why}' if why else ''}")
    return held(service.metadata.name, f"{ready} ready endpoints")


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
                broken(label, "its backend is a resource, which is not checked here", "inconclusive")
            )
            continue
        service = services.get(backend.service.name)
        wanted = backend.service.port
        port = wanted.name or str(wanted.number)
        if service is None:
            found.append(broken(label, f"names the Service {backend.service.name}, which does not exist"))
        elif not any(port in (one.name, str(one.port)) for one in service.spec.ports):
            found.append(broken(label, f"names port {port}, which {backend.service.name} does not have"))
        elif not ready_endpoints(backend.service.name, slices):
            found.append(broken(label, f"{backend.service.name} has no ready endpoint"))
        else:
            found.append(held(label, f"→ {backend.service.name}:{port}"))
    if not backends:
        found.append(broken(name, "has no backend"))
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
                    found.append(broken(label, why, "inconclusive"))
                elif host not in known:
                    found.append(broken(label, "there is no Service of that name"))
                elif subset and (host, subset) not in subsets:
                    found.append(broken(label, f"no DestinationRule defines the subset {subset}"))
                else:
                    weight = f" with weight {leg.weight}" if leg.weight is not None else ""
                    found.append(held(label, f"exists{weight}"))
    return found


def _service(host: str, namespace: str) -> str:
    """The Service of that namespace which a mesh host means; empty when it is something else."""
    name, _, rest = host.partition(".")
    own = ("", namespace, f"{namespace}.svc", f"{namespace}.svc.cluster.local")
    return name if rest in own else ""
