"""What a lead can do with a step now, and what waits for them: the keys line, the detail and the dialogs."""

from typing import Literal

from alfred_tui.domain.document.actions import Attest
from alfred_tui.domain.run.planning import current_steps, is_reviewed, troubles
from alfred_tui.domain.run.state import RunState

Act = Literal["sign", "value", "confirm", "rollback", "decide", "cancel", "reopen", "skip", "na", "retry"]

_BAD = ("failed", "error", "inconclusive", "cancelled", "interrupted")


def acts(state: RunState, step_id: str) -> tuple[Act, ...]:
    """The acts that would be accepted, the nearest first."""
    one = state.steps.get(step_id)
    if one is None or state.result is not None:
        return ()
    step = state.step(step_id)
    if one.status == "running":
        return ("cancel",)
    if one.status == "waiting" and one.ask:
        again: tuple[Act, ...] = ("retry",) if is_reviewed(step, one) and step.may_repeat else ()
        return (one.ask.kind, *again, "na", "skip")
    if one.status in _BAD:
        return ("decide", "retry", "skip", *(("reopen",) if one.settled_by else ()))
    if one.status == "pending":
        early: tuple[Act, ...] = ("sign",) if isinstance(step.action, Attest) and step.when is None else ()
        return (*early, "na", "skip")
    return ("reopen",)


WORDS: dict[Act, str] = {
    "sign": "sign off",
    "value": "give the value",
    "confirm": "confirm",
    "rollback": "open the rollback",
    "decide": "decide",
    "cancel": "cancel",
    "reopen": "re-open",
    "skip": "skip",
    "na": "not applicable",
    "retry": "retry",
}
"""Each act in the words of a keys line."""


def waiting(state: RunState) -> tuple[str, ...]:
    """The steps that wait for a person, in order: those that ended badly and hold the run, and questions."""
    if state.result is not None:
        return ()
    held = {step.id for step in troubles(state)}
    return tuple(
        step.id
        for step in current_steps(state)
        if step.id in held or state.steps[step.id].status == "waiting"
    )


def next_waiting(state: RunState, after: str, by: int = 1) -> str:
    """The step after (`by` -1: before) the given one that waits for a person, round the end; empty: none."""
    found = waiting(state)
    if not found:
        return ""
    if after in found:
        return found[(found.index(after) + by) % len(found)]
    order = list(state.steps)
    at = order.index(after) if after in order else -1
    later = [one for one in found if order.index(one) > at]
    if by > 0:
        return later[0] if later else found[0]
    earlier = [one for one in found if order.index(one) < at]
    return earlier[-1] if earlier else found[-1]
