"""What a lead can do with a step now, as words: the footer, the detail and the dialogs all read this."""

from typing import Literal

from alfred_tui.domain.actions import Attest
from alfred_tui.domain.state import RunState

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
        return (one.ask.kind, "skip", "na")
    if one.status in _BAD:
        return ("decide", "retry", "skip")
    if one.status == "pending":
        early: tuple[Act, ...] = ("sign",) if isinstance(step.action, Attest) and step.when is None else ()
        return (*early, "skip", "na")
    return ("reopen",)


KEYS: dict[Act, tuple[str, str]] = {
    "sign": ("space", "sign off"),
    "value": ("enter", "give the value"),
    "confirm": ("enter", "confirm"),
    "rollback": ("enter", "open the rollback"),
    "decide": ("enter", "decide"),
    "cancel": ("x", "cancel"),
    "reopen": ("o", "re-open"),
    "skip": ("s", "skip"),
    "na": ("n", "not applicable"),
    "retry": ("r", "retry"),
}
"""Key and word of each act."""
