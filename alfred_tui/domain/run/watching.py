"""For how long the triggers are watched: from the first change to the end of the soak after the run."""

from collections.abc import Iterator

from alfred_tui.domain.document.checklist import TriggerRule
from alfred_tui.domain.run.state import RunState
from alfred_tui.domain.run.triggers import SILENT_AFTER, TriggerState


def is_armed(state: RunState, now: float) -> bool:
    """From the first change to the end of the soak after the last step."""
    if not state.first_change_at or state.rollbacks:
        return False
    return state.result is None or soak_left(state, now) > 0


def soak_left(state: RunState, now: float) -> float:
    """Seconds for which the triggers of a run that is done are watched still; 0 before and after that."""
    if not has_soak(state) or state.soak_ended:
        return 0.0
    return max(0.0, soak_end(state) - now)


def soak_end(state: RunState) -> float:
    """When the soak of a run that is done ends. What is pending by then is watched on until it has fired or
    cleared, for as long as that takes where its samples keep coming."""
    decided = (
        one.seen_at + rule.sustained - one.broken_for + SILENT_AFTER * rule.interval
        for rule, one in _pending(state)
    )
    return max(state.ended_at + state.checklist.rollback.soak, *decided, 0.0)


def has_soak(state: RunState) -> bool:
    """Whether the triggers of a run that is done are, or were, to be watched on."""
    changed = bool(state.first_change_at) and not state.rollbacks
    return state.result == "done" and changed and state.checklist.rollback.soak > 0


def pending(state: RunState) -> tuple[str, ...]:
    """The triggers whose limit is broken, and whose time is not over: whether they come true is not known."""
    return tuple(dict.fromkeys(rule.id for rule, _ in _pending(state)))


def _pending(state: RunState) -> Iterator[tuple[TriggerRule, TriggerState]]:
    for rule in state.checklist.rollback.triggers:
        known = state.triggers.get(rule.id)
        for one in (known, *known.others) if known else ():
            if one.status == "pending":
                yield rule, one


def fired(state: RunState) -> tuple[str, ...]:
    """The triggers that have fired and did not clear, in the checklist's order."""
    known = [rule.id for rule in state.checklist.rollback.triggers]
    return tuple(name for name in known if name in state.triggers and state.triggers[name].status == "fired")
