"""What the run was at when something began: the first question about a pod that is not well."""

from collections.abc import Iterable

from alfred_tui.domain.document.actions import Attest
from alfred_tui.domain.run.state import RunState, StepState

_TITLES = 2
"""Steps that are named, those that began last."""


def during(state: RunState, at: float) -> str:
    """`while Apply ran`, `after Apply had ended`, `before this run`; nothing without a time.

    `at` is in epoch seconds as the API server tells it: without fractions, so that what happened in a second
    belongs to each step that ran in it.
    """
    if not at:
        return ""
    if at + 1 <= state.began_at:
        return "before this run"
    ran = sorted(_performed(state), key=lambda one: -one[1].started_at)
    then = [title for title, one in ran if one.started_at < at + 1 and not 0 < one.ended_at < at]
    if then:
        return f"while {' and '.join(reversed(then[:_TITLES]))} ran"
    ended = max(((one.ended_at, title) for title, one in ran if 0 < one.ended_at < at), default=None)
    return f"after {ended[1]} had ended" if ended else "before the first step ran"


def _performed(state: RunState) -> Iterable[tuple[str, StepState]]:
    """Steps that did something: who waits for a person changes nothing."""
    for step_id, one in state.steps.items():
        step = state.definitions[step_id]
        if one.attempt and one.started_at and not isinstance(step.action, Attest):
            yield step.title, one
