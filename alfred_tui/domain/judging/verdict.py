"""What is to be said of a canary by its measurements, now or at its end: of each metric, and of all."""

from collections.abc import Mapping, Sequence
from math import nan

import msgspec

from alfred_tui.domain.canary import Mark, Measurement, Sample
from alfred_tui.domain.document.actions import Canary, CanaryMetric
from alfred_tui.domain.judging.judgement import Case, Decision, Limit, Point, Status, decide, decide_alone
from alfred_tui.domain.judging.metric import MIN_POINTS, Classification, Criteria
from alfred_tui.domain.judging.score import Scored, Thresholds, verdict
from alfred_tui.domain.judging.statistics import Shift
from alfred_tui.domain.judging.words import broken


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
    requests: float | None = None
    """How many the canary had; None when nobody counts them, NaN when that is not known."""
    scored: Scored
    """Its part in the score."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """All metrics of a canary together."""

    metrics: tuple[MetricVerdict, ...]
    status: Status
    reason: str
    score: float = 0.0


class Counted(msgspec.Struct, frozen=True):
    """What counts beside a metric's samples, of a canary or of one rung of its ladder."""

    interval: float
    """Seconds between two samples."""
    min_points: int = MIN_POINTS
    min_requests: float | None = None
    """Fewer are no ground for a verdict; None: nobody counts them."""
    alone_from: float | None = None
    """From when on the canary has all of the traffic, and only its limits can be judged."""


def judge_canary(
    action: Canary, measurements: Sequence[Measurement], marks: Sequence[Mark], now: float
) -> Verdict:
    """Judges all metrics by their measurements, of the whole bake or of one rung, in order of time.

    `marks`: the bake's own, which say when each rung began. `now`: the end of what is judged, the present
    while it bakes and the bake's end after it. No metric at all is inconclusive.
    """
    counted = Counted(
        action.interval,
        action.min_points,
        action.min_requests if action.requests else None,
        alone_from(action, marks),
    )
    verdicts = tuple(judge_metric(metric, measurements, counted, now) for metric in action.metrics)
    return together(verdicts, Thresholds(action.pass_from, action.marginal_from), _weights(action))


def alone_from(action: Canary, marks: Sequence[Mark]) -> float | None:
    """When a route began to send all traffic to the canary; by replicas as many pods of stable stay."""
    if action.traffic is None or action.traffic.by == "replicas":
        return None
    began = (mark.at for rung, mark in zip(action.steps, marks, strict=False) if rung.weight >= 100)
    return next(began, None)


def judge_metric(
    metric: CanaryMetric, measurements: Sequence[Measurement], counted: Counted, now: float
) -> MetricVerdict:
    """Judges one metric by its measurements (others among them are left aside), in order of time.

    A silence long enough to hide a breach, before `now` too, counts.
    """
    own = [one for one in measurements if one.metric == metric.name]
    split = counted.alone_from
    alone = [one for one in own if split is not None and one.canary.at >= split]
    beside = own[: len(own) - len(alone)]
    decisions = []
    if beside or not alone:
        decisions.append(decide(_case(metric, beside, counted, split if alone and split else now)))
    if alone:
        decisions.append(decide_alone(_case(metric, alone, counted, now)))
    return _verdict(metric, own, decisions, _requests(own, counted))


_WORST: tuple[Status, ...] = ("failed", "inconclusive", "passed")
_STATUS: dict[str, Status] = {
    "pass": "passed", "fail": "failed", "marginal": "inconclusive", "inconclusive": "inconclusive",
}  # fmt: skip


def _verdict(
    metric: CanaryMetric, own: Sequence[Measurement], decisions: Sequence[Decision], requests: float | None
) -> MetricVerdict:
    """Of a time beside stable and a time alone the worse counts; the comparison is that beside stable."""
    first, last = decisions[0], decisions[-1]
    worst = min(decisions, key=lambda one: _WORST.index(one.status))
    breach = last.kept.last if last.kept else None
    broken_for = breach.broken_for if breach else 0.0
    told = broken(breach.worst, metric.unit, broken_for, metric.limit_for) if breach and broken_for else ""
    return MetricVerdict(
        metric=metric.name,
        status=worst.status,
        reason=worst.reason,
        classification=first.comparison.classification,
        shift=first.comparison.shift,
        effect=first.comparison.deviation if first.comparison.shift else nan,
        broken_for=broken_for,
        limit_for=0.0 if metric.limit is None else metric.limit_for,
        breach=told,
        comparison=first.comparison.reason,
        canary_points=sum(one.canary_points for one in decisions),
        baseline_points=sum(one.stable_points for one in decisions),
        requests=requests,
        scored=_scored(metric, worst),
    )


def _scored(metric: CanaryMetric, decision: Decision) -> Scored:
    found: Classification = decision.comparison.classification
    critical = decision.comparison.critical
    if decision.status == "failed" and found == "Pass":
        found, critical = "High", metric.critical  # by the limit, or by values that are bad here and there
    return Scored(
        metric.name, found, critical or decision.by_limit, _group(metric), decision.status == "inconclusive"
    )


def _group(metric: CanaryMetric) -> str:
    return "" if metric.weight is None else metric.name


def _weights(action: Canary) -> dict[str, float]:
    return {metric.name: metric.weight for metric in action.metrics if metric.weight is not None}


def together(
    verdicts: Sequence[MetricVerdict], thresholds: Thresholds, weights: Mapping[str, float]
) -> Verdict:
    """One verdict for several metrics, with the reasons that made it.

    What fails the canary alone (a limit that was broken too long, a critical metric) fails it; else the score
    decides, and where something is not known, only what fails however that turns out has failed.
    """
    if not verdicts:
        return Verdict(metrics=(), status="inconclusive", reason="nothing was measured")
    word, score = verdict([one.scored for one in verdicts], weights, thresholds)
    of = {
        status: [one.reason for one in verdicts if one.status == status]
        for status in ("failed", "inconclusive", "passed")
    }
    told = "; ".join(
        {"inconclusive": of["inconclusive"] + of["failed"]}.get(word) or of["failed"] or of["passed"]
    )
    if word == "marginal" or (of["failed"] and score):
        told += f" (score {score:g}, {thresholds})"
    status = _STATUS[word]
    return Verdict(metrics=tuple(verdicts), status=status, reason=told, score=score)


def _requests(own: Sequence[Measurement], counted: Counted) -> float | None:
    """How many requests the canary had; None when nobody counts them, NaN when not one answer came."""
    if counted.min_requests is None:
        return None
    rates = [one.canary.rate for one in own if one.canary.rate is not None]
    return sum(rates) * counted.interval if rates or not own else nan


def _case(metric: CanaryMetric, own: Sequence[Measurement], counted: Counted, until: float) -> Case:
    limit = None
    if metric.limit is not None:
        limit = Limit(value=metric.limit, for_s=metric.limit_for, below=metric.direction == "decrease")
    least = 1 / metric.allowed if metric.allowed > 0 else 0.0
    requests = _requests(own, counted)
    return Case(
        canary=tuple(_point(one.canary) for one in own),
        stable=tuple(_point(one.baseline) for one in own),
        criteria=Criteria(
            direction=metric.direction, critical=metric.critical, allowed=(least, metric.allowed)
        ),
        limit=limit,
        interval=counted.interval,
        requests=requests,
        min_requests=counted.min_requests or 0.0,
        min_points=max(counted.min_points, MIN_POINTS),
        until=until,
        name=metric.name,
        unit=metric.unit,
        why=(_why([one.canary for one in own]), _why([one.baseline for one in own])),
    )


def _point(sample: Sample) -> Point:
    return sample.at, sample.value if sample.state == "ok" else None


def _why(samples: Sequence[Sample]) -> str:
    gaps = [one for one in samples if one.state != "ok"]
    return (gaps[-1].message or gaps[-1].state.replace("-", " ")) if gaps else ""
