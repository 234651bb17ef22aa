"""The way back as rows: per workload from → to, the steps of each procedure, and what it will not restore."""

from collections.abc import Mapping, Sequence

import msgspec

from alfred_tui.domain.checklist import Procedure
from alfred_tui.domain.state import RunState
from alfred_tui.domain.workloads import RevisionView, RolloutView
from alfred_tui.present.effect import effect


class WayBack(msgspec.Struct, frozen=True, kw_only=True):
    """One workload's way back."""

    name: str
    revision: int
    images: tuple[str, ...]
    target: int
    """0: nothing is pinned for it."""
    target_images: tuple[str, ...]
    unchanged: bool
    """Whether it is on the target already."""
    choices: tuple[RevisionView, ...] = ()


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the plan."""

    id: str
    title: str
    effect: str
    changes: bool


class RollbackView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the rollback screen shows before anything happens."""

    procedure: str
    title: str
    procedures: tuple[tuple[str, str], ...]
    ways: tuple[WayBack, ...]
    plan: tuple[PlannedStep, ...]
    warns: tuple[str, ...]
    captured_at: float
    """Of the rollback point; 0 when there is none."""
    ready: bool
    """Whether the procedure can be started from here."""
    why_not: str = ""


def rollback_view(
    state: RunState,
    procedure: Procedure,
    rollouts: Sequence[RolloutView],
    history: Mapping[str, Sequence[RevisionView]],
    chosen: Mapping[str, int],
) -> RollbackView:
    """The screen's content. `chosen` overrides the point's revisions."""
    running = {one.name: one for one in rollouts}
    point = state.point
    pinned = {one.name: one for one in point.workloads} if point else {}
    ways = []
    for name in list(pinned) or [one.name for one in rollouts if one.kind == "Deployment"]:
        now = running.get(name)
        known = tuple(history.get(name, ()))
        saved = pinned.get(name)
        target = chosen.get(name) or (saved.revision if saved else 0)
        of_target = next((one.images for one in known if one.number == target), saved.images if saved else {})
        current = now.images if now else {}
        ways.append(
            WayBack(
                name=name,
                revision=now.revision if now else 0,
                images=tuple(current.values()),
                target=target,
                target_images=tuple(of_target.values()),
                unchanged=bool(now) and dict(current) == dict(of_target),
                choices=known,
            )
        )
    missing = procedure.id == "application" and not (point or chosen)
    return RollbackView(
        procedure=procedure.id,
        title=procedure.title,
        procedures=tuple((one.id, one.title) for one in state.checklist.rollback.procedures),
        ways=tuple(ways),
        plan=tuple(
            PlannedStep(id=step.id, title=step.title, effect=effect(step, state), changes=step.is_change)
            for step in procedure.steps
        ),
        warns=procedure.warns,
        captured_at=point.at if point else 0.0,
        ready=not missing,
        why_not="No rollback point was captured and no revision is chosen: choose one per service."
        if missing
        else "",
    )
