"""What every screen tells before all else: a rollback that is called for or about to start, a standstill."""

from collections.abc import Iterable

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.run.automatic import counts_down
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.told import Told


def standstill(cockpit: Cockpit) -> Iterable[Told]:
    """That nothing goes on, and why."""
    if cockpit.failed():
        yield Told(0, (" ✘ STOPPED: THE RECORD CANNOT BE WRITTEN ", " ✘ STOPPED "), "alarm")
    if cockpit.silent():
        texts = (" NO STEP IS STARTED: THE LEASE CANNOT BE RENEWED ", " NO STARTS: LEASE ")
        yield Told(0, texts, "alarm")
    if cockpit.overtaken():
        yield Told(0, (" NO STEP IS STARTED: ANOTHER LEADS HERE ", " NO STARTS: ANOTHER LEADS "), "alarm")


def call_for_rollback(cockpit: Cockpit, *, stops: bool) -> Iterable[Told]:
    """That a rollback is called for, or starts by itself. `stops`: whether the key that stops its countdown
    works where this stands.
    """
    state = cockpit.run.state
    left = counts_down(state, cockpit.now())
    if left is not None:
        yield _counting(left, stops=stops and cockpit.submit is not None)
        return
    fired = [] if state.rollback else [rule for rule, one in state.triggers.items() if one.status == "fired"]
    if fired:
        yield Told(0, (" ✘ ROLLBACK TRIGGER FIRED  ctrl+r ", " ✘ FIRED ^r "), "alarm", "rollback")
        titles = {rule.id: rule.title for rule in state.checklist.rollback.triggers}
        more = f" and {len(fired) - 1} more" if len(fired) > 1 else ""
        yield Told(8, (f"{clean(titles.get(fired[0], fired[0]))}{more}", ""), "bad")


def _counting(seconds: float, *, stops: bool) -> Told:
    """The countdown of a rollback that starts by itself, and how to stop it."""
    left = format_elapsed(seconds)
    if not stops:
        return Told(0, (f" ✘ ROLLS BACK IN {left}  ctrl+r ", f" ✘ BACK IN {left} ^r "), "alarm", "rollback")
    texts = (f" ✘ ROLLS BACK IN {left} · x stops it ", f" ✘ BACK IN {left} · x ")
    return Told(0, texts, "alarm", "stop_countdown")
