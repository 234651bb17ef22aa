"""The score of a canary from its metrics' classifications, as Kayenta's judge adds it up."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from alfred_tui.domain.judge_metric import Classification

TOO_MANY_WITHOUT_DATA = 0.5
"""At this share of metrics without data, nothing can be said of the whole."""


class Scored(msgspec.Struct, frozen=True):
    """One metric's part in the score."""

    name: str
    classification: Classification
    critical: bool
    """Whether it fails the whole canary."""
    group: str = ""


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
