"""The state of a run: everything that is true of it. It changes in one way: by `domain/run/folding.py`."""

from collections.abc import Mapping

import msgspec

from alfred_tui.domain.canary import Mark, Measurement
from alfred_tui.domain.cluster.workload_acts import WorkloadAct
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.evidence import Evidence, Status
from alfred_tui.domain.rollback.point import RollbackPoint
from alfred_tui.domain.run.events import Ask, Result, RunStarted, SoakEnded
from alfred_tui.domain.run.triggers import TriggerState


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed, when, and on what grounds."""

    by: str
    at: float
    note: str = ""
    evidence: tuple[Evidence, ...] = ()


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """How a step had ended before it was tried again, re-opened or decided otherwise."""

    status: Status
    at: float
    reason: str = ""
    signed: tuple[str, ...] = ()
    """Who had signed it."""
    by: str = ""
    """Who took it back; nobody, where it was tried again by itself."""
    why: str = ""


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
    confirmed_at: float = 0.0
    confirmed_on: tuple[Evidence, ...] = ()
    """What was shown to whom confirmed it."""
    settled_by: str = ""
    """The person who skipped or decided it."""
    cause: str = ""
    """Of a skip: person, not-applicable, branch or scope."""
    retry_at: float = 0.0
    note: str = ""
    cancelled_by: str = ""
    """Who asked for the attempt to be stopped."""
    measurements: tuple[Measurement, ...] = ()
    marks: tuple[Mark, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    """What was taken back, oldest first."""


class RollbackRun(msgspec.Struct, frozen=True, kw_only=True):
    """A rollback that was started."""

    procedure: str
    title: str
    steps: tuple[Step, ...]
    by: str
    at: float
    reason: str = ""
    targets: dict[str, int] = {}
    left: dict[str, StepState] = {}
    """How its steps stood when another rollback began the same ones anew; the others are the run's."""

    def stood(self, steps: Mapping[str, StepState]) -> Mapping[str, StepState]:
        """The run's steps as this rollback left them."""
        return {**steps, **self.left} if self.left else steps


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
    soak_ended: SoakEnded | None = None
    """How the watch over the triggers after the last step ended; None: nobody has said."""
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
    def was_stopped(self) -> bool:
        """Whether it ended before it was through, by a person's word or for want of one: it may go on."""
        return self.result in ("stopped", "failed")

    @property
    def rollback(self) -> RollbackRun | None:
        """The rollback that was begun last."""
        return self.rollbacks[-1] if self.rollbacks else None

    @property
    def rollbacks_now(self) -> tuple[RollbackRun, ...]:
        """What the run is about once a rollback was begun: of each procedure the last one, the newest first.
        An earlier procedure that is not through is not forgotten over a later one."""
        newest: dict[str, RollbackRun] = {}
        for one in reversed(self.rollbacks):
            newest.setdefault(one.procedure, one)
        return tuple(newest.values())

    def rollback_of(self, step_id: str) -> RollbackRun | None:
        """The rollback that a step belongs to; None for one of the checklist."""
        return next(
            (one for one in self.rollbacks_now if any(step.id == step_id for step in one.steps)), None
        )

    def step(self, step_id: str) -> Step:
        """A step of the checklist or of a rollback's procedure. Raises KeyError."""
        return self.definitions[step_id]
