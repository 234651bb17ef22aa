"""Back to the pinned revision: what is there to go back to, and the undo itself.

Never a bare undo. It takes the second newest revision, and that is the bad one as soon as anybody has set the
old image by hand.
"""

import asyncio
from collections.abc import Awaitable, Callable

from alfred_tui.actions.changes import as_before, left, noted, since_of
from alfred_tui.actions.context import StepContext
from alfred_tui.actions.not_there import AS_BEFORE, why_not_there
from alfred_tui.actions.rollouts import wait_all
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent
from alfred_tui.cluster.changes import deployment_undo
from alfred_tui.cluster.changes.config_versions import HIDDEN, config_versions
from alfred_tui.cluster.objects.ownership import Since
from alfred_tui.cluster.objects.partial import Deployment, ReplicaSet
from alfred_tui.cluster.objects.resources import DEPLOYMENTS, REPLICA_SETS
from alfred_tui.cluster.rollouts.revisions import history as revisions
from alfred_tui.cluster.store.reads import list_all, read
from alfred_tui.domain.document.actions import History, Undo
from alfred_tui.domain.errors import CockpitError, in_words
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.rollback.point import WorkloadPoint
from alfred_tui.domain.run.targets import pinned_targets


async def history(ctx: StepContext) -> Outcome:
    """What each deployment can go back to, what is pinned, and what the way back will not restore."""
    action = ctx.step.action
    assert isinstance(action, History)
    connection, namespace = await ctx.connection(), ctx.namespace()
    state = ctx.state()
    targets = pinned_targets(state, ctx.step.id)
    points = {one.name: one for one in state.point.workloads} if state.point else {}
    sets, found = await asyncio.gather(
        list_all(connection, REPLICA_SETS, namespace),
        asyncio.gather(*(_deployment(ctx, connection, name) for name in action.deployments)),
    )
    facts = [
        _pinned(name, one, sets, targets.get(name, 0), points.get(name))
        for name, one in zip(action.deployments, found, strict=True)
    ]
    facts += await _configs(connection, namespace, [points[n] for n in action.deployments if n in points])
    bad = [one for one in facts if one.ok is False]
    if not bad:
        return Outcome(status="passed", evidence=tuple(facts))
    reason = "; ".join(f"{one.label}: {one.value}" for one in bad)
    return Outcome(status="failed", reason=f"Not every service can go back: {reason}", evidence=tuple(facts))


async def _deployment(ctx: StepContext, connection: Connection, name: str) -> Deployment | str | None:
    """The Deployment, or why it cannot be read; None when it is not there, as it was not before."""
    try:
        return await read(connection, DEPLOYMENTS, ctx.namespace(), name)
    except Absent:
        return await why_not_there(ctx, name) or None
    except CockpitError as error:
        return str(error)


def _pinned(
    name: str,
    found: Deployment | str | None,
    sets: list[ReplicaSet],
    target: int,
    point: WorkloadPoint | None,
) -> Evidence:
    if found is None:
        return Evidence(label=name, value=AS_BEFORE, ok=True)
    if isinstance(found, str):
        return Evidence(label=name, value=found, ok=False)
    known = revisions(found, sets)
    told = ", ".join(
        f"{one.number}{' (now)' if one.current else ''}: {', '.join(map(_tag, one.images.values()))}"
        for one in known
    )
    told = told or "it has no revision yet"
    paused = "; it is paused" if found.spec.paused else ""
    if not target:
        return Evidence(label=name, value=f"{told}; nothing is pinned; choose a revision{paused}", ok=False)
    if any(one.number == target for one in known):
        back = f"back to {target}"
    elif point and target == point.revision and point.template:
        images = ", ".join(map(_tag, point.images.values()))
        back = f"back to the point's {images}; revision {target} has another number now, or is rebuilt"
    else:
        return Evidence(
            label=name, value=f"{told}; revision {target} is not there any more{paused}", ok=False
        )
    return Evidence(label=name, value=f"{told}; {back}{paused}", ok=True)


async def _configs(connection: Connection, namespace: str, points: list[WorkloadPoint]) -> list[Evidence]:
    """What the templates read and no undo brings back, where it has changed."""
    before = {name: version for one in points for name, version in one.configs.items()}
    try:
        now = await config_versions(connection, namespace, before)
    except CockpitError as error:
        return [Evidence(label="ConfigMaps and Secrets", value=f"whether they changed is not known: {error}")]
    return [
        Evidence(
            label=name, value=f"has changed since the point ({version} → {now[name]}); an undo leaves it"
        )
        for name, version in before.items()
        if now[name] != version and HIDDEN not in (version, now[name])
    ]


def _tag(image: str) -> str:
    return image.rpartition("/")[2]


async def undo(ctx: StepContext) -> Outcome:
    """Every deployment back to its pinned revision, side by side but for those of `order`.

    What fails does not stop what does not need it."""
    action = ctx.step.action
    assert isinstance(action, Undo)
    connection, state = await ctx.connection(), ctx.state()
    targets = pinned_targets(state, ctx.step.id)

    async def back(name: str) -> tuple[Evidence, dict[str, str]]:
        point = state.point.workload(name) if state.point else None
        target = targets.get(name, 0)
        if point is None and not target:
            return await _not_pinned(ctx, connection, name)
        workload = point or WorkloadPoint(namespace=ctx.namespace(), name=name, revision=target)
        try:
            done = await deployment_undo.undo(connection, workload, target, resume=action.resume)
        except deployment_undo.Gone:
            return await _gone(ctx, name)
        except Exception as error:  # noqa: BLE001 - told per service, the others go on
            return Evidence(label=name, value=in_words(error), ok=False), left(name, in_words(error))
        since = Since(
            generation=done.generation,
            changed_at=ctx.clock.now(),
            condition_before=done.condition_before,
        )
        return Evidence(label=name, value=_done(done), ok=True), noted(name, since)

    beside = [name for name in action.deployments if name not in action.order]
    found = await asyncio.gather(*(back(name) for name in beside))
    found += await _in_order(ctx, action, back)
    facts = tuple(fact for fact, _ in found)
    outputs = {key: value for _, one in found for key, value in one.items()}
    bad = [fact for fact in facts if not fact.ok]
    if not bad:
        return Outcome(status="passed", evidence=facts, outputs=outputs)
    good = ", ".join(fact.label for fact in facts if fact.ok) or "none"
    reason = f"{len(bad)} of {len(facts)} are not back: " + "; ".join(f"{b.label}: {b.value}" for b in bad)
    return Outcome(status="failed", reason=f"{reason}. Sent back: {good}.", evidence=facts, outputs=outputs)


_Back = tuple[Evidence, dict[str, str]]


async def _not_pinned(ctx: StepContext, connection: Connection, name: str) -> _Back:
    """A service of which nothing is pinned: it is left as it is."""
    point = ctx.state().point
    if point is None or name not in point.absent:
        why = "nothing is pinned for it; it was not touched"
    elif await _deployment(ctx, connection, name) is None:
        return await _gone(ctx, name)
    else:
        why = "it was not there before this release, so there is nothing to go back to; it was not touched"
    return Evidence(label=name, value=why, ok=False), left(name, why)


async def _gone(ctx: StepContext, name: str) -> _Back:
    why = await why_not_there(ctx, name)
    if not why:
        return Evidence(label=name, value=AS_BEFORE, ok=True), as_before(name)
    return Evidence(label=name, value=why, ok=False), left(name, why)


async def _in_order(ctx: StepContext, action: Undo, back: Callable[[str], Awaitable[_Back]]) -> list[_Back]:
    """One after another, each once the one before is complete; what comes after one that is not, stays."""
    found: list[_Back] = []
    stuck = ""
    for number, name in enumerate(action.order, 1):
        if stuck:
            why = f"it was not touched: {stuck}, which it comes after, is not back"
            found.append((Evidence(label=name, value=why, ok=False), left(name, why)))
            continue
        await ctx.progress(f"{name}, {number} of {len(action.order)} in order")
        fact, outputs = await back(name)
        if fact.ok and number < len(action.order):
            waited = await wait_all(ctx, [(DEPLOYMENTS, name)], action.timeout, since_of(outputs))
            if waited.status != "passed":
                fact = Evidence(label=name, value=f"{fact.value}; {waited.reason}", ok=False)
        if not fact.ok:
            stuck = name
        found.append((fact, outputs))
    return found


def _done(done: deployment_undo.Undone) -> str:
    how = "is there already" if not done.changed else "rebuilt from the point" if done.rebuilt else "put back"
    paused = "; it was paused, and was resumed by the same change" if done.resumed else ""
    images = ", ".join(_tag(image) for image in done.images.values())
    ran = ", ".join(_tag(image) for image in done.ran_images.values())
    was = f"; it ran revision {done.ran}: {ran}" if done.ran else ""
    return f"revision {done.revision} {how}: {images} (generation {done.generation}){was}{paused}"
