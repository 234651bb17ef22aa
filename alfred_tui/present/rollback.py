"""The way back as rows: per workload from → to, the steps of each procedure, and what it will not restore."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from alfred_tui.domain.actions import PinImages, Undo
from alfred_tui.domain.checklist import Procedure, Step
from alfred_tui.domain.choosing import chosen_steps, order_of, undone
from alfred_tui.domain.evidence import Status
from alfred_tui.domain.pins import Pin, digests_at, pins_of
from alfred_tui.domain.rollback_point import WorkloadPoint
from alfred_tui.domain.state import RollbackRun, RunState
from alfred_tui.domain.workloads import RevisionView, RolloutPhase, RolloutView
from alfred_tui.present.effect import effect
from alfred_tui.present.point import PointFact, beside_workloads
from alfred_tui.present.run import seconds


class WayBack(msgspec.Struct, frozen=True, kw_only=True):
    """One workload's way back."""

    name: str
    revision: int
    """0: it is not seen in the cluster."""
    images: dict[str, str]
    phase: RolloutPhase | None
    available: int
    desired: int
    target: int
    """0: nothing is pinned for it, and nothing chosen."""
    target_images: dict[str, str]
    chosen: bool
    """Whether a person chose the target instead of the rollback point's."""
    unchanged: bool
    """Whether it runs the target's images already."""
    at_target: bool = False
    """Whether the target's pod template is the one that is rolled out now, or has been."""
    updated: int = 0
    begun: bool = False
    """Whether the procedure was started."""
    paused: bool = False
    left_out: bool = False
    """Whether the lead has chosen that it stays as it is."""
    choices: tuple[RevisionView, ...] = ()

    @property
    def is_back(self) -> bool:
        """Whether the target's rollout is complete, by the conditions of `kubectl rollout status`."""
        return self.at_target and self.phase == "complete"

    @property
    def image_changes(self) -> tuple[tuple[str, str, str], ...]:
        """Container, its image now and its image after; only those that change."""
        names = {**self.images, **self.target_images}
        pairs = ((name, self.images.get(name, ""), self.target_images.get(name, "")) for name in names)
        return tuple(one for one in pairs if one[1] != one[2])


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the plan; once the procedure was started, with where it stands."""

    id: str
    title: str
    effect: str
    changes: bool
    status: Status | None = None
    note: str = ""
    seconds: float = 0.0


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
    pin_waits: str = ""
    """The step that waits for the word by which the overlay is written."""
    started: RollbackRun | None = None
    """The run of this procedure that is under way, or was the run's end."""


def rollback_view(
    state: RunState,
    procedure: Procedure,
    rollouts: Sequence[RolloutView],
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
    last = state.rollback
    started = last if last and last.procedure == procedure.id and not again else None
    out = () if started else left_out
    steps = started.steps if started else chosen_steps(procedure.steps, left_out, side_by_side=side_by_side)
    running = {one.name: one for one in rollouts if one.kind == "Deployment"}
    targets = {**(started.targets if started else {}), **chosen}
    pinned = {one.name: one for one in state.point.workloads} if state.point else {}
    ways = tuple(
        _way(
            name,
            running.get(name),
            pinned.get(name),
            tuple(history.get(name, ())),
            targets,
            begun=started is not None,
            left_out=name in out,
        )
        for name in undone(steps if started else procedure.steps)
    )
    pinning = next((step for step in steps if isinstance(step.action, PinImages)), None)
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
        cautions=() if started else tuple(_cautions(steps, ways)),
        order=order_of(procedure.steps),
        in_order=bool(order_of(steps)),
        facts=beside_workloads(state),
        overlay=pinning.action.overlay if pinning and isinstance(pinning.action, PinImages) else "",
        pins=_pins(pinning, ways, pinned),
        pin_waits=pinning.id if started and pinning and _asks_word(state, pinning) else "",
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


def _cautions(steps: Sequence[Step], ways: Sequence[WayBack]) -> Iterator[str]:
    resumes = {
        name: step.action.resume
        for step in steps
        if isinstance(step.action, Undo)
        for name in step.action.deployments
    }
    paused = [one.name for one in ways if one.paused and not one.left_out]
    if going := [name for name in paused if resumes.get(name)]:
        yield (f"{', '.join(going)}: paused. The undo resumes it in the same change; it never rolls forward.")
    for name in paused:
        if not resumes.get(name):
            yield (
                f"{name}: paused, and this undo refuses it. Resume it first:"
                f" kubectl rollout resume deployment/{name}"
            )
    if out := [one.name for one in ways if one.left_out]:
        yield f"Left out, and not touched: {', '.join(out)}."
    if order := order_of(steps):
        yield f"One after another, each once the one before is complete: {', '.join(order)}."


def _way(
    name: str,
    now: RolloutView | None,
    saved: WorkloadPoint | None,
    choices: tuple[RevisionView, ...],
    chosen: Mapping[str, int],
    *,
    begun: bool,
    left_out: bool,
) -> WayBack:
    target = chosen.get(name) or (saved.revision if saved else 0)
    known = next((one.images for one in choices if one.number == target), None)
    if known is None:
        known = saved.images if saved and saved.revision == target else {}
    images = now.images if now else {}
    revision = now.revision if now else 0
    unchanged = bool(images) and images == known
    # An undo gives the old template a new number. Where the history has both numbers, they are two templates.
    two = {target, revision} <= {one.number for one in choices}
    return WayBack(
        name=name,
        revision=revision,
        images=images,
        phase=now.phase if now else None,
        available=now.available if now else 0,
        desired=now.desired if now else 0,
        target=target,
        target_images=known,
        chosen=name in chosen and (saved is None or chosen[name] != saved.revision),
        unchanged=unchanged,
        at_target=bool(revision) and (revision == target or (unchanged and not two)),
        updated=now.updated if now else 0,
        begun=begun,
        paused=now.paused if now else False,
        left_out=left_out,
        choices=choices,
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
    )


def _why_not(ways: Sequence[WayBack]) -> str:
    missing = [one.name for one in ways if not one.target and not one.left_out]
    if not missing:
        return ""
    return f"No revision is pinned for {', '.join(missing)}: choose one for each with ← and →."


def may_run_again(state: RunState, procedure: Procedure) -> bool:
    """Whether the procedure was started before, and nothing of it runs: it can be planned anew, back or
    forward."""
    last = state.rollback
    if last is None or last.procedure != procedure.id:
        return False
    return not any(state.steps[step.id].status == "running" for step in last.steps)


def other_revision(way: WayBack, by: int) -> int:
    """The revision `by` places newer (or older) than the target in its history; the target at an end."""
    numbers = sorted(one.number for one in way.choices)
    if not numbers:
        return way.target
    if way.target not in numbers:
        return numbers[-1] if by < 0 else numbers[0]
    return numbers[max(0, min(len(numbers) - 1, numbers.index(way.target) + by))]
