"""The statistic against a stored table of what R and the peer print; the table names its sources."""

import json
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from alfred_tui.domain.judging.statistics import common_language_effect, location_shift, ranked, z_score

DATA = Path(__file__).parents[2] / "data"


def rows(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))["rows"]
    return found


ROWS = rows("wilcoxon.json")
BY_R = [pytest.param(row, id=row["name"]) for row in rows("wilcoxon-r.json")]
"""Made by R itself, with bounds that were looked for to the last digit."""
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


@pytest.mark.parametrize("row", BY_R)
def test_statistic_p_and_interval_are_those_of_r(row: dict[str, Any]) -> None:
    x, y = ranked(row["x"]), ranked(row["y"])
    wins = common_language_effect(x, y) * len(row["x"]) * len(row["y"])
    assert wins == pytest.approx(row["statistic"])
    assert 2 * NormalDist().cdf(-abs(z_score(x, y))) == pytest.approx(row["p"], rel=1e-6, abs=1e-9)
    grain = 1e-9 * max(map(abs, [*row["x"], *row["y"]]))
    shift = location_shift(x, y, row["confidence"])
    assert (shift.low, shift.high) == pytest.approx((row["low"], row["high"]), abs=grain)


@pytest.mark.parametrize("row", BY_R)
def test_the_estimate_is_the_middle_of_where_r_finds_its_own(row: dict[str, Any]) -> None:
    """z is 0 in a whole region; R stops anywhere in it."""
    differences = sorted(one - other for one in row["x"] for other in row["y"])
    below = max(1, len(differences) // 2)
    first, last = differences[below - 1], differences[len(differences) - below]
    grain = 1e-9 * max(map(abs, [*row["x"], *row["y"]]))
    assert first - grain <= row["estimate"] <= last + grain
    shift = location_shift(ranked(row["x"]), ranked(row["y"]), row["confidence"])
    assert shift.estimate == pytest.approx((first + last) / 2, abs=grain)
