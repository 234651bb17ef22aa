from pathlib import Path

import pytest
from alfred_tui.demo.promapi.rules import FILES, Active, Alerting, Recording, active, load_groups, rule_text
from alfred_tui.demo.traffic.counters import RECORDED
from alfred_tui.demo.traffic.series import Series

from tests.unit.demo_traffic.platform import Platform

DOCS = Path(__file__).parents[3] / "docs" / "prometheus"
ALERTS = {rule.alert: rule for group in load_groups() for rule in group.rules if isinstance(rule, Alerting)}


def found(platform: Platform, alert: str) -> list[Active]:
    return active(ALERTS[alert], platform.traffic.series(), platform.clock.time)


@pytest.mark.parametrize("file", FILES)
def test_the_documented_rules_are_the_shipped_ones(file: str) -> None:
    assert (DOCS / file).read_text(encoding="utf-8") == rule_text(file)


def test_every_recorded_series_has_its_rule() -> None:
    recorded = [rule.record for group in load_groups() for rule in group.rules if isinstance(rule, Recording)]
    assert tuple(recorded) == RECORDED


def test_a_healthy_platform_has_no_alert() -> None:
    platform = Platform()
    platform.start_canary()
    platform.run(600)
    assert [found(platform, alert) for alert in ALERTS] == [[]] * len(ALERTS)


def test_an_alert_is_pending_before_it_fires() -> None:
    platform = Platform("canary-errors")
    platform.start_canary()
    platform.run(120)
    (early,) = found(platform, "AlfredErrorRateHigh")
    platform.run(300)
    (late,) = found(platform, "AlfredErrorRateHigh")
    assert (early.firing, late.firing) == (False, True)
    assert early.since == late.since
    assert late.metric["track"] == "canary"


def test_an_alert_starts_anew_after_a_break() -> None:
    rule = ALERTS["AlfredTargetDown"]
    up = Series({"__name__": "up", "job": "alfred", "service": "alfred-bot"})
    for time, value in ((0, 0.0), (60, 0.0), (65, 1.0), (70, 0.0), (75, 0.0)):
        up.append(time, value)
    (down,) = active(rule, [up], 80)
    assert (down.since, down.firing) == (70, False)
    (down,) = active(rule, [up], 130)
    assert (down.since, down.firing) == (70, True)


def test_an_alert_ends_with_its_series() -> None:
    up = Series({"__name__": "up", "job": "alfred"})
    up.append(0, 0.0)
    up.end(5)
    assert active(ALERTS["AlfredTargetDown"], [up], 10) == []


def test_an_alert_says_what_it_is_about() -> None:
    platform = Platform("canary-errors")
    platform.start_canary()
    platform.run(600)
    (alert,) = found(platform, "AlfredErrorRateHigh")
    shown = alert.as_json()
    assert shown["labels"] == {
        "alertname": "AlfredErrorRateHigh",
        "service": "alfred-bot",
        "track": "canary",
        "severity": "critical",
    }
    assert shown["annotations"]["summary"].startswith("alfred-bot (canary) fails ")
    assert shown["annotations"]["summary"].endswith("% of its requests")
    assert "e-02" in shown["value"]
    assert shown["state"] == "firing"


def test_a_slow_canary_raises_the_latency_alert_only() -> None:
    platform = Platform("canary-latency")
    platform.start_canary()
    platform.run(600)
    assert [alert for alert in ALERTS if found(platform, alert)] == ["AlfredLatencyHigh"]
    (alert,) = found(platform, "AlfredLatencyHigh")
    assert "ms at the 95th percentile" in alert.as_json()["annotations"]["summary"]
