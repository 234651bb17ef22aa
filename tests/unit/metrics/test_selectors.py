"""Which series a query reads, found without evaluating it."""

import pytest
from alfred_tui.domain.document.query_presets import PRESETS
from alfred_tui.metrics.selectors import selectors


@pytest.mark.parametrize(
    ("promql", "found"),
    [
        ("up", ("up",)),
        ('up{job="a"}', ('up{job="a"}',)),
        ("rate(a_total[5m]) / rate(b_total[5m])", ("a_total", "b_total")),
        ("a / a", ("a",)),
        ("sum by (le, job) (rate(x_bucket[1m]))", ("x_bucket",)),
        ("sum(rate(x[1m])) without (pod)", ("x",)),
        ("a * on (instance) group_left (version) b", ("a", "b")),
        ("a and ignoring (x) b or c unless d", ("a", "b", "c", "d")),
        ("histogram_quantile(0.95, sum(rate(h_bucket[1m])) by (le)) > 1e3", ("h_bucket",)),
        ("a offset 5m > bool 0x1F", ("a",)),
        ("a @ end() - a @ start()", ("a",)),
        ('{__name__="odd name", x="}"}', ('{__name__="odd name", x="}"}',)),
        ("vector(1) + time()", ()),
        ("a # and b\n + c", ("a", "c")),
        ('label_replace(a{x="b"}, "to", "$1", "from", "(.*)")', ('a{x="b"}',)),
        ("quantile_over_time(0.9, a{b=~`c.*`}[30m:1m])", ("a{b=~`c.*`}",)),
        ("record:with:colons > NaN", ("record:with:colons",)),
        ("(((", ()),
        ("", ()),
    ],
)
def test_selectors_are_told_without_functions_labels_and_ranges(promql: str, found: tuple[str, ...]) -> None:
    assert selectors(promql) == found


@pytest.mark.parametrize("name", PRESETS)
def test_each_ready_query_has_a_selector_and_reads_nothing_else(name: str) -> None:
    for promql in PRESETS[name].queries.values():
        found = selectors(promql)
        assert found
        assert all("{" in one for one in found), found
