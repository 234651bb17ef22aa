"""The way back as rows: per workload from → to, the steps of each procedure, and what it will not restore."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from alfred_tui.domain.cluster.workloads import ClusterView, RevisionView
from alfred_tui.domain.document.actions import PinImages
from alfred_tui.domain.document.checklist import Procedure, Step
from alfred_tui.domain.evidence import Evidence, Status
from alfred_tui.domain.rollback.choosing import chosen_steps, order_of, resumed, undone
from alfred_tui.domain.rollback.pins import Pin, digests_at, pins_of
from alfred_tui.domain.rollback.point import WorkloadPoint
from alfred_tui.domain.run.planning import current_steps
from alfred_tui.domain.run.procedures import values_for
from alfred_tui.domain.run.state import RollbackRun, RunState
from alfred_tui.present.cautions import cautions
from alfred_tui.present.effect import effect
from alfred_tui.present.point import PointFact, beside_workloads
from alfred_tui.present.run import seconds
from alfred_tui.present.way_back import WayBack, ways_back


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the plan; once the procedure was started, with where it stands."""

    id: str
    title: str
    effect: str
    changes: bool
    status: Status | None = None
    note: str = ""
    seconds: float = 0.0
    found: tuple[Evidence, ...] = ()
    """What it has found, while a person is asked about that."""


class RollbackView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the rollback screen shows before anything happens, and while it does."""

    procedure: str
    title: str
    why: str
    procedures: tuple[tuple[str, str], ...]
    ways: tuple[WayBack, ...]
    plan: tuple[PlannedStep, ...]
    warns: tuple[str, ...]
    captured_at: float
    """Of the rollback point; 0 when there is none."""
    why_not: str = ""
    """What is missing before the procedure can be started with confidence."""
    cautions: tuple[str, ...] = ()
    """What is unusual about this start, and what is done about it."""
    order: tuple[str, ...] = ()
    """Services that go back one after another, as the procedure states it; `in_order` whether they will."""
    in_order: bool = False
    facts: tuple[PointFact, ...] = ()
    """Of the rollback point, beside the workloads: states, the backup and what it is worth, who was told."""
    overlay: str = ""
    """What is pinned so that the next apply does not bring the bad version back; empty: nothing is."""
    pins: tuple[Pin, ...] = ()
    word_waits: str = ""
    """The step that waits for the word by which it begins."""
    pin_waits: bool = False
    """Whether that is the step that writes the overlay."""
    pinned: bool = False
    """Whether it was written."""
    started: RollbackRun | None = None
    """The run of this procedure that is under way, or was the run's end."""


def rollback_view(
    state: RunState,
    procedure: Procedure,
    cluster: ClusterView | None,
    history: Mapping[str, Sequence[RevisionView]],
    chosen: Mapping[str, int],
    now: float,
    *,
    left_out: Collection[str] = (),
    side_by_side: bool = False,
    again: bool = False,
) -> RollbackView:
    """The screen's content. `chosen` overrides the point's revisions, `left_out` stays as it is.

    With `again` it is planned anew, although it was started before.
    """
    started = None if again else _last(state, procedure)
    names = undone(procedure.steps)
    out = set(names).difference(undone(started.steps)) if started else left_out
    if started is None:
        values = values_for(state, procedure.id, procedure.steps)
        state = msgspec.structs.replace(state, values=values)
    steps = started.steps if started else chosen_steps(procedure.steps, left_out, side_by_side=side_by_side)
    targets = {**(started.targets if started else {}), **chosen}
    pinned = {one.name: one for one in state.point.workloads} if state.point else {}
    ways = ways_back(
        state, names, cluster, history, targets,
        left_out=out, resumed=resumed(procedure.steps), begun=started is not None,
    )  # fmt: skip
    pinning = next((step for step in steps if isinstance(step.action, PinImages)), None)
    asked = next((step for step in steps if started and _asks_word(state, step)), None)
    return RollbackView(
        procedure=procedure.id,
        title=procedure.title,
        why=procedure.why,
        procedures=tuple((one.id, one.title) for one in state.checklist.rollback.procedures),
        ways=ways,
        plan=tuple(_planned(step, state, now, begun=started is not None) for step in steps),
        warns=procedure.warns,
        captured_at=state.point.at if state.point else 0.0,
        why_not=_why_not(ways),
        cautions=() if started else tuple(cautions(state, steps, ways)),
        order=order_of(procedure.steps),
        in_order=bool(order_of(steps)),
        facts=beside_workloads(state),
        overlay=pinning.action.overlay if pinning and isinstance(pinning.action, PinImages) else "",
        pins=_pins(pinning, ways, pinned),
        word_waits=asked.id if asked else "",
        pin_waits=asked is not None and asked is pinning,
        pinned=started is not None and pinning is not None and state.steps[pinning.id].status == "passed",
        started=started,
    )


def _asks_word(state: RunState, step: Step) -> bool:
    one = state.steps[step.id]
    return one.status == "waiting" and one.ask is not None and one.ask.kind == "confirm"


def _pins(step: Step | None, ways: Sequence[WayBack], points: Mapping[str, WorkloadPoint]) -> tuple[Pin, ...]:
    """The images that the overlay is to have: those of every target that is known."""
    if step is None or not isinstance(step.action, PinImages):
        return ()
    names = step.action.deployments
    known = [one for one in ways if one.name in names and not one.left_out and one.target_images]
    return pins_of(
        (one.target_images, digests_at(points.get(one.name), one.target, one.target_images)) for one in known
    )


def _planned(step: Step, state: RunState, now: float, *, begun: bool) -> PlannedStep:
    one = state.steps.get(step.id) if begun else None
    return PlannedStep(
        id=step.id,
        title=step.title,
        effect=effect(step, state),
        changes=step.is_change,
        status=one.status if one else None,
        note=(one.reason or one.note) if one else "",
        seconds=seconds(one, now) if one else 0.0,
        found=one.evidence if one and one.status == "waiting" else (),
    )


def _why_not(ways: Sequence[WayBack]) -> str:
    told = ("gone", "no deployment")  # a caution tells of these, and of what never was
    missing = [
        one.name for one in ways if not (one.target or one.left_out or one.never_was or one.standing in told)
    ]
    if not missing:
        return ""
    return f"No revision is pinned for {', '.join(missing)}: choose one for each with ← and →."


def may_run_again(state: RunState, procedure: Procedure) -> bool:
    """Whether the procedure was started before, and no rollback runs: it can be planned anew, back or
    forward."""
    if _last(state, procedure) is None:
        return False
    return not any(state.steps[step.id].status == "running" for step in current_steps(state))


def _last(state: RunState, procedure: Procedure) -> RollbackRun | None:
    """The last time that the procedure was begun."""
    return next((one for one in state.rollbacks_now if one.procedure == procedure.id), None)
