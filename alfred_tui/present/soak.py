"""What is told of the soak: the watch over the triggers after the last step."""

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.events import SoakEnded
from alfred_tui.domain.state import RunState
from alfred_tui.domain.watching import fired


def soak_told(ended: SoakEnded) -> str:
    """How it ended: `the triggers were watched to its end`."""
    if not ended.left:
        return "the triggers were watched to its end"
    why = f": {ended.reason}" if ended.reason else ""
    return f"ended {format_elapsed(ended.left)} early{why}"


def fired_told(state: RunState) -> str:
    """The triggers that have fired, each with what was seen; empty when none has."""
    seen = {name: state.triggers[name].message for name in fired(state)}
    return "; ".join(f"trigger {name} has fired" + (f" ({why})" if why else "") for name, why in seen.items())
