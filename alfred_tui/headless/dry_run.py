"""A dry run: every step's exact effect, in order, and nothing done."""

from collections.abc import Iterator, Mapping

from alfred_tui.domain.checklist import Checklist, Section, Step
from alfred_tui.domain.planning import placeholders
from alfred_tui.present.effect import effect


def dry_run_text(checklist: Checklist, values: Mapping[str, str]) -> str:
    """The whole checklist as what it would do."""
    return "\n".join(_lines(checklist, values)) + "\n"


def _lines(checklist: Checklist, values: Mapping[str, str]) -> Iterator[str]:
    for phase in checklist.phases:
        yield from ("", f"# {phase.title}")
        for section in phase.sections:
            yield from _section(section, values)
    for procedure in checklist.rollback.procedures:
        yield from ("", f"# Rollback: {procedure.title}")
        yield from _section(Section(id=procedure.id, title=procedure.title, steps=procedure.steps), values)


def _section(section: Section, values: Mapping[str, str]) -> Iterator[str]:
    side = " (side by side)" if section.parallel else ""
    yield from ("", f"## {section.title}{side}")
    for step in section.steps:
        yield from _step(step, values)


def _step(step: Step, values: Mapping[str, str]) -> Iterator[str]:
    marks = ["changes"] if step.is_change else []
    marks += [f"asks for <{name}>" for name in placeholders(step) if name not in values]
    marks += [f"asks to type {step.confirm}"] if step.confirm else []
    marks += [f"only if {', '.join(step.when.passed or step.when.failed)} "
              f"{'passed' if step.when.passed else 'did not pass'}"] if step.when else []  # fmt: skip
    yield f"- {step.id}: {step.title}" + (f"  [{'; '.join(marks)}]" if marks else "")
    for line in effect(step).splitlines():
        yield f"    {line}"
