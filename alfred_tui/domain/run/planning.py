"""What is due now: pure decisions over the state. The engine does what this says and nothing else."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from alfred_tui.domain.document.actions import Attest, Run, StartRollback
from alfred_tui.domain.document.checklist import Section, Step
from alfred_tui.domain.document.shell_text import ShellText
from alfred_tui.domain.evidence import END_STATES, GOOD
from alfred_tui.domain.run.events import Ask, Result
from alfred_tui.domain.run.state import RunState, StepState

PLACEHOLDER = re.compile(r"<([a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)>")
"""`<service-name>`: a word in angle brackets, which a shell would read as a redirection."""

_UNKNOWN = StepState()
_ENDS_WITHIN = 30.0
"""Real seconds from its start for which a rollback waits for the end of what it stops: longer than the grace
that a command has before it is killed."""
_OPEN_TROUBLE = frozenset({"failed", "error", "inconclusive", "cancelled", "interrupted"})


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine is to do now. `wake_at` is when time alone makes something due (0: never)."""

    start: tuple[Step, ...] = ()
    ask: tuple[tuple[Step, Ask], ...] = ()
    skip: tuple[tuple[Step, str], ...] = ()
    """Steps on a branch that was not taken, each with the reason."""
    finish: Result | None = None
    wake_at: float = 0.0


def settled(step: Step, one: StepState) -> bool:
    """Whether what comes after may go on."""
    return one.status in GOOD or (one.status == "failed" and step.on_fail == "continue" and not one.retry_at)


def troubles(state: RunState) -> tuple[Step, ...]:
    """Steps that ended badly and hold what follows until a person decides."""
    return tuple(
        step
        for step in current_steps(state)
        if state.steps[step.id].status in _OPEN_TROUBLE and not settled(step, state.steps[step.id])
    )


def is_reviewed(step: Step, one: StepState) -> bool:
    """Whether a person is asked about what an attempt has found, or about why it could not be made."""
    asked = one.status == "waiting" and one.ask is not None and one.ask.kind == "sign"
    return asked and one.attempt > 0 and not isinstance(step.action, Attest)


def current_steps(state: RunState) -> Iterator[Step]:
    """The steps that the run is about now: the rollbacks', once one was started, else the checklist's."""
    if state.rollbacks:
        for one in state.rollbacks_now:
            yield from one.steps
    else:
        yield from state.checklist.steps()


def steps_beside(state: RunState, step_id: str) -> Iterator[Step]:
    """The steps of the same rollback, or of the checklist."""
    run = state.rollback_of(step_id)
    yield from run.steps if run else state.checklist.steps()


def ending(state: RunState) -> tuple[Step, ...]:
    """Steps of the checklist that a rollback stops and that have not ended yet: what they change, they may
    change still."""
    if not state.rollbacks:
        return ()
    steps = state.steps
    return tuple(
        step for step in state.checklist.steps() if step.is_change and steps[step.id].status == "running"
    )


def plan(state: RunState, now: float) -> Plan:
    """What is due at `now`."""
    if state.result is not None:
        return Plan()
    blocks = _open_blocks(state)
    due = [step for section in blocks for step in _due(state, section)]
    skip, rest = _branches(state, due)
    ask: list[tuple[Step, Ask]] = []
    ready: list[Step] = []
    wake_at = 0.0
    clear_at = _clear_at(state)
    for step in rest:
        one = state.steps[step.id]
        question = question_before(state, step)
        due_at = max(one.retry_at, clear_at if step.is_change else 0.0)
        if question:
            ask.append((step, question))
        elif due_at > now:
            wake_at = min(wake_at or due_at, due_at)
        else:
            ready.append(step)
    finish = _finish(state, blocks)
    return Plan(
        start=tuple(ready[: _room(state)] if ready else ()),
        ask=tuple(ask),
        skip=tuple(skip),
        finish=finish,
        wake_at=wake_at,
    )


def begins_with(state: RunState, settled_ids: Collection[str], now: float) -> tuple[Step, ...]:
    """What would begin by itself once these steps count as done, and does not before."""
    done = {name: msgspec.structs.replace(state.steps[name], status="skipped") for name in settled_ids}
    after = msgspec.structs.replace(state, steps={**state.steps, **done})
    already = {step.id for step in plan(state, now).start}
    return tuple(step for step in plan(after, now).start if step.id not in already)


def _clear_at(state: RunState) -> float:
    """When a rollback's changes are due although what it stops has not ended: its end comes before them, so
    that it changes nothing after them; but not for ever, where it cannot be stopped."""
    if state.rollback is None or not ending(state):
        return 0.0
    return state.rollback.at + _ENDS_WITHIN * state.started.speed


def _room(state: RunState) -> int:
    """How many steps may start beside those that run."""
    if state.paused_by:
        return 0
    running = sum(one.status == "running" for one in state.steps.values())
    return max(0, state.checklist.limits.steps - running)


def question_before(state: RunState, step: Step) -> Ask | None:
    """What a person must answer before the step can start, or None."""
    action = step.action
    if isinstance(action, Attest):
        return Ask(
            kind="sign", prompt=action.prompt or step.title, people=action.people,
            evidence_required=action.evidence == "required",
        )  # fmt: skip
    if isinstance(action, StartRollback):
        return Ask(kind="rollback", prompt=step.title, procedure=action.procedure)
    asked = state.checklist.ask
    missing = tuple(name for name in placeholders(step, asked) if name not in state.values)
    if missing:
        return Ask(kind="value", prompt=_value_prompt(state, missing), names=missing)
    if step.confirm and not state.steps[step.id].confirmed_by:
        return Ask(kind="confirm", prompt=f"Type {step.confirm} to start: {step.title}", word=step.confirm)
    return None


def placeholders(step: Step, asked: Collection[str] = ()) -> tuple[str, ...]:
    """The `<placeholders>` in what the step would do, in order, each once. `asked` are those declared."""
    found: list[str] = []
    if isinstance(step.action, Run):
        found += in_command(step.action.command, asked)
        texts: Iterable[str] = (step.cwd, *step.env.values())
    else:
        texts = _strings(msgspec.to_builtins(step.action))
    return tuple(dict.fromkeys([*found, *(name for text in texts for name in PLACEHOLDER.findall(text))]))


def is_placeholder(name: str, inside: str, command: str, asked: Collection[str]) -> bool:
    """Whether a word in brackets is one, and not markup: in quotes, undeclared, and closed by `</name>`.

    `inside` is what it stands in (`ShellText.inside`), empty for a word of its own.
    """
    return not inside or name in asked or f"</{name}>" not in command


def in_command(command: str, asked: Collection[str]) -> Iterator[str]:
    """The placeholders of a shell command."""
    read, end = ShellText(), 0
    for found in PLACEHOLDER.finditer(command):
        read.literal(command[end : found.start()])
        if is_placeholder(found[1], read.inside, command, asked):
            yield found[1]
        read.verbatim(found[0])
        end = found.end()


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)


def _value_prompt(state: RunState, names: tuple[str, ...]) -> str:
    told = [state.checklist.ask[name].prompt for name in names if name in state.checklist.ask]
    return "; ".join(told) or f"A value is needed for {', '.join(f'<{name}>' for name in names)}"


def _open_blocks(state: RunState) -> list[Section]:
    """The sections in which steps may start now: phases in order, and sections in order within them; once a
    rollback was begun, those alone."""
    if state.rollbacks:
        return [Section(id=one.procedure, title=one.title, steps=one.steps) for one in state.rollbacks_now]
    for phase in state.checklist.phases:
        for section in phase.sections:
            if not _is_settled(state, section):
                return [section]
    return []


def _is_settled(state: RunState, section: Section) -> bool:
    """Asked of every section before the open one at every event, so that it must cost little."""
    steps = state.steps
    for step in section.steps:
        one = steps[step.id]
        if one.status not in GOOD and not settled(step, one):
            return False
    return True


def _due(state: RunState, section: Section) -> Iterator[Step]:
    """Pending steps whose order allows them: after their needs, side by side, or after those before them."""
    clear = True
    for step in section.steps:
        one = state.steps[step.id]
        if one.status == "pending":
            by_needs = bool(step.needs) and all(_settled_by_id(state, name) for name in step.needs)
            by_order = not step.needs and (section.parallel or clear)
            if by_needs or by_order:
                yield step
        clear = clear and settled(step, one)


def _settled_by_id(state: RunState, step_id: str) -> bool:
    return step_id in state.steps and settled(state.step(step_id), state.steps[step_id])


def _branches(state: RunState, due: list[Step]) -> tuple[list[tuple[Step, str]], list[Step]]:
    """Due steps by their `when`: those to settle as not applicable with the reason, and those that go on."""
    skip: list[tuple[Step, str]] = []
    rest: list[Step] = []
    for step in due:
        if step.when is None:
            rest.append(step)
            continue
        told = [(name, state.steps.get(name, _UNKNOWN)) for name in (*step.when.passed, *step.when.failed)]
        if any(one.status not in END_STATES or one.status in _OPEN_TROUBLE - {"failed"} for _, one in told):
            continue  # the branch is not decided yet
        missed = [name for name in step.when.passed if state.steps[name].status not in GOOD]
        bad = [name for name in step.when.failed if state.steps[name].status not in GOOD]
        if missed:
            skip.append((step, f"not applicable: {_titles(state, missed)} did not pass"))
        elif step.when.failed and not bad:
            skip.append((step, f"not applicable: {_titles(state, step.when.failed)} passed"))
        else:
            rest.append(step)
    return skip, rest


def _titles(state: RunState, step_ids: Iterable[str]) -> str:
    return ", ".join(f"“{state.step(step_id).title}”" for step_id in step_ids)


def _finish(state: RunState, blocks: Sequence[Section]) -> Result | None:
    """The result, once nothing is open in the sections that may go on."""
    if all(_is_settled(state, section) for section in blocks):
        return "rolled_back" if state.rollback else "done"
    return None
