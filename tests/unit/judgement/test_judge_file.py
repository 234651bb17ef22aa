"""Reading the file that is judged: its defaults, and every problem at once."""

import json
import math
from typing import Any

import pytest
from alfred_tui.domain.judging.file import (
    JudgeFile,
    UnreadableJudgeFile,
    read_judge_document,
    read_judge_text,
)
from alfred_tui.domain.judging.judgement import Limit
from alfred_tui.domain.judging.metric import Criteria
from alfred_tui.domain.judging.score import Thresholds


def metric(**keys: Any) -> dict[str, Any]:
    return {"name": "latency", "control": [1, 2, 3], "experiment": [1, 2, None], **keys}


def read(*metrics: object, **top: object) -> JudgeFile:
    return read_judge_document({"metrics": list(metrics), **top})


def problems(document: object) -> tuple[str, ...]:
    with pytest.raises(UnreadableJudgeFile) as caught:
        read_judge_document(document)
    return caught.value.problems


def test_keys_left_out_take_the_peers_defaults() -> None:
    file = read(metric())
    (only,) = file.metrics
    assert (file.thresholds, file.weights) == (Thresholds(95, 75), {})
    assert (only.control, only.experiment) == ((1, 2, 3), (1, 2, None))
    assert only.criteria == Criteria()
    assert only.criteria.direction == "either"
    assert (only.limit, only.traffic, only.interval_s, only.whole) == (None, None, 15, False)


def test_effects_as_shares_of_pairs_have_a_half_as_their_default() -> None:
    criteria = read(metric(effect={"measure": "cles"})).metrics[0].criteria
    assert criteria.allowed == criteria.critical_effect == (0.5, 0.5)


def test_everything_that_can_be_given_is_read() -> None:
    given = metric(
        direction="increase", critical=True, required=True, nan="replace", outliers="remove",
        effect={"measure": "meanRatio", "allowed": [0.8, 1.25], "critical": [0.5, 2]}, confidence=0.95,
        tolerance=0.1, group="g", weight=50, interval_s=60, limit={"above": 500, "for_s": 120},
        traffic=[9, 0, None],
    )  # fmt: skip
    file = read(given, thresholds={"pass": 90, "marginal": 50})
    (only,) = file.metrics
    assert only.criteria == Criteria(
        direction="increase", critical=True, required=True, missing="replace", outliers="remove",
        measure="meanRatio", allowed=(0.8, 1.25), critical_effect=(0.5, 2), confidence=0.95, tolerance=0.1,
    )  # fmt: skip
    assert only.limit == Limit(value=500, for_s=120)
    assert (only.interval_s, only.traffic, only.whole) == (60, (9, 0, None), True)
    assert (file.thresholds, file.weights) == (Thresholds(90, 50), {"g": 50})


@pytest.mark.parametrize("key", ["interval_s", "limit", "traffic"])
def test_each_of_the_three_optional_keys_asks_for_the_whole_decision(key: str) -> None:
    value: dict[str, Any] = {"interval_s": 15, "limit": {"above": 1}, "traffic": [5, 6, 7]}
    assert read(metric(**{key: value[key]})).metrics[0].whole


def test_nan_is_read_as_null_and_the_order_is_kept() -> None:
    document = {"metrics": [metric(name="b", control=[math.nan]), metric(name="a")]}
    file = read_judge_text(json.dumps(document))
    assert [one.name for one in file.metrics] == ["b", "a"]
    assert file.metrics[0].control == (None,)


def test_all_problems_are_told_at_once_each_with_its_place() -> None:
    bad = metric(
        direction="up", critical="yes", nan="drop", effect={"mesure": "cles", "allowed": [1]}, confidence=1,
        tolerance=-1, weight=101, interval_s=0, limit={"over": 5}, traffic=[1, "x", -1], tiemout=3,
    )  # fmt: skip
    bad["control"] = [1, "2", True]
    assert problems({"metrics": [bad, {}, 7], "thresholds": {"pass": 50, "marginal": 60}, "extra": 1}) == (
        'unknown key “extra”',
        "metrics[0]: unknown key “tiemout”",
        "metrics[0].control[1] must be a number or null, not “2”",
        "metrics[0].control[2] must be a number or null, not true",
        "metrics[0].traffic[1] must be a number from 0 or null, not “x”",
        "metrics[0].traffic[2] must be a number from 0 or null, not -1",
        "metrics[0].effect: unknown key “mesure”, did you mean “measure”?",
        "metrics[0].direction must be “increase” or “decrease” or “either”, not “up”",
        "metrics[0].critical must be true or false, not “yes”",
        "metrics[0].nan must be “remove” or “replace”, not “drop”",
        "metrics[0].effect.allowed must be two numbers from 0, for a decrease and for an increase,"
        " not [1]",
        "metrics[0].confidence must be a number above 0 below 1, not 1",
        "metrics[0].tolerance must be a number from 0, not -1",
        "metrics[0].weight must be a number from 0 to 100, not 101",
        "metrics[0].interval_s must be a number above 0, not 0",
        "metrics[0].limit: unknown key “over”",
        "metrics[0].limit.above is missing; it must be a number",
        "metrics[1].name is missing; it must be a text",
        "metrics[1].control is missing; it must be a list of numbers, with null where there is none",
        "metrics[1].experiment is missing; it must be a list of numbers, with null where there is none",
        "metrics[2] must be an object, not 7",
        "thresholds: marginal (60) is above pass (50)",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "the document must be an object, not a list"),
        (None, "the document must be an object, not null"),
        ({}, "metrics must be a list with at least one metric"),
        ({"metrics": []}, "metrics must be a list with at least one metric"),
        ({"metrics": {"name": "x"}}, "metrics must be a list with at least one metric"),
        ({"metrics": [metric()], "thresholds": [95]}, "thresholds must be an object, not a list"),
        (
            {"metrics": [metric(control=[True])]},
            "metrics[0].control[0] must be a number or null, not true",
        ),
        (
            {"metrics": [metric(control=[math.inf])]},
            "metrics[0].control[0] must be a number or null, not Infinity",
        ),
        (
            {"metrics": [metric(control=["NaN"])]},
            "metrics[0].control[0] must be a number or null, not “NaN”",
        ),
        (
            {"metrics": [metric(control=[10**5000])]},
            "metrics[0].control[0] must be a number or null, not a number with more than 300 digits",
        ),
        ({"metrics": [metric(critical=None)]}, "metrics[0].critical must be true or false, not null"),
        ({"metrics": [None]}, "metrics[0] must be an object, not null"),
        (
            {"metrics": [metric(traffic=[1])]},
            "metrics[0]: traffic has 1 entries and experiment 3; there must be one for each point",
        ),
        (
            {"metrics": [metric(name="\ud800")]},
            "metrics[0].name holds half of a character (a lone surrogate)",
        ),
        ({"metrics": [metric(**{"x" * 999: 1})]}, f"metrics[0]: unknown key “{'x' * 40}…”"),
    ],
)
def test_what_is_not_a_judgeable_document_gets_a_sentence(document: object, problem: str) -> None:
    assert problems(document) == (problem,)


def test_a_list_that_is_wrong_throughout_is_told_in_a_few_sentences() -> None:
    many = problems({"metrics": [metric(control=["NaN"] * 1000)]})
    assert len(many) == 6
    assert many[-1] == "metrics[0].control has 995 more entries that are not a number or null"
    with pytest.raises(UnreadableJudgeFile) as caught:
        read(*[{}] * 1000)
    assert len(caught.value.message.splitlines()) == 52
    assert caught.value.message.endswith("\n… and 2950 more")


def test_more_points_than_can_be_compared_are_refused() -> None:
    assert problems({"metrics": [metric(control=[1] * 1_000_001)]}) == (
        "metrics[0].control has 1000001 points; at most 1000000 can be judged",
    )


def test_groups_weights_must_agree_and_not_exceed_the_whole() -> None:
    twice = [metric(group="g", weight=50), metric(group="g", weight=30)]
    assert problems({"metrics": twice}) == (
        "metrics: the group “g” has two weights, 50 and 30; a weight is its group's",
    )
    much = [metric(group="a", weight=60), metric(group="b", weight=60)]
    assert problems({"metrics": much}) == ("metrics: the groups' weights add up to 120, more than 100",)


def test_a_weight_without_a_group_is_the_metrics_own() -> None:
    assert read(metric(name="a", weight=60), metric(name="b", weight=40)).weights == {"a": 60, "b": 40}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        (b"\xff\xfe", "Expecting value"),
        (b'{"a": "\xff"}', "not UTF-8 text"),
        ("[" * 100_000, "nested too deeply"),
        ("{'a': 1}", "Expecting property name"),
        ("9" * 5000, "thousands of digits"),
    ],
)
def test_what_is_not_json_gets_a_sentence(text: str | bytes, why: str) -> None:
    with pytest.raises(UnreadableJudgeFile, match=f"it is not JSON: .*{why}"):
        read_judge_text(text)


def test_a_key_given_twice_is_a_problem() -> None:
    text = json.dumps({"metrics": [metric(effect={"measure": "cles"})]})
    for once, twice, told in (
        ("}]}", '}], "thresholds": {}, "thresholds": {}}', "the key “thresholds” is given twice"),
        ('"name"', '"name": "x", "name"', r"metrics\[0\]: the key “name” is given twice in one object"),
        ('"measure"', '"measure": 1, "measure"', r"metrics\[0\].effect: the key “measure” is given twice"),
    ):
        with pytest.raises(UnreadableJudgeFile, match=told):
            read_judge_text(text.replace(once, twice))


def test_who_passes_earlier_than_the_usual_marginal_has_no_marginal_scores() -> None:
    assert read(metric(), thresholds={"pass": 50}).thresholds == Thresholds(50, 50)
    assert read(metric(), thresholds={"pass": 99}).thresholds == Thresholds(99, 75)


def test_null_leaves_out_what_adds_something_and_no_choice() -> None:
    given = read(metric(group=None, weight=None, interval_s=None, limit=None, traffic=None))
    assert given == read(metric())
