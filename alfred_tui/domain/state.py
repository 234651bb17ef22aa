"""The state of a run, and the one function by which it changes: `apply`.

Live, resume, replay, watch and headless all go through it, so that none can tell another story.
"""

from collections.abc import Iterable, Mapping

import msgspec

from alfred_tui.domain.canary import Mark, Measurement
from alfred_tui.domain.checklist import Checklist, Step, index
from alfred_tui.domain.events import (
    Ask,
    ClockGap,
    CountdownStarted,
    CountdownStopped,
    Entry,
    LeadTakenOver,
    PointCaptured,
    Result,
    RollbackStarted,
    RunContinued,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
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
from alfred_tui.domain.evidence import Evidence, Status
from alfred_tui.domain.rollback_point import RollbackPoint
from alfred_tui.domain.triggers import TriggerState
from alfred_tui.domain.workload_acts import WorkloadAct


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed, when, and on what grounds."""

    by: str
    at: float
    note: str = ""
    evidence: tuple[Evidence, ...] = ()


class StepState(msgspec.Struct, frozen=True, kw_only=True):
    """Where one step stands."""

    status: Status = "pending"
    attempt: int = 0
    before: int = 0
    """Attempts from before it was last opened: a repeat by a person has its own retries."""
    started_at: float = 0.0
    """Of the last attempt, or of the first question."""
    ended_at: float = 0.0
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    outputs: dict[str, str] = {}
    ask: Ask | None = None
    signatures: tuple[Signature, ...] = ()
    confirmed_by: str = ""
    settled_by: str = ""
    """The person who skipped or decided it."""
    cause: str = ""
    """Of a skip: person, not-applicable, branch or scope."""
    retry_at: float = 0.0
    note: str = ""
    measurements: tuple[Measurement, ...] = ()
    marks: tuple[Mark, ...] = ()


class RollbackRun(msgspec.Struct, frozen=True, kw_only=True):
    """A rollback that was started."""

    procedure: str
    title: str
    steps: tuple[Step, ...]
    by: str
    at: float
    reason: str = ""
    targets: dict[str, int] = {}


class Countdown(msgspec.Struct, frozen=True, kw_only=True):
    """An automatic rollback that has not begun yet."""

    trigger: str
    procedure: str
    ends_at: float
    reason: str = ""


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is true of a run. Replaced, never changed."""

    checklist: Checklist
    started: RunStarted
    definitions: Mapping[str, Step]
    """The steps by id: the checklist's, and those of rollbacks that were started."""
    steps: Mapping[str, StepState]
    seq: int = 0
    began_at: float = 0.0
    at: float = 0.0
    """Of the last event."""
    lead: str = ""
    host: str = ""
    paused_by: str = ""
    paused_why: str = ""
    result: Result | None = None
    result_why: str = ""
    ended_at: float = 0.0
    first_change_at: float = 0.0
    values: Mapping[str, str] = {}
    point: RollbackPoint | None = None
    triggers: Mapping[str, TriggerState] = {}
    rollbacks: tuple[RollbackRun, ...] = ()
    countdown: Countdown | None = None
    declined: tuple[str, ...] = ()
    """Triggers whose automatic rollback a person stopped; they count again after they have cleared."""
    acts: tuple[WorkloadAct, ...] = ()
    """What leads did to workloads beside the steps, in order."""

    @property
    def rollback(self) -> RollbackRun | None:
        """The rollback under way, or the last one."""
        return self.rollbacks[-1] if self.rollbacks else None

    def step(self, step_id: str) -> Step:
        """A step of the checklist or of a rollback's procedure. Raises KeyError."""
        return self.definitions[step_id]


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
        self._defs = state.definitions
        self._fields: dict[str, object] = {}

    def done(self) -> RunState:
        return msgspec.structs.replace(self._state, steps=self._steps, definitions=self._defs, **self._fields)

    def _get(self, name: str) -> object:
        return self._fields.get(name, getattr(self._state, name))

    def _set(self, step_id: str, **fields: object) -> None:
        before = self._steps.get(step_id, _NEW)
        self._steps[step_id] = msgspec.structs.replace(before, **fields)

    def take(self, entry: Entry) -> None:
        self._fields["seq"] = entry.seq
        self._fields["at"] = entry.at
        event = entry.event
        match event:
            case StepStarted() | StepProgressed() | StepWaiting() | StepFinished() | StepSigned():
                self._take_step(event, entry.at)
            case StepConfirmed() | StepDecided() | StepSkipped() | StepReopened():
                self._take_decision(event, entry.at)
            case RunPaused(by=by, reason=reason):
                self._fields.update(paused_by=by, paused_why=reason)
            case RunContinued():
                self._fields.update(paused_by="", paused_why="")
            case RunResumed(lead=lead, host=host):
                self._fields.update(lead=lead, host=host)
            case RunFinished(result=result, reason=reason):
                self._fields.update(result=result, result_why=reason, ended_at=entry.at)
            case ValueGiven(name=name, value=value):
                self._fields["values"] = {**self._get("values"), name: value}  # type: ignore[dict-item]
                self._release_values(name)
            case PointCaptured(point=point):
                self._fields["point"] = point
            case TriggerMoved(trigger=trigger, state=moved):
                self._fields["triggers"] = {**self._get("triggers"), trigger: moved}  # type: ignore[dict-item]
                if moved.status != "fired":
                    self._forget(trigger)
            case CountdownStarted(trigger=trigger, procedure=procedure, ends_at=ends_at, reason=reason):
                self._fields["countdown"] = Countdown(
                    trigger=trigger, procedure=procedure, ends_at=ends_at, reason=reason
                )
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
        acts: tuple[WorkloadAct, ...] = self._get("acts")  # type: ignore[assignment]
        if isinstance(event, WorkloadActBegun):
            fields = {name: getattr(event, name) for name in event.__struct_fields__}
            self._fields["acts"] = (*acts, WorkloadAct(at=at, **fields))
            if not self._get("first_change_at"):
                self._fields["first_change_at"] = at
            return
        self._fields["acts"] = tuple(
            msgspec.structs.replace(one, outcome=event.outcome, ended_at=at)
            if one.number == event.number
            else one
            for one in acts
        )

    def _decline(self) -> None:
        running = self._get("countdown")
        if isinstance(running, Countdown):
            self._fields["declined"] = (*self._get("declined"), running.trigger)  # type: ignore[misc]
        self._fields["countdown"] = None

    def _forget(self, trigger: str) -> None:
        """A trigger that has not fired (any more) calls for nothing."""
        running = self._get("countdown")
        if isinstance(running, Countdown) and running.trigger == trigger:
            self._fields["countdown"] = None
        declined: tuple[str, ...] = self._get("declined")  # type: ignore[assignment]
        self._fields["declined"] = tuple(one for one in declined if one != trigger)

    def _take_step(
        self, event: StepStarted | StepProgressed | StepWaiting | StepFinished | StepSigned, at: float
    ) -> None:
        match event:
            case StepStarted(step=step, attempt=attempt):
                again = self._steps.get(step, _NEW)
                self._set(
                    step, status="running", attempt=attempt, started_at=at, ended_at=0.0, reason="", ask=None,
                    retry_at=0.0, note="", evidence=(),
                    measurements=again.measurements if again.attempt == attempt else (),
                    marks=again.marks if again.attempt == attempt else (),
                )  # fmt: skip
                if self._defs[step].is_change and not self._get("first_change_at"):
                    self._fields["first_change_at"] = at
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
                definition = self._defs[step]
                tries = attempt - self._steps.get(step, _NEW).before
                retry = outcome.status in ("failed", "error") and tries <= definition.retries
                self._set(
                    step, status="pending" if retry else outcome.status, ended_at=at, reason=outcome.reason,
                    evidence=outcome.evidence, outputs=outcome.outputs, ask=None, note="",
                    retry_at=at + definition.retry_delay * 2 ** (tries - 1) if retry else 0.0,
                )  # fmt: skip

    def _sign(self, step: str, signature: Signature) -> None:
        before = self._steps.get(step, _NEW)
        signatures = (*before.signatures, signature)
        people = before.ask.people if before.ask else _people(self._defs[step])
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
            case StepConfirmed(step=step, by=by):
                self._set(step, status="pending", ask=None, confirmed_by=by)
            case StepDecided(step=step, by=by, verdict=verdict, note=note):
                self._set(
                    step, status=verdict, settled_by=by, reason=note, ended_at=at, ask=None, retry_at=0.0
                )
            case StepSkipped(step=step, reason=reason, by=by, cause=cause):
                self._set(
                    step, status="skipped", reason=reason, settled_by=by, cause=cause, ended_at=at, ask=None,
                    retry_at=0.0,
                )  # fmt: skip
            case StepReopened(step=step):
                attempt = self._steps.get(step, _NEW).attempt
                self._steps[step] = StepState(attempt=attempt, before=attempt)

    def _release_values(self, name: str) -> None:
        """Steps that waited for this value, and for no other, may be planned again."""
        known: Mapping[str, str] = self._get("values")  # type: ignore[assignment]
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
        self._fields["rollbacks"] = (*self._get("rollbacks"), run)  # type: ignore[misc]
        self._fields.update(
            paused_by="", paused_why="", result=None, result_why="", ended_at=0.0, countdown=None
        )
        self._defs = {**self._defs, **{step.id: step for step in event.steps}}
        for step in event.steps:
            attempt = self._steps.get(step.id, _NEW).attempt
            self._steps[step.id] = StepState(attempt=attempt, before=attempt)


def _people(step: Step) -> int:
    """How many people the step's own definition asks for."""
    from alfred_tui.domain.actions import Attest

    if isinstance(step.action, Attest):
        return step.action.people
    return step.sign.people if step.sign else 1
