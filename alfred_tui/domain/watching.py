"""For how long the triggers are watched: from the first change to the end of the soak after the run."""

from alfred_tui.domain.state import RunState


def is_armed(state: RunState, now: float) -> bool:
    """From the first change to the end of the soak after the last step."""
    if not state.first_change_at or state.rollbacks:
        return False
    return state.result is None or soak_left(state, now) > 0


def soak_left(state: RunState, now: float) -> float:
    """Seconds for which the triggers of a run that is done are watched still; 0 before and after that."""
    if not has_soak(state) or state.soak_ended:
        return 0.0
    return max(0.0, state.ended_at + state.checklist.rollback.soak - now)


def has_soak(state: RunState) -> bool:
    """Whether the triggers of a run that is done are, or were, to be watched on."""
    changed = bool(state.first_change_at) and not state.rollbacks
    return state.result == "done" and changed and state.checklist.rollback.soak > 0


def fired(state: RunState) -> tuple[str, ...]:
    """The triggers that have fired and did not clear, in the checklist's order."""
    known = [rule.id for rule in state.checklist.rollback.triggers]
    return tuple(name for name in known if name in state.triggers and state.triggers[name].status == "fired")
