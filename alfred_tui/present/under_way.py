"""What a run is at, in a line: its phase, what runs, and what waits for a person."""

import msgspec

from alfred_tui.domain.run.state import RunState
from alfred_tui.present.acts import waiting
from alfred_tui.present.run import focus, seconds, where


class Running(msgspec.Struct, frozen=True):
    """A step that runs."""

    title: str
    seconds: float
    """How long it has been running."""


class UnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """What goes on now, each in the checklist's order."""

    phase: str
    """Of the step that deserves the lead's eyes; empty once the run is over."""
    running: tuple[Running, ...]
    waits: tuple[str, ...]
    """Titles of the steps that wait for a person."""


def under_way(state: RunState, now: float) -> UnderWay:
    """What goes on now. `now` is epoch seconds of the run's clock."""
    running = [step for step, one in state.steps.items() if one.status == "running"]
    phase = "" if state.result else where(state.checklist, focus(state)).partition(" ▸ ")[0]
    return UnderWay(
        phase=phase,
        running=tuple(Running(state.step(one).title, seconds(state.steps[one], now)) for one in running),
        waits=tuple(state.step(one).title for one in waiting(state)),
    )
