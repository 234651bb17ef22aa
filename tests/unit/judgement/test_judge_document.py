"""Judging a document of given data, as `alfred-cockpit judge` does."""

import json
import math
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from alfred_tui.domain.judging.document import judge_document
from alfred_tui.domain.judging.file import _METRIC_KEYS, UnreadableJudgeFile
from alfred_tui.domain.judging.metric import Classification

GUIDE = (Path(__file__).parents[3] / "docs" / "prometheus.md").read_text(encoding="utf-8")
GOOD = [200.0 + index % 11 for index in range(60)]
BAD = [value * 1.5 for value in GOOD]
KEYS = {
    "name", "classification", "critical", "deviation", "effect_size", "interval", "low_data", "reason",
}  # fmt: skip


def metric(experiment: list[Any] = GOOD, control: list[Any] = GOOD, **keys: Any) -> dict[str, Any]:
    return {"name": "p95", "control": control, "experiment": experiment, **keys}


def judge(*metrics: dict[str, Any], **top: Any) -> dict[str, Any]:
    answer = judge_document({"metrics": list(metrics), **top})
    json.dumps(answer, allow_nan=False)
    assert all(set(one) == KEYS for one in answer["metrics"])
    return answer


def test_the_guides_example_is_judged_and_every_key_is_explained() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    assert judge_document(json.loads(example))["verdict"] == "pass"
    assert [key for key in _METRIC_KEYS if f"`{key}`" not in GUIDE and f'"{key}"' not in GUIDE] == []


def test_a_good_canary_passes_with_everything_told() -> None:
    answer = judge(metric(experiment=GOOD[::-1]))
    assert (answer["score"], answer["verdict"]) == (100, "pass")
    (only,) = answer["metrics"]
    assert only["classification"] == "Pass"
    assert (only["critical"], only["low_data"]) == (False, False)
    assert (only["deviation"], only["effect_size"]) == (1, 1)
    assert only["interval"][0] <= 0 <= only["interval"][1]


def test_a_bad_canary_fails_with_the_interval_of_its_shift() -> None:
    answer = judge(metric(experiment=BAD))
    assert (answer["score"], answer["verdict"]) == (0, "fail")
    (only,) = answer["metrics"]
    assert only["classification"] == "High"
    assert only["effect_size"] == only["deviation"] == pytest.approx(1.5)
    assert 95 < only["interval"][0] < only["interval"][1] < 110
    assert "50 % higher than stable" in only["reason"]
    assert "50 % higher than stable" in answer["reason"]


def test_metrics_come_back_in_the_order_given() -> None:
    names = ["z", "a", "m"]
    answer = judge(*(metric(name=name) for name in names))
    assert [one["name"] for one in answer["metrics"]] == names


def test_thresholds_separate_pass_marginal_and_fail() -> None:
    half = [metric(name="a", group="x"), metric(name="b", group="y", experiment=BAD)]
    assert judge(*half)["verdict"] == "fail"
    assert judge(*half, thresholds={"pass": 95, "marginal": 50})["verdict"] == "marginal"
    assert judge(*half, thresholds={"pass": 50, "marginal": 25})["verdict"] == "pass"


def test_groups_are_weighted() -> None:
    answer = judge(
        metric(name="a", group="latency", weight=80),
        metric(name="b", group="errors", weight=20, experiment=BAD),
    )
    assert (answer["score"], answer["verdict"]) == (80, "marginal")


def test_weights_that_do_not_reach_the_whole_are_pointed_out() -> None:
    answer = judge(metric(group="latency", weight=50))
    assert (answer["score"], answer["verdict"]) == (50, "fail")
    assert "the groups' weights add up to 50, not 100" in answer["reason"]


def test_a_critical_failure_makes_the_score_0() -> None:
    good = [metric(name=str(index)) for index in range(30)]
    assert judge(*good, metric(experiment=BAD, critical=True))["score"] == 0
    assert judge(*good, metric(experiment=BAD))["score"] > 95


def test_numbers_that_cannot_be_told_are_null() -> None:
    (only,) = judge(metric(experiment=[5.0 + index for index in range(9)], control=[0] * 9))["metrics"]
    assert only["classification"] == "High"
    assert only["deviation"] is None
    assert only["effect_size"] is None
    (empty,) = judge(metric(experiment=[]))["metrics"]
    assert (empty["deviation"], empty["effect_size"], empty["interval"]) == (1, None, None)


def test_few_points_get_the_peers_classification_a_mark_and_no_verdict() -> None:
    answer = judge(metric(experiment=[10, 20, 30, 40], control=[1, 2, 3, 4], confidence=0.95))
    (only,) = answer["metrics"]
    assert only["classification"] == "High"
    assert only["interval"] == [6, 39]
    assert only["low_data"]
    assert answer["verdict"] == "inconclusive"


@pytest.mark.parametrize("nothing", [[], [None] * 60, [math.nan] * 60])
def test_no_data_is_never_a_pass(nothing: list[float | None]) -> None:
    answer = judge(metric(experiment=nothing))
    assert (answer["metrics"][0]["classification"], answer["verdict"]) == ("Nodata", "inconclusive")
    assert judge(metric(experiment=nothing, nan="replace"), metric())["verdict"] == "inconclusive"
    assert judge(metric(experiment=nothing), metric(), metric())["verdict"] == "inconclusive"


def test_missing_data_that_matters_fails() -> None:
    critical = judge(metric(experiment=[], critical=True), metric(), metric())
    assert (critical["metrics"][0]["critical"], critical["score"], critical["verdict"]) == (True, 0, "fail")
    required = judge(metric(experiment=[], required=True), metric())
    assert required["metrics"][0]["classification"] == "NodataFailMetric"
    assert (required["score"], required["verdict"]) == (50, "fail")


def test_what_fails_however_the_open_questions_turn_out_has_failed() -> None:
    assert judge(metric(experiment=[]), metric(experiment=BAD, critical=True))["verdict"] == "fail"
    assert judge(metric(experiment=[]), metric(experiment=BAD))["verdict"] == "fail"


LIMIT = {"above": 500, "for_s": 300}


@pytest.mark.parametrize(
    ("late", "verdict"), [(21, "fail"), (30, "fail"), (20, "inconclusive"), (5, "inconclusive")]
)
def test_an_outage_late_in_the_bake_is_caught_by_the_limit(late: int, verdict: str) -> None:
    series = [*GOOD[: 60 - late], *[900.0] * late]
    assert judge(metric(experiment=series, direction="decrease"))["verdict"] == "pass"
    answer = judge(metric(experiment=series, direction="decrease", interval_s=15, limit=LIMIT))
    assert answer["verdict"] == verdict
    assert answer["metrics"][0]["classification"] == "Pass"
    assert answer["metrics"][0]["critical"] == (verdict == "fail")


@pytest.mark.parametrize("minutes", [3, 5, 6, 7])
def test_fifteen_one_minute_points_with_a_late_outage_do_not_pass(minutes: int) -> None:
    errors = [*[0.4] * (15 - minutes), *[40.0] * minutes]
    answer = judge(
        metric(experiment=errors, control=[0.4] * 15, interval_s=60, limit={"above": 1, "for_s": 300})
    )
    assert answer["verdict"] == ("inconclusive" if minutes == 3 else "fail")


def test_a_limit_that_is_broken_and_kept_again_in_time_does_not_fail() -> None:
    series = [*GOOD[:30], *[900.0] * 15, *GOOD[:15]]
    assert judge(metric(experiment=series, direction="decrease", limit=LIMIT))["verdict"] == "pass"


def test_the_statistic_fails_a_canary_below_the_limit() -> None:
    answer = judge(metric(experiment=BAD, limit=LIMIT))
    assert (answer["metrics"][0]["classification"], answer["verdict"]) == ("High", "fail")


def test_errors_here_and_there_against_none_fail_in_the_whole_decision() -> None:
    some = [1 if index % 3 == 0 else 0 for index in range(60)]
    assert judge(metric(experiment=some, control=[0] * 60))["verdict"] == "pass"
    answer = judge(metric(experiment=some, control=[0] * 60, limit={"above": 5}))
    assert (answer["metrics"][0]["classification"], answer["verdict"]) == ("Pass", "fail")


def test_too_little_traffic_is_no_verdict() -> None:
    assert judge(metric(traffic=[50] * 60))["verdict"] == "pass"
    few = judge(metric(experiment=BAD, traffic=[1] * 60))
    assert few["verdict"] == "inconclusive"
    assert "60 requests" in few["metrics"][0]["reason"]
    assert judge(metric(traffic=[0] * 60))["verdict"] == "inconclusive"
    assert judge(metric(traffic=[None] * 60))["verdict"] == "inconclusive"


def test_points_without_traffic_are_gaps() -> None:
    silent = [0.0] * 57 + [4.0] * 3
    answer = judge(metric(experiment=silent, control=[4.0] * 60, traffic=[0] * 57 + [500] * 3))
    assert answer["metrics"][0]["low_data"]
    assert answer["verdict"] == "inconclusive"


def test_a_series_that_is_mostly_gaps_is_no_verdict_in_the_whole_decision() -> None:
    holes: list[Any] = [*GOOD[:20], *[None] * 40]
    assert judge(metric(experiment=holes))["verdict"] == "pass"
    answer = judge(metric(experiment=holes, limit=LIMIT))
    assert answer["verdict"] == "inconclusive"
    assert answer["metrics"][0]["reason"] == "40 of 60 samples of canary p95 are gaps"


def test_a_shorter_control_is_no_silence() -> None:
    assert judge(metric(control=GOOD[:20], limit=LIMIT))["verdict"] == "pass"


def test_huge_and_tiny_numbers_are_judged() -> None:
    for scale in (1e-12, 1e-4, 1.0, 1e12, 1e290):
        high = metric(experiment=[v * scale for v in BAD], control=[v * scale for v in GOOD])
        assert judge(high)["metrics"][0]["classification"] == "High"
        assert judge(metric([v * scale for v in GOOD], [v * scale for v in GOOD]))["verdict"] == "pass"


def test_what_cannot_be_read_is_refused_with_all_its_problems() -> None:
    with pytest.raises(UnreadableJudgeFile) as caught:
        judge_document({"metrics": [{"name": 3}]})
    assert len(caught.value.problems) == 3
    assert caught.value.message.startswith("The data cannot be judged (3 problems):\nmetrics[0].name must be")


def test_where_missing_points_count_as_nothing_they_are_no_gaps() -> None:
    errors = [None if index % 4 else 1.0 for index in range(60)]
    answer = judge(metric(experiment=errors, control=errors, nan="replace", limit=LIMIT))
    assert answer["verdict"] == "pass"


def test_the_documented_answer_names_every_part_of_it() -> None:
    named = set(re.findall(r"`(\w+)`", GUIDE))
    answer = judge(metric())
    assert {*answer, *answer["metrics"][0], *get_args(Classification)} - {"reason"} <= named
    assert {"pass", "marginal", "fail", "inconclusive"} <= named
