"""The shipped recording and alert rules, and the state of each alert.

The files are those that a real Prometheus loads. An alert's state is computed from the series' history
when it is asked for: since when its condition has held without a break.
"""

import re
from collections.abc import Iterable
from importlib import resources
from typing import Any, NamedTuple

import yaml

from alfred_tui.demo.promapi.formats import exponent_text, rfc3339, value_text
from alfred_tui.demo.promapi.lexer import seconds
from alfred_tui.demo.promapi.query import Comparison, parse
from alfred_tui.demo.traffic.series import LOOKBACK, Series, is_stale

FILES = ("recording-rules.yml", "alert-rules.yml")


class Recording(NamedTuple):
    record: str
    expr: str


class Alerting(NamedTuple):
    """An alert. `hold`: seconds for which its condition must hold before it fires."""

    alert: str
    expr: str
    hold: float
    labels: dict[str, str]
    annotations: dict[str, str]
    condition: Comparison


class Group(NamedTuple):
    name: str
    file: str
    rules: tuple[Recording | Alerting, ...]


class Active(NamedTuple):
    """An alert whose condition holds for one series. Times are epoch seconds."""

    rule: Alerting
    metric: dict[str, str]
    since: float
    value: float
    firing: bool

    def as_json(self) -> dict[str, Any]:
        unnamed = {name: text for name, text in self.metric.items() if name != "__name__"}
        return {
            "labels": {"alertname": self.rule.alert, **unnamed, **self.rule.labels},
            "annotations": {
                name: _expanded(text, self.metric, self.value) for name, text in self.rule.annotations.items()
            },
            "state": "firing" if self.firing else "pending",
            "activeAt": rfc3339(self.since),
            "value": exponent_text(self.value),
        }


def rule_text(file: str) -> str:
    """The YAML of one shipped rule file."""
    return (resources.files("alfred_tui.demo.promapi") / "rule_files" / file).read_text(encoding="utf-8")


def load_groups() -> tuple[Group, ...]:
    """The rule groups of the shipped files."""
    return tuple(
        Group(group["name"], file, tuple(_rule(rule) for rule in group["rules"]))
        for file in FILES
        for group in yaml.safe_load(rule_text(file))["groups"]
    )


def _rule(rule: dict[str, Any]) -> Recording | Alerting:
    if "record" in rule:
        return Recording(rule["record"], rule["expr"])
    condition = parse(rule["expr"])
    if not isinstance(condition, Comparison):
        raise TypeError(f"alert {rule['alert']}: its expression must compare a selector with a number")
    hold = seconds(rule.get("for", "0s")) or 0.0
    labels, annotations = rule.get("labels", {}), rule.get("annotations", {})
    return Alerting(rule["alert"], rule["expr"], hold, labels, annotations, condition)


def active(rule: Alerting, series: Iterable[Series], now: float) -> list[Active]:
    """For which series the alert's condition holds now, and since when."""
    found: list[Active] = []
    for one in series:
        if not rule.condition.selector.matches(one.labels):
            continue
        last = one.index_at(now)
        if last is None or not rule.condition.holds(one.values[last]):
            continue
        since = _held_since(rule.condition, one, last)
        found.append(Active(rule, one.labels, since, one.values[last], now - since >= rule.hold))
    return found


def _held_since(condition: Comparison, one: Series, last: int) -> float:
    first = last
    while first > 0:
        before = one.values[first - 1]
        broken = is_stale(before) or not condition.holds(before)
        if broken or one.times[first] - one.times[first - 1] > LOOKBACK:
            break
        first -= 1
    return one.times[first]


_TEMPLATE = re.compile(r"\{\{\s*(?:\$labels\.(?P<label>\w+)|\$value(?:\s*\|\s*(?P<filter>\w+))?)\s*\}\}")


def _expanded(text: str, labels: dict[str, str], value: float) -> str:
    """An annotation with `$labels.x` and `$value` filled in; it knows the filters of the shipped rules."""

    def fill(match: re.Match[str]) -> str:
        if match["label"]:
            return labels.get(match["label"], "")
        if match["filter"] == "humanizePercentage":
            return f"{value * 100:.4g}%"
        if match["filter"] == "humanizeDuration":
            return f"{value * 1000:.4g}ms" if value < 1 else f"{value:.4g}s"
        return value_text(value)

    return _TEMPLATE.sub(fill, text)
