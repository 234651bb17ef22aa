"""The decision on one metric of a canary: limit, comparison with stable, and whether either may be believed.

Three outcomes. A limit that is broken for longer than it may be fails the metric whatever the statistic
says, and the statistic fails it below the limit. Too few points or requests, a breach that is still open at
the end, and a silence that could hide one leave it to a person.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import nan
from typing import Literal

import msgspec

from alfred_tui.domain.actions import CanaryMetric
from alfred_tui.domain.canary import Measurement, Sample
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.judge_limit import Breach, Kept, kept
from alfred_tui.domain.judge_metric import MIN_POINTS, Classification, Comparison, Criteria, compare, measured
from alfred_tui.domain.judge_words import broken, points, with_unit
from alfred_tui.domain.statistics import Shift

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
    """How many requests the canary had; None when that is not known."""
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
    limit = case.limit
    held = kept(case.canary, limit.value, case.interval, below=limit.below) if limit else None
    counts = measured(canary, case.criteria), measured(stable, case.criteria)
    by_limit = limit is not None and held is not None and held.longest.broken_for > limit.for_s
    status, reason = _decided(case, comparison, held, counts, by_limit)
    return Decision(
        status=status,
        reason=reason,
        comparison=comparison,
        kept=held,
        canary_points=counts[0],
        stable_points=counts[1],
        by_limit=by_limit and status == "failed",
    )


def _decided(
    case: Case, comparison: Comparison, held: Kept | None, counts: tuple[int, int], by_limit: bool
) -> tuple[Status, str]:
    if case.requests is not None and case.requests < MIN_REQUESTS:
        return "inconclusive", (
            f"the canary had {case.requests:.0f} requests, and at least {MIN_REQUESTS} are needed to judge it"
        )
    if by_limit and held and case.limit:
        return "failed", _over(case, case.limit, held.longest)
    if min(counts) < case.min_points:
        return "inconclusive", (
            f"{points(counts[0])} of the canary and {counts[1]} of stable, and at least"
            f" {case.min_points} a side are needed"
        )
    if comparison.classification != "Pass":
        return "failed", comparison.reason
    if comparison.scattered:
        return "failed", f"{comparison.reason}, but bad values come surely more often than on stable"
    if held and held.last.broken_for and case.limit:
        told = broken(held.last.worst, case.unit, held.last.broken_for, case.limit.for_s)
        return "inconclusive", f"the limit of {with_unit(case.limit.value, case.unit)} is broken: {told}"
    silence = _silence(case, "canary", case.canary, case.why[0]) or _silence(
        case, "stable", case.stable, case.why[1]
    )
    return ("inconclusive", silence) if silence else ("passed", comparison.reason)


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


def _over(case: Case, limit: Limit, breach: Breach) -> str:
    side = "under" if limit.below else "over"
    worst = "" if breach.worst is None else f" (at worst {with_unit(breach.worst, case.unit)})"
    told = f"{case.subject} was {side} {with_unit(limit.value, case.unit)}"
    return f"{told} for {format_elapsed(breach.broken_for)}{worst}, allowed {format_elapsed(limit.for_s)}"


class MetricVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said of one metric of a canary now, or at its end."""

    metric: str
    status: Status
    reason: str
    classification: Classification
    shift: Shift | None = None
    """Of canary over stable, in the metric's unit, with its 98 % interval."""
    effect: float = nan
    """Mean of canary over mean of stable; NaN when it cannot be told."""
    broken_for: float = 0.0
    """For how long the limit has been broken now, seconds."""
    limit_for: float = 0.0
    """For how long it may be; 0 when there is no limit."""
    breach: str = ""
    """The same in words, while it is broken: `1.4 % for 3:10 of 5:00`."""
    comparison: str = ""
    """What the comparison with stable says, whatever the limit does."""
    canary_points: int = 0
    baseline_points: int = 0


def judge_canary(
    metric: CanaryMetric,
    measurements: Sequence[Measurement],
    *,
    interval: float,
    min_points: int = MIN_POINTS,
    now: float,
) -> MetricVerdict:
    """Judges one metric by its measurements (others among them are left aside), in order of time.

    `interval`: seconds between two samples. `now`: the end of what is judged, the present while a canary
    bakes and the bake's end after it. A silence long enough to hide a breach, before it too, counts.
    """
    own = [one for one in measurements if one.metric == metric.name]
    decision = decide(_case(metric, own, interval, max(min_points, MIN_POINTS), now))
    broken_for = decision.kept.last.broken_for if decision.kept else 0.0
    worst = decision.kept.last.worst if decision.kept else None
    return MetricVerdict(
        metric=metric.name,
        status=decision.status,
        reason=decision.reason,
        classification=decision.comparison.classification,
        shift=decision.comparison.shift,
        effect=decision.comparison.deviation if decision.comparison.shift else nan,
        broken_for=broken_for,
        limit_for=0.0 if metric.limit is None else metric.limit_for,
        breach=broken(worst, metric.unit, broken_for, metric.limit_for) if broken_for else "",
        comparison=decision.comparison.reason,
        canary_points=decision.canary_points,
        baseline_points=decision.stable_points,
    )


def together(verdicts: Sequence[MetricVerdict]) -> tuple[Status, str]:
    """One verdict for several metrics: failed over inconclusive over passed, with the reasons that made it.

    No metric at all is inconclusive.
    """
    for status in ("failed", "inconclusive"):
        reasons = [one.reason for one in verdicts if one.status == status]
        if reasons:
            return status, "; ".join(reasons)
    if not verdicts:
        return "inconclusive", "nothing was measured"
    return "passed", "; ".join(one.reason for one in verdicts)


def _case(
    metric: CanaryMetric, own: Sequence[Measurement], interval: float, min_points: int, now: float
) -> Case:
    limit = None
    if metric.limit is not None:
        limit = Limit(value=metric.limit, for_s=metric.limit_for, below=metric.direction == "decrease")
    least = 1 / metric.allowed if metric.allowed > 0 else 0.0
    return Case(
        canary=tuple(_point(one.canary) for one in own),
        stable=tuple(_point(one.baseline) for one in own),
        criteria=Criteria(
            direction=metric.direction, critical=metric.critical, allowed=(least, metric.allowed)
        ),
        limit=limit,
        interval=interval,
        min_points=min_points,
        until=now,
        name=metric.name,
        unit=metric.unit,
        why=(_why([one.canary for one in own]), _why([one.baseline for one in own])),
    )


def _point(sample: Sample) -> Point:
    return sample.at, sample.value if sample.state == "ok" else None


def _why(samples: Sequence[Sample]) -> str:
    gaps = [one for one in samples if one.state != "ok"]
    return (gaps[-1].message or gaps[-1].state.replace("-", " ")) if gaps else ""
