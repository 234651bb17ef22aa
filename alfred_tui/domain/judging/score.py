"""The score of a canary from its metrics' classifications, as Kayenta's judge adds it up, and the verdict."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

import msgspec

from alfred_tui.domain.judging.metric import Classification

TOO_MANY_WITHOUT_DATA = 0.5
"""At this share of metrics without data, nothing can be said of the whole."""


class Scored(msgspec.Struct, frozen=True):
    """One metric's part in the score."""

    name: str
    classification: Classification
    critical: bool
    """Whether it fails the whole canary."""
    group: str = ""
    open: bool = False
    """Whether nothing is known of it for sure."""


Verdict = Literal["pass", "marginal", "fail", "inconclusive"]


class Thresholds(msgspec.Struct, frozen=True):
    """Scores from which a canary passes, and from which it is at least marginal."""

    pass_at: float = 95.0
    marginal_at: float = 75.0

    def __str__(self) -> str:
        return f"pass from {self.pass_at:g}, marginal from {self.marginal_at:g}"


def verdict(
    metrics: Sequence[Scored], weights: Mapping[str, float], thresholds: Thresholds
) -> tuple[Verdict, float]:
    """What the metrics come to, and their score. Where something is open, only what fails however that turns
    out has failed, and nothing else is decided."""
    total = score(metrics, weights)
    if not any(one.open for one in metrics):
        return _word(total, thresholds), total
    at_best = [
        msgspec.structs.replace(one, classification="Pass", critical=False) if one.open else one
        for one in metrics
    ]
    fails = _word(score(at_best, weights), thresholds) == "fail"
    return "fail" if fails else "inconclusive", total


def _word(total: float, thresholds: Thresholds) -> Verdict:
    if total >= thresholds.pass_at:
        return "pass"
    return "marginal" if total >= thresholds.marginal_at else "fail"


def score(metrics: Sequence[Scored], weights: Mapping[str, float]) -> float:
    """From 0 to 100, with two decimals.

    A group's score is the share of its metrics that pass, those without data left out; groups without a
    weight share what the others leave of 100. A critical failure, and half of all metrics without data,
    make 0.
    """
    if any(one.critical and one.classification != "Pass" for one in metrics):
        return 0.0
    missing = sum(one.classification == "Nodata" for one in metrics)
    if missing >= TOO_MANY_WITHOUT_DATA * len(metrics):
        return 0.0
    groups: dict[str, list[Classification]] = {}
    for one in metrics:
        groups.setdefault(one.group, []).append(one.classification)
    unweighted = [name for name in groups if name not in weights]
    share = (100 - sum(weights.values())) / len(unweighted) if unweighted else 0.0
    total = sum(group_score(found) * weights.get(name, share) / 100 for name, found in groups.items())
    # As the peer rounds: the half goes up, and it is the half of the number as it is written.
    return float(Decimal(repr(total)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def group_score(found: Iterable[Classification]) -> float:
    """From 0 to 100; a group that has no data at all does not pull the whole down."""
    counted = [one for one in found if one != "Nodata"]
    return 100 * counted.count("Pass") / len(counted) if counted else 100.0
