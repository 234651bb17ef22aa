"""The decision on one metric of a canary: limit, comparison with stable, and whether either may be believed.

Three outcomes. A limit that is broken for longer than it may be fails the metric whatever the statistic
says, and the statistic fails it below the limit. Too few points or requests, a breach that is still open at
the end, and a silence that could hide one leave it to a person.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import isnan, nan
from typing import Literal

import msgspec

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.judging.limit import Kept, kept
from alfred_tui.domain.judging.metric import MIN_POINTS, Comparison, Criteria, compare, measured
from alfred_tui.domain.judging.words import broken, points, with_unit

Status = Literal["passed", "failed", "inconclusive"]
Point = tuple[float, float | None]
"""When (seconds), and the value, or None where there is none."""

MIN_REQUESTS = 100
"""Fewer requests to the canary are no ground for a verdict: of an error ratio at its limit of 1 % they would
show a single error."""

MOST_GAPS = 0.5
"""Beyond this share of samples that are gaps, what was seen does not stand for the whole time."""


LIMIT_FOR = 300.0
"""Seconds for which a limit may be broken unless it says otherwise; a longer silence could hide a breach."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A value that must not be passed for longer than `for_s` seconds, without a break."""

    value: float
    for_s: float = LIMIT_FOR
    below: bool = False
    """Whether values under it break it."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of one metric. Points are in order of time, in the metric's unit."""

    canary: tuple[Point, ...]
    stable: tuple[Point, ...]
    criteria: Criteria
    limit: Limit | None = None
    interval: float = 15.0
    requests: float | None = None
    """How many requests the canary had; None when nobody counts them, NaN when that is not known."""
    min_requests: float = MIN_REQUESTS
    min_points: int = MIN_POINTS
    until: float | None = None
    """The end of what is judged; None: each side's last point."""
    name: str = ""
    unit: str = ""
    why: tuple[str, str] = ("", "")
    """Why the last gap of the canary, and of stable, is one."""

    @property
    def subject(self) -> str:
        return f"canary {self.name}".rstrip()


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the cockpit decides, and on what."""

    status: Status
    reason: str
    comparison: Comparison
    kept: Kept | None = None
    canary_points: int
    stable_points: int
    by_limit: bool = False
    """Whether the limit alone failed it."""

    @property
    def low_data(self) -> bool:
        """Whether a side has too few points for the statistic."""
        return min(self.canary_points, self.stable_points) < MIN_POINTS


def decide(case: Case) -> Decision:
    """The whole decision on one metric."""
    canary = [value for _, value in case.canary]
    stable = [value for _, value in case.stable]
    comparison = compare(canary, stable, case.criteria, subject=case.subject, unit=case.unit)
    counts = measured(canary, case.criteria), measured(stable, case.criteria)
    held = _held(case)
    status, reason = _decided(case, comparison, held, counts)
    return _decision(case, status, reason, comparison, held, counts)


def decide_alone(case: Case) -> Decision:
    """The decision on a canary that has all of the traffic: by its limit, since nothing can be compared."""
    told = f"{case.subject} has all of the traffic, with no stable beside it to compare"
    comparison = Comparison(classification="Pass", effect=nan, reason=told)
    count = measured([value for _, value in case.canary], case.criteria)
    held = _held(case)
    status, reason = _decided_alone(case, comparison, held, count)
    return _decision(case, status, reason, comparison, held, (count, 0))


def _held(case: Case) -> Kept | None:
    limit = case.limit
    return kept(case.canary, limit.value, case.interval, below=limit.below) if limit else None


def _decision(
    case: Case,
    status: Status,
    reason: str,
    comparison: Comparison,
    held: Kept | None,
    counts: tuple[int, int],
) -> Decision:
    return Decision(
        status=status,
        reason=reason,
        comparison=comparison,
        kept=held,
        canary_points=counts[0],
        stable_points=counts[1],
        by_limit=status == "failed" and bool(_over(case, held)),
    )


def _decided(
    case: Case, comparison: Comparison, held: Kept | None, counts: tuple[int, int]
) -> tuple[Status, str]:
    if few := _too_few_requests(case):
        return "inconclusive", few
    if over := _over(case, held):
        return "failed", over
    if min(counts) < case.min_points:
        return "inconclusive", (
            f"{points(counts[0])} of the canary and {counts[1]} of stable, and at least"
            f" {case.min_points} a side are needed"
        )
    if comparison.classification != "Pass" or comparison.scattered:
        return "failed", comparison.reason
    unsure = (
        (comparison.reason if comparison.doubtful else "")
        or _still_broken(case, held)
        or _silence(case, "canary", case.canary, case.why[0])
        or _silence(case, "stable", case.stable, case.why[1])
    )
    return ("inconclusive", unsure) if unsure else ("passed", comparison.reason)


def _decided_alone(case: Case, comparison: Comparison, held: Kept | None, count: int) -> tuple[Status, str]:
    if few := _too_few_requests(case):
        return "inconclusive", few
    if over := _over(case, held):
        return "failed", over
    if case.limit is None:
        return "inconclusive", f"{comparison.reason}, and it has no limit"
    if count < case.min_points:
        return "inconclusive", f"{points(count)} of the canary, and at least {case.min_points} are needed"
    unsure = _still_broken(case, held) or _silence(case, "canary", case.canary, case.why[0])
    if unsure:
        return "inconclusive", unsure
    return "passed", f"{comparison.reason}, and keeps its limit of {with_unit(case.limit.value, case.unit)}"


def _too_few_requests(case: Case) -> str:
    if case.requests is None or case.requests >= case.min_requests:
        return ""
    needed = f"at least {case.min_requests:g} are needed to judge it"
    if isnan(case.requests):
        return f"how many requests the canary had is not known, and {needed}"
    return f"the canary had {case.requests:.0f} requests, and {needed}"


def _still_broken(case: Case, held: Kept | None) -> str:
    if held is None or case.limit is None or not held.last.broken_for:
        return ""
    told = broken(held.last.worst, case.unit, held.last.broken_for, case.limit.for_s)
    return f"the limit of {with_unit(case.limit.value, case.unit)} is broken: {told}"


def _silence(case: Case, side: str, side_points: Sequence[Point], why: str) -> str:
    """Why what was seen of a side does not stand for the whole time; empty when it does."""
    if case.criteria.missing == "replace":
        return ""
    told = f" ({why})" if why else ""
    gaps = sum(value is None for _, value in side_points)
    if gaps > MOST_GAPS * len(side_points):
        return f"{gaps} of {len(side_points)} samples of {side} {case.name}".rstrip() + f" are gaps{told}"
    first, last = side_points[0][0], side_points[-1][0]
    heard = [first, *(at for at, value in side_points if value is not None), case.until or last]
    quiet = max(after - before for before, after in pairwise(heard))
    if quiet > max(case.limit.for_s if case.limit else LIMIT_FOR, 2 * case.interval):
        return f"{side} {case.name}".rstrip() + f" was not seen for {format_elapsed(quiet)}{told}"
    return ""


def _over(case: Case, held: Kept | None) -> str:
    """For how long the limit was broken, where that was longer than it may be; else empty."""
    limit = case.limit
    if limit is None or held is None or held.longest.broken_for <= limit.for_s:
        return ""
    breach, side = held.longest, "under" if limit.below else "over"
    worst = "" if breach.worst is None else f" (at worst {with_unit(breach.worst, case.unit)})"
    told = f"{case.subject} was {side} {with_unit(limit.value, case.unit)}"
    return f"{told} for {format_elapsed(breach.broken_for)}{worst}, allowed {format_elapsed(limit.for_s)}"
