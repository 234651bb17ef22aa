"""The score, as the peer adds it up."""

import pytest
from alfred_tui.domain.judging.metric import Classification
from alfred_tui.domain.judging.score import Scored, score


def metrics(*parts: tuple[str, Classification]) -> list[Scored]:
    return [Scored(f"m{index}", found, False, group) for index, (group, found) in enumerate(parts)]


@pytest.mark.parametrize(
    ("parts", "weights", "total"),
    [
        ([("g", "Pass")], {}, 100),
        ([("g", "High")], {}, 0),
        ([("g", "Nodata")], {}, 0),
        ([("a", "Pass"), ("a", "Pass"), ("b", "Nodata")], {}, 100),
        ([("g", "Pass"), ("g", "High")], {}, 50),
        ([("g", "Pass"), ("g", "High"), ("g", "Low")], {}, 33.33),
        ([("g", "Pass"), ("g", "NodataFailMetric")], {}, 50),
        ([("a", "Pass"), ("a", "Pass"), ("b", "High")], {"a": 75, "b": 25}, 75),
        ([("a", "Pass"), ("a", "High"), ("b", "High")], {"a": 50, "b": 50}, 25),
        ([("a", "Pass"), ("a", "Nodata"), ("b", "High")], {"a": 50, "b": 50}, 50),
        ([("a", "High"), ("a", "Low"), ("a", "Pass"), ("b", "High")], {"a": 15, "b": 85}, 5),
        ([("a", "Pass"), ("b", "High"), ("c", "Pass")], {"a": 50}, 75),
        ([("a", "Pass"), ("b", "High")], {"a": 2.675, "b": 97.325}, 2.68),
    ],
)
def test_scores(parts: list[tuple[str, Classification]], weights: dict[str, float], total: float) -> None:
    assert score(metrics(*parts), weights) == total


@pytest.mark.parametrize("found", ["High", "Low", "Nodata"])
def test_a_critical_metric_that_does_not_pass_makes_the_score_0(found: Classification) -> None:
    good = metrics(("g", "Pass"), ("g", "Pass"))
    assert score([*good, Scored("bad", found, True, "g")], {}) == 0


def test_a_critical_metric_that_passes_changes_nothing() -> None:
    assert score([Scored("a", "Pass", True, "g"), Scored("b", "Low", False, "g")], {}) == 50


def test_half_of_the_metrics_without_data_make_the_score_0() -> None:
    assert score(metrics(("a", "Pass"), ("b", "Nodata")), {}) == 0
