"""All metrics of a canary together: weights, critical ones, too few requests, and all of the traffic."""

from collections.abc import Mapping, Sequence

import pytest
from alfred_tui.domain.canary import Mark, Measurement
from alfred_tui.domain.document.actions import Canary, CanaryMetric, Rung, Traffic
from alfred_tui.domain.judging.document import judge_document
from alfred_tui.domain.judging.verdict import Verdict, alone_from, judge_canary
from msgspec.structs import replace

from tests.unit.judgement.test_judgement import INTERVAL, START, Value, sample, wavy

GOOD = wavy(200)[::-1]
STABLE = wavy(200)
BAD = [value * 1.6 for value in wavy(200)]
GONE: list[Value] = ["no-data"] * 60


def metric(name: str, **fields: object) -> CanaryMetric:
    return CanaryMetric(name=name, promql="", allowed=1.25, **fields)  # type: ignore[arg-type]


def measured(
    series: Mapping[str, Sequence[Value]], *, stable: Sequence[Value] = STABLE, rate: float | None = None
) -> list[Measurement]:
    return [
        Measurement(
            metric=name,
            canary=replace(sample(START + index * INTERVAL, one), rate=rate),
            baseline=sample(START + index * INTERVAL, other),
        )
        for name, canary in series.items()
        for index, (one, other) in enumerate(zip(canary, stable, strict=True))
    ]


def judged(*metrics: CanaryMetric, **series: Sequence[Value]) -> Verdict:
    action = Canary(service="shop", metrics=metrics)
    return judge_canary(action, measured(series), (), START + 60 * INTERVAL)


def test_all_good_is_a_pass_and_nothing_measured_is_none() -> None:
    assert judged(metric("a"), metric("b"), a=GOOD, b=GOOD).status == "passed"
    none = judged()
    assert (none.status, none.reason) == ("inconclusive", "nothing was measured")


def test_one_of_two_fails_the_canary_and_what_is_not_known_does_not_excuse_it() -> None:
    half = judged(metric("a"), metric("b"), a=BAD, b=GOOD)
    assert (half.status, half.score) == ("failed", 50)
    assert half.reason.endswith("allowed 25 % (score 50, pass from 95, marginal from 75)")
    assert judged(metric("a"), metric("b"), a=BAD, b=GONE).status == "failed"
    assert judged(metric("a"), metric("b"), a=GOOD, b=GONE).status == "inconclusive"


def test_a_metric_of_little_weight_leaves_it_to_a_person_and_of_less_still_to_the_others() -> None:
    for weight, status in ((30.0, "failed"), (20.0, "inconclusive"), (5.0, "passed")):
        light = judged(metric("a", weight=weight), metric("b"), metric("c"), a=BAD, b=GOOD, c=GOOD)
        assert light.status == status
        assert light.score == 100 - weight
        assert f"(score {100 - weight:g}, pass from 95, marginal from 75)" in light.reason
        assert "canary a is 60 % higher" in light.reason or status == "passed"


def test_a_critical_metric_and_a_limit_broken_too_long_fail_the_canary_whatever_they_weigh() -> None:
    assert judged(metric("a", weight=5.0, critical=True), metric("b"), a=BAD, b=GOOD).status == "failed"
    over = judged(metric("a", weight=5.0, limit=300.0), metric("b"), a=[400.0] * 60, b=GOOD)
    assert over.status == "failed"
    assert over.reason.startswith("canary a was over 300 for 15:00")


def test_a_light_metric_that_nobody_could_judge_is_not_passed_over() -> None:
    assert judged(metric("a", weight=5.0), metric("b"), a=GONE, b=GOOD).status == "inconclusive"


def test_the_thresholds_are_the_checklists() -> None:
    action = Canary(
        service="shop", metrics=(metric("a", weight=20.0), metric("b")), pass_from=80.0, marginal_from=50.0
    )
    found = judge_canary(action, measured({"a": BAD, "b": GOOD}), (), START + 60 * INTERVAL)
    assert (found.status, found.score) == ("passed", 80)


@pytest.mark.parametrize("weight", [30.0, 20.0, 5.0])
def test_judge_gives_the_same_verdict_for_the_same_data(weight: float) -> None:
    """With one of the last three keys it is the whole decision that the cockpit would take."""
    series = {"a": BAD, "b": GOOD, "c": GOOD}
    found = judged(metric("a", weight=weight), metric("b"), metric("c"), **series)
    data = [
        {
            "name": name, "experiment": values, "control": STABLE, "direction": "increase", "interval_s": 15,
            "effect": {"allowed": [0.8, 1.25]}, **({"weight": weight} if name == "a" else {}),
        }
        for name, values in series.items()
    ]  # fmt: skip
    told = judge_document({"metrics": data})
    words = {"passed": "pass", "failed": "fail", "inconclusive": "marginal"}
    assert (told["score"], told["verdict"]) == (found.score, words[found.status])


@pytest.mark.parametrize(("rate", "status"), [(0.1, "inconclusive"), (0.2, "passed"), (None, "inconclusive")])
def test_too_few_requests_are_no_verdict_and_neither_are_requests_that_nobody_could_count(
    rate: float | None, status: str
) -> None:
    action = Canary(service="shop", metrics=(metric("a"),), requests="rate")
    found = judge_canary(action, measured({"a": GOOD}, rate=rate), (), START + 60 * INTERVAL)
    assert found.status == status
    if rate is None:
        told = "how many requests the canary had is not known, and at least 100 are needed to judge it"
        assert found.reason == told


def test_how_many_are_needed_is_the_checklists() -> None:
    action = Canary(service="shop", metrics=(metric("a"),), requests="rate", min_requests=1000)
    found = judge_canary(action, measured({"a": GOOD}, rate=1.0), (), START + 60 * INTERVAL)
    told = "the canary had 900 requests, and at least 1000 are needed to judge it"
    assert found.reason == told


ROUTE = Traffic(by="gateway", stable="shop", canary="shop-canary", route="shop")
LADDER = Canary(
    service="shop",
    metrics=(metric("a", limit=500.0),),
    traffic=ROUTE,
    steps=(Rung(weight=50, bake=450.0), Rung(weight=100, bake=450.0)),
)
ALONE = START + 30 * INTERVAL
MARKS = (Mark(at=START, label="50 %"), Mark(at=ALONE, label="100 %"))


def climbed(action: Canary, last: Sequence[Value], *, rung: bool = False) -> Verdict:
    """After a good time beside stable, alone: the rung by itself, or the whole ladder."""
    stable: list[Value] = [*STABLE[:30], *GONE[:30]]
    taken = measured({"a": [*GOOD[:30], *last]}, stable=stable)
    if rung:
        taken = [one for one in taken if one.canary.at >= ALONE]
    return judge_canary(action, taken, MARKS, START + 59 * INTERVAL)


@pytest.mark.parametrize("rung", [True, False])
def test_with_all_of_the_traffic_the_limit_alone_judges(rung: bool) -> None:
    assert climbed(LADDER, GOOD[30:], rung=rung).status == "passed"
    over = climbed(LADDER, [900.0] * 30, rung=rung)
    assert over.status == "failed"
    assert over.reason == "canary a was over 500 for 7:30 (at worst 900), allowed 5:00"
    assert climbed(LADDER, [*GOOD[30:50], *[900.0] * 10], rung=rung).status == "inconclusive"
    assert climbed(LADDER, GONE[:30], rung=rung).status == "inconclusive"


def test_the_rung_says_by_what_it_was_judged() -> None:
    told = climbed(replace(LADDER, metrics=(metric("a", limit=500.0, unit="ms"),)), GOOD[30:], rung=True)
    assert told.reason == (
        "canary a has all of the traffic, with no stable beside it to compare, and keeps its limit of 500 ms"
    )


def test_with_all_of_the_traffic_and_no_limit_nothing_is_judged() -> None:
    bare = replace(LADDER, metrics=(metric("a"),))
    assert climbed(bare, GOOD[30:]).status == "inconclusive"
    assert climbed(bare, GOOD[30:], rung=True).reason.endswith("and it has no limit")


def test_the_comparison_of_a_whole_ladder_is_that_of_the_time_beside_stable() -> None:
    (told,) = climbed(LADDER, [450.0] * 30).metrics
    assert told.classification == "Pass"
    assert (told.canary_points, told.baseline_points) == (60, 30)


def test_by_replicas_stable_keeps_its_pods_and_is_compared() -> None:
    assert alone_from(LADDER, MARKS) == ALONE
    by_replicas = replace(LADDER, traffic=Traffic(stable="shop", canary="shop-canary"))
    assert alone_from(by_replicas, MARKS) is None
    assert alone_from(LADDER, MARKS[:1]) is None
