"""Checks against Prometheus: a number against its bounds, alerting rules, scrape targets."""

import math
from typing import TYPE_CHECKING

from alfred_tui.actions.context import StepContext
from alfred_tui.domain.document.actions import Alerts, Query, Targets
from alfred_tui.domain.evidence import Evidence, Outcome, Status, worst

if TYPE_CHECKING:
    from alfred_tui.metrics.answers import AlertRule


async def query(ctx: StepContext) -> Outcome:
    """Every value of an instant query lies within the bounds. No value is inconclusive."""
    action = ctx.step.action
    assert isinstance(action, Query)
    values = await ctx.metrics().vector(action.promql, ctx.clock.now())
    if not values:
        return Outcome(
            status="inconclusive",
            reason="Prometheus has no data for it; that is no answer.",
            evidence=(Evidence(label="query", value=action.promql, kind="command"),),
        )
    found = [(_judged(value, action), _told(labels), value) for labels, value in values]
    facts = tuple(
        Evidence(
            label=name,
            value=f"{value:.4g}{action.unit} ({_bounds(action)})",
            kind="number",
            ok=status == "passed",
        )
        for status, name, value in found
    )
    status = worst([one for one, _, _ in found])
    bad = [f"{name} is {value:.4g}{action.unit}" for one, name, value in found if one != "passed"]
    return Outcome(status=status, reason="; ".join(bad[:3]), evidence=facts)


def _judged(value: float, action: Query) -> Status:
    if math.isnan(value) or math.isinf(value):
        return "inconclusive"
    over = action.below is not None and not value < action.below
    under = action.above is not None and not value > action.above
    return "failed" if over or under else "passed"


def _bounds(action: Query) -> str:
    told = [f"above {action.above:g}"] if action.above is not None else []
    told += [f"below {action.below:g}"] if action.below is not None else []
    return " and ".join(told) or "no bound"


def _told(labels: dict[str, str]) -> str:
    own = {key: value for key, value in labels.items() if key != "__name__"}
    return ", ".join(f"{key}={value}" for key, value in sorted(own.items())) or labels.get(
        "__name__", "value"
    )


async def alerts(ctx: StepContext) -> Outcome:
    """The named alerting rules are loaded and healthy; with `quiet`, none of them fires."""
    action = ctx.step.action
    assert isinstance(action, Alerts)
    rules: dict[str, list[AlertRule]] = {}  # a name may be several rules', such as one for each severity
    for one in await ctx.metrics().alerts():
        rules.setdefault(one.name, []).append(one)
    facts: list[tuple[Status, Evidence]] = []
    for name in action.names or tuple(rules):
        if name not in rules:
            facts.append(("failed", Evidence(label=name, value="is not loaded", ok=False)))
        facts += [_alert(rule, quiet=action.quiet) for rule in rules.get(name, ())]
    return _together(facts, "Prometheus has no alerting rule.")


def _alert(rule: "AlertRule", *, quiet: bool) -> tuple[Status, Evidence]:
    if rule.health != "ok":
        told = f"is {rule.health or 'of unknown health'}: {rule.error}"
        return "failed", Evidence(label=rule.name, value=told, ok=False)
    if quiet and rule.state == "firing":
        return "failed", Evidence(label=rule.name, value="is firing", ok=False)
    return "passed", Evidence(label=rule.name, value=rule.state or "loaded", ok=True)


async def targets(ctx: StepContext) -> Outcome:
    """Every active scrape target of the jobs is up."""
    action = ctx.step.action
    assert isinstance(action, Targets)
    found = await ctx.metrics().targets()
    facts: list[tuple[Status, Evidence]] = []
    for job in action.jobs or tuple(dict.fromkeys(one.job for one in found)):
        ours = [one for one in found if one.job == job]
        down = [one for one in ours if one.health != "up"]
        if not ours:
            facts.append(("failed", Evidence(label=job, value="has no active target", ok=False)))
        elif down:
            told = f"{len(down)} of {len(ours)} targets are not up: {down[0].instance} {down[0].error}"
            facts.append(("failed", Evidence(label=job, value=told, ok=False)))
        else:
            facts.append(("passed", Evidence(label=job, value=f"{len(ours)} targets up", ok=True)))
    return _together(facts, "Prometheus scrapes nothing.")


def _together(facts: list[tuple[Status, Evidence]], nothing: str) -> Outcome:
    if not facts:
        return Outcome(status="failed", reason=nothing)
    status = worst([one for one, _ in facts])
    bad = [f"{fact.label} {fact.value}" for one, fact in facts if one != "passed"]
    return Outcome(status=status, reason="; ".join(bad[:3]), evidence=tuple(fact for _, fact in facts))
