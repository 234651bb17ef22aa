"""A trigger says what it watches, and that it does not."""

from alfred_tui.domain.document.checklist import TriggerRule
from alfred_tui.ui.widgets.triggers import watches
from msgspec.structs import replace

RULE = TriggerRule(
    id="e", title="E", promql='e{s="{service}",t="{track}"}', above=1.0, each=("a", "b"), canaries=("a",)
)


def test_the_tracks_and_services_are_named() -> None:
    assert watches(RULE, "http://p") == "watches 2 services, stable · canary of a"
    assert watches(replace(RULE, promql="e", each=(), canaries=()), "http://p") == "watches its query"
    assert watches(replace(RULE, each=("a",), canaries=()), "http://p") == "watches a, stable"


def test_without_a_prometheus_nothing_is_watched() -> None:
    assert watches(RULE, "") == "not watched: no Prometheus is configured"


def test_what_a_person_declares_or_a_step_fails_needs_no_query() -> None:
    assert watches(TriggerRule(id="b", title="B"), "") == ""
    assert watches(TriggerRule(id="b", title="B", step="x"), "") == ""
