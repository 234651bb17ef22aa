"""A dry run: every step's exact effect, in order, and nothing done."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from alfred_tui.domain.document.actions import Attest
from alfred_tui.domain.document.checklist import Checklist, Section, Step, When
from alfred_tui.domain.run.events import Entry, RunStarted
from alfred_tui.domain.run.folding import begin
from alfred_tui.domain.run.planning import placeholders
from alfred_tui.domain.run.state import RunState
from alfred_tui.headless.lead import Signed
from alfred_tui.present.effect import effect

SignedBefore = Mapping[str, Sequence[Signed]]


def dry_run_text(
    checklist: Checklist,
    values: Mapping[str, str],
    left_out: Collection[str] = (),
    signed: SignedBefore | None = None,
) -> str:
    """The checklist as what it would do, without the steps that are left out.

    With what was signed beforehand it says who signed a step, and where a run without a screen stops.
    """
    return "\n".join(_lines(_state(checklist, values), left_out, signed)) + "\n"


def dry_run_jsonl(
    checklist: Checklist,
    values: Mapping[str, str],
    left_out: Collection[str] = (),
    signed: SignedBefore | None = None,
    *,
    at: float,
) -> str:
    """The same as a JSON object for each step, in lines as of a run's events (`type`: `step_planned`)."""
    state = _state(checklist, values)
    steps = [
        (place, section, step) for place, section in _sections(state, left_out) for step in section.steps
    ]
    rows = (
        {"seq": seq, "at": at} | _row(place, section, step, state, signed or {})
        for seq, (place, section, step) in enumerate(steps, 1)
    )
    return "".join(f"{msgspec.json.encode(row).decode()}\n" for row in rows)


def _state(checklist: Checklist, values: Mapping[str, str]) -> RunState:
    started = RunStarted(run="", title=checklist.title, digest="", lead="", host="")
    state = begin(checklist, Entry(seq=1, at=0.0, event=started))
    return msgspec.structs.replace(state, values=values)


def _sections(state: RunState, left_out: Collection[str]) -> Iterator[tuple[dict[str, str], Section]]:
    """What is done, with the phase or the rollback's procedure that it stands in."""
    for phase in state.checklist.phases:
        for section in phase.sections:
            steps = tuple(step for step in section.steps if step.id not in left_out)
            if steps:
                yield {"phase": phase.title}, msgspec.structs.replace(section, steps=steps)
    for one in state.checklist.rollback.procedures:
        yield {"rollback": one.title}, Section(id=one.id, title=one.title, steps=one.steps)


def _lines(state: RunState, left_out: Collection[str], signed: SignedBefore | None) -> Iterator[str]:
    last: dict[str, str] = {}
    for place, section in _sections(state, left_out):
        if place != last:
            ((kind, title),) = place.items()
            yield from ("", f"# Rollback: {title}" if kind == "rollback" else f"# {title}")
            last = place
        side = " (side by side)" if section.parallel else ""
        yield from ("", f"## {section.title}{side}")
        for step in section.steps:
            yield from _step(step, state)
            yield from (f"    # {line}" for line in _signed(step, signed))


def _step(step: Step, state: RunState) -> Iterator[str]:
    marks = ["changes"] if step.is_change else []
    marks += [f"asks for <{name}>" for name in _asked(step, state)]
    marks += [f"asks to type {step.confirm}"] if step.confirm else []
    marks += [f"only if {_branch(step.when)}"] if step.when else []
    marks += [f"then {_people(step.sign.people)}"] if step.sign else []
    yield f"- {step.id}: {step.title}" + (f"  [{'; '.join(marks)}]" if marks else "")
    for line in effect(step, state).splitlines():
        yield f"    {line}"
    if step.preview:
        yield from (f"    # shown before: {line}" for line in step.preview.strip().splitlines())


def _row(
    place: Mapping[str, str], section: Section, step: Step, state: RunState, signed: SignedBefore
) -> dict[str, Any]:
    return {
        "type": "step_planned", "step": step.id, "status": "pending", "title": step.title, **place,
        "section": section.title, "parallel": section.parallel, "changes": step.is_change,
        "effect": effect(step, state), "preview": step.preview, "asks": _asked(step, state),
        "confirm": step.confirm, "only_if": _branch(step.when) if step.when else "",
        "people": _needed(step), "signed": signed.get(step.id, ()),
    }  # fmt: skip


def _asked(step: Step, state: RunState) -> list[str]:
    """The placeholders that have no value yet."""
    return [name for name in placeholders(step, state.checklist.ask) if name not in state.values]


def _needed(step: Step) -> int:
    """How many people have to sign it."""
    if isinstance(step.action, Attest):
        return step.action.people
    return step.sign.people if step.sign else 0


def _signed(step: Step, signed: SignedBefore | None) -> Iterator[str]:
    """Who signed it beforehand, and whether it is enough; nothing where no file was given."""
    if signed is None:
        return
    given = signed.get(step.id, ())
    for one in given:
        beside = ", ".join(part for part in (one.note, one.link, one.file) if part)
        yield f"signed beforehand by {one.by}" + (f": {beside}" if beside else "")
    have = len({one.by.casefold() for one in given})
    needed = max(_needed(step), 1 if step.confirm else 0)
    if have < needed:
        few = f"{have} of {needed} have signed" if have else "nobody has signed"
        yield f"{few} beforehand: a run without a screen stops here"


def _branch(when: When) -> str:
    passed = [f"{', '.join(when.passed)} passed"] if when.passed else []
    one_of = "one of " if len(when.failed) > 1 else ""
    failed = [f"{one_of}{', '.join(when.failed)} did not pass"] if when.failed else []
    return " and ".join((*passed, *failed))


def _people(count: int) -> str:
    return "a person signs" if count == 1 else f"{count} people sign"
