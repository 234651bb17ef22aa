"""What happens in a run, as data: the journal's content, and the only way the run's state changes.

An event says what was decided, done, measured or signed. Adding a field needs a default, so that journals
written before still open; removing or renaming one needs a new journal version.
"""

from typing import Literal

import msgspec

from alfred_tui.domain.canary import Measurement
from alfred_tui.domain.cluster.workload_acts import ActKind, WorkloadKind
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.rollback.point import RollbackPoint
from alfred_tui.domain.run.triggers import TriggerState

Result = Literal["done", "failed", "stopped", "rolled_back"]


class Ask(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a step waits for from a person."""

    kind: Literal["sign", "value", "confirm", "rollback"]
    prompt: str = ""
    because: str = ""
    """Why a person is asked where a machine was meant to answer."""
    people: int = 1
    evidence_required: bool = False
    names: tuple[str, ...] = ()
    """Placeholders that need a value."""
    word: str = ""
    """What must be typed to confirm."""
    procedure: str = ""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """Base of all events."""


class RunStarted(Event, frozen=True, kw_only=True, omit_defaults=True, tag="run_started"):
    """A run of a checklist begins. The checklist itself stands beside the journal, by its digest."""

    run: str
    title: str
    digest: str
    lead: str
    host: str
    mode: Literal["live", "demo"] = "live"
    scenario: str = ""
    speed: float = 1.0
    began_at: float = 0.0
    wall_began_at: float = 0.0
    """Epoch seconds of the clock that runs at `speed`, and of the wall's at the same moment; 0: not told."""
    target: Target | None = None
    prometheus: str = ""
    workdir: str = ""
    version: str = ""
    simulated: tuple[str, ...] = ()
    """Parts that are simulated, by name; shown wherever their results are."""


class RunResumed(Event, frozen=True, kw_only=True, omit_defaults=True, tag="run_resumed"):
    """A lead goes on with a run that another process began."""

    lead: str
    host: str
    gap: float = 0.0
    """Seconds since the last event."""
    torn: int = 0
    """Bytes of a last write that did not reach the disk whole and was cut off; what it would have said had
    no effect yet."""


class LeadTakenOver(Event, frozen=True, kw_only=True, omit_defaults=True, tag="lead_taken_over"):
    """A lead took the run's cluster over from another, who may start nothing more there."""

    by: str
    before: str = ""
    """`LEAD@HOST/RUN` of who held it."""
    where: str = ""
    """Namespace and name of the Lease."""


class ClockGap(Event, frozen=True, kw_only=True, omit_defaults=True, tag="clock_gap"):
    """The machine slept for so many seconds, or its clock was set forward (or back, where negative)."""

    kind: Literal["asleep", "set"]
    seconds: float


class RunPaused(Event, frozen=True, kw_only=True, omit_defaults=True, tag="run_paused"):
    """No further step starts."""

    by: str
    reason: str = ""


class RunContinued(Event, frozen=True, kw_only=True, omit_defaults=True, tag="run_continued"):
    """Steps start again, after a pause or in a run that was stopped short."""

    by: str


class RunFinished(Event, frozen=True, kw_only=True, omit_defaults=True, tag="run_finished"):
    """The run is over."""

    result: Result
    reason: str = ""
    by: str = ""


class SoakEnded(Event, frozen=True, kw_only=True, omit_defaults=True, tag="soak_ended"):
    """The triggers of a run that is done are watched no longer."""

    by: str
    left: float = 0.0
    """Seconds of the soak that were not watched, for the reason; 0: it was watched to its end."""
    reason: str = ""
    unseen: str = ""
    """What was not seen for so long that a trigger may have come true meanwhile, and why."""


class ValueGiven(Event, frozen=True, kw_only=True, omit_defaults=True, tag="value_given"):
    """A placeholder's value, for every place that has it."""

    name: str
    value: str
    by: str


class StepStarted(Event, frozen=True, kw_only=True, omit_defaults=True, tag="step_started"):
    """An attempt is about to have its effect."""

    step: str
    attempt: int


class StepProgressed(Event, frozen=True, kw_only=True, omit_defaults=True, tag="step_progressed"):
    """What a running step is at, in a few words, and what it measured since it last said so."""

    step: str
    note: str = ""
    measurements: tuple[Measurement, ...] = ()
    mark: str = ""
    """What just happened to the bake: a weight that changed."""
    aloud: bool = False
    """Told also where there is no screen that shows what a step is at."""


class StepCancelAsked(Event, frozen=True, kw_only=True, omit_defaults=True, tag="step_cancel_asked"):
    """A running step is to be stopped. Until its attempt has ended, whoever resumes the run stops it, too."""

    step: str
    by: str


class StepWaiting(Event, frozen=True, kw_only=True, omit_defaults=True, tag="step_waiting"):
    """The step needs a person. What a machine found before is kept beside the question."""

    step: str
    ask: Ask
    evidence: tuple[Evidence, ...] = ()
    outputs: dict[str, str] = {}


class StepFinished(Event, frozen=True, kw_only=True, omit_defaults=True, tag="step_finished"):
    """An attempt ended."""

    step: str
    attempt: int
    outcome: Outcome


class StepSigned(Event, frozen=True, kw_only=True, omit_defaults=True, tag="step_signed"):
    """A named person signed. The step passes when as many distinct people as it asks for have."""

    step: str
    by: str
    note: str = ""
    evidence: tuple[Evidence, ...] = ()


class StepConfirmed(Event, frozen=True, kw_only=True, omit_defaults=True, tag="step_confirmed"):
    """The lead typed the word that lets the step start."""

    step: str
    by: str
    shown: tuple[Evidence, ...] = ()
    """What the step's preview had told by then."""


class StepDecided(Event, frozen=True, kw_only=True, omit_defaults=True, tag="step_decided"):
    """A person's verdict over the machine's, with the note that stays in the report."""

    step: str
    by: str
    verdict: Literal["passed", "failed"]
    note: str


class StepSkipped(Event, frozen=True, kw_only=True, omit_defaults=True, tag="step_skipped"):
    """Settled without being done: by a person, as the branch not taken, or as outside this run."""

    step: str
    reason: str
    by: str = ""
    cause: Literal["person", "not-applicable", "branch", "scope"] = "person"


class StepReopened(Event, frozen=True, kw_only=True, omit_defaults=True, tag="step_reopened"):
    """A settled step is open again (also: a failed one is to be tried again)."""

    step: str
    by: str
    reason: str = ""


class PointCaptured(Event, frozen=True, kw_only=True, omit_defaults=True, tag="point_captured"):
    """What a rollback returns to."""

    point: RollbackPoint


class TriggerMoved(Event, frozen=True, kw_only=True, omit_defaults=True, tag="trigger_moved"):
    """A trigger was armed, is pending, fired or cleared, with what made it so."""

    trigger: str
    state: TriggerState
    by: str = ""
    note: str = ""


class CountdownStarted(Event, frozen=True, kw_only=True, omit_defaults=True, tag="countdown_started"):
    """A trigger fired, and its rollback will start by itself unless the lead stops the countdown."""

    trigger: str
    procedure: str
    ends_at: float
    """When the rollback starts, epoch seconds of the run's clock."""
    reason: str = ""


class CountdownStopped(Event, frozen=True, kw_only=True, omit_defaults=True, tag="countdown_stopped"):
    """The rollback does not start by itself. Not for this trigger, until it has cleared and fires again."""

    by: str
    note: str = ""


class RollbackStarted(Event, frozen=True, kw_only=True, omit_defaults=True, tag="rollback_started"):
    """A procedure begins. Its steps, as planned and confirmed, are part of the record."""

    procedure: str
    title: str
    steps: tuple[Step, ...]
    by: str
    reason: str = ""
    targets: dict[str, int] = {}
    """Deployment → revision to return to."""


class WorkloadActBegun(Event, frozen=True, kw_only=True, omit_defaults=True, tag="workload_act_begun"):
    """A lead's act on a workload is about to have its effect. `number` counts the run's acts from 1."""

    number: int
    kind: WorkloadKind
    name: str
    act: ActKind
    by: str
    namespace: str = ""
    revision: int = 0
    note: str = ""


class WorkloadActEnded(Event, frozen=True, kw_only=True, omit_defaults=True, tag="workload_act_ended"):
    """What became of it."""

    number: int
    outcome: Outcome


AnyEvent = (
    RunStarted | RunResumed | LeadTakenOver | ClockGap | RunPaused | RunContinued | RunFinished | SoakEnded
    | ValueGiven
    | StepStarted
    | StepProgressed | StepCancelAsked
    | StepWaiting | StepFinished | StepSigned | StepConfirmed | StepDecided | StepSkipped
    | StepReopened | PointCaptured | TriggerMoved | CountdownStarted | CountdownStopped | RollbackStarted
    | WorkloadActBegun | WorkloadActEnded
)  # fmt: skip


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its place: `seq` from 1 without gaps, `at` in epoch seconds of the run's clock."""

    seq: int
    at: float
    event: AnyEvent
