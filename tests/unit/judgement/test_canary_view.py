"""The canary panel's view knows of when its samples are, and what is about the whole bake."""

from alfred_tui.domain.actions import Canary, CanaryMetric
from alfred_tui.domain.canary import Measurement, Sample
from alfred_tui.domain.state import StepState
from alfred_tui.present.judged import canary_view
from msgspec.structs import replace

T0 = 1_700_000_000.0
METRIC = CanaryMetric(name="errors", promql="…", unit="%", limit=1.0, limit_for=300.0)
ACTION = Canary(service="shop", metrics=(METRIC,), interval=15.0, bake=900.0)


def baked(values: list[float]) -> StepState:
    taken = tuple(
        Measurement(
            metric="errors",
            canary=Sample(at=T0 + n * 15, value=value),
            baseline=Sample(at=T0 + n * 15, value=0.3),
        )
        for n, value in enumerate(values)
    )
    return StepState(status="running", started_at=T0, measurements=taken)


def test_samples_that_stop_are_told_after_two_and_a_half_intervals() -> None:
    view = canary_view(ACTION, baked([0.4] * 10), T0 + 140)
    assert view.last_at == T0 + 135
    assert view.silent_for(T0 + 135 + 37) == 0
    assert view.silent_for(T0 + 135 + 190) == 190


def test_a_fast_clock_leaves_a_busy_machine_its_time() -> None:
    view = canary_view(ACTION, baked([0.4] * 10), T0 + 140, speed=60.0)
    assert view.silent_for(T0 + 135 + 190) == 0


def test_a_bake_that_ended_says_when_and_is_not_late() -> None:
    ended = replace(baked([0.4] * 10), status="cancelled", ended_at=T0 + 160)
    view = canary_view(ACTION, ended, T0 + 9000)
    assert (view.phase, view.ended_at, view.silent_for(T0 + 9000)) == ("done", T0 + 160, 0)


def test_the_reason_tells_the_worst_of_the_bake_and_the_series_its_last() -> None:
    view = canary_view(ACTION, baked([0.4, 6.15, *[2.0] * 10]), T0 + 165)
    assert view.metrics[0].reason.startswith("worst 6.15 % for ")
    assert view.metrics[0].canary.last == 2.0


def test_the_limit_and_the_comparison_are_told_once_each() -> None:
    """Rising beyond the limit, beyond it for longer than it may be, and back within it."""
    for values in ([0.4] * 10 + [2.0] * 5, [0.4] * 10 + [2.0] * 32, [2.0] * 32 + [0.4] * 5):
        (metric,) = canary_view(ACTION, baked(values), T0 + 15 * len(values)).metrics
        assert metric.reason
        assert " of 5:00" in metric.reason or "allowed 5:00" in metric.reason
        assert metric.comparison.startswith("canary errors is ")
        assert "5:00" not in metric.comparison
    (well,) = canary_view(ACTION, baked([0.3] * 40), T0 + 600).metrics
    assert (well.reason, well.comparison) == ("canary errors and stable are the same", "")


def test_a_limit_that_was_broken_for_too_long_is_not_told_as_part_of_its_time() -> None:
    view = canary_view(ACTION, baked([2.0] * 32), T0 + 480)
    assert view.metrics[0].reason == "worst 2 % for 8:00, allowed 5:00"


def test_of_a_metric_that_must_not_fall_what_lies_below_its_limit_is_beyond_it() -> None:
    falls = replace(METRIC, direction="decrease")
    (metric,) = canary_view(replace(ACTION, metrics=(falls,)), baked([0.4] * 5), T0 + 75).metrics
    assert metric.breaks(0.9)
    assert not metric.breaks(1.1)
