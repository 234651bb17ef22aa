"""The top line: where, which run, who leads, what waits, how far, how long, and if the cluster is heard."""

from collections.abc import Sequence

import msgspec

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.workloads import Connection
from alfred_tui.present.run import Header
from alfred_tui.ui.look import CONNECTION, Tone
from alfred_tui.ui.text import bar, clean, cut, width_of
from alfred_tui.ui.widgets.bar import Bar, Part

_BAR = 12
_NAME = 16
"""Cells of a name that are always shown."""
_BAD = ("held", "failed", "stopped", "paused")
_SHORT = {"waiting": "waiting", "held": "held: decide", "paused": "paused", "rolling": ""}
"""What says enough of a state, by its first word."""
_NOBODY = ("no lead drives the run", "no lead")
_GOOD = ("done", "rolled back")


class _Told(msgspec.Struct, frozen=True):
    """One thing that the header tells, in words of falling length; the last may be nothing."""

    importance: int
    """Where room is short, the highest number is shortened first."""
    texts: tuple[str, ...]
    tone: Tone
    target: str = ""


class HeaderBar(Bar):
    """One line; what matters least is shortened, then left out, when room is short."""

    DEFAULT_CSS = "HeaderBar { dock: top; }"

    def __init__(self) -> None:
        super().__init__()
        self._left: tuple[_Told, ...] = ()
        self._right: tuple[_Told, ...] = ()

    def load(
        self,
        top: Header,
        *,
        leads: bool,
        led: bool,
        connection: Connection | None,
        fired: bool,
        waiting: int,
        unguarded: bool,
        silent: bool,
        failed: bool,
    ) -> None:
        """Shows the run's state. `led`: whether a process drives it."""
        left = _left(top, leads=leads, unguarded=unguarded)
        right = _right(top, connection, waiting if leads else 0, led=led or top.ended)
        if top.rolls_back_in is not None:
            left = (_counting(top.rolls_back_in, leads=leads), *left)
        elif fired:
            left = (
                _Told(0, (" ✘ ROLLBACK TRIGGER FIRED  ctrl+r ", " ✘ FIRED ^r "), "alarm", "rollback"),
                *left,
            )
        if silent:
            texts = (" NO STEP IS STARTED: THE LEASE CANNOT BE RENEWED ", " NO STARTS: LEASE ")
            left = (_Told(0, texts, "alarm"), *left)
        if failed:
            left = (_Told(0, (" ✘ STOPPED: THE RECORD CANNOT BE WRITTEN ", " ✘ STOPPED "), "alarm"), *left)
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def parts(self, width: int) -> Sequence[Part]:
        told = [*self._left, *self._right]
        level = [0] * len(told)

        def text(index: int) -> str:
            return told[index].texts[level[index]]

        def used() -> int:
            return sum(width_of(text(i)) + 2 for i in range(len(told)) if text(i)) + 1

        while used() > width:
            able = [i for i in range(len(told)) if level[i] < len(told[i].texts) - 1]
            if not able:
                break
            level[max(able, key=lambda i: (told[i].importance, i))] += 1
        shown: list[Part] = [(" ", "plain", "")]
        for index, one in enumerate(told):
            if index == len(self._left):
                shown.append((" " * max(0, width - used()), "plain", ""))
            if text(index):
                shown += [(cut(text(index), width - 2), one.tone, one.target), ("  ", "plain", "")]
        return shown

    def chosen(self, target: str) -> None:
        self.app.run_worker(self.app.run_action(target, self.screen))


def _counting(seconds: float, *, leads: bool) -> _Told:
    """The countdown of a rollback that starts by itself, and how to stop it."""
    left = format_elapsed(seconds)
    if not leads:
        return _Told(0, (f" ✘ ROLLS BACK IN {left} ",), "alarm", "rollback")
    texts = (f" ✘ ROLLS BACK IN {left} · x stops it ", f" ✘ BACK IN {left} · x ")
    return _Told(0, texts, "alarm", "stop_countdown")


def _left(top: Header, *, leads: bool, unguarded: bool) -> tuple[_Told, ...]:
    where = f"{clean(top.context)} / {clean(top.namespace)}"
    lead = clean(top.lead)
    told = [
        _Told(1, (where, clean(top.context)), "accent") if top.context else _Told(1, ("no cluster",), "warn"),
        _Told(8, (clean(top.title), ""), "strong"),
        _Told(9, (f"run {clean(top.run)}", ""), "muted"),
        _Told(5, (f"LEAD {lead}", f"LEAD {cut(lead, _NAME)}"), "busy")
        if leads
        else _Told(2, (f"WATCHING {lead}", "WATCHING"), "warn"),
    ]
    if unguarded:
        told.append(_Told(4, ("only this machine is guarded", "unguarded"), "warn"))
    if top.scenario:
        texts = (f"DEMO {clean(top.scenario)} ×{top.speed:g}", f"DEMO ×{top.speed:g}")
        told.append(_Told(4, texts, "warn"))
    told += [_Told(7, (f"simulated {clean(name)}", ""), "warn") for name in top.simulated]
    return tuple(told)


def _progress(top: Header) -> str:
    done = top.progress
    return "".join(bar(done.settled / done.total if done.total else 1.0, _BAR))


def _rollback(top: Header) -> tuple[str, ...]:
    done = top.progress
    return (f"rollback {done.rollback_settled}/{done.rollback_total}",) if done.rollback_total else ("",)


def _soak(left: float) -> tuple[str, ...]:
    if not left:
        return ("",)
    return f"soak: triggers watched {format_elapsed(left)} more", f"soak {format_elapsed(left)}"


def _state(top: Header, *, led: bool) -> _Told:
    if not led:
        return _Told(6, _NOBODY, "bad")
    bad = any(word in top.state for word in _BAD)
    tone: Tone = "bad" if bad else "good" if top.state in _GOOD else "busy"
    state = clean(top.state)
    return _Told(6, (state, _SHORT.get(state.partition(" ")[0].rstrip(":"), state)), tone)


def _right(top: Header, connection: Connection | None, waiting: int, *, led: bool) -> tuple[_Told, ...]:
    told = [
        _Told(3, (f"◆ {waiting} for you", f"◆ {waiting}"), "accent", "next_waiting(1)")
        if waiting
        else _Told(6, ("",), "muted"),
        _Told(10, (_progress(top), ""), "muted"),
        _Told(3, (f"{top.progress.settled}/{top.progress.total}",), "strong"),
        _Told(3, _rollback(top), "strong"),
        _Told(3, (format_elapsed(top.elapsed),), "strong"),
        _state(top, led=led),
        _Told(6, _soak(top.soak_left), "busy"),
    ]
    if connection:
        glyph, how = CONNECTION[connection]
        word = connection.replace("-", " ")
        told.append(_Told(2, (f"{glyph} {word}", glyph), how))
    return tuple(told)
