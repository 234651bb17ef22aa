"""Checks of what the cluster holds: each reads what it needs, once, and hands it to a pure check."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from alfred_tui.actions.context import StepContext
from alfred_tui.cluster import acts, checks
from alfred_tui.cluster.diagnosis import diagnose
from alfred_tui.cluster.errors import Absent
from alfred_tui.cluster.network_objects import secret_keys
from alfred_tui.cluster.objects import Pod, Workload
from alfred_tui.cluster.pod_status import shown
from alfred_tui.cluster.pod_usage import join_usage
from alfred_tui.cluster.reads import list_all, no_pods, pods_of, read, workload_of
from alfred_tui.cluster.resources import (
    AUTOSCALERS,
    CLAIMS,
    DESTINATION_RULES,
    ENDPOINT_SLICES,
    INGRESSES,
    NAMESPACES,
    NETWORK_POLICIES,
    POD_METRICS,
    PODS,
    SECRETS,
    SERVICES,
    STORAGE_CLASSES,
    VIRTUAL_SERVICES,
)
from alfred_tui.domain import actions as a
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.workloads import Diagnosis

_SEEN = 5.0
"""Real seconds for which the panel's words for what is unwell are waited for."""


async def _pods_by_service(ctx: StepContext, services: Sequence[str]) -> dict[str, tuple[list[Pod], str]]:
    connection, namespace = await ctx.connection(), ctx.namespace()
    found = await asyncio.gather(*(pods_of(connection, namespace, service) for service in services))
    return dict(zip(services, found, strict=True))


async def _workloads(ctx: StepContext, services: Sequence[str]) -> dict[str, Workload | None]:
    connection, namespace = await ctx.connection(), ctx.namespace()
    found = await asyncio.gather(*(workload_of(connection, namespace, service) for service in services))
    return dict(zip(services, found, strict=True))


async def pods(ctx: StepContext) -> Outcome:
    """All pods of the services are ready."""
    action = ctx.step.action
    assert isinstance(action, a.Pods)
    found = await _pods_by_service(ctx, action.services)
    began = ctx.state().began_at
    before = {
        pod.metadata.uid: shown(pod).restarts
        for _, (some, _) in found.items()
        for pod in some
        if not _restarted_since(pod, began)
    }
    unwell = any(checks.is_unready(pod) for some, _ in found.values() for pod in some)
    why = await _panels_words(ctx) if unwell else _own_words(ctx)
    verdicts = [
        checks.pods_ready(service, some, before, action.max_new_restarts, why)
        if some
        else checks.Verdict(status="failed", fact=Evidence(label=service, value=no_pods(how), ok=False))
        for service, (some, how) in found.items()
    ]
    return checks.outcome(verdicts, "The step names no services.")


Why = Callable[[Pod], Diagnosis | None]


def _own_words(ctx: StepContext) -> Why:
    return lambda pod: diagnose(pod, now=ctx.clock.now())


async def _panels_words(ctx: StepContext) -> Why:
    """What the panel says of a pod, with its warnings and last words; what the pod itself tells where the
    panel does not know it (yet)."""
    own = _own_words(ctx)
    if ctx.equipment.live is None:
        return own
    live = await ctx.live()
    with suppress(TimeoutError):
        async with asyncio.timeout(_SEEN):
            while any(live.freshness((kind,)).connection == "connecting" for kind in ("Pod", "Event")):
                await live.changed()
            await live.last_words(_SEEN)

    def why(pod: Pod) -> Diagnosis | None:
        row = live.row(pod.metadata.namespace, pod.metadata.name)
        shown = row.diagnosis if row is not None and row.uid == pod.metadata.uid else None
        return shown or own(pod)

    return why


def _restarted_since(pod: Pod, began: float) -> bool:
    """Whether a container of the pod ended after the run began: its last end tells."""
    ends = [
        one.last_state.terminated.finished_at
        for one in (*pod.status.init_container_statuses, *pod.status.container_statuses)
        if one.last_state.terminated is not None and one.last_state.terminated.finished_at is not None
    ]
    return any(end.timestamp() >= began for end in ends)


async def workloads(ctx: StepContext) -> Outcome:
    """The services' workloads, their pods and Services are there."""
    action = ctx.step.action
    assert isinstance(action, a.Workloads)
    known = await _workloads(ctx, action.services)
    services = {
        one.metadata.name for one in await list_all(await ctx.connection(), SERVICES, ctx.namespace())
    }
    pods_by = await _pods_by_service(ctx, action.services)
    verdicts = [
        checks.workload_there(name, known[name], len(pods_by[name][0]), name in services)
        for name in action.services
    ]
    return checks.outcome(verdicts, "The step names no services.")


async def endpoints(ctx: StepContext) -> Outcome:
    """Every Service of the services has a ready endpoint."""
    action = ctx.step.action
    assert isinstance(action, a.Endpoints)
    connection, namespace = await ctx.connection(), ctx.namespace()
    found, slices = await asyncio.gather(
        list_all(connection, SERVICES, namespace), list_all(connection, ENDPOINT_SLICES, namespace)
    )
    known = {one.metadata.name: one for one in found}
    verdicts = []
    for name in action.services or tuple(known):
        if name not in known:
            fact = Evidence(label=name, value="there is no Service of that name", ok=False)
            verdicts.append(checks.Verdict(status="failed", fact=fact))
            continue
        verdict = checks.endpoints_ready(known[name], slices)
        if verdict is not None:
            verdicts.append(verdict)
    return checks.outcome(verdicts, "No Service with a selector was found.")


async def network_policies(ctx: StepContext) -> Outcome:
    """NetworkPolicies cover the services' pods."""
    action = ctx.step.action
    assert isinstance(action, a.NetworkPolicies)
    policies = await list_all(await ctx.connection(), NETWORK_POLICIES, ctx.namespace())
    found = await _pods_by_service(ctx, action.services)
    verdicts = [
        checks.policies_cover(service, some, policies, action.directions)
        for service, (some, _) in found.items()
    ]
    return checks.outcome(verdicts, "The step names no services.")


async def resources(ctx: StepContext) -> Outcome:
    """Requests and limits are set."""
    action = ctx.step.action
    assert isinstance(action, a.Resources)
    known = await _workloads(ctx, action.services)
    verdicts = [checks.resources_set(service, known[service]) for service in action.services]
    return checks.outcome(verdicts, "The step names no services.")


async def autoscalers(ctx: StepContext) -> Outcome:
    """HPAs are sane and active."""
    action = ctx.step.action
    assert isinstance(action, a.Autoscalers)
    known = await _workloads(ctx, action.services)
    scalers = await list_all(await ctx.connection(), AUTOSCALERS, ctx.namespace())
    verdicts = [checks.autoscaler_sane(service, scalers, known[service]) for service in action.services]
    return checks.outcome(verdicts, "The step names no services.")


async def claims(ctx: StepContext) -> Outcome:
    """Claims are bound."""
    connection = await ctx.connection()
    found, classes = await asyncio.gather(
        list_all(connection, CLAIMS, ctx.namespace()), list_all(connection, STORAGE_CLASSES)
    )
    if not found:
        raise NotConfigured(f"The namespace {ctx.namespace()} has no PersistentVolumeClaim to look at.")
    return checks.outcome(checks.claims_bound(found, classes), "no claims")


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
    verdicts = [verdict for one in found for verdict in checks.ingress_backends(one, known, slices)]
    return checks.outcome(verdicts, "no ingress")


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
    return checks.outcome(checks.mesh_routes(routes, rules, services), "no routes")


async def pod_security(ctx: StepContext) -> Outcome:
    """The namespace enforces Pod Security admission."""
    action = ctx.step.action
    assert isinstance(action, a.PodSecurity)
    namespace = await read(await ctx.connection(), NAMESPACES, "", ctx.namespace())
    return checks.outcome([checks.pod_security(namespace, action.level)], "no namespace")


async def secret_keys_there(ctx: StepContext) -> Outcome:
    """The Secret's keys are there and not empty."""
    action = ctx.step.action
    assert isinstance(action, a.SecretKeys)
    connection = await ctx.connection()
    try:
        answer = await connection.get(SECRETS.path(ctx.namespace(), action.name))
    except Absent:
        return Outcome(status="failed", reason=f"There is no Secret {action.name} in {ctx.namespace()}.")
    have: Mapping[str, bool] = secret_keys(answer.body)
    return checks.outcome(checks.secret_keys_present(action.name, have, action.keys), "no keys named")


async def secret_apply(ctx: StepContext) -> Outcome:
    """The Secret, from the environment to the API, through nothing else."""
    action = ctx.step.action
    assert isinstance(action, a.SecretApply)
    missing = [source for source in action.data.values() if not ctx.equipment.secrets.get(source)]
    if missing:
        raise NotConfigured(f"The environment has no {', '.join(missing)}; the Secret was not touched.")
    values = {key: ctx.equipment.secrets[source] for key, source in action.data.items()}
    await acts.apply_secret(await ctx.connection(), ctx.namespace(), action.name, values)
    facts = tuple(
        Evidence(label=f"{action.name} {key}", value=f"from {source}", ok=True)
        for key, source in action.data.items()
    )
    return Outcome(status="passed", evidence=facts)


async def usage(ctx: StepContext) -> Outcome:
    """Use against limits."""
    action = ctx.step.action
    assert isinstance(action, a.Usage)
    connection, namespace = await ctx.connection(), ctx.namespace()
    try:
        measured = await list_all(connection, POD_METRICS, namespace)
    except Absent:
        raise NotConfigured(
            "This cluster has no metrics API (metrics.k8s.io); kubectl top fails too."
        ) from None
    everything = join_usage(await list_all(connection, PODS, namespace), measured)
    by_service = await _pods_by_service(ctx, action.services)
    verdicts = []
    for service, (some, _) in by_service.items():
        names = {pod.metadata.name for pod in some}
        ours = [one for one in everything if one.name in names]
        verdicts.append(checks.usage_within(service, ours, action.resource, action.maximum, names))
    return checks.outcome(verdicts, "The step names no services.")
