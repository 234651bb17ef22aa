"""Services to nothing and back: the counts are remembered before, and autoscalers are told of.

An autoscaler whose target has no replicas holds still until it has some again (its ScalingActive condition
says `ScalingDisabled`), unless its own minimum is 0.
"""

import asyncio
from collections.abc import Mapping, Sequence

from alfred_tui.actions.changes import noted
from alfred_tui.actions.context import StepContext
from alfred_tui.actions.points import ensure_point
from alfred_tui.actions.rollouts import wait_all
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.changes import acts
from alfred_tui.cluster.objects.network_objects import Autoscaler
from alfred_tui.cluster.objects.ownership import Since, controller_uid
from alfred_tui.cluster.objects.resources import AUTOSCALERS, DEPLOYMENTS, PODS, REPLICA_SETS
from alfred_tui.cluster.store.reads import list_all
from alfred_tui.domain.actions import Scale
from alfred_tui.domain.duration import format_duration
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.rollback_point import RollbackPoint

_POLL = 0.5


async def scale(ctx: StepContext) -> Outcome:
    """Scales, and waits until what is to be gone is gone and what is to be there is ready."""
    action = ctx.step.action
    assert isinstance(action, Scale)
    connection, namespace = await ctx.connection(), ctx.namespace()
    scalers = await _autoscalers(connection, namespace)
    if action.replicas == 0:
        awake = [one for name in action.deployments for one in scalers.get(name, ()) if _stays_awake(one)]
        if awake:
            return _refused(awake)
        point = await ensure_point(ctx, action.deployments)
    else:
        point = ctx.state().point
    counts = _counts(action, point)
    deadline = ctx.clock.elapsed() + action.timeout
    since: dict[str, Since] = {}
    facts: list[Evidence] = []
    for name, count in counts.items():
        generation, changed = await acts.scale(connection, namespace, name, count)
        since[name] = Since(generation=generation, changed_at=ctx.clock.now())
        facts.append(Evidence(label=name, value=f"{'scaled to' if changed else 'is at'} {count}"))
        facts += [_autoscaled(name, count, one) for one in scalers.get(name, ())]
    outputs = {key: value for name, one in since.items() for key, value in noted(name, one).items()}
    waited = await wait_all(ctx, [(DEPLOYMENTS, name) for name in counts], action.timeout, since)
    evidence = (*facts, *waited.evidence)
    if waited.status != "passed":
        return Outcome(status=waited.status, reason=waited.reason, evidence=evidence, outputs=outputs)
    if action.replicas == 0:
        left = await _until_gone(ctx, connection, list(counts), deadline)
        if left:
            reason = f"Pods are still there after {format_duration(action.timeout)}: {', '.join(left[:5])}."
            return Outcome(status="failed", reason=reason, evidence=evidence, outputs=outputs)
        evidence = (*evidence, Evidence(label="pods", value="none is left, ending ones included", ok=True))
    doubt = _doubt(action, counts)
    return Outcome(
        status="inconclusive" if doubt else "passed", reason=doubt, evidence=evidence, outputs=outputs
    )


def _doubt(action: Scale, counts: Mapping[str, int]) -> str:
    """Why a count that the point remembers may not be the one that is meant."""
    none = [name for name, count in counts.items() if action.replicas == "original" and not count]
    if not none:
        return ""
    return (
        f"The rollback point remembers 0 replicas of {', '.join(none)}: they did not run when it was"
        " recorded. If that is not right, scale them by hand."
    )


def _counts(action: Scale, point: RollbackPoint | None) -> dict[str, int]:
    if action.replicas != "original":
        return dict.fromkeys(action.deployments, action.replicas)
    counts: dict[str, int] = {}
    for name in action.deployments:
        saved = point.workload(name) if point else None
        if saved is None:
            raise NotConfigured(f"How many replicas {name} had is not known: no rollback point was captured.")
        counts[name] = saved.replicas
    return counts


async def _autoscalers(connection: Connection, namespace: str) -> Mapping[str, Sequence[Autoscaler]]:
    """Deployment → its autoscalers."""
    found: dict[str, list[Autoscaler]] = {}
    for one in await list_all(connection, AUTOSCALERS, namespace):
        if one.spec.scale_target_ref.kind == "Deployment":
            found.setdefault(one.spec.scale_target_ref.name, []).append(one)
    return found


def _stays_awake(one: Autoscaler) -> bool:
    return one.spec.min_replicas == 0


def _refused(awake: Sequence[Autoscaler]) -> Outcome:
    names = ", ".join(one.metadata.name for one in awake)
    return Outcome(
        status="failed",
        reason=(
            f"The autoscaler {names} has a minimum of 0, so it stays active when its service is stopped and"
            " may start pods in the middle of what follows. Nothing was stopped: set its minReplicas to 1"
            " first."
        ),
        evidence=tuple(Evidence(label=one.metadata.name, value="minReplicas 0", ok=False) for one in awake),
    )


def _autoscaled(name: str, count: int, one: Autoscaler) -> Evidence:
    bounds = f"{1 if one.spec.min_replicas is None else one.spec.min_replicas}…{one.spec.max_replicas}"
    told = "holds still while there are none" if count == 0 else f"goes on from {count}"
    return Evidence(label=f"autoscaler {one.metadata.name}", value=f"{name} {bounds}: {told}")


async def _until_gone(
    ctx: StepContext, connection: Connection, names: Sequence[str], deadline: float
) -> list[str]:
    """The pods that are still there at the deadline. A pod that is ending still writes."""
    namespace = ctx.namespace()
    while True:
        sets, pods = await asyncio.gather(
            list_all(connection, REPLICA_SETS, namespace), list_all(connection, PODS, namespace)
        )
        owners = {
            one.metadata.uid
            for one in sets
            if any(
                owner.kind == "Deployment" and owner.name in names for owner in one.metadata.owner_references
            )
        }
        ours = [
            one.metadata.name
            for one in pods
            if controller_uid(one.metadata) in owners and one.status.phase not in ("Succeeded", "Failed")
        ]
        if not ours or ctx.clock.elapsed() >= deadline:
            return ours
        await ctx.progress(f"{len(ours)} pods are still ending")
        await asyncio.sleep(_POLL)
