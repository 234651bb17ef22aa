"""Waiting for rollouts, side by side, failing as soon as one cannot succeed; and what changes workloads."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from alfred_tui.actions.context import StepContext
from alfred_tui.cluster import acts
from alfred_tui.cluster.connect import Connection
from alfred_tui.cluster.deployment_rollout import revision_of
from alfred_tui.cluster.errors import Absent, ClusterError
from alfred_tui.cluster.objects import Deployment, Event
from alfred_tui.cluster.ownership import Since, images_of
from alfred_tui.cluster.pod_status import epoch
from alfred_tui.cluster.reads import list_all, read
from alfred_tui.cluster.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    EVENTS,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    Resource,
)
from alfred_tui.cluster.revisions import history as revisions
from alfred_tui.cluster.rollouts import assess
from alfred_tui.domain.actions import CapturePoint, History, Promote, RemoveCanary, Rollout, Scale, Undo
from alfred_tui.domain.duration import format_duration
from alfred_tui.domain.errors import NotAnswered, NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome, Status, worst
from alfred_tui.domain.rollback_point import RollbackPoint, WorkloadPoint
from alfred_tui.domain.targets import pinned_targets
from alfred_tui.domain.workloads import RolloutView

_POLL = 0.5
"""Real seconds between looks."""
_LOST = 60.0
"""Real seconds without an answer after which the wait gives up: it cannot answer."""

Named = tuple[Resource[Any], str]
"""A kind and a name."""

_STATUS: dict[str, Status] = {"complete": "passed", "failed": "failed", "doomed": "failed"}


async def rollout(ctx: StepContext) -> Outcome:
    """Waits for the named workloads."""
    action = ctx.step.action
    assert isinstance(action, Rollout)
    wanted: list[Named] = [
        *((DEPLOYMENTS, name) for name in action.deployments),
        *((STATEFUL_SETS, name) for name in action.statefulsets),
        *((DAEMON_SETS, name) for name in action.daemonsets),
    ]
    if not wanted:
        return Outcome(status="inconclusive", reason="The step names no workload to wait for.")
    return await wait_all(ctx, wanted, action.timeout)


async def wait_all(
    ctx: StepContext,
    wanted: Iterable[Named],
    timeout: float,
    since: Mapping[str, Since] | None = None,
) -> Outcome:
    """All of them side by side, until each is done or one has failed, or `timeout` on the run's clock."""
    connection, namespace, clock = await ctx.connection(), ctx.namespace(), ctx.clock
    names = list(wanted)
    deadline = clock.now() + timeout
    heard = asyncio.get_running_loop().time()
    told = ""
    views: list[RolloutView] = []
    while True:
        try:
            views = await _look(connection, namespace, names, clock.now(), since or {})
            heard = asyncio.get_running_loop().time()
        except ClusterError as error:
            if not error.temporary or asyncio.get_running_loop().time() - heard > _LOST:
                raise
        waiting = [one for one in views if one.phase not in _STATUS]
        failed = [one for one in views if _STATUS.get(one.phase) == "failed"]
        if views and (failed or not waiting):
            return _ended(views)
        if clock.now() >= deadline:
            return _ended(views, f"It was not done after {format_duration(timeout)}")
        note = "; ".join(one.message for one in waiting[:2])
        if note and note != told:
            told = note
            await ctx.progress(note)
        await asyncio.sleep(_POLL)


async def _look(
    connection: Connection,
    namespace: str,
    names: list[Named],
    now: float,
    since: Mapping[str, Since],
) -> list[RolloutView]:
    async def one(resource: Resource[Any], name: str) -> Any:
        try:
            return await read(connection, resource, namespace, name)
        except Absent:
            raise NotAnswered(
                f"There is no {resource.kind} {name} in {namespace}.",
                hint="Check the name and the namespace.",
            ) from None

    objects, sets, pods, events = await asyncio.gather(
        asyncio.gather(*(one(resource, name) for resource, name in names)),
        list_all(connection, REPLICA_SETS, namespace),
        list_all(connection, PODS, namespace),
        list_all(connection, EVENTS, namespace),
    )
    return [
        assess(found, sets, pods, now=now, since=since.get(name, Since()), events=_about(name, events))
        for (_, name), found in zip(names, objects, strict=True)
    ]


def _about(name: str, events: Iterable[Event]) -> list[Event]:
    """Warnings about what the workload's controllers could not create."""
    kinds = ("ReplicaSet", "StatefulSet", "DaemonSet", "Deployment")
    return [
        one
        for one in events
        if one.involved_object.kind in kinds and one.involved_object.name.startswith(name)
    ]


def _ended(views: list[RolloutView], late: str = "") -> Outcome:
    facts = tuple(
        Evidence(
            label=one.name,
            value=f"{one.phase}: {one.available}/{one.desired} available, revision {one.revision}. "
            + one.message,
            ok=_STATUS.get(one.phase) == "passed",
        )
        for one in views
    )
    failed = [one for one in views if _STATUS.get(one.phase) == "failed"]
    if failed:
        status = worst([_STATUS[one.phase] for one in failed])
        return Outcome(status=status, reason="; ".join(one.message for one in failed), evidence=facts)
    if late or not views:
        waits = "; ".join(one.message for one in views if one.phase not in _STATUS) or "nothing was heard"
        return Outcome(status="failed", reason=f"{late}: {waits}", evidence=facts)
    return Outcome(status="passed", evidence=facts)


async def capture(ctx: StepContext) -> Outcome:
    """The rollback point, before the first change."""
    action = ctx.step.action
    assert isinstance(action, CapturePoint)
    connection = await ctx.connection()
    try:
        found = await acts.capture_point(connection, ctx.namespace(), action.deployments)
    except Absent as error:
        return Outcome(status="failed", reason=f"{error} What is not there cannot be returned to.")
    await ctx.capture(RollbackPoint(at=ctx.clock.now(), workloads=found))
    facts = tuple(
        Evidence(
            label=one.name,
            value=f"revision {one.revision}, {', '.join(one.images.values())}, {one.replicas} replicas"
            + (f", autoscaled {one.hpa_min}…{one.hpa_max}" if one.hpa_max else ""),
        )
        for one in found
    )
    return Outcome(status="passed", evidence=facts, outputs={"captured": str(len(found))})


async def history(ctx: StepContext) -> Outcome:
    """What each deployment can go back to, and what is pinned."""
    action = ctx.step.action
    assert isinstance(action, History)
    connection, namespace = await ctx.connection(), ctx.namespace()
    targets = pinned_targets(ctx.state())
    sets = await list_all(connection, REPLICA_SETS, namespace)
    facts = []
    for name in action.deployments:
        deployment = await read(connection, DEPLOYMENTS, namespace, name)
        known = revisions(deployment, sets)
        told = ", ".join(
            f"{one.number}{' (now)' if one.current else ''}: {', '.join(map(_tag, one.images.values()))}"
            for one in known
        )
        target = targets.get(name, 0)
        back = f"; back to {target}" if target else "; nothing is pinned"
        facts.append(Evidence(label=name, value=f"{told}{back}", ok=bool(target)))
    if all(one.ok for one in facts):
        return Outcome(status="passed", evidence=tuple(facts))
    return Outcome(
        status="failed", reason="No revision is pinned for every service; choose one.", evidence=tuple(facts)
    )


def _tag(image: str) -> str:
    return image.rpartition("/")[2]


async def undo(ctx: StepContext) -> Outcome:
    """Every deployment back to its pinned revision, side by side; what fails does not stop the others."""
    action = ctx.step.action
    assert isinstance(action, Undo)
    connection, state = await ctx.connection(), ctx.state()
    targets = pinned_targets(state)

    async def back(name: str) -> tuple[Status, Evidence]:
        point = state.point.workload(name) if state.point else None
        target = targets.get(name, 0)
        if point is None and not target:
            return "failed", Evidence(
                label=name, value="nothing is pinned for it; it was not touched", ok=False
            )
        workload = point or WorkloadPoint(namespace=ctx.namespace(), name=name, revision=target)
        try:
            done = await acts.undo(connection, workload, target)
        except Exception as error:  # noqa: BLE001 - told per service, the others go on
            return "error", Evidence(label=name, value=str(error), ok=False)
        how = (
            "is there already"
            if not done.changed
            else "rebuilt from the point"
            if done.rebuilt
            else "put back"
        )
        images = ", ".join(_tag(image) for image in done.images.values())
        value = f"revision {done.revision} {how}: {images} (generation {done.generation})"
        return "passed", Evidence(label=name, value=value, ok=True)

    found = await asyncio.gather(*(back(name) for name in action.deployments))
    status = worst([one for one, _ in found])
    facts = tuple(fact for _, fact in found)
    bad = [fact for one, fact in found if one != "passed"]
    reason = f"{len(bad)} of {len(found)} are not back: " + "; ".join(f"{b.label}: {b.value}" for b in bad)
    return Outcome(status=status, reason=reason if bad else "", evidence=facts)


async def scale(ctx: StepContext) -> Outcome:
    """Scales, and waits until what is to be gone is gone and what is to be there is ready."""
    action = ctx.step.action
    assert isinstance(action, Scale)
    connection, namespace, point = await ctx.connection(), ctx.namespace(), ctx.state().point
    since: dict[str, Since] = {}
    facts = []
    for name in action.deployments:
        saved = point.workload(name) if point else None
        if action.replicas == "original" and saved is None:
            raise NotConfigured(f"How many replicas {name} had is not known: no rollback point was captured.")
        count = saved.replicas if action.replicas == "original" and saved else int(action.replicas)
        generation, changed = await acts.scale(connection, namespace, name, count)
        since[name] = Since(generation=generation, changed_at=ctx.clock.now())
        facts.append(Evidence(label=name, value=f"{'scaled to' if changed else 'is at'} {count}"))
    waited = await wait_all(ctx, [(DEPLOYMENTS, name) for name in action.deployments], action.timeout, since)
    return Outcome(status=waited.status, reason=waited.reason, evidence=(*facts, *waited.evidence))


async def promote(ctx: StepContext) -> Outcome:
    """The canary's images on the stable Deployment; the canary goes when the stable one is there."""
    action = ctx.step.action
    assert isinstance(action, Promote)
    connection, namespace = await ctx.connection(), ctx.namespace()
    stable = await read(connection, DEPLOYMENTS, namespace, action.stable)
    try:
        canary = await read(connection, DEPLOYMENTS, namespace, action.canary)
    except Absent:
        return Outcome(status="failed", reason=f"There is no canary {action.canary} to promote.")
    images = images_of(canary.spec.template)
    generation, changed = await acts.set_images(connection, namespace, action.stable, images)
    before = _progressed(stable)
    since = {action.stable: Since(generation=generation, changed_at=ctx.clock.now(), condition_before=before)}
    waited = await wait_all(ctx, [(DEPLOYMENTS, action.stable)], action.timeout, since)
    told = f"{', '.join(_tag(image) for image in images.values())} {'set' if changed else 'was there'}"
    facts = (
        Evidence(label=action.stable, value=f"{told}, before revision {revision_of(stable)}"),
        *waited.evidence,
    )
    if waited.status != "passed":
        return Outcome(status=waited.status, reason=waited.reason, evidence=facts)
    gone = await _remove(ctx, connection, (action.canary,))
    return Outcome(status=gone.status, reason=gone.reason, evidence=(*facts, *gone.evidence))


def _progressed(deployment: Deployment) -> float:
    conditions = [one for one in deployment.status.conditions if one.type == "Progressing"]
    return max((epoch(one.last_update_time) for one in conditions), default=0.0)


async def remove_canary(ctx: StepContext) -> Outcome:
    """Canary Deployments deleted and seen gone; absent is fine."""
    action = ctx.step.action
    assert isinstance(action, RemoveCanary)
    return await _remove(ctx, await ctx.connection(), action.deployments)


async def _remove(ctx: StepContext, connection: Connection, names: Iterable[str]) -> Outcome:
    facts = []
    for name in names:
        if not await acts.delete_deployment(connection, ctx.namespace(), name):
            facts.append(Evidence(label=name, value="is not there", ok=True))
            continue
        if not await _gone(ctx, connection, name):
            why = f"{name} was told to go and is still there."
            return Outcome(
                status="failed", reason=why, evidence=(*facts, Evidence(label=name, value=why, ok=False))
            )
        facts.append(Evidence(label=name, value="deleted and gone", ok=True))
    return Outcome(status="passed", evidence=tuple(facts))


async def _gone(ctx: StepContext, connection: Connection, name: str) -> bool:
    deadline = asyncio.get_running_loop().time() + _LOST
    while asyncio.get_running_loop().time() < deadline:
        try:
            await read(connection, DEPLOYMENTS, ctx.namespace(), name)
        except Absent:
            return True
        await asyncio.sleep(_POLL)
    return False
