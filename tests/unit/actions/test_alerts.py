"""Alerting rules: loaded, healthy and, where it is asked for, not firing; a name may be several rules'."""

from types import SimpleNamespace
from typing import Any

import pytest
from alfred_tui.actions.prometheus import alerts
from alfred_tui.domain.document.actions import Alerts
from alfred_tui.domain.document.checklist import Step
from alfred_tui.metrics.answers import AlertRule


def rule(name: str, state: str = "inactive", health: str = "ok", error: str = "") -> AlertRule:
    return AlertRule(name=name, state=state, health=health, error=error)


async def judged(action: Alerts, *rules: AlertRule) -> tuple[str, str]:
    async def told() -> tuple[AlertRule, ...]:
        return rules

    step = Step(id="a", title="A", action=action)
    ctx: Any = SimpleNamespace(step=step, metrics=lambda: SimpleNamespace(alerts=told))
    outcome = await alerts(ctx)
    return outcome.status, outcome.reason


@pytest.mark.parametrize("order", [("firing", "inactive"), ("inactive", "firing")])
async def test_of_rules_with_one_name_each_counts(order: tuple[str, str]) -> None:
    rules = [rule("ErrorRate", state) for state in order]
    assert await judged(Alerts(quiet=True), *rules) == ("failed", "ErrorRate is firing")
    assert await judged(Alerts(names=("ErrorRate",), quiet=True), *rules) == ("failed", "ErrorRate is firing")
    assert await judged(Alerts(names=("ErrorRate",)), *rules) == ("passed", "")


async def test_a_rule_that_cannot_be_evaluated_fails_beside_one_of_its_name_that_can() -> None:
    broken = rule("Latency", "unknown", "err", "many-to-many")
    assert await judged(Alerts(), broken, rule("Latency")) == ("failed", "Latency is err: many-to-many")


async def test_what_is_not_there_fails() -> None:
    assert await judged(Alerts(names=("A", "B")), rule("A")) == ("failed", "B is not loaded")
    assert await judged(Alerts()) == ("failed", "Prometheus has no alerting rule.")
