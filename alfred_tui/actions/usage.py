"""Use against limits, from the measurement that the panel shows: asked for anew when the step asks."""

import asyncio

from alfred_tui.actions.context import StepContext
from alfred_tui.cluster.access.errors import Absent
from alfred_tui.cluster.checks import workload_checks as checks
from alfred_tui.cluster.checks.verdicts import outcome
from alfred_tui.cluster.live.consistent_reads import ConsistentReads
from alfred_tui.cluster.live.pod_usage import join_usage
from alfred_tui.cluster.live.service_pods import pods_of
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.cluster.objects.resources import POD_METRICS
from alfred_tui.cluster.store.reads import list_all
from alfred_tui.domain.cluster.workloads import PodUsage
from alfred_tui.domain.document.actions import Usage
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.evidence import Outcome

_WITHIN = 30.0
"""Real seconds for which the panel's next measurement is waited for."""
_LATE_LOOKS, _BETWEEN = 10, 0.5
"""How often a late measurement is looked at again, after so many real seconds: the server may catch up."""


async def usage(ctx: StepContext) -> Outcome:
    """Each container of the services uses at most its share of its limit."""
    action = ctx.step.action
    assert isinstance(action, Usage)
    reads = await ctx.reads()
    pods = {service: (await pods_of(reads, service))[0] for service in action.services}
    rows, late = await _measured(reads, [pod for some in pods.values() for pod in some])
    if late:
        return Outcome(status="inconclusive", reason=late, evidence=reads.told())
    verdicts = []
    for service, some in pods.items():
        names = {pod.metadata.name for pod in some}
        ours = [one for one in rows if one.name in names]
        verdicts.append(checks.usage_within(service, ours, action.resource, action.maximum, names))
    return outcome(verdicts, "The step names no services.", reads.told())


async def _measured(reads: ConsistentReads, pods: list[Pod]) -> tuple[list[PodUsage], str]:
    """The usage of the namespace's pods, and why it is too old to tell anything.

    Raises NotConfigured where there is no metrics API, ClusterError where it does not answer.
    """
    shown = await reads.live.measured(_WITHIN) if reads.live is not None else None
    for _ in range(_LATE_LOOKS):
        if reads.live is None or shown is None or shown.state.connection != "stale":
            break
        await asyncio.sleep(_BETWEEN)
        shown = await reads.live.measured(_WITHIN)
    if shown is not None:
        late = shown.state.message if shown.state.connection != "live" else ""
        return [one for one in shown.pods if one.namespace == reads.namespace], late
    try:
        measured = await list_all(reads.connection, POD_METRICS, reads.namespace)
    except Absent:
        raise NotConfigured(
            "This cluster has no metrics API (metrics.k8s.io); kubectl top fails too."
        ) from None
    return list(join_usage(pods, measured)), ""
