"""A dry run: every step's exact effect, in order, and nothing done."""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from alfred_tui.domain.document.checklist import Checklist, Section, Step, When
from alfred_tui.domain.run.events import Entry, RunStarted
from alfred_tui.domain.run.folding import begin
from alfred_tui.domain.run.planning import placeholders
from alfred_tui.domain.run.state import RunState
from alfred_tui.present.effect import effect


def dry_run_text(checklist: Checklist, values: Mapping[str, str], left_out: Collection[str] = ()) -> str:
    """The checklist as what it would do, without the steps that are left out."""
    started = RunStarted(run="", title=checklist.title, digest="", lead="", host="")
    state = begin(checklist, Entry(seq=1, at=0.0, event=started))
    return "\n".join(_lines(msgspec.structs.replace(state, values=values), left_out)) + "\n"


def _lines(state: RunState, left_out: Collection[str]) -> Iterator[str]:
    checklist = state.checklist
    for phase in checklist.phases:
        sections = [one for one in (_within(section, left_out) for section in phase.sections) if one.steps]
        if sections:
            yield from ("", f"# {phase.title}")
        for section in sections:
            yield from _section(section, state)
    for procedure in checklist.rollback.procedures:
        yield from ("", f"# Rollback: {procedure.title}")
        yield from _section(Section(id=procedure.id, title=procedure.title, steps=procedure.steps), state)


def _within(section: Section, left_out: Collection[str]) -> Section:
    steps = tuple(step for step in section.steps if step.id not in left_out)
    return msgspec.structs.replace(section, steps=steps)


def _section(section: Section, state: RunState) -> Iterator[str]:
    side = " (side by side)" if section.parallel else ""
    yield from ("", f"## {section.title}{side}")
    for step in section.steps:
        yield from _step(step, state)


def _step(step: Step, state: RunState) -> Iterator[str]:
    marks = ["changes"] if step.is_change else []
    marks += [
        f"asks for <{name}>" for name in placeholders(step, state.checklist.ask) if name not in state.values
    ]
    marks += [f"asks to type {step.confirm}"] if step.confirm else []
    marks += [f"only if {_branch(step.when)}"] if step.when else []
    marks += [f"then {_people(step.sign.people)}"] if step.sign else []
    yield f"- {step.id}: {step.title}" + (f"  [{'; '.join(marks)}]" if marks else "")
    for line in effect(step, state).splitlines():
        yield f"    {line}"
    if step.preview:
        yield from (f"    # shown before: {line}" for line in step.preview.strip().splitlines())


def _branch(when: When) -> str:
    passed = [f"{', '.join(when.passed)} passed"] if when.passed else []
    one_of = "one of " if len(when.failed) > 1 else ""
    failed = [f"{one_of}{', '.join(when.failed)} did not pass"] if when.failed else []
    return " and ".join((*passed, *failed))


def _people(count: int) -> str:
    return "a person signs" if count == 1 else f"{count} people sign"
