"""A dry run: every step's exact effect, in order, and nothing done."""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from alfred_tui.domain.checklist import Checklist, Section, Step
from alfred_tui.domain.planning import placeholders
from alfred_tui.present.effect import effect


def dry_run_text(checklist: Checklist, values: Mapping[str, str], left_out: Collection[str] = ()) -> str:
    """The checklist as what it would do, without the steps that are left out."""
    return "\n".join(_lines(checklist, values, left_out)) + "\n"


def _lines(checklist: Checklist, values: Mapping[str, str], left_out: Collection[str]) -> Iterator[str]:
    for phase in checklist.phases:
        sections = [one for one in (_within(section, left_out) for section in phase.sections) if one.steps]
        if sections:
            yield from ("", f"# {phase.title}")
        for section in sections:
            yield from _section(section, values, checklist)
    for procedure in checklist.rollback.procedures:
        yield from ("", f"# Rollback: {procedure.title}")
        yield from _section(
            Section(id=procedure.id, title=procedure.title, steps=procedure.steps), values, checklist
        )


def _within(section: Section, left_out: Collection[str]) -> Section:
    steps = tuple(step for step in section.steps if step.id not in left_out)
    return msgspec.structs.replace(section, steps=steps)


def _section(section: Section, values: Mapping[str, str], checklist: Checklist) -> Iterator[str]:
    side = " (side by side)" if section.parallel else ""
    yield from ("", f"## {section.title}{side}")
    for step in section.steps:
        yield from _step(step, values, checklist)


def _step(step: Step, values: Mapping[str, str], checklist: Checklist) -> Iterator[str]:
    marks = ["changes"] if step.is_change else []
    marks += [f"asks for <{name}>" for name in placeholders(step, checklist.ask) if name not in values]
    marks += [f"asks to type {step.confirm}"] if step.confirm else []
    marks += [f"only if {', '.join(step.when.passed or step.when.failed)} "
              f"{'passed' if step.when.passed else 'did not pass'}"] if step.when else []  # fmt: skip
    yield f"- {step.id}: {step.title}" + (f"  [{'; '.join(marks)}]" if marks else "")
    for line in effect(step, hosts=checklist.hosts).splitlines():
        yield f"    {line}"
