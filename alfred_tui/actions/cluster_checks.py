"""Checks of what the cluster holds: each reads what it needs, once, and hands it to a pure check."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from alfred_tui.actions.context import StepContext
from alfred_tui.actions.pod_words import own_words, panels_words, row_of
from alfred_tui.cluster.access.errors import Absent
from alfred_tui.cluster.changes import acts
from alfred_tui.cluster.checks import workload_checks as checks
from alfred_tui.cluster.checks.verdicts import broken, outcome
from alfred_tui.cluster.live.service_pods import no_pods, pods_by_service, services_of, workloads_by_service
from alfred_tui.cluster.objects.network_objects import secret_keys
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.cluster.objects.pod_status import shown
from alfred_tui.cluster.objects.resources import (
    AUTOSCALERS,
    CLAIMS,
    NAMESPACES,
    SECRETS,
    SERVICES,
    STORAGE_CLASSES,
)
from alfred_tui.cluster.store.reads import list_all, read
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome

if TYPE_CHECKING:
    from alfred_tui.cluster.live.live_cluster import LiveCluster


async def pods(ctx: StepContext) -> Outcome:
    """All pods of the services are ready."""
    action = ctx.step.action
    assert isinstance(action, a.Pods)
    reads = await ctx.reads()
    found = await pods_by_service(reads, action.services)
    every = [pod for some, _ in found.values() for pod in some]
    before = _restarts_before(every, ctx.state().began_at, reads.live)
    why = await panels_words(ctx, reads.live) if any(map(checks.is_unready, every)) else own_words(ctx)
    verdicts = [
        checks.pods_ready(service, some, before, action.max_new_restarts, why)
        if some
        else broken(service, no_pods(how))
        for service, (some, how) in found.items()
    ]
    return outcome(verdicts, "The step names no services.", reads.told())


def _restarts_before(pods: Sequence[Pod], began: float, live: "LiveCluster | None") -> dict[str, int]:
    """How often each pod had restarted when the run began, by uid: as the panel counts it, where it has seen
    all; else a pod that has restarted since then is taken to have done so in the run alone."""
    before = {}
    for pod in pods:
        row = row_of(live, pod) if live is not None and live.counted(pod.metadata.uid) else None
        if row is not None:
            before[pod.metadata.uid] = row.restarts - row.new_restarts
        elif not _restarted_since(pod, began):
            before[pod.metadata.uid] = shown(pod).restarts
    return before


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
    reads = await ctx.reads()
    meant = await workloads_by_service(reads, action.services)
    services = await list_all(reads.connection, SERVICES, reads.namespace)
    pods_by = await pods_by_service(reads, action.services)
    verdicts = []
    for name, (workload, how) in meant.items():
        leading = [one.metadata.name for one in services_of(name, workload, services)]
        verdicts.append(checks.workload_there(name, workload, len(pods_by[name][0]), leading, how))
    return outcome(verdicts, "The step names no services.", reads.told())


async def resources(ctx: StepContext) -> Outcome:
    """Requests and limits are set."""
    action = ctx.step.action
    assert isinstance(action, a.Resources)
    reads = await ctx.reads()
    meant = await workloads_by_service(reads, action.services)
    verdicts = [checks.resources_set(service, *meant[service]) for service in action.services]
    return outcome(verdicts, "The step names no services.", reads.told())


async def autoscalers(ctx: StepContext) -> Outcome:
    """HPAs are sane and active."""
    action = ctx.step.action
    assert isinstance(action, a.Autoscalers)
    reads = await ctx.reads()
    meant = await workloads_by_service(reads, action.services)
    scalers = await list_all(reads.connection, AUTOSCALERS, reads.namespace)
    verdicts = [
        checks.autoscaler_sane(service, scalers, meant[service].workload) for service in action.services
    ]
    return outcome(verdicts, "The step names no services.", reads.told())


async def claims(ctx: StepContext) -> Outcome:
    """Claims are bound."""
    connection = await ctx.connection()
    found, classes = await asyncio.gather(
        list_all(connection, CLAIMS, ctx.namespace()), list_all(connection, STORAGE_CLASSES)
    )
    if not found:
        raise NotConfigured(f"The namespace {ctx.namespace()} has no PersistentVolumeClaim to look at.")
    return outcome(checks.claims_bound(found, classes), "no claims")


async def pod_security(ctx: StepContext) -> Outcome:
    """The namespace enforces Pod Security admission, and the services' pods are in it."""
    action = ctx.step.action
    assert isinstance(action, a.PodSecurity)
    reads = await ctx.reads()
    namespace = await read(reads.connection, NAMESPACES, "", reads.namespace)
    found = await pods_by_service(reads, action.services)
    verdicts = [checks.pod_security(namespace, action.level)]
    verdicts += [
        checks.admitted(service, some, no_pods(how), reads.namespace)
        for service, (some, how) in found.items()
    ]
    return outcome(verdicts, "no namespace", reads.told())


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
    return outcome(checks.secret_keys_present(action.name, have, action.keys), "no keys named")


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
