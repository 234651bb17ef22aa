"""For how long the triggers are watched: from the first change to the end of the soak after the run."""

from alfred_tui.domain.state import RunState


def is_armed(state: RunState, now: float) -> bool:
    """From the first change to the end of the soak after the last step."""
    if not state.first_change_at or state.rollbacks:
        return False
    return state.result is None or soak_left(state, now) > 0


def soak_left(state: RunState, now: float) -> float:
    """Seconds for which the triggers of a run that is done are watched still; 0 before and after that."""
    if state.result != "done" or not state.first_change_at or state.rollbacks:
        return 0.0
    return max(0.0, state.ended_at + state.checklist.rollback.soak - now)
