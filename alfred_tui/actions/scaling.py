"""Services to nothing and back: the counts are remembered before, and autoscalers are told of.

An autoscaler whose target has no replicas holds still until it has some again (its ScalingActive condition
says `ScalingDisabled`), unless its own minimum is 0.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alfred_tui.actions.changes import noted
from alfred_tui.actions.context import StepContext
from alfred_tui.actions.not_there import AS_BEFORE, why_not_there
from alfred_tui.actions.points import remember_counts
from alfred_tui.actions.rollouts import wait_all
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent
from alfred_tui.cluster.changes import acts
from alfred_tui.cluster.objects.network_objects import Autoscaler
from alfred_tui.cluster.objects.ownership import Since, controller_uid
from alfred_tui.cluster.objects.resources import AUTOSCALERS, DEPLOYMENTS, PODS, REPLICA_SETS
from alfred_tui.cluster.store.reads import list_all
from alfred_tui.domain.document.actions import Scale
from alfred_tui.domain.duration import format_duration
from alfred_tui.domain.errors import CockpitError, NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome, Status, worst
from alfred_tui.domain.rollback.point import RollbackPoint

_POLL = 0.5


async def scale(ctx: StepContext) -> Outcome:
    """Scales side by side, and waits until what is to be gone is gone and what is to be there is ready.

    What cannot be scaled keeps none of the others from it.
    """
    action = ctx.step.action
    assert isinstance(action, Scale)
    connection, namespace = await ctx.connection(), ctx.namespace()
    scalers = await _autoscalers(connection, namespace)
    if action.replicas == 0:
        awake = [one for name in action.deployments for one in scalers.get(name, ()) if _stays_awake(one)]
        if awake:
            return _refused(awake)
        await remember_counts(ctx, action.deployments)
    counts = _counts(action, ctx.state().point)
    deadline = ctx.clock.elapsed() + action.timeout
    scaled = await asyncio.gather(*(_scaled(ctx, connection, name, count) for name, count in counts.items()))
    since = {one.name: one.since for one in scaled if one.since is not None}
    facts: list[Evidence] = []
    for one in scaled:
        facts.append(one.fact)
        if one.since is not None:
            facts += [_autoscaled(one.name, one.count, scaler) for scaler in scalers.get(one.name, ())]
    outputs = {key: value for name, one in since.items() for key, value in noted(name, one).items()}
    waited = Outcome(status="passed")
    if since:
        names = [(DEPLOYMENTS, name) for name in since]
        back = ctx.state().rollback is not None
        waited = await wait_all(ctx, names, action.timeout, since, to_the_end=back)
    evidence = (*facts, *waited.evidence)
    bad = [one for one in scaled if one.fact.ok is False]
    if bad or waited.status != "passed":
        missed = "; ".join(f"{one.name}: {one.fact.value}" for one in bad)
        reason = "; ".join(filter(None, (missed and f"Not scaled: {missed}", waited.reason)))
        status = worst([waited.status, *(one.status for one in bad)])
        return Outcome(status=status, reason=reason, evidence=evidence, outputs=outputs)
    if action.replicas == 0:
        left = await _until_gone(ctx, connection, list(since), deadline)
        if left:
            reason = f"Pods are still there after {format_duration(action.timeout)}: {', '.join(left[:5])}."
            return Outcome(status="failed", reason=reason, evidence=evidence, outputs=outputs)
        evidence = (*evidence, Evidence(label="pods", value="none is left, ending ones included", ok=True))
    doubt = _doubt(action, counts)
    return Outcome(
        status="inconclusive" if doubt else "passed", reason=doubt, evidence=evidence, outputs=outputs
    )


@dataclass(frozen=True)
class _Scaled:
    """What came of one deployment: `since` where it was scaled, else why it was not."""

    name: str
    count: int
    fact: Evidence
    since: Since | None = None
    status: Status = "failed"


async def _scaled(ctx: StepContext, connection: Connection, name: str, count: int | None) -> _Scaled:
    if count is None:
        why = "how many replicas it had is not known; scale it by hand"
        return _Scaled(name, 0, Evidence(label=name, value=why, ok=False))
    try:
        generation, changed = await acts.scale(connection, ctx.namespace(), name, count)
    except Absent:
        return _Scaled(name, count, await _not_there(ctx, name, count))
    except CockpitError as error:
        return _Scaled(name, count, Evidence(label=name, value=str(error), ok=False), status="error")
    fact = Evidence(label=name, value=f"{'scaled to' if changed else 'is at'} {count}")
    return _Scaled(name, count, fact, Since(generation=generation, changed_at=ctx.clock.now()))


async def _not_there(ctx: StepContext, name: str, count: int) -> Evidence:
    """What is not there has nothing to stop, and cannot be started."""
    why = await why_not_there(ctx, name)
    if count == 0 or not why:
        return Evidence(label=name, value=why or AS_BEFORE, ok=True)
    return Evidence(label=name, value=why, ok=False)


def _doubt(action: Scale, counts: Mapping[str, int | None]) -> str:
    """Why a count that the point remembers may not be the one that is meant."""
    none = [name for name, count in counts.items() if action.replicas == "original" and count == 0]
    if not none:
        return ""
    return (
        f"The rollback point remembers 0 replicas of {', '.join(none)}: they did not run when it was"
        " recorded. If that is not right, scale them by hand."
    )


def _counts(action: Scale, point: RollbackPoint | None) -> dict[str, int | None]:
    """How many pods each is to have; None where nothing remembers that. Raises NotConfigured without a point.

    What was not there before, and was never stopped, is not among them."""
    if action.replicas != "original":
        return dict.fromkeys(action.deployments, action.replicas)
    if point is None:
        raise NotConfigured(
            "How many replicas the services had is not known: no rollback point was captured."
        )
    counts = {name: point.replicas(name) for name in action.deployments}
    return {name: count for name, count in counts.items() if count is not None or name not in point.absent}


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
