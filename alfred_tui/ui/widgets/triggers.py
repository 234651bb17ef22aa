"""The conditions that call for rollback, and where each stands."""

from collections.abc import Callable, Iterable
from typing import Literal

from alfred_tui.domain.document.checklist import TriggerRule
from alfred_tui.domain.document.query_presets import resolve
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.run.state import RunState
from alfred_tui.domain.run.triggers import TriggerState, TriggerStatus, is_watched
from alfred_tui.domain.run.watching import soak_left
from alfred_tui.ui.look import TRIGGER, Piece
from alfred_tui.ui.text import bar, clean
from alfred_tui.ui.widgets.toned_text import TonedText
from alfred_tui.ui.wrapping import TonedLine, crop, wrap

_BAR = 8
_FIRST: tuple[TriggerStatus | Literal["idle"], ...] = ("fired", "pending", "armed", "cleared", "idle")


class TriggersPanel(TonedText):
    """The panel. One line a trigger, so that it stays small; what has fired is told whole."""

    DEFAULT_CSS = "TriggersPanel { height: auto; max-height: 50%; }"

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("TRIGGERS", id=id)
        self.now = now

    def laid_out(self, line: TonedLine, width: int) -> Iterable[TonedLine]:
        fired = any(tone == TRIGGER["fired"][1] for _, tone in line)
        return wrap(line, width) if fired else (tuple(crop(line, width)),)

    def load(self, state: RunState) -> None:
        """Shows the triggers as they are now."""
        self.write(trigger_lines(state))
        self.frame.heading("TRIGGERS", *_counts(state, self.now()))


def _counts(state: RunState, now: float) -> list[Piece]:
    states = [one.status for one in state.triggers.values()]
    told: list[Piece] = []
    if fired := states.count("fired"):
        told += [(f" ✘ {fired} fired", "bad")]
    if pending := states.count("pending"):
        told += [(f" ◔ {pending} pending", "warn")]
    if armed := states.count("armed"):
        told += [(f" ○ {armed} armed", "muted")]
    if told and state.result is not None:
        left = soak_left(state, now)
        told.append((f" · soak {format_elapsed(left)} left", "busy") if left else (" · not watched", "muted"))
    return told or [(" not armed yet", "muted")]


def trigger_lines(state: RunState) -> list[TonedLine]:
    """A line a trigger, those that fired first; a second one for what it has seen, and for how long."""
    rules = sorted(state.checklist.rollback.triggers, key=lambda rule: _FIRST.index(_status(state, rule)))
    lines: list[TonedLine] = []
    if state.soak_ended and state.soak_ended.unseen:
        lines.append(((f"In the soak {clean(state.soak_ended.unseen)}", "bad"),))
    for rule in rules:
        status = _status(state, rule)
        glyph, tone = TRIGGER[status]
        word = "" if status in ("idle", "armed") else f"{status} "
        lines.append(
            ((f"{glyph} {word}", tone), (clean(rule.title), "muted" if status == "idle" else "plain"))
        )
        known = state.triggers.get(rule.id)
        if known and status in ("pending", "fired"):
            lines.append(_seen(rule, known))
        elif known and known.gap:
            lines.append(((f"  not seen: {clean(known.message)}", "warn"),))
        elif watched := watches(rule, state.started.prometheus):
            lines.append(((f"  {watched}", "muted" if state.started.prometheus else "warn"),))
    return lines


def watches(rule: TriggerRule, prometheus: str) -> str:
    """What a rule's query is asked for; empty for one that nobody asks Prometheus about."""
    if not is_watched(rule):
        return ""
    if not prometheus:
        return "not watched: no Prometheus is configured"
    stable = ", stable" if "{track}" in resolve(rule.promql) else ""
    services = f"{len(rule.each)} services" if len(rule.each) > 1 else clean("".join(rule.each))
    who = [services + stable] if services else []
    who += [f"canary of {clean(service)}" for service in rule.canaries]
    return f"watches {' · '.join(who) or 'its query'}"


def _status(state: RunState, rule: TriggerRule) -> TriggerStatus | Literal["idle"]:
    one = state.triggers.get(rule.id)
    return one.status if one else "idle"


def _seen(rule: TriggerRule, one: TriggerState) -> TonedLine:
    _, tone = TRIGGER[one.status]
    if one.status == "fired" and one.message:  # it names the subject and the value itself
        return (("  ", "plain"), (clean(one.message), tone))
    value = f"{one.value:.3g}{rule.unit}" if one.value is not None else ""
    if one.status == "fired":
        return (("  ", "plain"), (f"{clean(one.subject)} {value}".strip(), tone))
    told = f"{format_elapsed(one.broken_for)} of {format_elapsed(rule.sustained)}"
    told += ", stopped: no data" if one.gap else f" {value}"
    full, rest = bar(one.broken_for / rule.sustained if rule.sustained else 1.0, _BAR)
    # What is cut in a narrow panel comes last: the countdown is what one looks for.
    return (
        ("  ", "plain"),
        (f"{told} {clean(one.subject)}".rstrip() + " ", tone),
        (full, tone),
        (rest, "rule"),
    )
