"""Which events an intent becomes, or why it is refused. Pure: the engine writes them."""

import re
import shlex

from alfred_tui.domain.cluster.workload_acts import ACT_WORDS, elsewhere
from alfred_tui.domain.document.actions import Attest, StartRollback
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.rollback.choosing import chosen_steps, undone
from alfred_tui.domain.run.events import (
    AnyEvent,
    Ask,
    CountdownStopped,
    Result,
    RollbackStarted,
    RunContinued,
    RunFinished,
    RunPaused,
    SoakEnded,
    StepCancelAsked,
    StepConfirmed,
    StepDecided,
    StepReopened,
    StepSigned,
    StepSkipped,
    TriggerMoved,
    ValueGiven,
    WorkloadActBegun,
)
from alfred_tui.domain.run.intents import (
    ActOnWorkload,
    AnyIntent,
    Cancel,
    Confirm,
    Continue,
    Decide,
    Declare,
    EndSoak,
    GiveValue,
    Pause,
    Reopen,
    Retry,
    RollBack,
    Sign,
    Skip,
    Stop,
    StopCountdown,
)
from alfred_tui.domain.run.planning import current_steps, is_reviewed, question_before, troubles
from alfred_tui.domain.run.state import RunState, StepState
from alfred_tui.domain.run.triggers import armed, declared
from alfred_tui.domain.run.watching import has_soak, soak_left

ROLLBACK_WORD = "rollback"
"""What must be typed to start a rollback."""

_BAD = ("failed", "error", "inconclusive", "cancelled", "interrupted")


class No(Exception):
    """The intent is refused; the message says why and what to do instead."""


def decide(state: RunState, intent: AnyIntent, now: float) -> list[AnyEvent]:
    """The events that the intent becomes. Raises No."""
    if state.result is not None and isinstance(intent, ActOnWorkload):
        _only_in_soak(state, intent, now)
    elif state.result is not None and not _still_takes(state, intent):
        on = "continue it" if state.was_stopped else "start a new one"
        raise No(f"The run is over ({state.result.replace('_', ' ')}); {on}, or roll back.")
    match intent:
        case Sign():
            return [event for step in intent.steps for event in _sign(state, step, intent)]
        case Skip():
            return [_skip(state, step, intent) for step in intent.steps]
        case Reopen():
            return [_reopen(state, intent)]
        case Retry():
            return [_retry(state, intent)]
        case Decide():
            return [_overrule(state, intent)]
        case Confirm():
            return [_confirm(state, intent)]
        case GiveValue():
            return [_value(state, intent)]
        case Cancel():
            one = _get(state, intent.step)
            if one.status != "running":
                raise No(f"{intent.step} is not running; there is nothing to cancel.")
            return [] if one.cancelled_by else [StepCancelAsked(step=intent.step, by=intent.by)]
        case Pause():
            if state.paused_by:
                raise No(f"The run is paused already, by {state.paused_by}.")
            stopped = [CountdownStopped(by=intent.by, note="the run was paused")] if state.countdown else []
            return [RunPaused(by=intent.by, reason=intent.reason), *stopped]
        case StopCountdown():
            if state.countdown is None:
                raise No("No rollback is about to start by itself; there is nothing to stop.")
            return [CountdownStopped(by=intent.by, note=intent.note)]
        case Continue():
            if not (state.paused_by or state.was_stopped):
                raise No("The run is not paused.")
            return [RunContinued(by=intent.by)]
        case Stop():
            result: Result = "failed" if troubles(state) else "stopped"
            return [RunFinished(result=result, reason=intent.reason, by=intent.by)]
        case EndSoak():
            return [_end_soak(state, intent, now)]
        case Declare():
            return [_declare(state, intent, now)]
        case RollBack():
            return _roll_back(state, intent)
        case ActOnWorkload():
            return [_act_on(state, intent)]


def _get(state: RunState, step_id: str) -> StepState:
    one = state.steps.get(step_id)
    if one is None:
        raise No(f"There is no step {step_id}.")
    return one


def _definition(state: RunState, step_id: str) -> Step:
    _get(state, step_id)
    return state.step(step_id)


def _sign(state: RunState, step_id: str, intent: Sign) -> list[AnyEvent]:
    step, one = _definition(state, step_id), _get(state, step_id)
    if not intent.by.strip():
        raise No("A signature needs a name.")
    if one.status in ("passed", "skipped"):
        raise No(f"“{step.title}” is settled already; re-open it first.")
    ask = one.ask if one.status == "waiting" else None
    if ask is None:
        ask = _early(state, step, one)
    if ask is None or ask.kind != "sign":
        raise No(f"“{step.title}” is not waiting for a signature ({one.status}).")
    if ask.because and not _has_grounds(intent):
        raise No(f"“{step.title}” needs a reason: {ask.because}")
    if ask.evidence_required and not _has_grounds(intent):
        raise No(f"“{step.title}” needs evidence: a note, a link, a file or a pasted line.")
    if intent.by.casefold() in {one.by.casefold() for one in one.signatures}:
        raise No(f"{intent.by} has signed “{step.title}” already; it needs {ask.people} different people.")
    return [StepSigned(step=step_id, by=intent.by, note=intent.note, evidence=intent.evidence)]


def _has_grounds(intent: Sign) -> bool:
    """Whether something was said or given; white space is neither."""
    return any(text.strip() for text in (intent.note, *(one.value for one in intent.evidence)))


def _early(state: RunState, step: Step, one: StepState) -> Ask | None:
    """An attestation of the open phase may be signed before its turn: the person knows it already."""
    if one.status != "pending" or not isinstance(step.action, Attest) or step.when is not None:
        return None
    return question_before(state, step) if step.id in _open_phase(state) else None


def _open_phase(state: RunState) -> set[str]:
    if state.rollbacks:
        return {step.id for step in current_steps(state)}
    for phase in state.checklist.phases:
        ids = {step.id for section in phase.sections for step in section.steps}
        if any(state.steps[step_id].status not in ("passed", "skipped") for step_id in ids):
            return ids
    return set()


def _skip(state: RunState, step_id: str, intent: Skip) -> AnyEvent:
    step, one = _definition(state, step_id), _get(state, step_id)
    if one.status == "running":
        raise No(f"“{step.title}” is running; cancel it first.")
    if one.status in ("passed", "skipped"):
        raise No(f"“{step.title}” is settled already; re-open it first.")
    if not intent.reason.strip():
        raise No("A skip needs a reason; it stays in the report.")
    return StepSkipped(
        step=step_id, reason=intent.reason, by=intent.by,
        cause="not-applicable" if intent.not_applicable else "person",
    )  # fmt: skip


def _reopen(state: RunState, intent: Reopen) -> AnyEvent:
    step, one = _definition(state, intent.step), _get(state, intent.step)
    if one.status not in ("passed", "skipped") and not (one.status == "failed" and one.settled_by):
        raise No(f"“{step.title}” is not settled ({one.status}); there is nothing to re-open.")
    if step.is_change and one.attempt and not step.may_repeat and not intent.reason.strip():
        raise No(f"“{step.title}” has changed something and may not simply repeat: say why it is re-opened.")
    return StepReopened(step=intent.step, by=intent.by, reason=intent.reason)


def _retry(state: RunState, intent: Retry) -> AnyEvent:
    step, one = _definition(state, intent.step), _get(state, intent.step)
    if is_reviewed(step, one) and step.may_repeat:
        return StepReopened(step=intent.step, by=intent.by, reason=intent.note or "checked again")
    if one.status not in _BAD:
        raise No(f"“{step.title}” did not end badly ({one.status}); there is nothing to retry.")
    if not step.may_repeat and not intent.note.strip():
        raise No(
            f"“{step.title}” changes something and is not marked idempotent: look at what it left, "
            "and give a note that says why a repeat is safe."
        )
    return StepReopened(step=intent.step, by=intent.by, reason=intent.note or "retry")


def _overrule(state: RunState, intent: Decide) -> AnyEvent:
    step, one = _definition(state, intent.step), _get(state, intent.step)
    if one.status not in _BAD:
        raise No(f"“{step.title}” has no verdict to overrule ({one.status}).")
    if not intent.note.strip():
        raise No("Overruling the machine needs a note; it stays in the report.")
    return StepDecided(step=intent.step, by=intent.by, verdict=intent.verdict, note=intent.note)


def _still_takes(state: RunState, intent: AnyIntent) -> bool:
    """Whether a run that is over takes it: the way back, and what was stopped short may be gone on with."""
    if isinstance(intent, Continue):
        return state.was_stopped
    return isinstance(intent, RollBack | Declare | StopCountdown | EndSoak)


def _confirm(state: RunState, intent: Confirm) -> AnyEvent:
    one = _get(state, intent.step)
    if one.ask is None or one.ask.kind != "confirm":
        raise No(f"{intent.step} is not waiting for a confirmation ({one.status}).")
    if intent.word.strip() != one.ask.word:
        raise No(f"“{intent.word}” is not the word; type {one.ask.word}.")
    return StepConfirmed(step=intent.step, by=intent.by, shown=intent.shown)


def _value(state: RunState, intent: GiveValue) -> AnyEvent:
    asked = state.checklist.ask.get(intent.name)
    if not intent.value.strip():
        raise No(f"<{intent.name}> needs a value.")
    if asked and asked.pattern and not re.fullmatch(asked.pattern, intent.value):
        raise No(f"“{intent.value}” does not fit <{intent.name}> (/{asked.pattern}/).")
    return ValueGiven(name=intent.name, value=intent.value, by=intent.by)


def _declare(state: RunState, intent: Declare, now: float) -> AnyEvent:
    rule = next((one for one in state.checklist.rollback.triggers if one.id == intent.trigger), None)
    if rule is None:
        raise No(f"There is no trigger {intent.trigger}.")
    if not intent.note.strip():
        raise No("Declaring a trigger needs a note: what was seen.")
    before = state.triggers.get(intent.trigger) or armed(now)
    fired = declared(before, intent.by, intent.note, now)
    return TriggerMoved(trigger=intent.trigger, state=fired, by=intent.by, note=intent.note)


def _roll_back(state: RunState, intent: RollBack) -> list[AnyEvent]:
    procedure = state.checklist.procedure(intent.procedure)
    if procedure is None:
        known = ", ".join(one.id for one in state.checklist.rollback.procedures) or "none"
        raise No(f"There is no rollback procedure “{intent.procedure}”; there are: {known}.")
    if intent.word.strip() != ROLLBACK_WORD:
        raise No(f"Type {ROLLBACK_WORD} to confirm; nothing was done.")
    under_way = state.rollback and state.result is None
    if under_way and any(state.steps[step.id].status == "running" for step in current_steps(state)):
        raise No("A rollback is running already.")
    names = undone(procedure.steps)
    unknown = [name for name in intent.left_out if name not in names]
    if unknown:
        raise No(f"“{procedure.title}” does not put {', '.join(unknown)} back; it cannot be left out.")
    if names and not set(names) - set(intent.left_out):
        raise No("Every service is left out; there is nothing to put back. Take one in again with space.")
    point = {one.name: one.revision for one in state.point.workloads} if state.point else {}
    targets = {
        name: number
        for name, number in (point | intent.targets).items()
        if name in names and name not in intent.left_out
    }
    events: list[AnyEvent] = [
        StepDecided(step=step_id, by=intent.by, verdict="passed", note="the rollback was started")
        for step_id, one in state.steps.items()
        if one.ask and one.ask.kind == "rollback" and isinstance(state.step(step_id).action, StartRollback)
    ]
    started = RollbackStarted(
        procedure=procedure.id, title=procedure.title, by=intent.by, reason=intent.reason, targets=targets,
        steps=chosen_steps(procedure.steps, intent.left_out, side_by_side=intent.side_by_side),
    )  # fmt: skip
    return [*events, started]


def _end_soak(state: RunState, intent: EndSoak, now: float) -> AnyEvent:
    if not has_soak(state) or state.soak_ended:
        raise No("There is no soak to end: no trigger is watched after the last step.")
    left = float(round(soak_left(state, now)))
    # At its end the watch tells what it has seen; where somebody else ends it, nobody has.
    unseen = "" if left else intent.reason or "nobody has said that the triggers were watched"
    return SoakEnded(by=intent.by, left=left, reason=intent.reason, unseen=unseen)


def _only_in_soak(state: RunState, intent: ActOnWorkload, now: float) -> None:
    """While the triggers are still watched, what is done about them belongs in the run's record."""
    if soak_left(state, now) > 0:
        return
    result = (state.result or "").replace("_", " ")
    target = state.started.target
    context = f" --context {shlex.quote(target.context)}" if target else ""
    namespace = intent.namespace or (target.namespace if target else "")
    to = f" --to-revision={intent.revision}" if intent.act == "undo" and intent.revision else ""
    raise No(
        f"The run is over ({result}) and nothing is watched any more, so its record takes no more acts."
        f" By hand: kubectl{context} -n {shlex.quote(namespace)} rollout {intent.act}"
        f" {intent.kind.lower()}/{shlex.quote(intent.name)}{to}"
    )


def _act_on(state: RunState, intent: ActOnWorkload) -> AnyEvent:
    target, what = state.started.target, f"{intent.kind} {intent.name}"
    if target is None:
        raise No(f"No cluster is connected; {what} cannot be changed.")
    namespace = intent.namespace or target.namespace
    if why := elsewhere(what, namespace, target.namespace):
        raise No(why)
    if intent.act in ("pause", "resume") and intent.kind != "Deployment":
        raise No(f"Kubernetes pauses Deployments only; {what} cannot be {intent.act}d.")
    if intent.act == "undo" and intent.revision <= 0:
        raise No(f"Choose the revision that {what} goes back to; nothing was done.")
    word = ACT_WORDS.get(intent.act, "")
    if intent.word.strip() != word:
        raise No(f"Type {word} to confirm; nothing was done.")
    if any(one.outcome is None and (one.kind, one.name) == (intent.kind, intent.name) for one in state.acts):
        raise No(f"An act on {what} is under way; wait for its end.")
    going_back = state.rollback is not None and state.result is None
    if going_back and any(
        step.is_change and state.steps[step.id].status == "running" for step in current_steps(state)
    ):
        raise No("A rollback is changing workloads now; wait for its step, or cancel it.")
    return WorkloadActBegun(
        number=len(state.acts) + 1, kind=intent.kind, namespace=namespace, name=intent.name, act=intent.act,
        by=intent.by, revision=intent.revision if intent.act == "undo" else 0, note=intent.note,
    )  # fmt: skip
