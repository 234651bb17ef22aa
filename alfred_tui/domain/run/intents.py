"""What a person (or a script in a person's name) wants of a run. The engine accepts or refuses each."""

from typing import Literal

import msgspec

from alfred_tui.domain.cluster.workload_acts import ActKind, WorkloadKind
from alfred_tui.domain.evidence import Evidence


class Intent(msgspec.Struct, frozen=True, kw_only=True, tag_field="intent"):
    """Base of all intents. `by` is the person's name."""

    by: str


class Sign(Intent, frozen=True, kw_only=True, tag="sign"):
    """Sign steps off; several at once carry one note."""

    steps: tuple[str, ...]
    note: str = ""
    evidence: tuple[Evidence, ...] = ()


class Skip(Intent, frozen=True, kw_only=True, tag="skip"):
    """Settle steps without doing them. `not_applicable` says the item does not apply here."""

    steps: tuple[str, ...]
    reason: str
    not_applicable: bool = False


class Reopen(Intent, frozen=True, kw_only=True, tag="reopen"):
    """Take a settled step back."""

    step: str
    reason: str = ""


class Retry(Intent, frozen=True, kw_only=True, tag="retry"):
    """Do a step that ended badly again. A change that may not repeat wants `note`."""

    step: str
    note: str = ""


class Decide(Intent, frozen=True, kw_only=True, tag="decide"):
    """Overrule the machine, with the note that stays in the report."""

    step: str
    verdict: Literal["passed", "failed"]
    note: str


class Confirm(Intent, frozen=True, kw_only=True, tag="confirm"):
    """The word that a step waits for, and what was shown above it."""

    step: str
    word: str
    shown: tuple[Evidence, ...] = ()


class GiveValue(Intent, frozen=True, kw_only=True, tag="value"):
    """A placeholder's value."""

    name: str
    value: str


class Cancel(Intent, frozen=True, kw_only=True, tag="cancel"):
    """Stop a running step."""

    step: str


class Pause(Intent, frozen=True, kw_only=True, tag="pause"):
    """Start no further step."""

    reason: str = ""


class Continue(Intent, frozen=True, kw_only=True, tag="continue"):
    """Start steps again."""


class Stop(Intent, frozen=True, kw_only=True, tag="stop"):
    """End the run here."""

    reason: str


class EndSoak(Intent, frozen=True, kw_only=True, tag="end_soak"):
    """Watch the triggers of a run that is done no longer. `reason` says why, if some of the soak is left."""

    reason: str = ""


class Declare(Intent, frozen=True, kw_only=True, tag="declare"):
    """A trigger that only a person can see has come true."""

    trigger: str
    note: str


class StopCountdown(Intent, frozen=True, kw_only=True, tag="stop_countdown"):
    """Keep the rollback that a fired trigger called for from starting by itself."""

    note: str = ""


class RollBack(Intent, frozen=True, kw_only=True, tag="rollback"):
    """Go back by a procedure. `word` is the typed confirmation; `targets` overrides the point's revisions."""

    procedure: str
    word: str
    reason: str = ""
    targets: dict[str, int] = {}
    left_out: tuple[str, ...] = ()
    """Deployments that stay as they are."""
    side_by_side: bool = False
    """All at once, although the procedure states an order."""


class ActOnWorkload(Intent, frozen=True, kw_only=True, tag="act_on_workload"):
    """Restart, pause, resume or undo a workload of the pinned namespace, beside the checklist's steps."""

    kind: WorkloadKind
    name: str
    act: ActKind
    namespace: str = ""
    """Empty: the pinned one."""
    revision: int = 0
    """Of an undo: where it goes back to."""
    word: str = ""
    """The typed confirmation, where `ACT_WORDS` asks for one."""
    note: str = ""


AnyIntent = (
    Sign
    | Skip
    | Reopen
    | Retry
    | Decide
    | Confirm
    | GiveValue
    | Cancel
    | Pause
    | Continue
    | Stop
    | EndSoak
    | Declare
    | StopCountdown
    | RollBack
    | ActOnWorkload
)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an intent. A refusal says why and what to do instead."""

    accepted: bool
    message: str = ""
