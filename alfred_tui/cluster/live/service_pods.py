"""Which workload and which pods a checklist means by a service's name.

The workload of that name comes first. Where there is none, a Service of that name leads to it by its
selector, as it leads traffic; where there is neither, the labels that services usually carry do for pods.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from alfred_tui.cluster.access.errors import Forbidden
from alfred_tui.cluster.live.consistent_reads import ConsistentReads
from alfred_tui.cluster.objects import network_objects as net
from alfred_tui.cluster.objects.partial import Pod, Selector, Workload
from alfred_tui.cluster.objects.resources import DEPLOYMENTS, SERVICES, WORKLOADS
from alfred_tui.cluster.objects.selectors import query_of, selects
from alfred_tui.cluster.store.reads import list_all


class Meant(NamedTuple):
    """The workload that a service's name means, and in words how it was found, or why it was not."""

    workload: Workload | None
    how: str


def names(workload: Workload) -> str:
    """`Deployment shop`."""
    return f"{type(workload).__name__} {workload.metadata.name}"


async def workload_of(reads: ConsistentReads, service: str) -> Meant:
    """The Deployment, StatefulSet or DaemonSet of that name, else the one whose pods the Service selects."""
    found = await _named(reads, service)
    if found is not None:
        return Meant(found, names(found))
    there = await _service_of(reads, service)
    if there is None:
        return Meant(None, f"no Deployment, StatefulSet, DaemonSet or Service {service}")
    behind = [one for one in await _workloads(reads) if leads_to(there, one)]
    told = f"the Service {service} ({query_of(_selector(there))})"
    if len(behind) == 1:
        return Meant(behind[0], f"{names(behind[0])}, through {told}")
    if not behind:
        return Meant(None, f"no workload {service}, and none whose pods {told} selects")
    several = " and ".join(sorted(map(names, behind)))
    return Meant(None, f"no workload {service}, and {told} selects the pods of {several}: name one of them")


async def pods_of(reads: ConsistentReads, service: str) -> tuple[list[Pod], str]:
    """The pods of a service, and in words how they were found, or that they were not."""
    found = await _named(reads, service)
    if found is not None and found.spec.selector is not None:
        pods = await reads.pods(found.spec.selector)
        return pods, f"{names(found)} ({query_of(found.spec.selector)})"
    there = await _service_of(reads, service)
    if there is not None:
        selector = _selector(there)
        return await reads.pods(selector), f"Service {service} ({query_of(selector)})"
    for label in ("app", "app.kubernetes.io/name"):
        pods = await reads.pods(Selector(match_labels={label: service}))
        if pods:
            return pods, f"label {label}={service}"
    return (
        [],
        f"no Deployment, StatefulSet, DaemonSet or Service {service}, and no pod labelled app={service} or"
        f" app.kubernetes.io/name={service}",
    )


async def pods_by_service(
    reads: ConsistentReads, services: Sequence[str]
) -> dict[str, tuple[list[Pod], str]]:
    """`pods_of` each, side by side."""
    found = await asyncio.gather(*(pods_of(reads, service) for service in services))
    return dict(zip(services, found, strict=True))


async def workloads_by_service(reads: ConsistentReads, services: Sequence[str]) -> dict[str, Meant]:
    """`workload_of` each, side by side."""
    found = await asyncio.gather(*(workload_of(reads, service) for service in services))
    return dict(zip(services, found, strict=True))


def no_pods(how: str) -> str:
    """That a service has none, from the words in which they were looked for."""
    return how if how.startswith("no ") else f"no pods of {how}"


def leads_to(service: net.Service, workload: Workload) -> bool:
    """Whether the Service selects the pods that the workload makes."""
    labels = workload.spec.template.metadata.labels
    return bool(service.spec.selector) and selects(_selector(service), labels)


def services_of(name: str, workload: Workload | None, services: Sequence[net.Service]) -> list[net.Service]:
    """The Service of that name, else all that select the workload's pods."""
    same = [one for one in services if one.metadata.name == name]
    return same or [one for one in services if workload is not None and leads_to(one, workload)]


def _selector(service: net.Service) -> Selector:
    return Selector(match_labels=service.spec.selector)


async def _named(reads: ConsistentReads, service: str) -> Workload | None:
    """The Deployment of that name, else the StatefulSet, else the DaemonSet that may be read."""
    for resource in WORKLOADS.values():
        try:
            found: Workload | None = await reads.named(resource, service)
        except Forbidden:
            # An account that leads Deployments alone is told what it lacks by what finds no workload.
            if resource is DEPLOYMENTS:
                raise
            continue
        if found is not None:
            return found
    return None


async def _workloads(reads: ConsistentReads) -> list[Workload]:
    found: list[Workload] = []
    for resource in WORKLOADS.values():
        try:
            found += await reads.all(resource)
        except Forbidden:
            continue
    return found


async def _service_of(reads: ConsistentReads, name: str) -> net.Service | None:
    """The Service of that name that selects pods; None also where Services may not be read."""
    try:
        found = await list_all(reads.connection, SERVICES, reads.namespace, fields=f"metadata.name={name}")
    except Forbidden:
        return None
    return next((one for one in found if one.spec.selector), None)
