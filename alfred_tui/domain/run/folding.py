"""`apply`, the one function by which a run's state changes.

Live, resume, replay, watch and headless all go through it, so that none can tell another story.
"""

from collections.abc import Iterable, Set

import msgspec

from alfred_tui.domain.canary import Mark
from alfred_tui.domain.cluster.workload_acts import WorkloadAct
from alfred_tui.domain.document.checklist import Checklist, Step, index
from alfred_tui.domain.evidence import END_STATES
from alfred_tui.domain.run.events import (
    ClockGap,
    CountdownStarted,
    CountdownStopped,
    Entry,
    LeadTakenOver,
    PointCaptured,
    RollbackStarted,
    RunContinued,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    SoakEnded,
    StepCancelAsked,
    StepConfirmed,
    StepDecided,
    StepFinished,
    StepProgressed,
    StepReopened,
    StepSigned,
    StepSkipped,
    StepStarted,
    StepWaiting,
    TriggerMoved,
    ValueGiven,
    WorkloadActBegun,
    WorkloadActEnded,
)
from alfred_tui.domain.run.procedures import values_for
from alfred_tui.domain.run.state import Countdown, Earlier, RollbackRun, RunState, Signature, StepState

_NEW = StepState()


def begin(checklist: Checklist, entry: Entry) -> RunState:
    """The state after a run's first event, which must be `RunStarted` (ValueError otherwise)."""
    if not isinstance(entry.event, RunStarted):
        raise ValueError("the journal's first event is not the start of a run")
    definitions = index(checklist)
    return RunState(
        checklist=checklist,
        started=entry.event,
        definitions=definitions,
        steps=dict.fromkeys(definitions, _NEW),
        seq=entry.seq,
        began_at=entry.at,
        at=entry.at,
        lead=entry.event.lead,
        host=entry.event.host,
    )


def apply(state: RunState, entry: Entry) -> RunState:
    """The state after one more event."""
    return fold(state, (entry,))


def fold(state: RunState, entries: Iterable[Entry]) -> RunState:
    """The state after many events: one copy of the steps for all of them."""
    draft = _Draft(state)
    for entry in entries:
        draft.take(entry)
    return draft.done()


class _Draft:
    """A state being changed. Lives only inside `fold`."""

    def __init__(self, state: RunState) -> None:
        self._state = state
        self._steps = dict(state.steps)
        """Changed in place: a run may have ten thousand steps, and a copy for each event would cost."""

    def done(self) -> RunState:
        return msgspec.structs.replace(self._state, steps=self._steps)

    def _update(self, **fields: object) -> None:
        self._state = msgspec.structs.replace(self._state, **fields)

    def _set(self, step_id: str, **fields: object) -> None:
        before = self._steps.get(step_id, _NEW)
        self._steps[step_id] = msgspec.structs.replace(before, **fields)

    def take(self, entry: Entry) -> None:
        self._update(seq=entry.seq, at=entry.at)
        event = entry.event
        match event:
            case StepStarted() | StepProgressed() | StepWaiting() | StepFinished() | StepSigned():
                self._take_step(event, entry.at)
            case StepCancelAsked(step=step, by=by):
                self._set(step, cancelled_by=by)
            case StepConfirmed() | StepDecided() | StepSkipped() | StepReopened():
                self._take_decision(event, entry.at)
            case RunPaused(by=by, reason=reason):
                self._update(paused_by=by, paused_why=reason)
            case RunContinued():
                self._update(paused_by="", paused_why="", result=None, result_why="", ended_at=0.0)
            case RunResumed(lead=lead, host=host):
                self._update(lead=lead, host=host)
            case RunFinished(result=result, reason=reason):
                self._update(result=result, result_why=reason, ended_at=entry.at)
            case SoakEnded():
                self._update(soak_ended=event)
            case ValueGiven(name=name, value=value):
                self._update(values={**self._state.values, name: value})
                self._release_values(name)
            case PointCaptured(point=point):
                self._update(point=point)
            case TriggerMoved(trigger=trigger, state=moved):
                self._update(triggers={**self._state.triggers, trigger: moved})
                if moved.status != "fired":
                    self._forget(trigger)
            case CountdownStarted(trigger=trigger, procedure=procedure, ends_at=ends_at, reason=reason):
                ends = Countdown(trigger=trigger, procedure=procedure, ends_at=ends_at, reason=reason)
                self._update(countdown=ends)
            case CountdownStopped():
                self._decline()
            case RollbackStarted():
                self._take_rollback(event, entry.at)
            case WorkloadActBegun() | WorkloadActEnded():
                self._take_act(event, entry.at)
            case LeadTakenOver() | ClockGap():
                pass  # for the record only: who leads is told by the start or the resumption beside it
            case RunStarted():
                raise ValueError("the journal starts a run twice")

    def _take_act(self, event: WorkloadActBegun | WorkloadActEnded, at: float) -> None:
        acts = self._state.acts
        if isinstance(event, WorkloadActBegun):
            fields = {name: getattr(event, name) for name in event.__struct_fields__}
            self._update(acts=(*acts, WorkloadAct(at=at, **fields)))
            self._changes(at)
            return
        ended = (
            msgspec.structs.replace(one, outcome=event.outcome, ended_at=at)
            if one.number == event.number
            else one
            for one in acts
        )
        self._update(acts=tuple(ended))

    def _changes(self, at: float) -> None:
        """Something in the world outside is changed; when that was done first is kept."""
        if not self._state.first_change_at:
            self._update(first_change_at=at)

    def _decline(self) -> None:
        if running := self._state.countdown:
            self._update(declined=(*self._state.declined, running.trigger), countdown=None)

    def _forget(self, trigger: str) -> None:
        """A trigger that has not fired (any more) calls for nothing."""
        running = self._state.countdown
        if running and running.trigger == trigger:
            self._update(countdown=None)
        self._update(declined=tuple(one for one in self._state.declined if one != trigger))

    def _take_step(
        self, event: StepStarted | StepProgressed | StepWaiting | StepFinished | StepSigned, at: float
    ) -> None:
        match event:
            case StepStarted(step=step, attempt=attempt):
                again = self._steps.get(step, _NEW)
                self._set(
                    step, status="running", attempt=attempt, started_at=at, ended_at=0.0, reason="", ask=None,
                    retry_at=0.0, note="", cancelled_by="", evidence=(),
                    measurements=again.measurements if again.attempt == attempt else (),
                    marks=again.marks if again.attempt == attempt else (),
                )  # fmt: skip
                if self._state.step(step).is_change:
                    self._changes(at)
            case StepProgressed(step=step, note=note, measurements=measured, mark=mark):
                before = self._steps.get(step, _NEW)
                marks = (*before.marks, Mark(at=at, label=mark)) if mark else before.marks
                self._set(
                    step, note=note or before.note, measurements=before.measurements + measured, marks=marks
                )
            case StepWaiting(step=step, ask=ask, evidence=evidence, outputs=outputs):
                before = self._steps.get(step, _NEW)
                self._set(
                    step, status="waiting", ask=ask, note="", started_at=before.started_at or at,
                    evidence=evidence or before.evidence, outputs=outputs or before.outputs, signatures=(),
                )  # fmt: skip
            case StepSigned(step=step, by=by, note=note, evidence=evidence):
                self._sign(step, Signature(by=by, at=at, note=note, evidence=evidence))
            case StepFinished(step=step, attempt=attempt, outcome=outcome):
                definition, last = self._state.step(step), self._steps.get(step, _NEW)
                tries = attempt - last.before
                retry = outcome.status in ("failed", "error") and tries <= definition.retries
                failed = Earlier(status=outcome.status, at=at, reason=outcome.reason)
                self._set(
                    step, status="pending" if retry else outcome.status, ended_at=at, reason=outcome.reason,
                    evidence=outcome.evidence, outputs=outcome.outputs, ask=None, note="",
                    earlier=(*last.earlier, failed) if retry else last.earlier,
                    retry_at=at + definition.retry_delay * 2 ** (tries - 1) if retry else 0.0,
                )  # fmt: skip

    def _sign(self, step: str, signature: Signature) -> None:
        before = self._steps.get(step, _NEW)
        signatures = (*before.signatures, signature)
        people = before.ask.people if before.ask else _people(self._state.step(step))
        enough = len({one.by.casefold() for one in signatures}) >= people
        self._set(
            step, signatures=signatures, status="passed" if enough else "waiting",
            ask=None if enough else before.ask, ended_at=signature.at if enough else 0.0,
            started_at=before.started_at or signature.at, reason="",
        )  # fmt: skip

    def _take_decision(
        self, event: StepConfirmed | StepDecided | StepSkipped | StepReopened, at: float
    ) -> None:
        match event:
            case StepConfirmed(step=step, by=by, shown=shown):
                self._set(
                    step, status="pending", ask=None, confirmed_by=by, confirmed_at=at, confirmed_on=shown
                )
            case StepDecided(step=step, by=by, verdict=verdict, note=note):
                self._set(
                    step, status=verdict, settled_by=by, reason=note, ended_at=at, ask=None, retry_at=0.0,
                    earlier=self._taken_back(step),
                )  # fmt: skip
            case StepSkipped(step=step, reason=reason, by=by, cause=cause):
                self._set(
                    step, status="skipped", reason=reason, settled_by=by, cause=cause, ended_at=at, ask=None,
                    retry_at=0.0, earlier=self._taken_back(step),
                )  # fmt: skip
            case StepReopened(step=step, by=by, reason=reason):
                attempt, earlier = self._steps.get(step, _NEW).attempt, self._taken_back(step, by, reason)
                self._steps[step] = StepState(attempt=attempt, before=attempt, earlier=earlier)

    def _taken_back(self, step: str, by: str = "", why: str = "") -> tuple[Earlier, ...]:
        """What a step's ends were, with the one that no longer counts."""
        last = self._steps.get(step, _NEW)
        if last.status not in END_STATES:
            return last.earlier
        signed = tuple(one.by for one in last.signatures)
        ended = Earlier(
            status=last.status, at=last.ended_at, reason=last.reason, signed=signed, by=by, why=why
        )
        return (*last.earlier, ended)

    def _release_values(self, name: str) -> None:
        """Steps that waited for this value, and for no other, may be planned again."""
        known = self._state.values
        for step_id, one in self._steps.items():
            if (
                one.ask
                and one.ask.kind == "value"
                and name in one.ask.names
                and all(n in known for n in one.ask.names)
            ):
                self._set(step_id, status="pending", ask=None)

    def _take_rollback(self, event: RollbackStarted, at: float) -> None:
        run = RollbackRun(
            procedure=event.procedure, title=event.title, steps=event.steps, by=event.by, at=at,
            reason=event.reason, targets=event.targets,
        )  # fmt: skip
        again = {step.id for step in event.steps}
        self._update(
            rollbacks=(*(self._left(one, again) for one in self._state.rollbacks), run),
            definitions={**self._state.definitions, **{step.id: step for step in event.steps}},
            paused_by="", paused_why="", result=None, result_why="", ended_at=0.0, countdown=None,
            values=values_for(self._state, event.procedure, event.steps),
        )  # fmt: skip
        for step in event.steps:
            attempt, earlier = self._steps.get(step.id, _NEW).attempt, self._taken_back(step.id)
            self._steps[step.id] = StepState(attempt=attempt, before=attempt, earlier=earlier)

    def _left(self, run: RollbackRun, again: Set[str]) -> RollbackRun:
        """A rollback with the ends of those of its steps that begin anew."""
        left = {
            step.id: self._steps[step.id]
            for step in run.steps
            if step.id in again and step.id not in run.left
        }
        return msgspec.structs.replace(run, left={**run.left, **left}) if left else run


def _people(step: Step) -> int:
    """How many people the step's own definition asks for."""
    from alfred_tui.domain.document.actions import Attest

    if isinstance(step.action, Attest):
        return step.action.people
    return step.sign.people if step.sign else 1
