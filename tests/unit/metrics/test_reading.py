"""Telling apart what Prometheus can answer."""

import pytest
from alfred_tui.domain.canary import SampleState
from alfred_tui.metrics.reading import (
    Reading,
    SeriesValue,
    gaps,
    read_instant,
    read_range,
    with_own_time,
)

AT = 1_700_000_000.0


def item(value: object, /, at: float = AT, **labels: str) -> dict[str, object]:
    return {"metric": labels, "value": [at, value]}


@pytest.mark.parametrize(
    ("result", "state"),
    [
        ([], "no-data"),
        ([item("NaN")], "nan"),
        ([item("+Inf")], "inf"),
        ([item("-Inf")], "inf"),
        ([item("1.7e308")], "inf"),
        ([item("1", a="1"), item("2", a="2")], "several-series"),
        ([item("1", at=AT - 300)], "stale"),
        ([AT, "NaN"], "nan"),
        ([AT, "a text"], "error"),
        ([{"metric": {}, "values": [[AT, "1"]]}], "error"),
        ([{"metric": {}, "histogram": [AT, {"count": "4"}]}], "error"),
        ([item("many")], "error"),
        ([item(1)], "error"),
        ({"result": 1}, "error"),
        (None, "error"),
        ("x", "error"),
    ],
)
def test_everything_but_one_fresh_number_is_a_named_gap(result: object, state: SampleState) -> None:
    sample = read_instant(AT, result).sample(stale_after=120)
    assert (sample.at, sample.state, sample.value) == (AT, state, 0)
    assert sample.message


@pytest.mark.parametrize(
    "result", [[item("0.0042", service="a")], [AT, "0.0042"], [item("0.0042", at=AT - 119)]]
)
def test_one_fresh_number_is_a_sample(result: object) -> None:
    sample = read_instant(AT, result).sample(stale_after=120)
    assert (sample.at, sample.state, sample.value, sample.message) == (AT, "ok", 0.0042, "")


def test_a_value_is_as_old_as_its_own_time_says() -> None:
    fresh = [
        item("0.1", __name__="x", track="canary"),
        item(str(AT - 10), track="canary", alfred_cockpit_time="yes"),
    ]
    assert read_instant(AT, fresh).series == (
        SeriesValue({"__name__": "x", "track": "canary"}, 0.1, AT - 10),
    )
    old = [
        item("0.1", __name__="x", track="canary"),
        item(str(AT - 250), track="canary", alfred_cockpit_time="yes"),
    ]
    sample = read_instant(AT, old).sample(stale_after=120)
    assert (sample.state, sample.message) == ("stale", "the value is 4:10 old")


def test_the_query_for_a_values_own_time() -> None:
    assert with_own_time("x") == 'x or label_replace(timestamp(x), "alfred_cockpit_time", "yes", "", "")'


def test_a_range_has_a_sample_for_each_time_and_gaps_where_the_answer_has_none() -> None:
    times = [AT + 15 * index for index in range(5)]
    rows = [{"metric": {}, "values": [[AT, "1"], [AT + 15, "NaN"], [AT + 60, "2"]]}]
    samples = read_range(rows, times, 15)
    assert [one.at for one in samples] == times
    assert [one.state for one in samples] == ["ok", "nan", "no-data", "no-data", "ok"]
    assert samples[4].value == 2


def test_a_range_of_several_series_is_ambiguous_only_where_they_meet() -> None:
    times = [AT, AT + 15, AT + 30]
    rows = [
        {"metric": {"pod": "a"}, "values": [[AT, "1"], [AT + 15, "1"]]},
        {"metric": {"pod": "b"}, "values": [[AT + 15, "2"], [AT + 30, "2"]]},
    ]
    assert [one.state for one in read_range(rows, times, 15)] == ["ok", "several-series", "ok"]


@pytest.mark.parametrize("result", [None, [1], [{"metric": {}, "values": [["x"]]}], [{"metric": {}}]])
def test_a_range_in_another_form_is_all_gaps(result: object) -> None:
    assert {one.state for one in read_range(result, [AT, AT + 15], 15)} == {"error"}


def test_a_problem_is_the_same_gap_at_every_time() -> None:
    reading = Reading(at=AT, problem="unreachable", message="Prometheus at x refuses the connection")
    assert [(one.at, one.state, one.message) for one in gaps(reading, [1, 2])] == [
        (1, "unreachable", reading.message),
        (2, "unreachable", reading.message),
    ]
    assert reading.sample(120).state == "unreachable"
