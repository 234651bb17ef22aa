"""The judge against the figures of the peer's own test suite; the table names where each stands.

Not in the table are the peer's cases on what its judge does not use (its mean-inequality classifier, Cohen's
d, the k-sigma detector), on its random numbers, whose noise is not ours, and on reading its configuration.
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from alfred_tui.cli.judge import command
from alfred_tui.domain.judging.document import judge_document
from alfred_tui.domain.judging.metric import Criteria, compare
from alfred_tui.domain.judging.score import Scored, score
from alfred_tui.domain.judging.statistics import (
    common_language_effect,
    location_shift,
    mean_ratio,
    percentile,
    ranked,
    two_sided_quantile,
    without_outliers,
    z_score,
)
from click.testing import CliRunner

SUITE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "kayenta-suite.json").read_text(encoding="utf-8")
)
PEER_TOLERANCE = 1e-4
"""Within which the peer looks for bounds and estimate, whatever the data's scale. Ours are exact: its printed
figures, some of them nothing but this tolerance, are met within it and no better."""
SAME = {"experiment": [4.0, 5.0, 6.0, 7.0, 8.0], "control": [8.0, 7.0, 6.0, 5.0, 4.0]}
DATA: dict[str, dict[str, list[float]]] = {
    "Pass": SAME,
    "High": {"experiment": [50.0, 51.0, 52.0, 53.0, 54.0], "control": SAME["control"]},
    "Low": {"experiment": [0.1, 0.2, 0.3, 0.4, 0.5], "control": SAME["control"]},
    "Nodata": {"experiment": [], "control": SAME["control"]},
}
"""Points that come to each classification."""


def cases(table: str) -> list[Any]:
    return [pytest.param(row, id=row["at"]) for row in SUITE[table]]


def judged(document: dict[str, Any]) -> dict[str, Any]:
    """What the command prints, which is what the library says."""
    ran = CliRunner().invoke(command, ["-"], input=json.dumps(document))
    assert ran.exit_code == 0, ran.output
    printed: dict[str, Any] = json.loads(ran.output)
    assert printed == judge_document(document)
    return printed


def as_metric(row: dict[str, Any]) -> dict[str, Any]:
    effect = {"measure": row.get("measure", "meanRatio")}
    effect |= {key: row[given] for key, given in EFFECT_KEYS.items() if given in row}
    taken = {key: row[key] for key in METRIC_KEYS if key in row}
    return {"name": "m", "effect": effect, **taken}


EFFECT_KEYS = {"allowed": "allowed", "critical": "critical_effect"}
METRIC_KEYS = ("control", "experiment", "direction", "critical", "required", "nan", "confidence", "tolerance")


@pytest.mark.parametrize("row", cases("comparisons"))
def test_a_metric_is_classified_as_the_peer_does(row: dict[str, Any]) -> None:
    answer = judged({"metrics": [as_metric(row)]})
    (metric,) = answer["metrics"]
    expected = dict(row["expected"])
    if expected.pop("has_reason", False):
        assert metric["reason"]
    assert {key: metric[key] for key in expected} == expected
    assert metric["low_data"] == (min(len(row["experiment"]), len(row["control"])) < 5)


@pytest.mark.parametrize("row", cases("comparisons"))
def test_a_metric_alone_makes_the_score_and_the_verdict(row: dict[str, Any]) -> None:
    """Where the peer would fail or pass the canary on less than 5 points a side, nothing is decided here."""
    answer = judged({"metrics": [as_metric(row)]})
    (metric,) = answer["metrics"]
    passes = metric["classification"] == "Pass"
    assert answer["score"] == (100 if passes else 0)
    if not metric["low_data"]:
        assert answer["verdict"] == ("pass" if passes else "fail")
    else:
        assert answer["verdict"] == ("fail" if metric["critical"] else "inconclusive")


@pytest.mark.parametrize("row", cases("scores"))
def test_metrics_add_up_to_the_peers_score(row: dict[str, Any]) -> None:
    weights = row["weights"]
    metrics = [
        {
            "name": f"m{index}",
            **DATA[one["classification"]],
            "critical": one.get("critical", False),
            "group": one["group"],
            **({"weight": weights[one["group"]]} if one["group"] in weights else {}),
        }
        for index, one in enumerate(row["metrics"])
    ]
    answer = judged({"metrics": metrics})
    found = [one["classification"] for one in answer["metrics"]]
    assert found == [one["classification"] for one in row["metrics"]]
    assert answer["score"] == row["expected"]
    if "Nodata" not in found:
        expected = "pass" if row["expected"] >= 95 else "marginal" if row["expected"] >= 75 else "fail"
        assert answer["verdict"] == expected


@pytest.mark.parametrize("row", cases("scores"))
def test_classifications_add_up_to_the_peers_score(row: dict[str, Any]) -> None:
    scored = [
        Scored(str(index), one["classification"], one.get("critical", False), one["group"])
        for index, one in enumerate(row["metrics"])
    ]
    assert score(scored, row["weights"]) == row["expected"]


@pytest.mark.parametrize("row", cases("shifts"))
def test_the_interval_and_the_estimate_are_the_peers_within_its_tolerance(row: dict[str, Any]) -> None:
    shift = location_shift(ranked(row["experiment"]), ranked(row["control"]), row["confidence"])
    found = {"low": shift.low, "high": shift.high, "estimate": shift.estimate}
    assert found == pytest.approx(row["expected"], abs=PEER_TOLERANCE)
    assert shift.low <= shift.estimate <= shift.high


@pytest.mark.parametrize("row", cases("z"))
def test_z_is_the_peers(row: dict[str, Any]) -> None:
    x, y = ranked(row["experiment"]), ranked(row["control"])
    for mu, z in row["expected"]:
        assert z_score(x, y, mu) == pytest.approx(z, rel=1e-6)


@pytest.mark.parametrize("row", cases("quantiles"))
def test_the_quantile_is_the_peers(row: dict[str, Any]) -> None:
    assert two_sided_quantile(row["confidence"]) == pytest.approx(row["expected"], abs=1e-6)


@pytest.mark.parametrize("row", cases("effects"))
def test_the_effect_size_is_the_peers(row: dict[str, Any]) -> None:
    x, y = ranked(row["experiment"]), ranked(row["control"])
    effect = mean_ratio(x, y) if row["measure"] == "meanRatio" else common_language_effect(x, y)
    if row["expected"] is None:
        assert math.isnan(effect)
    else:
        assert effect == pytest.approx(row["expected"], abs=row["within"] or 1e-12)


@pytest.mark.parametrize("row", cases("percentiles"))
def test_percentiles_are_the_peers(row: dict[str, Any]) -> None:
    for percent, value, within in row["expected"]:
        assert percentile(row["data"], percent) == pytest.approx(value, abs=within or 1e-12)


@pytest.mark.parametrize("row", cases("means"))
def test_means_are_the_peers(row: dict[str, Any]) -> None:
    assert ranked(row["data"]).mean == row["expected"]


@pytest.mark.parametrize("row", cases("outliers"))
def test_outliers_are_the_peers(row: dict[str, Any]) -> None:
    expected = [value for value in row["data"] if value not in row["expected"]]
    assert without_outliers(row["data"], row["factor"]) == expected


@pytest.mark.parametrize("row", cases("missing"))
def test_missing_points_are_treated_as_by_the_peer(row: dict[str, Any]) -> None:
    """A side in which they are left out or counted as 0 is the same as the peer's side."""
    found = compare(row["data"], row["expected"], Criteria(missing=row["nan"]))
    if row["expected"]:
        assert (found.classification, found.effect) == ("Pass", 1)
        assert "are the same" in found.reason
    else:
        assert found.classification == "Nodata"
