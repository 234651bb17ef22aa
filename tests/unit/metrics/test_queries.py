"""Filling query templates: a value stays a value, whatever it holds."""

import pytest
from alfred_tui.domain.document.query_presets import PRESETS, Measure, resolve
from alfred_tui.domain.errors import Usage
from alfred_tui.metrics.queries import fill, is_selector


def test_service_and_track_are_filled_in_and_label_braces_are_left_alone() -> None:
    template = 'errors:ratio{service="{service}",track="{track}"}'
    assert fill(template, service="alfred-bot", track="canary") == (
        'errors:ratio{service="alfred-bot",track="canary"}'
    )
    assert fill("up{job='{service}'}", service="x") == "up{job='x'}"
    assert fill('sum(rate(x{code=~"5.."}[1m]))', service="x") == 'sum(rate(x{code=~"5.."}[1m]))'


def test_a_value_cannot_leave_its_quotes() -> None:
    wicked = 'a"} or vector(0) #\\\n'
    assert fill('x{s="{service}"}', service=wicked) == 'x{s="a\\"} or vector(0) #\\\\\\n"}'
    assert fill("x{s='{service}'}", service="it's") == "x{s='it\\'s'}"
    with pytest.raises(Usage, match="backticks"):
        fill("x{s=`{service}`}", service="a`b")
    assert fill("x{s=`{service}`}", service='a"b') == 'x{s=`a"b`}'


def test_in_a_regular_expression_a_value_stands_for_itself_only() -> None:
    assert fill('x{s=~"{service}-.+"}', service="a.b") == 'x{s=~"a\\\\.b-.+"}'
    assert fill('x{s!~"{service}"}', service="a|b") == 'x{s!~"a\\\\|b"}'
    assert fill('x{s="{service}"}', service="a.b") == 'x{s="a.b"}'


def test_outside_of_quotes_a_value_may_only_continue_a_name() -> None:
    assert fill("{service}_errors:rate1m", service="bot") == "bot_errors:rate1m"
    with pytest.raises(Usage, match=r"cannot stand for .* outside of quotes"):
        fill("{service}_errors", service="alfred-bot")


@pytest.mark.parametrize(
    ("promql", "selector"),
    [
        ("up", True),
        ('service:errors:ratio{service="a",track=~"b|{c}"}', True),
        (" up{} ", True),
        ("rate(up[1m])", False),
        ("up > 0", False),
        ("up[5m]", False),
        ("up offset 5m", False),
        ('{__name__="up"}', False),
        ("1", False),
    ],
)
def test_plain_selectors_are_told_from_expressions(promql: str, selector: bool) -> None:
    assert is_selector(promql) is selector


def test_a_query_that_names_no_preset_is_itself() -> None:
    assert resolve("up == 1") == "up == 1"


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("measure", ["error-ratio", "p95", "rate"])
def test_every_preset_has_every_measure_for_both_sides(name: str, measure: Measure) -> None:
    template = resolve(f"preset:{name}/{measure}")
    query = fill(template, service="alfred-bot", track="canary")
    assert "alfred-bot" in query
    assert "canary" in query
    assert "{service}" not in query
    assert "{track}" not in query
    assert PRESETS[name].about.endswith(".")


def test_an_unknown_preset_or_measure_gets_a_sentence() -> None:
    with pytest.raises(Usage, match="There is no preset “istoi”"):
        resolve("preset:istoi/p95")
    with pytest.raises(Usage, match="does not measure “p99”"):
        resolve("preset:istio/p99")
    with pytest.raises(Usage, match="does not measure “”"):
        resolve("preset:istio")
