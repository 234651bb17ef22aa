"""Rollback triggers: conditions that call for the way back, and where each of them stands.

A trigger is armed at the run's first change. A watched one becomes pending when its value passes the limit,
fires when that has gone on for longer than the rule's time, and clears when the value is back. A gap (a
sample that is no number, or none at all) neither clears nor advances it; it is only shown.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from alfred_tui.domain.canary import Sample
from alfred_tui.domain.document.checklist import TriggerRule
from alfred_tui.domain.evidence import Status
from alfred_tui.domain.judging.limit import Breach, followed
from alfred_tui.domain.judging.words import broken, with_unit

TriggerStatus = Literal["armed", "pending", "fired", "cleared"]

_URGENCY: tuple[TriggerStatus, ...] = ("armed", "cleared", "pending", "fired")

MOST_SAMPLES = 240
"""An hour of samples at the usual interval is as many as a journal entry needs."""

SILENT_AFTER = 2.5
"""Intervals without any sample after which it is a gap too: one may be late, two are missing."""


class TriggerState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one trigger stands: for one subject, or for the one that is worst."""

    status: TriggerStatus = "armed"
    since: float = 0.0
    """When it came into this status, epoch seconds."""
    value: float | None = None
    """The last that was measured, in the rule's unit."""
    gap: bool = False
    """Whether the last samples were no numbers: the countdown then stands still."""
    subject: str = ""
    """The service that is watched, or is worst, where the rule watches several."""
    message: str = ""
    samples: tuple[Sample, ...] = ()
    """Those beyond the limit, while it is pending; those that made it fire, from then on."""
    broken_for: float = 0.0
    """Seconds that the limit has been broken, gaps not counted."""
    seen_at: float = 0.0
    """When the last sample came; 0: none has."""
    others: "tuple[TriggerState, ...]" = ()
    """Of a rule that watches several: where those stand that are pending or fired beside the worst."""
    by: str = ""
    """Who declared it. Then it stands: no sample and no repeat of a step says that a person was wrong."""


def armed(now: float, subject: str = "") -> TriggerState:
    """A trigger from the first change on."""
    return TriggerState(since=now, subject=subject)


class Subject(msgspec.Struct, frozen=True):
    """What a rule is watched for, one state each."""

    service: str
    track: str = "stable"

    @property
    def name(self) -> str:
        """As a state names it: `alfred-bot`, `alfred-bot canary`."""
        return self.service if self.track == "stable" else f"{self.service} {self.track}"


def subjects(rule: TriggerRule) -> tuple[Subject, ...]:
    """What a rule is watched for; a single nameless one when it names none."""
    stable = [Subject(service) for service in rule.each]
    return (*stable, *_canaries(rule)) or (Subject(""),)


def _canaries(rule: TriggerRule) -> tuple[Subject, ...]:
    return tuple(Subject(service, "canary") for service in rule.canaries)


def is_watched(rule: TriggerRule) -> bool:
    """Whether the rule's condition is a query, not a step's failure or a person's word."""
    return bool(rule.promql) and rule.above is not None


def advance(rule: TriggerRule, state: TriggerState, samples: Iterable[Sample], now: float) -> TriggerState:
    """The state after samples of this subject, in the rule's unit.

    Samples that it has already seen are left aside, so a window that overlaps the last one does no harm.
    Without any it may still come to show a gap: nothing has been heard for too long.
    """
    if not is_watched(rule):
        return state
    for sample in sorted(samples, key=lambda one: one.at):
        if sample.at > state.seen_at:
            state = _after(rule, state, sample)
    silent = now - max(state.seen_at, state.since) > SILENT_AFTER * rule.interval
    if silent and not state.gap:
        return msgspec.structs.replace(state, gap=True, message=_words(rule, state, "no sample arrives"))
    return state


def without_canary(rule: TriggerRule, state: TriggerState, now: float) -> TriggerState:
    """The state of a canary that has no data and, as the cluster says, is not there any more: nobody is
    answered by it, so that what it broke has ended."""
    away = _moved(state, "cleared" if state.status == "fired" else "armed", now)
    told = _words(rule, state, "the canary is not there any more") if state.status == "fired" else ""
    return msgspec.structs.replace(away, seen_at=now, broken_for=0.0, samples=(), message=told)


def after_step(rule: TriggerRule, state: TriggerState, status: Status, now: float) -> TriggerState:
    """The state of a rule that names a step, after that step came into a status.

    It fires when the step fails and clears when a repeat of it passes. Where a step ended without an answer
    it is shown as a gap: whether it failed is not known.
    """
    if status == "failed":
        if state.status == "fired":
            return state
        return _moved(state, "fired", now, message=f"{rule.step} failed")
    if status in ("error", "interrupted", "inconclusive", "cancelled"):
        message = f"{rule.step} ended as {status}: whether it failed is not known"
        return msgspec.structs.replace(state, gap=True, message=message)
    if status == "passed" and state.status == "fired":
        return _moved(state, "cleared", now, message=f"{rule.step} passed when it was repeated")
    return msgspec.structs.replace(state, gap=False, message="") if state.gap else state


def declared(state: TriggerState, by: str, note: str, now: float) -> TriggerState:
    """The state after a person declared it, whatever kind of rule it is."""
    fired = _moved(state, "fired", now, message=f"declared by {by}: {note}")
    return msgspec.structs.replace(fired, by=by)


def worst(states: Sequence[TriggerState]) -> TriggerState:
    """The state of a rule that is watched for several: fired over pending over the rest, then the one that
    has been broken for longest, with the others that are not well. A gap of any of them shows."""
    if not states:
        return TriggerState()
    first = max(states, key=lambda one: (_URGENCY.index(one.status), one.broken_for, one.gap))
    others = tuple(one for one in states if one is not first and one.status in ("pending", "fired"))
    first = msgspec.structs.replace(first, others=others)
    silent = [one for one in states if one.gap]
    if first.gap or not silent:
        return first
    message = "; ".join(part for part in (first.message, silent[0].message) if part)
    return msgspec.structs.replace(first, gap=True, message=message)


def is_news(before: TriggerState, after: TriggerState) -> bool:
    """Whether the change belongs in the journal: another status or subject, a gap that began or ended, and
    each step of a countdown, which must not begin anew with another process."""
    if (before.status, before.subject, before.gap) != (after.status, after.subject, after.gap):
        return True
    counted = (before.broken_for, before.others) != (after.broken_for, after.others)
    return after.status == "pending" and counted


def _after(rule: TriggerRule, state: TriggerState, sample: Sample) -> TriggerState:
    if sample.state == "no-data" and state.status in ("armed", "cleared") and _may_be_away(rule, state):
        return msgspec.structs.replace(state, gap=False, seen_at=sample.at, message="")
    if sample.state != "ok" or rule.above is None:
        why = sample.message or sample.state.replace("-", " ")
        return msgspec.structs.replace(state, gap=True, seen_at=sample.at, message=_words(rule, state, why))
    before = Breach(broken_for=state.broken_for, seen_at=state.seen_at or None)
    breach = followed(before, sample.at, sample.value, rule.above, rule.interval, below=False)
    known = msgspec.structs.replace(
        state, value=sample.value, gap=False, seen_at=sample.at, broken_for=breach.broken_for
    )
    if not breach.broken_for:
        return _kept(rule, known, sample.at)
    if state.status != "fired":
        so_far = state.samples if state.status == "pending" else ()
        known = msgspec.structs.replace(known, samples=(*so_far, sample)[-MOST_SAMPLES:])
        if breach.broken_for > rule.sustained:
            known = _moved(known, "fired", sample.at)
        elif state.status != "pending":
            known = _moved(known, "pending", sample.at)
    return msgspec.structs.replace(known, message=_words(rule, known))


def _may_be_away(rule: TriggerRule, state: TriggerState) -> bool:
    """Whether no data may say only that there is no canary now."""
    return state.subject in {one.name for one in _canaries(rule)}


def _kept(rule: TriggerRule, state: TriggerState, at: float) -> TriggerState:
    """The state when the last value is within the limit."""
    if state.status == "fired":
        return _moved(state, "cleared", at, message=_words(rule, state, f"back at {_value(rule, state)}"))
    if state.status == "pending":
        state = _moved(state, "armed", at)
    return msgspec.structs.replace(
        state, message="", samples=() if state.status == "armed" else state.samples
    )


def _moved(state: TriggerState, status: TriggerStatus, at: float, message: str = "") -> TriggerState:
    return msgspec.structs.replace(
        state, status=status, since=at, gap=False, message=message or state.message
    )


def _value(rule: TriggerRule, state: TriggerState) -> str:
    return "unknown" if state.value is None else with_unit(state.value, rule.unit)


def _words(rule: TriggerRule, state: TriggerState, note: str = "") -> str:
    """`alfred-bot: 1.4 % for 3:15 of 5:00 (no data)`."""
    told = ""
    if state.status in ("pending", "fired") and state.broken_for:
        told = broken(state.value, rule.unit, state.broken_for, rule.sustained)
    words = f"{told} ({note})" if told and note else told or note
    return f"{state.subject}: {words}" if state.subject and words else words
