"""One metric's comparison of canary and stable, classified as Kayenta's judge classifies it.

NetflixACAJudge is the model: `Pass`, `High`, `Low`, `Nodata` and `NodataFailMetric` mean what they mean
there. Three things differ. The interval is exact (see `statistics`), so fractions of a percent are judged as
well as milliseconds. Where both sides are constant Kayenta adds random noise; here the limit of that is
given. And too few points are marked, because the normal approximation says "98 %" of two points too.
"""

from collections.abc import Sequence
from math import inf, isfinite, isnan
from sys import float_info
from typing import Literal

import msgspec

from alfred_tui.domain.judging.statistics import (
    LARGEST,
    Ranked,
    Shift,
    common_language_effect,
    location_shift,
    mean_ratio,
    ranked,
    surely_above,
    two_sided_quantile,
    without_outliers,
    z_score,
)
from alfred_tui.domain.judging.words import compared, figure, percent_of

Classification = Literal["Pass", "High", "Low", "Nodata", "NodataFailMetric"]
Direction = Literal["increase", "decrease", "either"]
Measure = Literal["meanRatio", "cles"]

MIN_POINTS = 5
"""Fewer points a side are no ground for a verdict: the exact p of 4 against 4 is 0.029 at best."""

_DOUBT = 0.9
"""The confidence at which a canary with errors is no pass beside a stable with none at all."""
SAME = 1e-5
"""Two constant sides that differ by no more than this share of the greater are the same: what Kayenta's
noise hides, and more than the rounding of a division makes."""


class Criteria(msgspec.Struct, frozen=True, kw_only=True):
    """By what one metric is judged."""

    direction: Direction = "either"
    """Which way a change is bad."""
    critical: bool = False
    """Whether a bad change, or no data, fails the whole canary."""
    required: bool = False
    """Whether no data counts as failed instead of being left out."""
    missing: Literal["remove", "replace"] = "remove"
    """What becomes of points without a number: left out, or counted as 0."""
    outliers: Literal["keep", "remove"] = "keep"
    measure: Measure = "meanRatio"
    """The effect size: mean of canary over mean of stable, or the share of pairs in which canary is above."""
    allowed: tuple[float, float] = (1.0, 1.0)
    """Effect sizes, of a decrease and of an increase, short of which a significant shift passes."""
    critical_effect: tuple[float, float] = (1.0, 1.0)
    """The same, for failing the whole canary when the metric is critical."""
    confidence: float = 0.98
    tolerance: float = 0.25
    """The share of the shift's estimate that its interval must be clear of."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. Effect sizes are NaN when they cannot be told."""

    classification: Classification
    critical: bool = False
    """Whether it fails the whole canary."""
    deviation: float = 1.0
    """Mean of canary over mean of stable; 1 when nothing was compared."""
    effect: float
    shift: Shift | None = None
    """None when a side has no data."""
    reason: str
    scattered: bool = False
    """Passed, although the test finds a bad change: at least half of the pairs are equal, and so the shift is
    0. Some errors here and there against none at all look like this."""
    doubtful: bool = False
    """Passed, and not scattered; but stable shows none at all of what the canary has, and that is hardly
    chance. Too few to tell either way."""


def compare(
    canary: Sequence[float | None],
    stable: Sequence[float | None],
    criteria: Criteria,
    *,
    subject: str = "canary",
    unit: str = "",
) -> Comparison:
    """Compares the two sides' points, of which None and NaN are missing ones.

    `subject` and `unit` are for the reason's words only.
    """
    scale = _scale(canary, stable)
    x, y = _prepared(canary, criteria, scale), _prepared(stable, criteria, scale)
    if not x.size or not y.size:
        return _without_data(x, y, criteria)
    shift = _shift(x, y, criteria)
    told = _in_scale(shift, scale)
    if (x.values, x.counts) == (y.values, y.counts) or (shift.low == 0 == shift.high and _constant(x, y)):
        return Comparison(
            classification="Pass",
            effect=1.0 if criteria.measure == "meanRatio" else 0.5,
            shift=told,
            reason=f"{subject} and stable are the same",
        )
    ratio = mean_ratio(x, y)
    effect = ratio if criteria.measure == "meanRatio" else common_language_effect(x, y)
    rises, falls = _sure(x, y, shift, criteria)
    found = _classified(rises, falls, effect, criteria)
    beyond = _classified(
        rises, falls, effect, msgspec.structs.replace(criteria, allowed=criteria.critical_effect)
    )
    words = compared(subject, unit, told, ratio, criteria.confidence)
    scattered = found == "Pass" and _scattered(x, y, shift, effect, criteria)
    doubtful = found == "Pass" and not scattered and _doubtful(x, y, effect, criteria)
    because = "" if scattered else _because(found, rises, falls, effect, criteria)
    because += ", but stable shows none at all" if doubtful else ""
    return Comparison(
        classification=found,
        critical=criteria.critical and found != "Pass" and found == beyond,
        deviation=ratio,
        effect=effect,
        shift=told,
        reason=words + (because or ", but bad values come surely more often than on stable"),
        scattered=scattered,
        doubtful=doubtful,
    )


def measured(side: Sequence[float | None], criteria: Criteria) -> int:
    """How many points of a side a verdict may rest on.

    A side that never spoke has none, even where a missing point counts as 0: silence on all of them is more
    likely a broken query than health.
    """
    known = sum(1 for one in side if _is_number(one))
    return len(side) if known and criteria.missing == "replace" else known


def _is_number(one: float | None) -> bool:
    return one is not None and isfinite(one)


def _scale(*sides: Sequence[float | None]) -> float:
    """By what numbers are multiplied so that their sums do not overflow: 1 for all but huge ones."""
    huge = any(one is not None and LARGEST < abs(one) < inf for side in sides for one in side)
    return 2.0**-60 if huge else 1.0


def _in_scale(shift: Shift, scale: float) -> Shift:
    """The shift of the numbers as they were; one that no double holds ends at the largest."""
    if scale == 1:
        return shift
    ends = (max(-float_info.max, min(float_info.max, one / scale)) for one in msgspec.structs.astuple(shift))
    return Shift(*ends)


def _prepared(side: Sequence[float | None], criteria: Criteria, scale: float) -> Ranked:
    numbers = [one * scale for one in side if one is not None and isfinite(one)]
    if criteria.missing == "replace":
        numbers += [0.0 for one in side if one is None or isnan(one)]
    return ranked(without_outliers(numbers) if criteria.outliers == "remove" else numbers)


def _without_data(x: Ranked, y: Ranked, criteria: Criteria) -> Comparison:
    sides = [name for name, side in (("canary", x), ("stable", y)) if not side.size]
    reason = f"no data for {' and '.join(sides)}"
    unknown = float("nan")
    if criteria.missing == "replace":
        return Comparison(
            classification="Pass", effect=unknown, reason=f"{reason}, which counts as nothing to see"
        )
    if criteria.required and not criteria.critical:
        return Comparison(
            classification="NodataFailMetric", effect=unknown, reason=f"{reason}, which is required"
        )
    told = f"{reason}, and the metric is critical" if criteria.critical else reason
    return Comparison(classification="Nodata", critical=criteria.critical, effect=unknown, reason=told)


def _constant(x: Ranked, y: Ranked) -> bool:
    return len(x.values) == 1 == len(y.values)


def _shift(x: Ranked, y: Ranked, criteria: Criteria) -> Shift:
    if not _constant(x, y):
        return location_shift(x, y, criteria.confidence)
    ours, theirs = x.values[0], y.values[0]
    away = ours - theirs
    if abs(away) <= SAME * max(abs(ours), abs(theirs)):
        away = 0.0
    return Shift(away, away, away)


def _sure(x: Ranked, y: Ranked, shift: Shift, criteria: Criteria) -> tuple[bool, bool]:
    """Whether canary is surely above stable, and whether it is surely below."""
    bound = criteria.tolerance * abs(shift.estimate)
    return (
        surely_above(x, y, shift.low, bound, criteria.confidence),
        surely_above(y, x, -shift.high, bound, criteria.confidence),
    )


def _classified(
    rises: bool, falls: bool, effect: float, criteria: Criteria
) -> Literal["Pass", "High", "Low"]:
    """An effect size that cannot be told does not excuse."""
    decrease, increase = criteria.allowed
    if rises and criteria.direction != "decrease" and not effect < increase:
        return "High"
    if falls and criteria.direction != "increase" and not effect > decrease:
        return "Low"
    return "Pass"


def _scattered(x: Ranked, y: Ranked, shift: Shift, effect: float, criteria: Criteria) -> bool:
    if shift.estimate != 0 or _constant(x, y):
        return False
    z, beyond = z_score(x, y), two_sided_quantile(criteria.confidence)
    return _classified(z > beyond, z < -beyond, effect, criteria) != "Pass"


def _doubtful(x: Ranked, y: Ranked, effect: float, criteria: Criteria) -> bool:
    if y.values != (0.0,):
        return False
    z, beyond = z_score(x, y), two_sided_quantile(min(_DOUBT, criteria.confidence))
    return _classified(z > beyond, z < -beyond, effect, criteria) != "Pass"


def _because(found: str, rises: bool, falls: bool, effect: float, criteria: Criteria) -> str:
    if found != "Pass":
        return f", allowed {_allowed(found == 'High', criteria)}"
    if not rises and not falls:
        return ", which is not clear of chance"
    if criteria.direction == ("decrease" if rises else "increase"):
        return f"; only {'a' if rises else 'an'} {criteria.direction} counts"
    allowed = _allowed(rises, criteria)
    if allowed == "none":
        way = "a rise" if rises else "a fall"
        return f", surely; but the ratio of the means is {figure(effect)}, which is not {way}"
    return f", within the allowed {allowed}"


def _allowed(rises: bool, criteria: Criteria) -> str:
    allowed = criteria.allowed[1 if rises else 0]
    if criteria.measure == "cles":
        return f"{allowed * 100:.0f} % of pairs"
    return "none" if allowed == 1 else percent_of(allowed)
