"""What a checklist's rollback procedures return to, and what they need of the steps before."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from alfred_tui.domain.document.actions import Scale, TerraformPlan, Undo
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.rollback.point import Needed
from alfred_tui.domain.run.planning import placeholders
from alfred_tui.domain.run.resolve import HOLE
from alfred_tui.domain.run.state import RunState


def returned_to(checklist: Checklist) -> tuple[str, ...]:
    """The deployments that the procedures put back."""
    actions = (step.action for one in checklist.rollback.procedures for step in one.steps)
    names = (name for action in actions if isinstance(action, Undo | Scale) for name in action.deployments)
    return tuple(dict.fromkeys(names))


def planned_folders(checklist: Checklist) -> dict[str, Step]:
    """Each Terraform folder that the checklist or a procedure plans, with the first step that does."""
    steps = [*checklist.steps(), *(step for one in checklist.rollback.procedures for step in one.steps)]
    found: dict[str, Step] = {}
    for step in steps:
        if isinstance(step.action, TerraformPlan):
            found.setdefault(step.action.dir, step)
    return found


def needed(state: RunState) -> tuple[Needed, ...]:
    """What the procedures ask of the checklist's steps, as far as those have left it."""
    own = {step.id for step in state.checklist.steps()}
    procedures = state.checklist.rollback.procedures
    steps = dict.fromkeys(
        name for one in procedures for step in one.steps for name, _ in outputs_in(step) if name in own
    )
    return tuple(
        Needed(step=name, title=state.step(name).title, values=state.steps[name].outputs) for name in steps
    )


def values_for(state: RunState, procedure: str, steps: Iterable[Step]) -> Mapping[str, str]:
    """The run's values as a procedure begins with them: what it alone asks for is asked anew each time, since
    a resource that is back is not the next one that is to go back."""
    if not any(run.procedure == procedure for run in state.rollbacks):
        return state.values
    asked = state.checklist.ask
    own = {name for step in steps for name in placeholders(step, asked)}
    own -= {name for step in state.checklist.steps() for name in placeholders(step, asked)}
    return {name: value for name, value in state.values.items() if name not in own}


def outputs_in(step: Step) -> Iterator[tuple[str, str]]:
    """The outputs of other steps that a step is filled in with: the step and the output's name."""
    for text in (step.cwd, *step.env.values(), *_texts(msgspec.to_builtins(step.action))):
        for found in HOLE.finditer(text):
            if found["step"]:
                yield found["step"], found["output"]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
