"""What is told of the soak: the watch over the triggers after the last step."""

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.run.events import SoakEnded
from alfred_tui.domain.run.state import RunState
from alfred_tui.domain.run.watching import fired, pending


def soak_told(ended: SoakEnded) -> str:
    """How it ended: `the triggers were watched to its end`."""
    how = (
        f"ended {format_elapsed(ended.left)} early" if ended.left else "the triggers were watched to its end"
    )
    if ended.unseen:
        return f"{how}, but {ended.unseen}"
    return f"{how}: {ended.reason}" if ended.reason else how


def not_known_told(state: RunState) -> str:
    """Of a run that is done: why nobody knows whether a trigger calls for the way back; empty if known."""
    seen = {name: state.triggers[name].message for name in pending(state)}
    told = [f"trigger {name} is pending" + (f" ({why})" if why else "") for name, why in seen.items()]
    if state.soak_ended and state.soak_ended.unseen:
        told.append(state.soak_ended.unseen)
    return "; ".join(told)


def fired_told(state: RunState) -> str:
    """The triggers that have fired, each with what was seen; empty when none has."""
    seen = {name: state.triggers[name].message for name in fired(state)}
    return "; ".join(f"trigger {name} has fired" + (f" ({why})" if why else "") for name, why in seen.items())
