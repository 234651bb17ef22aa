"""Waiting for rollouts, side by side, failing as soon as one cannot succeed; and the canary's end."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from alfred_tui.actions.changes import changed, left_out, not_there_as_before
from alfred_tui.actions.context import StepContext
from alfred_tui.actions.not_there import AS_BEFORE
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, ClusterError
from alfred_tui.cluster.changes import acts, deployment_undo
from alfred_tui.cluster.objects.ownership import Since, images_of
from alfred_tui.cluster.objects.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    REPLICA_SETS,
    STATEFUL_SETS,
    Resource,
)
from alfred_tui.cluster.rollouts.deployment_rollout import revision_of
from alfred_tui.cluster.store.reads import read
from alfred_tui.domain.cluster.workloads import RolloutView
from alfred_tui.domain.document.actions import Promote, RemoveCanary, Rollout
from alfred_tui.domain.duration import format_duration
from alfred_tui.domain.errors import NotAnswered
from alfred_tui.domain.evidence import Evidence, Outcome, Status, worst

if TYPE_CHECKING:
    from alfred_tui.cluster.live.live_cluster import LiveCluster

_POLL = 0.5
"""Real seconds between looks."""
_WORDS = 5.0
"""Real seconds for which the log of a crashed container is waited for."""
_PROMOTED = "promoted"
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
    state = ctx.state()
    names = [name for _, name in wanted]
    missed, never = left_out(state, ctx.step.id, names), not_there_as_before(state, ctx.step.id, names)
    there = [one for one in wanted if one[1] not in missed and one[1] not in never]
    told = tuple(Evidence(label=name, value=AS_BEFORE, ok=True) for name in never)
    if never and not there and not missed:
        return Outcome(status="passed", evidence=told)
    waited = await wait_all(
        ctx,
        there,
        action.timeout,
        changed(state, ctx.step.id, names),
        to_the_end=state.rollback is not None,
    )
    waited = msgspec.structs.replace(waited, evidence=(*waited.evidence, *told))
    return _with(missed, waited) if missed else waited


def _with(missed: Mapping[str, str], waited: Outcome) -> Outcome:
    """The outcome when a step before could not send some of them back: those are told, and it has failed."""
    facts = tuple(Evidence(label=name, value=f"not back: {why}", ok=False) for name, why in missed.items())
    back = ", ".join(fact.label for fact in waited.evidence if fact.ok) or "none"
    bad = "; ".join(f"{name}: {why}" for name, why in missed.items())
    reason = f"Back: {back}. Not back: {bad}" + (f"; {waited.reason}" if waited.reason else "")
    return Outcome(status="failed", reason=reason, evidence=(*waited.evidence, *facts))


async def wait_all(
    ctx: StepContext,
    wanted: Iterable[Named],
    timeout: float,
    since: Mapping[str, Since] | None = None,
    *,
    to_the_end: bool = False,
) -> Outcome:
    """All of them side by side, until each is done or one has failed, or `timeout` on the run's clock.

    With `to_the_end` one that fails does not end the wait for the others: a way back is told whole.
    """
    clock = ctx.clock
    names = list(wanted)
    if not names:
        return Outcome(status="inconclusive", reason="There is nothing to wait for.")
    deadline = clock.elapsed() + timeout
    watched = await _Watched.open(ctx, names, since or {})
    told = ""
    while True:
        views = await watched.look()
        waiting = [one for one in views if one.phase not in _STATUS]
        failed = [one for one in views if _STATUS.get(one.phase) == "failed"]
        if views and ((failed and not to_the_end) or not waiting):
            return _ended(await watched.explained(views))
        if clock.elapsed() >= deadline:
            if not views:
                raise NotAnswered(
                    f"The cluster was not heard of {', '.join(name for _, name in names)} "
                    f"within {format_duration(timeout)}; whether it is done is not known."
                )
            return _ended(await watched.explained(views), f"It was not done after {format_duration(timeout)}")
        note = _told(waiting[:2]) if waiting else ""
        if note and note != told:
            told = note
            await ctx.progress(note)
        await watched.change()


class _Watched:
    """Workloads in the live cluster that the panels show, from a moment on at which the server was asked.

    The live picture may be a little behind what a command has just changed; a rollout that was over before
    that change must not be taken for it. So each workload is read once, and no older generation counts.
    """

    def __init__(self, ctx: StepContext, live: "LiveCluster", names: Sequence[Named]) -> None:
        self._ctx = ctx
        self._live = live
        self._names = names
        kinds = {resource.kind for resource, _ in names}
        self._kinds = kinds | ({REPLICA_SETS.kind} if DEPLOYMENTS.kind in kinds else set())
        self._heard = asyncio.get_running_loop().time()

    @classmethod
    async def open(cls, ctx: StepContext, names: Sequence[Named], since: Mapping[str, Since]) -> "_Watched":
        """Pins each to `since`, or to the generation that it has now. Raises ClusterError, NotAnswered."""
        live = await ctx.live()
        generations = await asyncio.gather(*(_generation(ctx, *one) for one in names))
        for (resource, name), generation in zip(names, generations, strict=True):
            known = since.get(name, Since())
            least = replace(known, generation=max(known.generation, generation))
            live.pin(resource.kind, name, least, namespace=ctx.namespace())
        return cls(ctx, live, names)

    async def look(self) -> list[RolloutView]:
        """The panels' rows of all of them; none while they are not there or may not be believed.

        Raises NotAnswered when the cluster has not been heard for too long.
        """
        state = self._live.freshness(self._kinds)
        now = asyncio.get_running_loop().time()
        if state.connection == "live":
            self._heard = now
        elif state.connection in ("forbidden", "absent") or now - self._heard > _LOST:
            raise NotAnswered(state.message or "The cluster has not been heard.")
        else:
            return []
        rows = []
        for resource, name in self._names:
            row = self._live.rollout(resource.kind, name, namespace=self._ctx.namespace())
            if row is None:
                # Not seen yet, or gone meanwhile: the server knows.
                await _generation(self._ctx, resource, name)
                return []
            rows.append(row)
        return rows

    async def explained(self, views: list[RolloutView]) -> list[RolloutView]:
        """The rows with what crashed containers wrote last, where their logs are still being read."""
        if not any(one.phase in ("doomed", "failed") for one in views):
            return views
        await self._live.last_words(_WORDS)
        now = (self._live.rollout(one.kind, one.name, namespace=one.namespace) for one in views)
        return [
            new if new is not None and (new.phase, new.generation) == (old.phase, old.generation) else old
            for old, new in zip(views, now, strict=True)
        ]

    async def change(self) -> None:
        """Waits until something may have changed, or a little."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_POLL):
                await self._live.changed()


async def _generation(ctx: StepContext, resource: Resource[Any], name: str) -> int:
    namespace, heard = ctx.namespace(), asyncio.get_running_loop().time()
    while True:
        try:
            found = await read(await ctx.connection(), resource, namespace, name)
        except Absent:
            raise NotAnswered(
                f"There is no {resource.kind} {name} in {namespace}.",
                hint="Check the name and the namespace.",
            ) from None
        except ClusterError as error:
            if not error.temporary or asyncio.get_running_loop().time() - heard > _LOST:
                raise
            await asyncio.sleep(_POLL)
        else:
            return int(found.metadata.generation)


def _ended(views: list[RolloutView], late: str = "") -> Outcome:
    facts = tuple(
        Evidence(
            label=one.name,
            value=f"{one.phase}: {one.available}/{one.desired} available{_revision(one)}. {one.message}",
            ok=_STATUS.get(one.phase) == "passed",
        )
        for one in views
    )
    failed = [one for one in views if _STATUS.get(one.phase) == "failed"]
    if failed:
        status = worst([_STATUS[one.phase] for one in failed])
        reason = _told(failed)
        unknown = [one.name for one in views if one.phase not in _STATUS] if late else []
        reason += f"{'' if reason.endswith('.') else '.'} {late}: {', '.join(unknown)}" if unknown else ""
        return Outcome(status=status, reason=reason, evidence=facts)
    if late:
        waits = _told([one for one in views if one.phase not in _STATUS])
        return Outcome(status="failed", reason=f"{late}: {waits}", evidence=facts)
    return Outcome(status="passed", evidence=facts)


def _told(rows: Sequence[RolloutView]) -> str:
    """Their messages, each with the workload that it is of, which kubectl's words do not always name."""
    *before, last = (
        one.message if f'"{one.name}"' in one.message else f"{one.name}: {one.message}" for one in rows
    )
    ended = [one if one.endswith("...") else one.removesuffix(".") for one in before]
    return "; ".join((*ended, last))


def _revision(row: RolloutView) -> str:
    """Of a StatefulSet or DaemonSet only the name or the hash is known."""
    return f", revision {row.revision or row.newest}" if row.revision or row.newest else ""


async def promote(ctx: StepContext) -> Outcome:
    """The canary's images on the stable Deployment; the canary goes when the stable one is there."""
    action = ctx.step.action
    assert isinstance(action, Promote)
    connection, namespace = await ctx.connection(), ctx.namespace()
    stable = await read(connection, DEPLOYMENTS, namespace, action.stable)
    try:
        canary = await read(connection, DEPLOYMENTS, namespace, action.canary)
    except Absent:
        return _promoted_before(ctx, action)
    images = images_of(canary.spec.template)
    generation, is_new = await acts.set_images(connection, namespace, action.stable, images)
    before = deployment_undo.progressed_at(stable)
    since = {action.stable: Since(generation=generation, changed_at=ctx.clock.now(), condition_before=before)}
    waited = await wait_all(ctx, [(DEPLOYMENTS, action.stable)], action.timeout, since)
    tags = ", ".join(image.rpartition("/")[2] for image in images.values())
    told = f"{tags} {'set' if is_new else 'was there'}"
    facts = (
        Evidence(label=action.stable, value=f"{told}, before revision {revision_of(stable)}"),
        *waited.evidence,
    )
    if waited.status != "passed":
        return Outcome(status=waited.status, reason=waited.reason, evidence=facts)
    # On record before the canary goes: done again after a crash, there is none to read the images from.
    await ctx.progress(f"{action.stable} is promoted, {action.canary} goes", mark=_PROMOTED)
    gone = await _remove(ctx, connection, (action.canary,))
    return Outcome(status=gone.status, reason=gone.reason, evidence=(*facts, *gone.evidence))


def _promoted_before(ctx: StepContext, action: Promote) -> Outcome:
    """Whether this attempt has promoted the canary that is not there (any more)."""
    if any(one.label == _PROMOTED for one in ctx.state().steps[ctx.step.id].marks):
        told = f"was promoted to {action.stable} by this attempt, and is gone"
        return Outcome(status="passed", evidence=(Evidence(label=action.canary, value=told, ok=True),))
    return Outcome(status="failed", reason=f"There is no canary {action.canary} to promote.")


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
