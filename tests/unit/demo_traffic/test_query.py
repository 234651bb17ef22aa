import math

import pytest
from alfred_tui.demo.promapi.errors import QueryError
from alfred_tui.demo.promapi.query import (
    Comparison,
    Matcher,
    Number,
    Ranged,
    Selector,
    Text,
    parse,
    parse_selector,
)

RATIO = "service_track:http_errors:ratio_rate1m"


def test_a_recorded_series_with_labels() -> None:
    found = parse(f"{RATIO}{{service=\"alfred-bot\",track!='canary', code=~`5..`,}}")
    assert found == Selector(
        (
            Matcher("__name__", "=", RATIO),
            Matcher("service", "=", "alfred-bot"),
            Matcher("track", "!=", "canary"),
            Matcher("code", "=~", "5.."),
        )
    )


@pytest.mark.parametrize(
    ("labels", "matches"),
    [
        ({"a": "x"}, True),
        ({"a": "xy"}, False),
        ({}, False),
    ],
)
def test_a_pattern_must_match_all_of_a_label(labels: dict[str, str], matches: bool) -> None:
    assert Matcher("a", "=~", "x|z").matches(labels) is matches
    assert Matcher("a", "!~", "x|z").matches(labels) is not matches


def test_an_absent_label_is_empty() -> None:
    assert Matcher("a", "=", "").matches({})
    assert Matcher("a", "!=", "x").matches({})
    assert Matcher("a", "=~", ".*").matches({})
    assert not Matcher("a", "=~", ".+").matches({})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1.0),
        ("-1.5", -1.5),
        ("+2e3", 2000.0),
        ("0x1F", 31.0),
        (".5", 0.5),
        ("((3))", 3.0),
        ("-inf", -math.inf),
    ],
)
def test_numbers(text: str, value: float) -> None:
    assert parse(text) == Number(value)


def test_nan_is_a_number() -> None:
    found = parse("NaN")
    assert isinstance(found, Number)
    assert math.isnan(found.value)


def test_strings_and_comments() -> None:
    assert parse('"a\\"b" # why') == Text('a"b')


def test_a_selector_over_a_range() -> None:
    up = Selector((Matcher("__name__", "=", "up"),))
    assert parse("up[1h30m]") == Ranged(up, 5400.0)


def test_a_selector_compared_with_a_number_from_either_side() -> None:
    up = Selector((Matcher("__name__", "=", "up"),))
    assert parse("up < 1") == Comparison(up, "<", 1.0, False)
    assert parse("1 > bool up") == Comparison(up, "<", 1.0, True)
    assert parse("2 >= bool 1") == Number(1.0)


# What a real Prometheus answered to each of these, word for word.
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1:1: parse error: no expression found in input"),
        ("foo{", "1:5: parse error: unexpected end of input inside braces"),
        ("foo}", "1:4: parse error: unexpected character: '}'"),
        ("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
        ('{a=~".*"}', "1:1: parse error: vector selector must contain at least one non-empty matcher"),
        ('foo{a="x"', "1:10: parse error: unexpected end of input inside braces"),
        ("sum(", "1:5: parse error: unclosed left parenthesis"),
        ("foo > ", "1:7: parse error: unexpected end of input"),
        ("1 > 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"),
        ('foo{__name__="bar"}', '1:1: parse error: metric name must not be set twice: "foo" or "bar"'),
        ("foo bar", '1:5: parse error: unexpected identifier "bar"'),
        ("foo$", "1:4: parse error: unexpected character: '$'"),
        ("foo{,}", '1:5: parse error: unexpected "," in label matching, expected identifier or "}"'),
    ],
)
def test_what_is_no_promql_is_bad_data(text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert (caught.value.code, caught.value.kind, caught.value.message) == (400, "bad_data", message)


def test_a_pattern_that_is_none_is_bad_data() -> None:
    with pytest.raises(QueryError, match="error parsing regexp") as caught:
        parse('up{a=~"("}')
    assert caught.value.code == 400


@pytest.mark.parametrize("text", ["up{a=1}", "up[", "up[5", "up[5m", "'open", "(" * 200, "up up2 {", "5m"])
def test_other_nonsense_is_bad_data_too(text: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.code == 400


@pytest.mark.parametrize(
    "text",
    [
        "sum(up)",
        "rate(http_requests_total[1m])",
        "sum by (service) (up)",
        "up + 1",
        "up offset 5m",
        "up @ 5",
        "up and up",
        "up > up",
        "up[5m:1m]",
        "1 + 2",
        "-up",
    ],
)
def test_the_rest_of_promql_is_refused_as_not_evaluated_here(text: str) -> None:
    with pytest.raises(QueryError, match=r"record it by a rule") as caught:
        parse(text)
    assert (caught.value.code, caught.value.kind) == (422, "execution")


def test_a_match_parameter_takes_selectors_only() -> None:
    assert parse_selector("up", "match[]") == parse("up")
    for text in ("1", "up[5m]", "{}", "up{", "sum(up)"):
        with pytest.raises(QueryError, match=r'invalid parameter "match\[\]"') as caught:
            parse_selector(text, "match[]")
        assert caught.value.code == 400
