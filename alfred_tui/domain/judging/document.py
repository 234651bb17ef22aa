"""Judges a document of given data, as `alfred-cockpit judge` does."""

from math import isfinite
from typing import Any

from alfred_tui.domain.judging.file import JudgeFile, MetricEntry, read_judge_document
from alfred_tui.domain.judging.judgement import Case, Decision, Point, decide
from alfred_tui.domain.judging.metric import Classification
from alfred_tui.domain.judging.score import Scored, verdict


def judge_document(document: object) -> dict[str, Any]:
    """Judges decoded JSON; the answer can be written as JSON, NaN being None.

    Raises UnreadableJudgeFile with every problem.
    """
    return judge_file(read_judge_document(document))


def judge_file(file: JudgeFile) -> dict[str, Any]:
    """`metrics` in the order given, `score`, `verdict` and its `reason`."""
    judged = [(entry, decide(_case(entry))) for entry in file.metrics]
    word, total = verdict(
        [_scored(entry, decision) for entry, decision in judged], file.weights, file.thresholds
    )
    return {
        "metrics": [_told(entry, decision) for entry, decision in judged],
        "score": total,
        "verdict": word,
        "reason": _reason(word, total, judged, file),
    }


def _case(entry: MetricEntry) -> Case:
    traffic = entry.traffic or ()
    silent = {index for index, count in enumerate(traffic) if not count}
    return Case(
        canary=_points(entry, [None if i in silent else v for i, v in enumerate(entry.experiment)]),
        stable=_points(entry, list(entry.control)),
        criteria=entry.criteria,
        limit=entry.limit,
        interval=entry.interval_s,
        requests=None if entry.traffic is None else sum(count or 0.0 for count in traffic),
        name=entry.name,
    )


def _points(entry: MetricEntry, values: list[float | None]) -> tuple[Point, ...]:
    return tuple((index * entry.interval_s, value) for index, value in enumerate(values))


def _scored(entry: MetricEntry, decision: Decision) -> Scored:
    comparison = decision.comparison
    found: Classification = comparison.classification
    critical = comparison.critical
    if entry.whole and decision.status == "failed" and found == "Pass":
        found = "High"  # by the limit, or by values that are bad here and there
        critical = entry.criteria.critical
    return Scored(entry.name, found, critical or decision.by_limit, entry.group, _is_open(entry, decision))


def _is_open(entry: MetricEntry, decision: Decision) -> bool:
    """Whether nothing is known for sure. Missing data that counts as failed is known."""
    comparison = decision.comparison
    if comparison.classification == "NodataFailMetric" or (
        comparison.classification == "Nodata" and comparison.critical
    ):
        return False
    return decision.status == "inconclusive" if entry.whole else decision.low_data


def _told(entry: MetricEntry, decision: Decision) -> dict[str, Any]:
    comparison = decision.comparison
    shift = comparison.shift
    reason = decision.reason if entry.whole else comparison.reason
    if decision.low_data and comparison.shift and not entry.whole:
        reason += f" (low data: {decision.canary_points} and {decision.stable_points} points)"
    return {
        "name": entry.name,
        "classification": comparison.classification,
        "critical": _scored(entry, decision).critical,
        "deviation": _number(comparison.deviation),
        "effect_size": _number(comparison.effect),
        "interval": [_number(shift.low), _number(shift.high)] if shift else None,
        "low_data": decision.low_data,
        "reason": reason,
    }


def _number(value: float) -> float | None:
    return value if isfinite(value) else None


def _reason(word: str, total: float, judged: list[tuple[MetricEntry, Decision]], file: JudgeFile) -> str:
    against = f"score {total:g}, {file.thresholds}"
    if word == "inconclusive":
        unsure = [decision.reason for entry, decision in judged if _is_open(entry, decision)]
        return f"{against}; not enough is known: {'; '.join(unsure)}"
    bad = [
        decision.reason if entry.whole else decision.comparison.reason
        for entry, decision in judged
        if _scored(entry, decision).classification != "Pass"
    ]
    weights = sum(file.weights.values())
    if weights < 100 and {entry.group for entry, _ in judged} <= set(file.weights):
        bad.append(f"the groups' weights add up to {weights:g}, not 100")
    return "; ".join([against, *bad])
