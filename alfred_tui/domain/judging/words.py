"""The judgement's reasons in words: which number was held against which, and what would have been allowed."""

from math import isfinite

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.judging.statistics import Shift

LEVEL = 5e-5
"""Means whose ratio is no farther from 1 are told as equal."""


def figure(value: float) -> str:
    """Three significant digits, and never an exponent for numbers that people read: 0.39, 212, 12500."""
    if abs(value) >= 1000 and abs(value) < 1e15:
        return f"{value:.0f}"
    return f"{value:.3g}".replace("-", "−")


def with_unit(value: float, unit: str) -> str:
    """`1.4 %`, `212 ms`, `3`."""
    return f"{figure(value)} {unit}".rstrip()


def points(count: int) -> str:
    """`1 point`, `5 points`."""
    return "1 point" if count == 1 else f"{count} points"


def percent_of(ratio: float) -> str:
    """How far a ratio is from 1: `31 %`, `0.4 %`."""
    percent = abs(ratio - 1) * 100
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"


def compared(subject: str, unit: str, shift: Shift, ratio: float, confidence: float) -> str:
    """`canary p95 is 31 % higher than stable (98 % CI 44…81 ms)`."""
    interval = f"{figure(shift.low)}…{with_unit(shift.high, unit)}"
    certain = f"({figure(confidence * 100)} % CI {interval})"
    level = abs(ratio - 1) < LEVEL
    if shift.estimate == 0 and (level or not isfinite(ratio) or ratio <= 0):
        return f"{subject} is mostly as stable is {certain}"
    # A ratio of negative means, and one that a few outliers turned round, would tell the opposite.
    agrees = shift.estimate == 0 or (ratio > 1) == (shift.estimate > 0)
    if isfinite(ratio) and ratio > 0 and agrees and not level:
        if ratio >= 10:
            return f"{subject} is {figure(ratio)} times stable {certain}"
        return f"{subject} is {percent_of(ratio)} {'higher' if ratio > 1 else 'lower'} than stable {certain}"
    way = "above" if shift.estimate > 0 else "below"
    return f"{subject} is {with_unit(abs(shift.estimate), unit)} {way} stable {certain}"


def broken(value: float | None, unit: str, broken_for: float, allowed_for: float) -> str:
    """`1.4 % for 3:10 of 5:00`, and once its time is over `1.4 % for 7:10, allowed 5:00`."""
    told = "over the limit" if value is None else with_unit(value, unit)
    of = ", allowed" if broken_for > allowed_for else " of"
    return f"{told} for {format_elapsed(broken_for)}{of} {format_elapsed(allowed_for)}"
