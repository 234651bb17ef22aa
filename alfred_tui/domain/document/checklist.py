"""The checklist: phases, sections and steps, and the way back. As read from a file, all names resolved.

Values of `vars` and the environment are already in the text; what stays are `${steps.ID.NAME}` (an earlier
step's output, known only in the run) and `<placeholders>` (asked for once).
"""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from alfred_tui.domain.document.actions import AnyAction, Attest, Canary
from alfred_tui.domain.document.fields import Duration, HostName, Regex, SecretName, Shell, StepId, Typed


class NumberExpectation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number in the output against bounds. `find` has one group; the last match counts."""

    find: Regex
    above: float | None = None
    below: float | None = None
    at_least: float | None = None
    at_most: float | None = None


class Expect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What makes a command good, beyond having ended. All that are given must hold."""

    exit: tuple[int, ...] = (0,)
    match: Regex = ""
    not_match: Regex = ""
    no_output: bool = False
    number: NumberExpectation | None = None


class When(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The branch on which a step is due; on the other it is settled as not applicable.

    True when every step in `passed` passed and, if `failed` names any, at least one of those did not.
    """

    passed: tuple[StepId, ...] = ()
    failed: tuple[StepId, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item of the checklist."""

    id: str
    title: str
    action: AnyAction
    why: str = ""
    source: str = ""
    """The commands as the checklist's author wrote them: shown, never run."""
    needs: tuple[StepId, ...] = ()
    when: When | None = None
    on: HostName = ""
    timeout: Duration | None = None
    retries: int = 0
    retry_delay: Duration = 5.0
    """Before the second attempt; doubled for each further one."""
    idempotent: bool | None = None
    """Whether a repeat is harmless. Unset: true for what changes nothing, false for the rest."""
    changes: bool | None = None
    """Whether it changes the environment. Unset: as its action says."""
    on_fail: Literal["hold", "continue"] = "hold"
    expect: Expect | None = None
    cwd: str = ""
    env: dict[str, str] = {}
    secrets: tuple[SecretName, ...] = ()
    """Secrets given to the command in its environment; no other secret is."""
    stdin: SecretName = ""
    """A secret given to the command on its standard input."""
    requires: tuple[str, ...] = ()
    """Programs that must be on PATH; one that is not makes the step `not configured`."""
    capture: dict[str, Regex] = {}
    """Outputs: name → a regex with one group, searched in standard output; later steps read them."""
    confirm: Typed = ""
    """A word that the lead must type before the step starts."""
    preview: Shell = ""
    """A command that only looks; what it prints is shown where the word of `confirm` is asked for."""
    sign: Attest | None = None
    """A person's review of what the machine found, after it passed."""

    @property
    def is_change(self) -> bool:
        """Whether performing it changes the environment."""
        if self.changes is not None:
            return self.changes
        return type(self.action).changes or (isinstance(self.action, Canary) and bool(self.action.steps))

    @property
    def may_repeat(self) -> bool:
        """Whether a second performance is harmless."""
        return not self.is_change if self.idempotent is None else self.idempotent


class Section(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A heading with its items: one after another, or side by side where `parallel`."""

    id: str
    title: str
    steps: tuple[Step, ...]
    why: str = ""
    parallel: bool = False
    services: tuple[str, ...] = ()
    """The services that this section checks; held against the services that are rolled out."""


class Phase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of the window; it begins when the one before it is settled."""

    id: str
    title: str
    sections: tuple[Section, ...]
    why: str = ""


class TriggerRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A condition that calls for rollback: a query above a limit for a time, a failed step, or a declaration.

    With `promql` it is watched: each of `each` fills `{service}`, `stable` fills `{track}`. With `step` it
    fires when that step fails; with neither a person declares it.
    """

    id: str
    title: str
    promql: str = ""
    each: tuple[str, ...] = ()
    canaries: tuple[str, ...] = ()
    """Services whose canary is watched too, with `canary` for `{track}`; while it has no data, it is away."""
    above: float | None = None
    scale: float = 1.0
    unit: str = ""
    sustained: Duration = 300.0
    interval: Duration = 15.0
    step: StepId = ""


class Procedure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A way back, as steps that the same engine runs."""

    id: str
    title: str
    steps: tuple[Step, ...]
    why: str = ""
    warns: tuple[str, ...] = ()
    """What this procedure does not bring back; shown before it is confirmed."""


class Rollback(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When to go back and how."""

    triggers: tuple[TriggerRule, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    soak: Duration = 0.0
    """How long the triggers stay armed after the last step."""
    automatic: bool = False
    """Whether a trigger that fires starts the application procedure by itself, after `countdown`."""
    countdown: Duration = 60.0
    """How long the lead can stop an automatic rollback before it starts."""


class Host(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A machine that steps with `on:` run on, over SSH."""

    host: str
    user: str = ""
    port: int = 22
    jump: str = ""
    identity: str = ""
    known_hosts: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A `<placeholder>` of the source: what to ask for, and what an answer must look like."""

    prompt: str
    pattern: Regex = ""
    default: str = ""


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many steps run at once, and how much of a command's output is kept."""

    steps: int = 8
    output_mib: int = 1024
    """Of each command: the first half of it, and at least the last quarter."""


class Checklist(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A whole checklist."""

    title: str
    phases: tuple[Phase, ...]
    version: int = 1
    about: str = ""
    vars: dict[str, str | int | float | bool | tuple[str, ...]] = {}
    ask: dict[str, Asked] = {}
    secrets: tuple[str, ...] = ()
    hosts: dict[str, Host] = {}
    rollback: Rollback = Rollback()
    limits: Limits = Limits()

    def steps(self) -> Iterator[Step]:
        """Every step in order."""
        for phase in self.phases:
            for section in phase.sections:
                yield from section.steps

    def sections(self) -> Iterator[tuple[Phase, Section]]:
        """Every section in order, with its phase."""
        for phase in self.phases:
            for section in phase.sections:
                yield phase, section

    def procedure(self, procedure_id: str) -> Procedure | None:
        """The procedure of that id."""
        return next((one for one in self.rollback.procedures if one.id == procedure_id), None)


def index(checklist: Checklist) -> Mapping[str, Step]:
    """Steps by id."""
    return {step.id: step for step in checklist.steps()}
