"""What a check says of one subject, and several of them as one outcome."""

from collections.abc import Sequence

import msgspec

from alfred_tui.domain.evidence import Evidence, Outcome, Status, worst


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A fact about one subject, and whether it holds."""

    status: Status
    fact: Evidence


def held(label: str, value: str) -> Verdict:
    """It holds."""
    return Verdict(status="passed", fact=Evidence(label=label, value=value, ok=True))


def broken(label: str, value: str, status: Status = "failed") -> Verdict:
    """It does not hold, or `status` says why that is not known."""
    return Verdict(status=status, fact=Evidence(label=label, value=value, ok=False))


def exempt(label: str, value: str) -> Verdict:
    """It is not asked of this subject."""
    return Verdict(status="skipped", fact=Evidence(label=label, value=value))


def outcome(verdicts: Sequence[Verdict], nothing: str, beside: Sequence[Evidence] = ()) -> Outcome:
    """All verdicts as one: the worst decides, its first fact is the reason. No verdict is inconclusive.

    `beside` is told with the facts and decides nothing.
    """
    facts = (*(one.fact for one in verdicts), *beside)
    # What is exempt proves nothing for the others, nor by itself.
    verdicts = [one for one in verdicts if one.status != "skipped"]
    if not verdicts:
        return Outcome(status="inconclusive", reason=nothing, evidence=facts)
    status = worst([one.status for one in verdicts])
    if status == "passed":
        return Outcome(status="passed", evidence=facts)
    bad = [one.fact for one in verdicts if one.status == status]
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return Outcome(status=status, reason=f"{bad[0].label}: {bad[0].value}{more}", evidence=facts)
