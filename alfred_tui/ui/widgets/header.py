"""The top line: where, which run, who leads, what waits, how far, how long, and if the cluster is heard."""

from alfred_tui.domain.cluster.workloads import Connection
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.present.acts import waiting
from alfred_tui.present.run import Header, header
from alfred_tui.ui.look import CONNECTION, Tone
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.text import bar, clean, cut, cut_middle
from alfred_tui.ui.widgets.alarms import call_for_rollback, standstill
from alfred_tui.ui.widgets.told import Told, ToldBar

_BAR = 12
_NAME = 16
"""Cells of a name that are always shown."""
_BAD = ("held", "failed", "stopped", "paused")
_SHORT = {"waiting": "waiting", "held": "held: decide", "paused": "paused", "rolling": ""}
"""What says enough of a state, by its first word."""
_SHORTEST = {"held": "held"}
"""What still says it where even that does not fit."""
_NOBODY = ("no lead drives the run", "no lead")
_GOOD = ("done", "rolled back")
_CONTEXT = (24, 12)
"""Cells to which a context's long name is cut in its middle, one after the other."""


class HeaderBar(ToldBar):
    """One line; what matters least is shortened, then left out, when room is short."""

    DEFAULT_CSS = "HeaderBar { dock: top; }"

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__()
        self._cockpit = cockpit

    def draw(self) -> None:
        """Shows the run as it is now."""
        cockpit, state = self._cockpit, self._cockpit.run.state
        top, leads = header(state, cockpit.now()), cockpit.submit is not None
        connection = cockpit.cluster.view().pods_freshness.connection if cockpit.cluster else None
        left = (
            *standstill(cockpit), *call_for_rollback(cockpit, stops=True),
            *_left(top, leads=leads, unguarded=cockpit.unguarded()),
        )  # fmt: skip
        waits = len(waiting(state)) if leads else 0
        right = _right(top, connection, waits, led=cockpit.led() or top.ended)
        self.tell(left, right)


def who(top: Header, *, leads: bool) -> Told:
    """Whether one leads or watches; the word for it always stands."""
    lead = clean(top.lead)
    if leads:
        return Told(5, (f"LEAD {lead}", f"LEAD {cut(lead, _NAME)}"), "busy")
    return Told(5, (f"WATCHING {lead}", "WATCHING"), "warn")


def demo(top: Header) -> tuple[Told, ...]:
    """That it is a demonstration on a faster clock, which always stands; and what else is simulated."""
    if not top.scenario:
        return ()
    texts = (f"DEMO {clean(top.scenario)} ×{top.speed:g}", f"DEMO ×{top.speed:g}")
    told = [Told(4, texts, "warn")]
    return (*told, *(Told(7, (f"simulated {clean(name)}", ""), "warn") for name in top.simulated))


def _left(top: Header, *, leads: bool, unguarded: bool) -> tuple[Told, ...]:
    told = [
        _where(top),
        Told(8, (clean(top.title), ""), "strong"),
        Told(9, (f"run {clean(top.run)}", ""), "muted"),
        who(top, leads=leads),
    ]
    if unguarded:
        told.append(Told(4, ("only this machine is guarded", "unguarded"), "warn"))
    return (*told, *demo(top))


def _where(top: Header) -> Told:
    if not top.context:
        return Told(1, ("no cluster",), "warn")
    context, namespace = clean(top.context), clean(top.namespace)
    short = (cut_middle(context, cells) for cells in _CONTEXT)
    return Told(1, (f"{context} / {namespace}", context, *short), "accent")


def _progress(top: Header) -> str:
    done = top.progress
    return "".join(bar(done.settled / done.total if done.total else 1.0, _BAR))


def _rollback(top: Header) -> tuple[str, ...]:
    done = top.progress
    if not done.rollback_total:
        return ("",)
    counted = f"{done.rollback_settled}/{done.rollback_total}"
    return f"rollback {counted}", f"back {counted}"


def _soak(left: float) -> tuple[str, ...]:
    if not left:
        return ("",)
    return f"soak: triggers watched {format_elapsed(left)} more", f"soak {format_elapsed(left)}"


def _state(top: Header, *, led: bool) -> Told:
    if not led:
        return Told(6, _NOBODY, "bad")
    bad = any(word in top.state for word in _BAD)
    tone: Tone = "bad" if bad else "good" if top.state in _GOOD else "busy"
    state = clean(top.state)
    first = state.partition(" ")[0].rstrip(":")
    short = _SHORT.get(first, state)
    return Told(6, (state, short, _SHORTEST.get(first, short)), tone)


def _right(top: Header, connection: Connection | None, waiting: int, *, led: bool) -> tuple[Told, ...]:
    told = [
        Told(3, (f"◆ {waiting} for you", f"◆ {waiting}"), "accent", "next_waiting(1)")
        if waiting
        else Told(6, ("",), "muted"),
        Told(10, (_progress(top), ""), "muted"),
        Told(3, (f"{top.progress.settled}/{top.progress.total}",), "strong"),
        Told(3, _rollback(top), "strong"),
        Told(3, (format_elapsed(top.elapsed),), "strong"),
        _state(top, led=led),
        Told(6, _soak(top.soak_left), "busy"),
        Told(6, ("not known to be good", "not known") if top.not_known else ("",), "bad"),
    ]
    if connection:
        glyph, how = CONNECTION[connection]
        word = connection.replace("-", " ")
        told.append(Told(2, (f"{glyph} {word}", glyph), how))
    return tuple(told)
