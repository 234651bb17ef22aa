"""The rollback that starts by itself: when a fired trigger begins its countdown, and when that is over."""

from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.domain.run.events import CountdownStarted
from alfred_tui.domain.run.state import RunState

APPLICATION = "application"
"""The procedure that an automatic rollback starts; where there is none of that name, the first."""


def procedure_of(checklist: Checklist) -> str:
    """The procedure that starts by itself; empty when there is none."""
    known = [one.id for one in checklist.rollback.procedures]
    return APPLICATION if APPLICATION in known else next(iter(known), "")


def calling(state: RunState) -> tuple[str, ...]:
    """The triggers that fired and call for a rollback that nobody has started or declined."""
    if not state.checklist.rollback.automatic or state.rollback or not procedure_of(state.checklist):
        return ()
    if state.result not in (None, "done"):
        return ()  # a person ended the run, and decides about the way back too
    return tuple(
        rule.id
        for rule in state.checklist.rollback.triggers
        if rule.id in state.triggers
        and state.triggers[rule.id].status == "fired"
        and rule.id not in state.declined
    )


def countdown_due(state: RunState, now: float) -> CountdownStarted | None:
    """The countdown that begins now, or None."""
    found = calling(state)
    if not found or state.countdown or state.paused_by:
        return None
    rule = next(one for one in state.checklist.rollback.triggers if one.id == found[0])
    message = state.triggers[rule.id].message
    return CountdownStarted(
        trigger=rule.id,
        procedure=procedure_of(state.checklist),
        ends_at=now + state.checklist.rollback.countdown,
        reason=f"{rule.title}: {message}" if message else rule.title,
    )


def is_expected(state: RunState) -> bool:
    """Whether a rollback is about to start by itself, or will as soon as its trigger has been moved."""
    if state.countdown or calling(state):
        return True
    rollback = state.checklist.rollback
    if not rollback.automatic or state.rollback or not procedure_of(state.checklist):
        return False
    return any(
        rule.step in state.steps
        and state.steps[rule.step].status == "failed"
        and rule.id not in state.declined
        for rule in rollback.triggers
    )


def counts_down(state: RunState, now: float) -> float | None:
    """Seconds until a rollback starts by itself; None when none is about to."""
    return max(0.0, state.countdown.ends_at - now) if state.countdown else None
