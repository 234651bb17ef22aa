"""The canary panel's view knows of when its samples are, and what is about the whole bake."""

from alfred_tui.domain.canary import Mark, Measurement, Sample
from alfred_tui.domain.document.actions import Canary, CanaryMetric, Rung, Traffic
from alfred_tui.domain.run.state import StepState
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
    assert view.metrics[0].reason.endswith("; worst 6.15 % for 2:45 of 5:00")
    assert view.metrics[0].canary.last == 2.0


def test_the_limit_and_the_comparison_are_told_once_each() -> None:
    """Rising beyond the limit, beyond it for longer than it may be, and back within it."""
    for values in ([0.4] * 10 + [2.0] * 5, [0.4] * 10 + [2.0] * 32, [2.0] * 32 + [0.4] * 5):
        (metric,) = canary_view(ACTION, baked(values), T0 + 15 * len(values)).metrics
        assert metric.reason
        assert " of 5:00" in metric.reason or "allowed 5:00" in metric.reason
        told = f"{metric.reason}; {metric.comparison}"
        assert told.count("canary errors is ") == 1
        assert told.count("5:00") == 1
    (well,) = canary_view(ACTION, baked([0.3] * 40), T0 + 600).metrics
    assert (well.reason, well.comparison) == ("canary errors and stable are the same", "")


def test_what_has_failed_already_is_told_before_a_breach_that_only_runs() -> None:
    (metric,) = canary_view(ACTION, baked([0.4] * 10 + [2.0] * 5), T0 + 225).metrics
    assert metric.verdict == "fail"
    assert metric.reason.startswith("canary errors is ")
    assert metric.reason.endswith("; worst 2 % for 1:15 of 5:00")
    twice = [*[2.0] * 30, *[0.4] * 5, *[2.0] * 4]
    (again,) = canary_view(ACTION, baked(twice), T0 + 15 * len(twice)).metrics
    assert again.reason == (
        "canary errors was over 1 % for 7:30 (at worst 2 %), allowed 5:00; worst 2 % for 1:00 of 5:00"
    )


def test_a_limit_that_was_broken_for_too_long_is_not_told_as_part_of_its_time() -> None:
    view = canary_view(ACTION, baked([2.0] * 32), T0 + 480)
    assert view.metrics[0].reason == "worst 2 % for 8:00, allowed 5:00"


def test_of_a_metric_that_must_not_fall_what_lies_below_its_limit_is_beyond_it() -> None:
    falls = replace(METRIC, direction="decrease")
    (metric,) = canary_view(replace(ACTION, metrics=(falls,)), baked([0.4] * 5), T0 + 75).metrics
    assert metric.breaks(0.9)
    assert not metric.breaks(1.1)


def test_on_a_ladder_the_rung_that_is_baking_is_judged_as_it_will_be_at_its_end() -> None:
    """What was bad on the rung before is in the chart, and not in this one's verdict."""
    steps = (Rung(weight=10, bake=450.0), Rung(weight=25, bake=450.0))
    ladder = replace(ACTION, steps=steps, traffic=Traffic(stable="shop", canary="shop-canary"))
    begun = (Mark(at=T0, label="10 %"), Mark(at=T0 + 450, label="25 %"))
    own = replace(baked([*[2.0] * 30, *[0.3] * 10]), marks=begun)
    view = canary_view(ladder, own, T0 + 600)
    assert (view.rung, view.of, view.verdict) == ("25 %", "at 25 %", "pass")
    assert len(view.metrics[0].canary.points) == 40
    failed = replace(own, marks=(begun[0], Mark(at=T0 + 600, label="0 %")))
    assert (canary_view(ladder, failed, T0 + 600).of, canary_view(ladder, failed, T0 + 600).verdict) == (
        "at 10 %",
        "fail",
    )


def test_the_score_stands_beside_a_verdict_that_outvotes_a_metric() -> None:
    other = replace(METRIC, name="others", weight=80.0)
    action = replace(ACTION, metrics=(replace(METRIC, limit=None), other))
    bad, good = baked([0.9] * 20), baked([0.3] * 20)
    taken = tuple(replace(one, metric="others") for one in good.measurements)
    view = canary_view(action, replace(bad, measurements=(*bad.measurements, *taken)), T0 + 300)
    assert [one.verdict for one in view.metrics] == ["fail", "pass"]
    assert (view.verdict, view.score) == ("inconclusive", 80)


def later(own: StepState, seconds: float, first: int) -> StepState:
    """The same, with the samples from the `first` on taken later."""
    moved = tuple(
        replace(one, canary=replace(one.canary, at=one.canary.at + seconds)) if index >= first else one
        for index, one in enumerate(own.measurements)
    )
    return replace(own, measurements=moved)


def test_the_time_in_which_nobody_measured_is_drawn_as_a_gap() -> None:
    own = later(baked([0.4] * 20), 300.0, 10)
    view = canary_view(ACTION, own, T0 + 600)
    points = view.metrics[0].canary.points
    assert points == (*[0.4] * 10, *[None] * 20, *[0.4] * 10)
    assert view.times == tuple(T0 + 15 * n for n in range(40))
    assert (view.samples, view.metrics[0].canary.last) == (20, 0.4)
    late = canary_view(ACTION, later(baked([0.4] * 20), 20.0, 10), T0 + 600)
    assert None not in late.metrics[0].canary.points


def test_the_wait_at_the_beginning_of_a_rung_is_no_gap() -> None:
    steps = (Rung(weight=10, bake=135.0), Rung(weight=25, bake=450.0))
    traffic = Traffic(stable="shop", canary="shop-canary")
    ladder = replace(ACTION, steps=steps, traffic=traffic, initial_delay=60.0)
    marks = (Mark(at=T0 - 60, label="10 %"), Mark(at=T0 + 140, label="25 %"))
    own = replace(later(baked([0.4] * 20), 60.0, 10), marks=marks)
    assert None not in canary_view(ladder, own, T0 + 400).metrics[0].canary.points
    assert None in canary_view(ladder, replace(own, marks=marks[:1]), T0 + 400).metrics[0].canary.points
