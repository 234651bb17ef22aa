import math

import pytest
from alfred_tui.demo.promapi.formats import (
    exponent_text,
    parse_span,
    parse_time,
    rfc3339,
    timestamp_number,
    value_text,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0.25, "0.25"),
        (-1.5, "-1.5"),
        (1e-7, "0.0000001"),
        (1e21, "1000000000000000000000"),
        (math.nan, "NaN"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
    ],
)
def test_values_are_decimals_without_an_exponent(value: float, text: str) -> None:
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.012, "1.2e-02"), (1.0, "1e+00"), (0.0, "0e+00"), (-1234.5, "-1.2345e+03"), (math.nan, "NaN")],
)
def test_an_alerts_value_has_an_exponent(value: float, text: str) -> None:
    assert exponent_text(value) == text


def test_times_have_milliseconds_where_there_are_any() -> None:
    assert timestamp_number(1600000000.0) == 1600000000
    assert isinstance(timestamp_number(1600000000.0), int)
    assert timestamp_number(1600000000.12349) == 1600000000.123
    assert rfc3339(1577836800) == "2020-01-01T00:00:00Z"
    assert rfc3339(1577836800.5) == "2020-01-01T00:00:00.500Z"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1577836800", 1577836800.0),
        ("1577836800.5", 1577836800.5),
        ("2020-01-01T00:00:00Z", 1577836800.0),
        ("2020-01-01T02:00:00.123+02:00", 1577836800.123),
        ("abc", None),
        ("", None),
        ("nan", None),
        ("2020-01-01", None),
    ],
)
def test_a_time_is_unix_or_rfc3339(text: str, time: float | None) -> None:
    assert parse_time(text) == time


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15", 15.0), ("2.5", 2.5), ("1m30s", 90.0), ("100ms", 0.1), ("1x", None), ("inf", None)],
)
def test_a_span_is_a_number_or_a_duration(text: str, seconds: float | None) -> None:
    assert parse_span(text) == seconds
