"""The run as rows: the tree, the header, and one step in full."""

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

import msgspec

from alfred_tui.domain.document.actions import Attest, TerraformApply
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.evidence import GOOD, Evidence, Status
from alfred_tui.domain.run.automatic import counts_down
from alfred_tui.domain.run.events import Ask
from alfred_tui.domain.run.planning import begins_with, current_steps, troubles
from alfred_tui.domain.run.state import Earlier, RollbackRun, RunState, Signature, StepState
from alfred_tui.domain.run.watching import soak_left
from alfred_tui.present.effect import effect
from alfred_tui.present.headings import stands
from alfred_tui.present.soak import not_known_told

_ORDER: tuple[Status, ...] = (
    "failed", "error", "interrupted", "cancelled", "inconclusive", "running", "waiting",
)  # fmt: skip


COMMANDS = ("run", "terraform_plan", "terraform_apply", "manifests")
"""Actions that run programs, and so leave their output."""


class TreeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the checklist tree. `settled` of `total` count the steps under it (1 for a step)."""

    kind: Literal["phase", "section", "step"]
    id: str
    title: str
    status: Status
    settled: int
    total: int
    seconds: float = 0.0
    """How long it took, or has been running. 0: not begun."""
    note: str = ""
    """What is worth a word beside the title: who signed, what it is at, why it waits."""
    children: "tuple[TreeRow, ...]" = ()


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the run is: the checklist's steps, and apart from them those of its rollbacks."""

    settled: int
    total: int
    rollback_settled: int = 0
    rollback_total: int = 0
    """0: no rollback was started."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The top line."""

    title: str
    run: str
    context: str
    namespace: str
    lead: str
    elapsed: float
    progress: Progress
    state: str
    """live, paused, waiting for a person, held by a failure, rolling back, done, …"""
    ended: bool = False
    speed: float = 1.0
    scenario: str = ""
    simulated: tuple[str, ...] = ()
    rolls_back_in: float | None = None
    """Seconds until a rollback starts by itself; None when none is about to."""
    soak_left: float = 0.0
    """Seconds for which the triggers are watched still, after the run is done."""
    not_known: bool = False
    """Whether the run is done and nobody watches its triggers, and what they would say is not known."""


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One step in full."""

    id: str
    title: str
    status: Status
    where: str
    """Phase ▸ section."""
    why: str
    effect: str
    """Exactly what the cockpit does: the command, or the check in words."""
    source: str
    reason: str
    note: str
    ask: Ask | None
    evidence: tuple[Evidence, ...]
    outputs: tuple[tuple[str, str], ...]
    signatures: tuple[Signature, ...]
    settled_by: str
    confirmed_by: str
    confirmed_on: tuple[Evidence, ...]
    attempt: int
    started_at: float
    ended_at: float
    seconds: float
    can_repeat: bool
    is_change: bool
    has_output: bool
    """Whether its attempts may leave a command's output."""
    stands: str = ""
    """Why it does not start, where the whole run stands still."""
    earlier: tuple[str, ...] = ()
    """How it had ended before, oldest first."""
    needs_evidence: bool = False
    """Whether an attestation of it counts only with a note or evidence."""


def tree(state: RunState, now: float) -> tuple[TreeRow, ...]:
    """The whole checklist; a rollback's procedures stand above it, the last one first."""
    rollbacks = [
        _rollback_row(number, run, state, now)
        for number, run in reversed(list(enumerate(state.rollbacks, 1)))
    ]
    return (*rollbacks, *(_phase_row(phase, state, now) for phase in state.checklist.phases))


def _rollback_row(number: int, run: RollbackRun, state: RunState, now: float) -> TreeRow:
    """A rollback. Steps that a later one began anew stand under that one."""
    section = Section(id=f"rollback-{number}", title=f"Rollback: {run.title}", steps=run.steps)
    row = _section_row(section, run.stood(state.steps), now, kind="phase")
    own = tuple(child for child in row.children if child.id not in run.left)
    return msgspec.structs.replace(row, children=own, note="begun again" if run.left else "")


def _phase_row(phase: Phase, state: RunState, now: float) -> TreeRow:
    rows = tuple(_section_row(section, state.steps, now) for section in phase.sections)
    return TreeRow(
        kind="phase", id=phase.id, title=phase.title, status=_combined(rows), children=rows,
        settled=sum(row.settled for row in rows), total=sum(row.total for row in rows),
        seconds=sum(row.seconds for row in rows),
    )  # fmt: skip


def _section_row(
    section: Section,
    steps: Mapping[str, StepState],
    now: float,
    kind: Literal["phase", "section"] = "section",
) -> TreeRow:
    rows = tuple(_step_row(step, steps[step.id], now) for step in section.steps)
    return TreeRow(
        kind=kind, id=section.id, title=section.title, status=_combined(rows), children=rows,
        settled=sum(row.settled for row in rows), total=len(rows),
        seconds=_span(steps[step.id] for step in section.steps),
    )  # fmt: skip


def _span(states: Iterable[StepState]) -> float:
    begun = [one for one in states if one.started_at and one.ended_at]
    return max(one.ended_at for one in begun) - min(one.started_at for one in begun) if begun else 0.0


def _step_row(step: Step, one: StepState, now: float) -> TreeRow:
    return TreeRow(
        kind="step", id=step.id, title=step.title, status=one.status, total=1,
        settled=int(_is_settled(one)),
        seconds=seconds(one, now), note=_note(one),
    )  # fmt: skip


def _note(one: StepState) -> str:
    if one.status == "running":
        return one.note or ("being cancelled" if one.cancelled_by else "")
    if one.status == "waiting" and one.ask:
        missing = one.ask.people - len(one.signatures)
        return (
            f"{missing} more to sign"
            if one.signatures
            else {"sign": "sign off"}.get(one.ask.kind, one.ask.kind)
        )
    if one.retry_at:
        return f"retry {one.attempt}"
    if one.signatures:
        return ", ".join(signature.by for signature in one.signatures)
    return ""


def seconds(one: StepState, now: float) -> float:
    """How long a step took, or has been running."""
    if not one.started_at:
        return 0.0
    return max(0.0, (one.ended_at or now) - one.started_at)


def _combined(rows: tuple[TreeRow, ...]) -> Status:
    found = {row.status for row in rows}
    for status in _ORDER:
        if status in found:
            return status
    if found <= {"passed", "skipped"}:
        return "passed"
    return "pending"


def header(state: RunState, now: float) -> Header:
    """The top line's values."""
    target = state.started.target
    return Header(
        title=state.started.title,
        run=state.started.run,
        context=target.context if target else "",
        namespace=target.namespace if target else "",
        lead=state.lead,
        elapsed=(state.ended_at or now) - state.began_at,
        progress=progress(state),
        state=run_state(state),
        ended=state.result is not None,
        speed=state.started.speed,
        scenario=state.started.scenario,
        simulated=state.started.simulated,
        rolls_back_in=counts_down(state, now),
        soak_left=soak_left(state, now),
        not_known=state.result == "done" and not soak_left(state, now) and bool(not_known_told(state)),
    )


def progress(state: RunState) -> Progress:
    """How far the run is. Everything that counts the run's steps counts them by this."""
    settled, total = _counted(state, state.checklist.steps())
    back, steps = _counted(state, current_steps(state)) if state.rollbacks else (0, 0)
    return Progress(settled=settled, total=total, rollback_settled=back, rollback_total=steps)


def _counted(state: RunState, steps: Iterable[Step]) -> tuple[int, int]:
    found = [state.steps[step.id] for step in steps]
    return sum(_is_settled(one) for one in found), len(found)


def _is_settled(one: StepState) -> bool:
    return one.status in GOOD


def run_state(state: RunState) -> str:
    """What the run as a whole is at, in a few words."""
    if state.result:
        return state.result.replace("_", " ")
    if state.paused_by:
        return f"paused by {state.paused_by}"
    if troubles(state):
        return "held: a step needs a decision"
    if any(one.status == "running" for one in state.steps.values()):
        return "rolling back" if state.rollback else "running"
    if any(state.steps[step.id].status == "waiting" for step in current_steps(state)):
        return "waiting for a person"
    return "rolling back" if state.rollback else "running"


def detail(state: RunState, step_id: str, now: float) -> Detail | None:
    """One step in full; None when there is no such step."""
    one = state.steps.get(step_id)
    if one is None:
        return None
    step = state.step(step_id)
    return Detail(
        id=step.id, title=step.title, status=one.status, where=where(state.checklist, step_id), why=step.why,
        effect=effect(step, state), source=step.source.strip(), reason=one.reason, note=one.note, ask=one.ask,
        evidence=one.evidence, outputs=tuple(one.outputs.items()), signatures=one.signatures,
        settled_by=one.settled_by, confirmed_by=one.confirmed_by, confirmed_on=one.confirmed_on,
        attempt=one.attempt, started_at=one.started_at, ended_at=one.ended_at,
        seconds=seconds(one, now), can_repeat=step.may_repeat, is_change=step.is_change,
        has_output=one.attempt > 0 and step.action.key in COMMANDS,
        stands="" if _is_settled(one) or one.status == "running" else stands(state),
        earlier=tuple(ended_before(before) for before in one.earlier),
        needs_evidence=isinstance(step.action, Attest) and step.action.evidence == "required",
    )  # fmt: skip


def ended_before(one: Earlier) -> str:
    """How a step had ended before, and who took that back: "failed (exit 7); Ann: the lock is gone"."""
    signed = f", signed by {', '.join(one.signed)}" if one.signed else ""
    told = f"{one.status}{f' ({one.reason})' if one.reason else ''}{signed}"
    if not one.by:
        return told
    return f"{told}; taken back by {one.by}" + (f": {one.why}" if one.why else "")


def begins_at_once(state: RunState, step_ids: Collection[str], now: float) -> str:
    """What changes the environment as soon as these steps are skipped or count as passed; empty: nothing."""
    found = [step for step in begins_with(state, step_ids, now) if step.is_change]
    return "; ".join(f"“{step.title}”: {' '.join(effect(step, state).split())}" for step in found)


def grounds(state: RunState, step_id: str) -> tuple[str, ...]:
    """What a step that waits for its word rests on: the verdicts that chose its branch, or the plan that it
    applies, each with what was found."""
    step = state.step(step_id)
    told = [*step.when.passed, *step.when.failed] if step.when else []
    told += [step.action.plan] if isinstance(step.action, TerraformApply) else []
    lines: list[str] = []
    for name in told:
        one = state.steps.get(name)
        if one is None:
            continue
        lines.append(f"{state.step(name).title}: {one.status}{f' ({one.reason})' if one.reason else ''}")
        lines += [f"  {fact.label}: {fact.value}" for fact in one.evidence]
    return tuple(lines)


def where(checklist: Checklist, step_id: str) -> str:
    """Phase ▸ section of a step."""
    for phase, section in checklist.sections():
        if any(step.id == step_id for step in section.steps):
            return f"{phase.title} ▸ {section.title}" if phase.title != section.title else phase.title
    for procedure in checklist.rollback.procedures:
        if any(step.id == step_id for step in procedure.steps):
            return f"Rollback ▸ {procedure.title}"
    return ""


def focus(state: RunState) -> str:
    """The step that deserves the lead's eyes now: in trouble, waiting for them, running, or next."""
    held = troubles(state)
    if held:
        return held[0].id
    for status in ("running", "waiting", "pending"):
        for step_id, one in _current(state):
            if one.status == status:
                return step_id
    last = list(_current(state))
    return last[-1][0] if last else ""


def _current(state: RunState) -> Iterable[tuple[str, StepState]]:
    return ((step.id, state.steps[step.id]) for step in current_steps(state))
