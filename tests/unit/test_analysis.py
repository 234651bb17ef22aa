"""Limits on bad samples: one more than the limit ends a bake; errors count only in a row."""

import pytest
from alfred_tui.domain.canary import Measurement, Sample, SampleState
from alfred_tui.domain.document.actions import CanaryMetric, SampleLimits
from alfred_tui.domain.judging.analysis import Kind, ended_by

ERRORS = CanaryMetric(name="error rate", promql="q", unit="%", limit=1.0)
LATENCY = CanaryMetric(name="p95", promql="q", unit="ms", limit=500.0)
ARGO = SampleLimits()


def taken(*values: float | SampleState, metric: CanaryMetric = ERRORS) -> list[Measurement]:
    good = Sample(at=0.0, value=0.1)
    sides = [
        Sample(at=at, state=one) if isinstance(one, str) else Sample(at=at, value=one)
        for at, one in enumerate(values)
    ]
    return [Measurement(metric=metric.name, canary=one, baseline=good) for one in sides]


def kind(limits: SampleLimits, *values: float | SampleState) -> Kind:
    return ended_by(limits, [ERRORS], taken(*values))[0]


def test_the_defaults_are_argos() -> None:
    assert (ARGO.failed, ARGO.inconclusive, ARGO.consecutive_errors) == (0, 0, 4)


def test_good_samples_end_nothing() -> None:
    assert ended_by(ARGO, [ERRORS], taken(0.0, 1.0, 0.4)) == ("good", "")


@pytest.mark.parametrize("bad", [1.1, "no-data", "nan"])
def test_a_limit_is_passed_by_more_than_it(bad: float | SampleState) -> None:
    three = SampleLimits(failed=3, inconclusive=3)
    assert kind(three, bad, 0.1, bad, bad) == "good"
    assert kind(three, bad, 0.1, bad, bad, bad) == ("failed" if isinstance(bad, float) else "inconclusive")


def test_errors_count_in_a_row_and_a_good_answer_starts_them_over() -> None:
    four: list[float | SampleState] = ["unreachable"] * 4
    assert kind(ARGO, *four) == "good"
    assert kind(ARGO, *four, 0.1, *four) == "good"
    assert kind(ARGO, *four, "error") == "error"


def test_of_one_metric_an_error_is_told_first_and_of_several_a_failure() -> None:
    errors: list[float | SampleState] = ["unreachable"] * 5
    both = taken(2.0, *errors)
    assert ended_by(ARGO, [ERRORS], both)[0] == "error"
    slow = taken(900.0, metric=LATENCY)
    assert ended_by(ARGO, [ERRORS, LATENCY], [*both, *slow]) == (
        "failed",
        "p95: 1 sample of the canary was beyond its limit",
    )


def test_a_metric_without_a_limit_cannot_fail_by_a_sample() -> None:
    free = CanaryMetric(name="error rate", promql="q")
    assert ended_by(ARGO, [free], taken(99.0))[0] == "good"
