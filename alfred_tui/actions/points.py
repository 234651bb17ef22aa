"""The rollback point: what every workload, the infrastructure's state and the database's backup are before
the first change.

Once something was changed, the point is kept: what is there then is not what a rollback returns to.
"""

import asyncio
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace

import msgspec

from alfred_tui.actions.commands import execute
from alfred_tui.actions.context import StepContext
from alfred_tui.actions.terraform import program
from alfred_tui.actions.terraform_words import error_in
from alfred_tui.cluster.changes import rollback_points
from alfred_tui.cluster.changes.other_kinds import kind_of
from alfred_tui.domain.document.actions import CapturePoint, TerraformApply
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.errors import CockpitError, NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.rollback.point import RollbackPoint
from alfred_tui.domain.run.procedures import needed, planned_folders, returned_to
from alfred_tui.domain.run.state import RunState
from alfred_tui.present.point import TOLD, PointFact, point_facts

_STATE_WITHIN = 60.0
"""Real seconds for a look at one Terraform state: nothing is held up for longer than that by evidence."""
_REFUSED = "Nothing was changed: the rollback point could not be recorded."
_OTHERS = (
    "The others are recorded. If this release brings what is not there, count this as passed; if a name is"
    " wrong, put it right in the checklist."
)


async def capture(ctx: StepContext) -> Outcome:
    """The rollback point, before the first change; after it, only what the point does not know yet."""
    action = ctx.step.action
    assert isinstance(action, CapturePoint)
    state = ctx.state()
    kept = state.point if state.first_change_at else None
    point = kept or RollbackPoint(at=ctx.clock.now())
    names = [name for name in action.deployments if not point.knows(name)]
    point = await _with_deployments(ctx, point, names)
    point = await _with_serials(ctx, point)
    point = msgspec.structs.replace(point, needs=needed(state))
    await ctx.capture(point)
    facts = _told(ctx.state(), () if kept is None else (_kept(kept, names),))
    absent = [name for name in action.deployments if name in point.absent]
    if not absent:
        return Outcome(status="passed", evidence=facts, outputs={"captured": str(len(point.workloads))})
    told = await asyncio.gather(*(_absent(ctx, name) for name in absent))
    reason = " ".join(one.value for one in told)
    return Outcome(status="inconclusive", reason=f"{reason} {_OTHERS}", evidence=(*facts, *told))


def _kept(point: RollbackPoint, late: Sequence[str]) -> Evidence:
    told = "the point from before the first change"
    if not late:
        return Evidence(label="kept", value=told)
    names = ", ".join(late)
    return Evidence(label="kept", value=f"{told}; only now, after it, was recorded: {names}", ok=False)


async def _absent(ctx: StepContext, name: str) -> Evidence:
    kind = await kind_of(await ctx.connection(), ctx.namespace(), name)
    told = (
        f"{name} is a {kind}, and a procedure puts Deployments back; return it by hand, on its own screen."
        if kind
        else f"There is no Deployment {name}, so there is nothing to return it to."
    )
    return Evidence(label=name, value=told, ok=False)


async def ensure_point(ctx: StepContext, names: Sequence[str]) -> RollbackPoint | None:
    """A point that knows those of the deployments: recorded now as far as it does not.

    None without a cluster.
    """
    point = ctx.state().point
    missing = [name for name in names if point is None or not point.knows(name)]
    if missing or point is None:
        try:
            found = await _with_deployments(ctx, RollbackPoint(at=ctx.clock.now()), missing)
        except NotConfigured:
            return None
        if point is None:
            found = await _with_serials(ctx, found)
        # Another step that began beside this one may have recorded it meanwhile.
        point = ctx.state().point or RollbackPoint(
            at=found.at, terraform=found.terraform, no_serial=found.no_serial
        )
        point = msgspec.structs.replace(
            point,
            workloads=(*point.workloads, *(one for one in found.workloads if not point.knows(one.name))),
            absent=(*point.absent, *(one for one in found.absent if not point.knows(one))),
            needs=point.needs or needed(ctx.state()),
        )
        await ctx.capture(point)
    return point


async def remember_counts(ctx: StepContext, names: Sequence[str]) -> None:
    """Sees that the point says how many pods each has, before they are stopped. What was not there when it
    was recorded and is there now is remembered apart: there is no revision of it to go back to.
    """
    await ensure_point(ctx, names)
    point = ctx.state().point
    missing = [name for name in names if point is not None and point.replicas(name) is None]
    if point is None or not missing:
        return
    found = await rollback_points.capture_point(await ctx.connection(), ctx.namespace(), missing)
    if found:
        counts = point.counts | {one.name: one.replicas for one in found}
        await ctx.capture(msgspec.structs.replace(point, counts=counts))


async def _with_deployments(ctx: StepContext, point: RollbackPoint, names: Sequence[str]) -> RollbackPoint:
    """The point with what these deployments are now, or that they are not there."""
    if not names:
        return point
    connection, namespace = await ctx.connection(), ctx.namespace()
    found = await rollback_points.capture_point(connection, namespace, names)
    there = {one.name for one in found}
    absent = (name for name in names if name not in there)
    return msgspec.structs.replace(
        point, workloads=(*point.workloads, *found), absent=(*point.absent, *absent)
    )


async def before_change(ctx: StepContext) -> Outcome | None:
    """Sees that there is a point before anything is changed, where the checklist has ways back to one.

    None: go on. Otherwise nothing may be changed, and this is why.
    """
    state = ctx.state()
    names = returned_to(ctx.checklist)
    if not names or state.rollback:
        return None
    if state.point and all(map(state.point.knows, names)):
        return None
    if any(_has_changed(state, step) for step in state.checklist.steps() if step.id != ctx.step.id):
        return None  # what is there by now is not what a rollback is to return to
    try:
        await ensure_point(ctx, names)
    except CockpitError as error:
        return Outcome(status="error", reason=f"{_REFUSED} {error}")
    return None


def _has_changed(state: RunState, step: Step) -> bool:
    """Whether a step got past the point that was not recorded. One that runs has not: it waits for that too,
    and one that was refused for it, or stopped while it waited, has changed nothing."""
    one = state.steps[step.id]
    return step.is_change and bool(one.attempt) and one.status in ("passed", "failed", "interrupted")


async def _with_serials(ctx: StepContext, point: RollbackPoint) -> RollbackPoint:
    """The point with the serial of each Terraform state that the checklist changes, or why it is not known.
    A state to which something was applied already is not what there is to return to."""
    state = ctx.state()
    if any(_may_have_applied(state, step) for step in state.checklist.steps() if step.id != ctx.step.id):
        return point
    found = dict(point.terraform)
    missing: dict[str, str] = {}
    for number, (folder, step) in enumerate(planned_folders(ctx.checklist).items()):
        if folder in found:
            continue
        # As the plan reads it: with its environment and its secrets.
        own = replace(ctx, step=msgspec.structs.replace(step, cwd="", stdin=""))
        try:
            async with asyncio.timeout(_STATE_WITHIN):
                found[folder] = await _serial(own, folder, f"state-{number}")
        except (CockpitError, TimeoutError) as error:
            missing[folder] = str(error) or f"no answer within {_STATE_WITHIN:.0f} s"
    return msgspec.structs.replace(point, terraform=found, no_serial=missing)


def _may_have_applied(state: RunState, step: Step) -> bool:
    return isinstance(step.action, TerraformApply) and bool(state.steps[step.id].attempt)


async def _serial(ctx: StepContext, folder: str, part: str) -> int:
    # The state holds secrets: only the number leaves the pipe, so only the number is ever written down.
    number = r"""sed -n 's/^ *"serial": *\([0-9][0-9]*\),*$/\1/p'"""
    command = f"cd {shlex.quote(folder)}\n{program(ctx)} state pull | {number}"
    finished = await execute(ctx, command, part=part)
    if finished is None or finished.result.exit_code != 0:
        said = finished and (error_in(finished.spool.tail(40)) or next(iter(finished.spool.tail(1)), ""))
        raise CockpitError(f"`state pull` failed{f': {said.strip()}' if said else ''}")
    digits = re.findall(r"^\d+$", finished.spool.stdout_text(4096), re.MULTILINE)
    if not digits:
        raise CockpitError("`state pull` answered with none: nothing was applied there so far")
    return int(digits[0])


def _told(state: RunState, more: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The point as the step's evidence; who was told is signed on the step itself, afterwards."""
    assert state.point is not None
    facts = [_evidence(one) for one in point_facts(state) if one.label != TOLD]
    configs = {name: at for one in state.point.workloads for name, at in sorted(one.configs.items())}
    facts += [Evidence(label=name, value=f"resourceVersion {version}") for name, version in configs.items()]
    return (*facts, *more)


def _evidence(one: PointFact) -> Evidence:
    return Evidence(label=one.label, value=one.value, ok=one.ok)
