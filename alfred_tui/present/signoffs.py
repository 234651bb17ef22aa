"""What people signed, started, skipped and decided, with their grounds: the newest first."""

import msgspec

from alfred_tui.domain.evidence import Evidence
from alfred_tui.domain.run.state import RunState


class SignOff(msgspec.Struct, frozen=True, kw_only=True):
    """One person's word on one step."""

    at: float
    by: str
    word: str
    """signed, started (its word was typed), skipped, not applicable, counted as passed, counted as failed."""
    step: str
    title: str
    note: str = ""
    evidence: tuple[Evidence, ...] = ()


def signoffs(state: RunState) -> tuple[SignOff, ...]:
    """All that stand now; what was re-opened is in the journal, not here."""
    found: list[SignOff] = []
    for step_id, one in state.steps.items():
        if not one.signatures and not one.settled_by and not one.confirmed_by:
            continue
        title = state.step(step_id).title
        if one.confirmed_by:
            found.append(
                SignOff(at=one.confirmed_at, by=one.confirmed_by, word="started", step=step_id, title=title)
            )
        found += [
            SignOff(
                at=s.at, by=s.by, word="signed", step=step_id, title=title, note=s.note, evidence=s.evidence
            )
            for s in one.signatures
        ]
        if one.settled_by:
            word = {"skipped": "not applicable" if one.cause == "not-applicable" else "skipped"}.get(
                one.status, f"counted as {one.status}"
            )
            found.append(
                SignOff(
                    at=one.ended_at, by=one.settled_by, word=word, step=step_id, title=title, note=one.reason
                )
            )
    return tuple(sorted(found, key=lambda one: -one.at))
