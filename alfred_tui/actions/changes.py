"""What a step changed, kept in its outputs, so that a later step waits for that change and for no other.

Without it a rollout that is looked at right after an undo shows what the rollout before it left: a deadline
that passed long ago, read with the new generation.
"""

from collections.abc import Iterable, Mapping

import msgspec

from alfred_tui.cluster.objects.ownership import Since
from alfred_tui.domain.run.planning import steps_beside
from alfred_tui.domain.run.state import RunState

_CHANGE = "change."
_LEFT = "left."
_AS_BEFORE = "as-before."


class _Change(msgspec.Struct, frozen=True, omit_defaults=True):
    generation: int
    at: float
    condition_before: float = 0.0


def noted(name: str, since: Since) -> dict[str, str]:
    """The output that says what was changed of a Deployment."""
    change = _Change(since.generation, since.changed_at, since.condition_before)
    return {_CHANGE + name: msgspec.json.encode(change).decode()}


def since_of(outputs: Mapping[str, str]) -> dict[str, Since]:
    """The changes that outputs tell of."""
    found = {
        key.removeprefix(_CHANGE): msgspec.json.decode(text, type=_Change)
        for key, text in outputs.items()
        if key.startswith(_CHANGE)
    }
    return {
        name: Since(generation=one.generation, changed_at=one.at, condition_before=one.condition_before)
        for name, one in found.items()
    }


def left(name: str, why: str) -> dict[str, str]:
    """The output that says that a Deployment could not be changed, and why."""
    return {_LEFT + name: why}


def as_before(name: str) -> dict[str, str]:
    """The output that says that a Deployment is not there, as it was not before the release."""
    return {_AS_BEFORE + name: "not there"}


def not_there_as_before(state: RunState, step_id: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names of which a step beside this one found that."""
    steps = [state.steps[step.id].outputs for step in steps_beside(state, step_id)]
    return tuple(name for name in names if any(_AS_BEFORE + name in outputs for outputs in steps))


def changed(state: RunState, step_id: str, names: Iterable[str]) -> dict[str, Since]:
    """The last change that the steps of the checklist, or of the step's rollback, made of each."""
    found: dict[str, _Change] = {}
    for step in steps_beside(state, step_id):
        for name in names:
            text = state.steps[step.id].outputs.get(_CHANGE + name)
            if text is None:
                continue
            change = msgspec.json.decode(text, type=_Change)
            if name not in found or change.at > found[name].at:
                found[name] = change
    return {
        name: Since(generation=one.generation, changed_at=one.at, condition_before=one.condition_before)
        for name, one in found.items()
    }


def left_out(state: RunState, step_id: str, names: Iterable[str]) -> dict[str, str]:
    """Those of the names that a step beside this one could not change, each with the reason."""
    found: dict[str, str] = {}
    for step in steps_beside(state, step_id):
        outputs = state.steps[step.id].outputs
        for name in names:
            if _LEFT + name in outputs:
                found[name] = outputs[_LEFT + name]
            elif _CHANGE + name in outputs:
                found.pop(name, None)
    return found
