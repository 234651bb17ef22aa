"""The rollback point: what every workload, the infrastructure's state and the database's backup are before
the first change.

Once something was changed, the point is kept: what is there then is not what a rollback returns to.
"""

import asyncio
import contextlib
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from alfred_tui.actions.commands import execute
from alfred_tui.actions.context import StepContext
from alfred_tui.actions.terraform import program
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent
from alfred_tui.cluster.changes import rollback_points
from alfred_tui.domain.actions import CapturePoint, Scale, TerraformPlan, Undo
from alfred_tui.domain.checklist import Checklist
from alfred_tui.domain.errors import CockpitError, NotAnswered, NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.resolve import HOLE
from alfred_tui.domain.rollback_point import Needed, RollbackPoint, WorkloadPoint
from alfred_tui.domain.state import RunState
from alfred_tui.present.point import PointFact, restore_tests, workload_words

_STATE_WITHIN = 60.0
"""Real seconds for a look at one Terraform state: nothing is held up for longer than that by evidence."""


async def capture(ctx: StepContext) -> Outcome:
    """The rollback point, before the first change."""
    action = ctx.step.action
    assert isinstance(action, CapturePoint)
    state = ctx.state()
    if state.point and state.first_change_at and all(map(state.point.workload, action.deployments)):
        kept = Evidence(label="kept", value="the point from before the first change; nothing was recorded")
        return _told(state.point, restore_tests(state), (kept,))
    connection = await ctx.connection()
    try:
        found = await rollback_points.capture_point(connection, ctx.namespace(), action.deployments)
    except Absent as error:
        return Outcome(status="failed", reason=f"{error} What is not there cannot be returned to.")
    serials, missing = await _serials(ctx)
    point = RollbackPoint(
        at=ctx.clock.now(), workloads=found, terraform=serials, needs=needed(ctx.checklist, state)
    )
    await ctx.capture(point)
    return _told(point, restore_tests(ctx.state()), missing)


async def ensure_point(ctx: StepContext, names: Sequence[str]) -> RollbackPoint | None:
    """A point that holds those of the deployments that exist: recorded now as far as it does not.

    None without a cluster.
    """
    point = ctx.state().point
    missing = [name for name in names if point is None or point.workload(name) is None]
    if missing or point is None:
        try:
            connection, namespace = await ctx.connection(), ctx.namespace()
        except NotConfigured:
            return None
        found = await _those_there(connection, namespace, missing)
        point = ctx.state().point or RollbackPoint(at=ctx.clock.now())
        new = [one for one in found if point.workload(one.name) is None]
        point = msgspec.structs.replace(point, workloads=(*point.workloads, *new))
        await ctx.capture(point)
    return point


async def _those_there(
    connection: Connection, namespace: str, names: Sequence[str]
) -> Sequence[WorkloadPoint]:
    try:
        return await rollback_points.capture_point(connection, namespace, names)
    except Absent:
        # A service that is deployed for the first time: the others have something to go back to.
        found: list[WorkloadPoint] = []
        for name in names:
            with contextlib.suppress(Absent):
                found += await rollback_points.capture_point(connection, namespace, (name,))
        return found


async def before_change(ctx: StepContext) -> None:
    """Sees that there is a point before anything is changed, where the checklist has ways back to one.

    Raises CockpitError when it cannot be recorded: then nothing was changed.
    """
    state = ctx.state()
    names = returned_to(ctx.checklist)
    if not names or state.rollback:
        return
    if state.point and all(map(state.point.workload, names)):
        return
    begun = (name for name, one in state.steps.items() if one.attempt and name != ctx.step.id)
    if any(state.step(name).is_change for name in begun):
        return  # what is there by now is not what a rollback is to return to
    try:
        await ensure_point(ctx, names)
    except CockpitError as error:
        raise NotAnswered(
            f"Nothing was changed: the rollback point could not be recorded. {error}", temporary=True
        ) from error


def returned_to(checklist: Checklist) -> tuple[str, ...]:
    """The deployments that the checklist's procedures put back."""
    actions = (step.action for one in checklist.rollback.procedures for step in one.steps)
    names = (name for action in actions if isinstance(action, Undo | Scale) for name in action.deployments)
    return tuple(dict.fromkeys(names))


def needed(checklist: Checklist, state: RunState) -> tuple[Needed, ...]:
    """What the procedures ask of earlier steps, as far as those have left it."""
    steps = {
        found["step"]: None
        for procedure in checklist.rollback.procedures
        for step in procedure.steps
        for text in _texts(msgspec.to_builtins(step.action))
        for found in HOLE.finditer(text)
        if found["step"] in state.steps
    }
    return tuple(
        Needed(step=name, title=state.step(name).title, values=state.steps[name].outputs) for name in steps
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


async def _serials(ctx: StepContext) -> tuple[dict[str, int], tuple[Evidence, ...]]:
    """The serial of each Terraform state that the checklist changes, and what could not be read."""
    steps = [*ctx.checklist.steps(), *(s for one in ctx.checklist.rollback.procedures for s in one.steps)]
    folders = dict.fromkeys(step.action.dir for step in steps if isinstance(step.action, TerraformPlan))
    found: dict[str, int] = {}
    missing: list[Evidence] = []
    for number, folder in enumerate(folders):
        try:
            async with asyncio.timeout(_STATE_WITHIN):
                found[folder] = await _serial(ctx, folder, f"state-{number}")
        except (CockpitError, TimeoutError) as error:
            why = str(error) or f"no answer within {_STATE_WITHIN:.0f} s"
            missing.append(Evidence(label=f"state of {folder}", value=f"serial not known: {why}"))
    return found, tuple(missing)


async def _serial(ctx: StepContext, folder: str, part: str) -> int:
    # The state holds secrets: only the number leaves the pipe, so only the number is ever written down.
    number = r"""sed -n 's/^ *"serial": *\([0-9][0-9]*\),*$/\1/p'"""
    command = f"cd {shlex.quote(folder)}\n{program(ctx)} state pull | {number}"
    finished = await execute(ctx, command, part=part)
    text = finished.spool.stdout_text(4096) if finished and finished.result.exit_code == 0 else ""
    digits = re.findall(r"^\d+$", text, re.MULTILINE)
    if not digits:
        raise CockpitError("`state pull` told none")
    return int(digits[0])


def _told(point: RollbackPoint, tested: Iterable[PointFact], more: Iterable[Evidence]) -> Outcome:
    facts = [Evidence(label=one.name, value=workload_words(one)) for one in point.workloads]
    facts += [Evidence(label=one.label, value=one.value, ok=one.ok) for one in tested]
    facts += [
        Evidence(label=f"state of {folder}", value=f"serial {serial}", kind="number")
        for folder, serial in point.terraform.items()
    ]
    for one in point.needs:
        values = ", ".join(f"{name} {value}" for name, value in one.values.items())
        facts.append(
            Evidence(
                label=one.step, value=values or f"“{one.title}” left nothing to return to", ok=bool(values)
            )
        )
    for name, version in _configs(point).items():
        facts.append(Evidence(label=name, value=f"resourceVersion {version}"))
    outputs = {"captured": str(len(point.workloads))}
    return Outcome(status="passed", evidence=(*facts, *more), outputs=outputs)


def _configs(point: RollbackPoint) -> dict[str, str]:
    return {name: version for one in point.workloads for name, version in sorted(one.configs.items())}
