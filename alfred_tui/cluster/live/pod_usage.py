"""Pods' usage beside what they ask for and may have."""

from collections.abc import Iterable

from alfred_tui.cluster.objects.partial import Container, Pod
from alfred_tui.cluster.objects.quantities import millicores, number
from alfred_tui.cluster.objects.usage_objects import PodMetrics
from alfred_tui.domain.cluster.workloads import ContainerUsage, PodUsage


def join_usage(pods: Iterable[Pod], measured: Iterable[PodMetrics]) -> tuple[PodUsage, ...]:
    """One row per measured pod. A pod that is not measured has no row: unknown is not zero."""
    known = {(one.metadata.namespace, one.metadata.name): one for one in pods}
    return tuple(usage_of(known.get((one.metadata.namespace, one.metadata.name)), one) for one in measured)


def usage_of(pod: Pod | None, measured: PodMetrics) -> PodUsage:
    """One pod's row; without the pod its requests and limits are not known and stay 0."""
    # A sidecar is measured as the others are, and stands among the init containers.
    known = (*pod.spec.init_containers, *pod.spec.containers) if pod else ()
    specs = {one.name: one for one in known}
    rows = tuple(_container(one, specs.get(one.name)) for one in measured.containers)
    return PodUsage(
        namespace=measured.metadata.namespace,
        name=measured.metadata.name,
        cpu=sum(one.cpu for one in rows),
        memory=sum(one.memory for one in rows),
        containers=rows,
    )


def _container(measured: PodMetrics.Container, spec: Container | None) -> ContainerUsage:
    requests = spec.resources.requests if spec else {}
    limits = spec.resources.limits if spec else {}
    return ContainerUsage(
        name=measured.name,
        cpu=millicores(measured.usage.get("cpu")),
        memory=number(measured.usage.get("memory")),
        cpu_request=millicores(requests.get("cpu")),
        cpu_limit=millicores(limits.get("cpu")),
        memory_request=number(requests.get("memory")),
        memory_limit=number(limits.get("memory")),
    )
