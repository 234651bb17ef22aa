"""The decision on one metric while a canary bakes and at its end."""

import math
from collections.abc import Sequence

import msgspec
import pytest
from alfred_tui.domain.canary import Measurement, Sample, SampleState
from alfred_tui.domain.document.actions import CanaryMetric
from alfred_tui.domain.judging.verdict import Counted, MetricVerdict, judge_metric

ERRORS = CanaryMetric(name="error rate", promql="", unit="%", limit=1.0, critical=True, allowed=1.25)
P95 = CanaryMetric(name="p95", promql="", unit="ms", limit=500.0, allowed=1.25)
INTERVAL = 15.0
START = 1_700_000_000.0

Value = float | SampleState


def sample(at: float, value: Value) -> Sample:
    return Sample(at=at, state=value) if isinstance(value, str) else Sample(at=at, value=value)


def measured(metric: CanaryMetric, canary: Sequence[Value], stable: Sequence[Value]) -> list[Measurement]:
    return [
        Measurement(
            metric=metric.name,
            canary=sample(START + index * INTERVAL, one),
            baseline=sample(START + index * INTERVAL, other),
        )
        for index, (one, other) in enumerate(zip(canary, stable, strict=True))
    ]


def judged(metric: CanaryMetric, canary: Sequence[Value], stable: Sequence[Value]) -> MetricVerdict:
    measurements = measured(metric, canary, stable)
    now = measurements[-1].canary.at if measurements else START
    return judge_metric(metric, measurements, Counted(INTERVAL), now)


def wavy(mean: float, count: int = 60) -> list[float]:
    """A believable series: around a mean, a tenth up and down."""
    return [mean * (1 + 0.1 * math.sin(index * 2.3)) for index in range(count)]


def test_a_canary_like_stable_passes() -> None:
    verdict = judged(ERRORS, wavy(0.4), wavy(0.4)[::-1])
    assert (verdict.status, verdict.classification) == ("passed", "Pass")
    assert (verdict.canary_points, verdict.baseline_points, verdict.broken_for) == (60, 60, 0)


def test_a_canary_surely_worse_fails_below_the_limit_with_its_reason_in_words() -> None:
    verdict = judged(P95, [value * 1.31 for value in wavy(200)], wavy(200))
    assert (verdict.status, verdict.classification) == ("failed", "High")
    assert verdict.reason.startswith("canary p95 is 31 % higher than stable (98 % CI ")
    assert verdict.reason.endswith(" ms), allowed 25 %")
    assert verdict.shift is not None
    assert verdict.shift.low < verdict.shift.estimate < verdict.shift.high
    assert verdict.effect == pytest.approx(1.31)


def test_a_sure_but_allowed_difference_passes() -> None:
    assert judged(P95, [value * 1.2 for value in wavy(200)], wavy(200)).status == "passed"


def test_a_limit_that_is_broken_too_long_fails_alone_whatever_the_statistic_says() -> None:
    late = [*wavy(0.4, 39), *[45.0] * 21]
    verdict = judged(ERRORS, late, [*wavy(0.4, 39), *[45.0] * 21])
    assert verdict.classification == "Pass"
    assert verdict.status == "failed"
    assert verdict.reason == "canary error rate was over 1 % for 5:15 (at worst 45 %), allowed 5:00"


def test_a_limit_broken_for_just_as_long_as_it_may_be_does_not_fail() -> None:
    middle = [*wavy(0.4, 20), *[45.0] * 20, *wavy(0.4, 20)]
    verdict = judged(ERRORS, middle, middle)
    assert (verdict.status, verdict.broken_for, verdict.breach) == ("passed", 0, "")


def test_a_breach_that_is_still_open_leaves_it_to_a_person_and_is_told() -> None:
    open_end = [*wavy(0.4, 47), *[1.4] * 13]
    verdict = judged(ERRORS, open_end, open_end)
    assert verdict.status == "inconclusive"
    assert (verdict.broken_for, verdict.limit_for) == (195, 300)
    assert verdict.breach == "1.4 % for 3:15 of 5:00"
    assert "1.4 % for 3:15 of 5:00" in verdict.reason


def test_a_limit_that_stable_breaks_too_is_the_canarys_all_the_same() -> None:
    assert judged(P95, wavy(700), wavy(700)).status == "failed"


def test_a_limit_needs_no_stable_to_fail() -> None:
    assert judged(P95, wavy(700), ["no-data"] * 60).status == "failed"


def test_too_few_errors_to_tell_against_none_at_all_are_left_to_a_person() -> None:
    bare = msgspec.structs.replace(ERRORS, limit=None)
    verdict = judged(bare, [0, 1, 2, 1, 0, 0], [0] * 6)
    assert (verdict.status, verdict.classification) == ("inconclusive", "Pass")
    assert verdict.reason.endswith("which is not clear of chance, but stable shows none at all")
    assert judged(bare, [0, 1, 2, 1, 0, 0], [0, 1, 0, 0, 0, 0]).status == "passed"


def test_a_single_error_against_none_is_chance() -> None:
    assert judged(ERRORS, [0.0] * 30 + [0.5] + [0.0] * 29, [0.0] * 60).status == "passed"
    assert judged(ERRORS, [0.0] * 60, [0.0, 0.5, 0.3] + [0.0] * 57).status == "passed"


def test_few_errors_here_and_there_against_none_fail() -> None:
    some = [0.5 if index % 3 == 0 else 0.0 for index in range(60)]
    verdict = judged(ERRORS, some, [0.0] * 60)
    assert (verdict.status, verdict.classification) == ("failed", "Pass")
    assert "surely more often than on stable" in verdict.reason


@pytest.mark.parametrize("count", [0, 1, 4])
def test_fewer_than_five_points_a_side_are_no_verdict(count: int) -> None:
    canary: list[Value] = [90.0] * count
    verdict = judged(CanaryMetric(name="p95", promql=""), canary, [1.0] * count)
    assert verdict.status == "inconclusive"
    assert "at least 5 a side are needed" in verdict.reason


def test_a_step_may_ask_for_more_points_but_not_for_fewer_than_five() -> None:
    measurements = measured(P95, wavy(200, 8), wavy(200, 8))
    now = measurements[-1].canary.at
    assert judge_metric(P95, measurements, Counted(15, 9), now).status == "inconclusive"
    assert judge_metric(P95, measurements[:4], Counted(15, 2), now).status == "inconclusive"


@pytest.mark.parametrize(
    "state", ["no-data", "nan", "inf", "several-series", "stale", "no-traffic", "unreachable", "error"]
)
def test_no_kind_of_gap_is_ever_a_pass(state: SampleState) -> None:
    assert judged(P95, [state] * 60, wavy(200)).status == "inconclusive"
    assert judged(P95, wavy(200), [state] * 60).status == "inconclusive"
    gaps: list[Value] = [state] * 35
    mostly: list[Value] = [*wavy(200, 25), *gaps]
    assert judged(P95, mostly, wavy(200)).status == "inconclusive"


def test_a_silence_long_enough_to_hide_a_breach_leaves_it_to_a_person() -> None:
    away: list[Value] = ["unreachable"] * 21
    hidden: list[Value] = [*wavy(200, 20), *away, *wavy(200, 19)]
    verdict = judged(P95, hidden, wavy(200))
    assert verdict.status == "inconclusive"
    assert verdict.reason == "canary p95 was not seen for 5:30 (unreachable)"
    short: list[Value] = [*wavy(200, 20), *away[:10], *wavy(200, 30)]
    assert judged(P95, short, wavy(200)).status == "passed"


def test_a_silence_up_to_now_counts() -> None:
    measurements = measured(P95, wavy(200), wavy(200))
    later = measurements[-1].canary.at + 301
    assert judge_metric(P95, measurements, Counted(15), later).status == "inconclusive"


def test_a_metric_that_should_be_high_is_broken_from_below() -> None:
    success = CanaryMetric(name="success", promql="", unit="%", limit=99.0, direction="decrease")
    verdict = judged(success, wavy(50), wavy(50))
    assert verdict.reason == "canary success was under 99 % for 15:00 (at worst 45 %), allowed 5:00"
    better = judged(CanaryMetric(name="success", promql="", direction="decrease"), wavy(60), wavy(50))
    assert better.status == "passed"


def test_other_metrics_among_the_measurements_are_left_aside() -> None:
    both = [*measured(P95, wavy(900), wavy(900)), *measured(ERRORS, wavy(0.4), wavy(0.4))]
    verdict = judge_metric(ERRORS, both, Counted(15), both[-1].canary.at)
    assert verdict.status == "passed"
