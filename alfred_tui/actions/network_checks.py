"""Checks of how traffic gets to the services: endpoints, policies, ingress, the mesh."""

import asyncio
from collections.abc import Sequence

from alfred_tui.actions.context import StepContext
from alfred_tui.actions.pod_words import panels_words
from alfred_tui.cluster.access.errors import Absent, Forbidden
from alfred_tui.cluster.checks.network_checks import (
    endpoints_ready,
    ingress_backends,
    mesh_routes,
    policies_cover,
)
from alfred_tui.cluster.checks.verdicts import Verdict, broken, outcome
from alfred_tui.cluster.checks.workload_checks import unready_told
from alfred_tui.cluster.live.consistent_reads import ConsistentReads
from alfred_tui.cluster.live.service_pods import pods_by_service, services_of, workload_of
from alfred_tui.cluster.objects.network_objects import Service
from alfred_tui.cluster.objects.partial import Selector
from alfred_tui.cluster.objects.resources import (
    DESTINATION_RULES,
    ENDPOINT_SLICES,
    INGRESSES,
    NETWORK_POLICIES,
    SERVICES,
    VIRTUAL_SERVICES,
)
from alfred_tui.cluster.store.reads import list_all
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.evidence import Outcome


async def endpoints(ctx: StepContext) -> Outcome:
    """Every Service of the services has a ready endpoint; of one that has none, why in the panel's words."""
    action = ctx.step.action
    assert isinstance(action, a.Endpoints)
    reads = await ctx.reads()
    found, slices = await asyncio.gather(
        list_all(reads.connection, SERVICES, reads.namespace),
        list_all(reads.connection, ENDPOINT_SLICES, reads.namespace),
    )
    verdicts, meant = list[Verdict](), list[Service]() if action.services else found
    for name in action.services:
        ours = await _services_meant(reads, name, found)
        meant += ours
        if not ours:
            told = (
                "there is no Service of that name, and none that selects the pods of a workload of that name"
            )
            verdicts.append(broken(name, told))
    for one in {one.metadata.name: one for one in meant}.values():
        verdict = endpoints_ready(one, slices)
        if verdict.status == "failed":
            verdict = endpoints_ready(one, slices, await _why_none(ctx, reads, one))
        verdicts.append(verdict)
    return outcome(verdicts, "No Service with a selector was found.", reads.told())


async def _services_meant(
    reads: ConsistentReads, name: str, services: Sequence[Service]
) -> Sequence[Service]:
    """The Service of that name; without one, those that lead to the workload of that name."""
    if ours := services_of(name, None, services):
        return ours
    try:
        return services_of(name, (await workload_of(reads, name)).workload, services)
    except Forbidden:
        return ()


async def _why_none(ctx: StepContext, reads: ConsistentReads, service: Service) -> str:
    """What is wrong with the pods that a Service selects, as the panel says it; empty if it is not known."""
    try:
        some = await reads.pods(Selector(match_labels=service.spec.selector))
    except Forbidden:
        return ""
    if not some:
        return "it selects no pods"
    return unready_told(some, await panels_words(ctx, reads.live))


async def network_policies(ctx: StepContext) -> Outcome:
    """NetworkPolicies cover the services' pods."""
    action = ctx.step.action
    assert isinstance(action, a.NetworkPolicies)
    reads = await ctx.reads()
    policies = await list_all(reads.connection, NETWORK_POLICIES, reads.namespace)
    found = await pods_by_service(reads, action.services)
    verdicts = [
        policies_cover(service, some, policies, action.directions) for service, (some, _) in found.items()
    ]
    return outcome(verdicts, "The step names no services.", reads.told())


async def ingress(ctx: StepContext) -> Outcome:
    """Ingress backends have endpoints."""
    connection, namespace = await ctx.connection(), ctx.namespace()
    found, services, slices = await asyncio.gather(
        list_all(connection, INGRESSES, namespace),
        list_all(connection, SERVICES, namespace),
        list_all(connection, ENDPOINT_SLICES, namespace),
    )
    if not found:
        raise NotConfigured(f"The namespace {namespace} has no Ingress to look at.")
    known = {one.metadata.name: one for one in services}
    verdicts = [verdict for one in found for verdict in ingress_backends(one, known, slices)]
    return outcome(verdicts, "no ingress")


async def mesh(ctx: StepContext) -> Outcome:
    """Istio's routes point at what exists."""
    connection, namespace = await ctx.connection(), ctx.namespace()
    try:
        routes = await list_all(connection, VIRTUAL_SERVICES, namespace)
        rules = await list_all(connection, DESTINATION_RULES, namespace)
    except Absent:
        raise NotConfigured(
            "The mesh's types (networking.istio.io) are not installed in this cluster."
        ) from None
    if not routes:
        raise NotConfigured(f"The namespace {namespace} has no VirtualService to look at.")
    services = [one.metadata.name for one in await list_all(connection, SERVICES, namespace)]
    return outcome(mesh_routes(routes, rules, services), "no routes")
