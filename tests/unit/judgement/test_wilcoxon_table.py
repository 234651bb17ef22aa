"""The statistic against a stored table of what R and the peer print; the table names its sources."""

import json
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from alfred_tui.domain.statistics import common_language_effect, location_shift, ranked, z_score

TABLE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "wilcoxon.json").read_text(encoding="utf-8")
)
ROWS: list[dict[str, Any]] = TABLE["rows"]
R_TOLERANCE = 1e-4
"""With which R looks for the bounds."""


def with_field(field: str) -> list[Any]:
    return [pytest.param(row, id=row["name"]) for row in ROWS if field in row]


@pytest.mark.parametrize("row", with_field("p"))
def test_statistic_and_p_are_as_printed(row: dict[str, Any]) -> None:
    x, y = ranked(row["x"]), ranked(row["y"])
    wins = common_language_effect(x, y) * len(row["x"]) * len(row["y"])
    assert wins == pytest.approx(row["statistic"])
    assert 2 * NormalDist().cdf(-abs(z_score(x, y))) == pytest.approx(row["p"], rel=5e-4)


@pytest.mark.parametrize("row", with_field("low"))
def test_the_interval_is_as_printed(row: dict[str, Any]) -> None:
    shift = location_shift(ranked(row["x"]), ranked(row["y"]), row["confidence"])
    assert (shift.low, shift.high) == pytest.approx((row["low"], row["high"]), abs=R_TOLERANCE)


@pytest.mark.parametrize("row", with_field("low"))
def test_the_estimate_lies_in_the_region_whose_edge_is_printed(row: dict[str, Any]) -> None:
    shift = location_shift(ranked(row["x"]), ranked(row["y"]), row["confidence"])
    assert shift.estimate == pytest.approx(row["estimate"], abs=row["flat"] + R_TOLERANCE)
