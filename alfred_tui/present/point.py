"""The rollback point as facts: what a rollback returns to, whether its backup was tested, who was told."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from alfred_tui.domain.document.actions import CapturePoint
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.rollback.point import RollbackPoint, WorkloadPoint
from alfred_tui.domain.run.procedures import needed, planned_folders
from alfred_tui.domain.run.state import RunState

NOT_KNOWN = "not known"
TOLD = "told"


class PointFact(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `ok` None: it is told as it is, and neither good nor bad."""

    label: str
    value: str
    ok: bool | None = None


def point_facts(state: RunState) -> tuple[PointFact, ...]:
    """Everything that is known of the rollback point; nothing where none was recorded."""
    point = state.point
    if point is None:
        return ()
    facts = [PointFact(label=one.name, value=workload_words(one)) for one in point.workloads]
    facts += [PointFact(label=name, value="was not there") for name in point.absent]
    return (*facts, *beside_workloads(state))


def beside_workloads(state: RunState) -> tuple[PointFact, ...]:
    """What is known beside the workloads: Terraform's states, what the procedures need, how sure that is, and
    who was told."""
    point = state.point
    if point is None:
        return ()
    facts = [
        PointFact(label=f"state of {folder}", value=_serial_words(point, folder))
        for folder in dict.fromkeys([*planned_folders(state.checklist), *point.terraform, *point.no_serial])
    ]
    # What a step has left since then is what the procedure will be filled in with.
    needs = {one.step: one for one in point.needs}
    needs |= {one.step: one for one in needed(state) if one.values or one.step not in needs}
    for one in needs.values():
        values = ", ".join(f"{name} {value}" for name, value in one.values.items())
        nothing = f"{NOT_KNOWN}: “{one.title}” left nothing to return to"
        facts.append(PointFact(label=one.step, value=values or nothing, ok=bool(values)))
    return (*facts, *restore_tests(state), who_was_told(state))


def _serial_words(point: RollbackPoint, folder: str) -> str:
    if folder in point.terraform:
        return f"serial {point.terraform[folder]}"
    why = point.no_serial.get(folder, "")
    return f"{NOT_KNOWN}: {why}" if why else NOT_KNOWN


def restore_tests(state: RunState) -> tuple[PointFact, ...]:
    """Whether a restore was tested, by each of the steps that the checklist names for it."""
    label = "restore tested"
    names = [
        name
        for step in _captures(state)
        if isinstance(step.action, CapturePoint)
        for name in step.action.restore_tested
        if name in state.steps
    ]
    if not names:
        return (PointFact(label=label, value=f"{NOT_KNOWN}: the checklist names no step that tests it"),)
    return tuple(_tested(state, label, name) for name in dict.fromkeys(names))


def _tested(state: RunState, label: str, name: str) -> PointFact:
    one, title = state.steps[name], state.step(name).title
    if one.status != "passed":
        return PointFact(label=label, value=f"{NOT_KNOWN}: “{title}” is {one.status}")
    # A signature is a person's word, not a test that the cockpit saw.
    said = [f"{who.by}{f': {who.note}' if who.note else ''}" for who in one.signatures]
    by = (
        f", said by {'; '.join(said)}" if said else f", decided by {one.settled_by}" if one.settled_by else ""
    )
    return PointFact(label=label, value=f"“{title}” passed {_time(one.ended_at)}{by}", ok=not by or None)


def who_was_told(state: RunState) -> PointFact:
    """Who was told of the point: what was signed on the step that records it."""
    signed = [
        f"{who.note or 'no names were noted'} (signed by {who.by}, {_time(who.at)})"
        for step in _captures(state)
        for who in state.steps[step.id].signatures
    ]
    return PointFact(label=TOLD, value="; ".join(signed) or NOT_KNOWN)


def _captures(state: RunState) -> Iterator[Step]:
    return (step for step in state.checklist.steps() if isinstance(step.action, CapturePoint))


def workload_words(one: WorkloadPoint) -> str:
    """Revision, images with the beginning of each digest, replicas and autoscaler's bounds of a workload."""
    images = ", ".join(
        image + (f" {one.digests[name][:19]}…" if name in one.digests and "@" not in image else "")
        for name, image in one.images.items()
    )
    scaled = f", autoscaled {one.hpa_min}…{one.hpa_max}" if one.hpa_max else ""
    paused = ", paused" if one.paused else ""
    return f"revision {one.revision}, {images}, {replicas_words(one)}{scaled}{paused}"


def replicas_words(one: WorkloadPoint) -> str:
    """How many pods it had."""
    return f"{one.replicas} replica{'' if one.replicas == 1 else 's'}"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ") if at else "at a time not known"
