"""What single actions need of the rest of the checklist, and of their own fields together."""

import math
import re
from collections.abc import Callable
from itertools import pairwise

from alfred_tui.documents.checks.queries import whole_query
from alfred_tui.documents.nodes import MapNode
from alfred_tui.documents.outline import Block, Outline
from alfred_tui.documents.wording import all_of, did_you_mean, known_names, quoted
from alfred_tui.domain.document import actions
from alfred_tui.domain.document.actions import Action
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.duration import format_duration

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN")
_PULL_REQUEST = re.compile(r"[\w.-]+/[\w.-]+#\d+")
_LATE = re.compile(r"\$\{steps\.|<[a-z]")
"""What the run fills in; such a text cannot be judged yet."""


def check(outline: Outline) -> None:
    """Tells the problems of every step's action."""
    for block, step in outline.all_steps():
        rule = _RULES.get(type(step.action))
        if rule and outline.sites.good(step, "action"):
            rule(outline, block, step)


def _earlier(outline: Outline, step: Step, field: str, name: str, cls: type[Action]) -> Step | None:
    """The step that a field names, when it has the right action and is settled by then."""
    other = outline.steps.get(name)
    if other is None or not outline.sites.good(other, "action"):
        return None
    node = outline.at(step.action, field)
    if not isinstance(other.action, cls):
        text = f"{field} names {quoted(name)}, which is a step with {quoted(type(other.action).key)}"
        right = [one.id for one in outline.steps.values() if isinstance(one.action, cls)]
        advice = (
            f"{all_of(right)} {'is' if len(right) == 1 else 'are'} {cls.key}"
            if right
            else f"add a step with {cls.key}"
        )
        outline.findings.error(node, text, advice)
        return None
    if not outline.comes_before(name, step.id):
        text = f"{field} names {quoted(name)}, which may not have ended by then"
        outline.findings.error(node, text, f"put it earlier, or add needs: [{name}]")
    return other


def _terraform_apply(outline: Outline, _block: Block, step: Step) -> None:
    assert isinstance(step.action, actions.TerraformApply)
    _earlier(outline, step, "plan", step.action.plan, actions.TerraformPlan)


def _compare(outline: Outline, _block: Block, step: Step) -> None:
    compare = step.action
    assert isinstance(compare, actions.Compare)
    canary = _earlier(outline, step, "canary", compare.canary, actions.Canary)
    if canary is None or not isinstance(canary.action, actions.Canary):
        return
    names = [metric.name for metric in canary.action.metrics]
    if compare.metric and compare.metric not in names and outline.sites.good(canary.action, "metrics"):
        text = f"the canary {quoted(canary.id)} measures no {quoted(compare.metric)}"
        outline.findings.error(outline.at(compare, "metric"), text, known_names(compare.metric, names))


def _canary(outline: Outline, _block: Block, step: Step) -> None:
    canary = step.action
    assert isinstance(canary, actions.Canary)
    seen: set[str] = set()
    for metric in canary.metrics:
        if metric.name in seen and metric.name:
            outline.findings.error(
                outline.at(metric, "name"), f"the metric {quoted(metric.name)} is there twice"
            )
        seen.add(metric.name)
        promql = whole_query(outline, metric, metric.promql)
        if promql and "{track}" not in promql:
            text = f"the metric {quoted(metric.name)} asks the same of canary and stable"
            outline.findings.error(outline.at(metric, "promql"), text, "put {track} where the two differ")
    requests = whole_query(outline, canary, canary.requests, "requests")
    if requests and "{track}" not in requests:
        text = "requests counts those of canary and stable together"
        outline.findings.error(outline.at(canary, "requests"), text, "put {track} where the two differ")
    _scores(outline, canary)
    if canary.canary == canary.baseline:
        outline.findings.error(
            outline.at(canary), "canary and baseline have the same name", "{track} could not tell them apart"
        )
    _ladder(outline, canary)
    bakes = [rung.bake for rung in canary.steps] or [canary.bake]
    whole = sum(canary.initial_delay + bake for bake in bakes)
    if step.timeout is not None and step.timeout < whole and outline.sites.good(canary, "bake"):
        limit, bake = format_duration(step.timeout), format_duration(whole)
        text = f"the timeout of {limit} ends the canary before its {bake} are over"
        outline.findings.error(outline.at(step, "timeout"), text, "remove it, or make it longer")


def _scores(outline: Outline, canary: actions.Canary) -> None:
    good = outline.sites.good(canary, "pass_from") and outline.sites.good(canary, "marginal_from")
    if canary.marginal_from > canary.pass_from and good:
        text = f"marginal_from ({canary.marginal_from:g}) is above pass_from ({canary.pass_from:g})"
        outline.findings.error(outline.at(canary, "marginal_from"), text)
    weights = [metric.weight for metric in canary.metrics if metric.weight is not None]
    whole = math.fsum(weights)
    if whole > 100 or (weights and len(weights) == len(canary.metrics) and whole < 100):
        text = f"the metrics' weights add up to {whole:g}, and they are shares of 100"
        outline.findings.error(outline.at(canary, "metrics"), text, "metrics without a weight share the rest")


def _ladder(outline: Outline, canary: actions.Canary) -> None:
    if not outline.sites.good(canary, "steps"):
        return
    weights = [rung.weight for rung in canary.steps]
    if weights and canary.traffic is None and outline.sites.good(canary, "traffic"):
        text = "the canary has steps, and does not say how their weights are set"
        outline.findings.error(outline.at(canary, "steps"), text, "add traffic: {stable: ..., canary: ...}")
    if any(not 1 <= one <= 100 for one in weights):
        outline.findings.error(outline.at(canary, "steps"), "a weight is a percentage from 1 to 100")
    if any(after <= before for before, after in pairwise(weights)):
        outline.findings.error(outline.at(canary, "steps"), "each step's weight must be above the one before")
    traffic = canary.traffic
    if traffic is not None and traffic.by != "replicas" and 100 in weights:
        for metric in canary.metrics:
            if metric.limit is None and outline.sites.good(metric, "limit"):
                text = (
                    f"at 100 % there is no stable to compare {quoted(metric.name)} with, and it has no limit"
                )
                outline.findings.error(
                    outline.at(metric), text, "give it a limit, or end the steps below 100"
                )
    if traffic is not None and traffic.by != "replicas" and not traffic.route:
        kind = "VirtualService" if traffic.by == "istio" else "HTTPRoute"
        outline.findings.error(
            outline.at(canary, "traffic"), f"traffic by {traffic.by} needs a route", f"name the {kind}"
        )


def _rollback(outline: Outline, block: Block, step: Step) -> None:
    action = step.action
    assert isinstance(action, actions.StartRollback)
    names = [one.id for one in outline.checklist.rollback.procedures]
    node = outline.at(action, "procedure")
    if action.procedure and action.procedure not in names:
        text = f"there is no rollback procedure {quoted(action.procedure)}"
        outline.findings.error(
            node, text, known_names(action.procedure, names) or "add it under rollback: procedures:"
        )
    if block.procedure:
        outline.findings.error(
            outline.at(step), "a procedure cannot start another rollback", "put its steps here"
        )


def _rollout(outline: Outline, _block: Block, step: Step) -> None:
    action = step.action
    assert isinstance(action, actions.Rollout)
    fields = ("deployments", "statefulsets", "daemonsets")
    if not any(getattr(action, name) for name in fields) and all(
        outline.sites.good(action, name) for name in fields
    ):
        advice = "name deployments, statefulsets or daemonsets"
        outline.findings.error(outline.at(action), "rollout names nothing to wait for", advice)


def _undo(outline: Outline, _block: Block, step: Step) -> None:
    action = step.action
    assert isinstance(action, actions.Undo)
    if not outline.sites.good(action, "order") or not outline.sites.good(action, "deployments"):
        return
    node = outline.at(action, "order")
    for name in dict.fromkeys(action.order):
        if name not in action.deployments:
            text = f"order names {quoted(name)}, which this undo does not put back"
            advice = known_names(name, list(action.deployments)) or "add it to deployments"
            outline.findings.error(node, text, advice)
        if action.order.count(name) > 1:
            outline.findings.error(node, f"order names {quoted(name)} twice", "keep the first")


def _logs(outline: Outline, _block: Block, step: Step) -> None:
    action = step.action
    assert isinstance(action, actions.Logs)
    good = outline.sites.good(action, "must_not_match") and outline.sites.good(action, "must_match")
    if not action.must_not_match and not action.must_match and good:
        advice = "add must_not_match or must_match"
        outline.findings.error(
            outline.at(action), "logs says nothing about the lines, so any would do", advice
        )


def _query(outline: Outline, _block: Block, step: Step) -> None:
    action = step.action
    assert isinstance(action, actions.Query)
    whole = whole_query(outline, action, action.promql)
    if found := re.search(r"\{(?:service|track)\}", whole):
        text = f"a query is asked once, and nothing is put in place of {found[0]}"
        outline.findings.error(outline.at(action, "promql"), text, "write the query for all of them")
    good = outline.sites.good(action, "above") and outline.sites.good(action, "below")
    if action.above is None and action.below is None and good:
        outline.findings.error(
            outline.at(action), "query has no bound, so any value would do", "add above or below"
        )
    elif action.above is not None and action.below is not None and action.above >= action.below:
        text = f"no value is above {action.above:g} and below {action.below:g}"
        outline.findings.error(outline.at(action, "above"), text)


def _http(outline: Outline, _block: Block, step: Step) -> None:
    action = step.action
    assert isinstance(action, actions.Http)
    if "{service}" in action.url and not action.each and outline.sites.good(action, "each"):
        text = "url has {service}, and each names no service to put there"
        outline.findings.error(outline.at(action, "url"), text, "add each: [...]")
    if action.url and not _LATE.match(action.url) and not action.url.startswith(("http://", "https://")):
        text = f"url wants an address such as https://example.com; {quoted(action.url)} is not one"
        outline.findings.error(outline.at(action, "url"), text)


def _approvals(outline: Outline, _block: Block, step: Step) -> None:
    action = step.action
    assert isinstance(action, actions.Approvals)
    given = action.pull_request
    if given and not _LATE.search(given) and not _PULL_REQUEST.fullmatch(given):
        text = f"pull_request wants owner/repository#number; {quoted(given)} is not one"
        outline.findings.error(outline.at(action, "pull_request"), text, 'write "" when there is none')


def _vulnerabilities(outline: Outline, _block: Block, step: Step) -> None:
    action = step.action
    assert isinstance(action, actions.Vulnerabilities)
    allowed = outline.at(action, "allow") if outline.sites.given(action, "allow") else None
    for key, _ in allowed if isinstance(allowed, MapNode) else ():
        if key.value not in SEVERITIES:
            advice = did_you_mean(key.value, SEVERITIES) or f"there is {all_of(SEVERITIES)}"
            outline.findings.error(key, f"{quoted(key.value)} is no severity", advice)


def _promote(outline: Outline, _block: Block, step: Step) -> None:
    action = step.action
    assert isinstance(action, actions.Promote)
    if action.canary and action.canary == action.stable:
        text = f"canary and stable are both {quoted(action.canary)}, which would be removed"
        outline.findings.error(outline.at(action, "stable"), text)


_RULES: dict[type[Action], Callable[[Outline, Block, Step], None]] = {
    actions.TerraformApply: _terraform_apply,
    actions.Compare: _compare,
    actions.Canary: _canary,
    actions.StartRollback: _rollback,
    actions.Rollout: _rollout,
    actions.Undo: _undo,
    actions.Logs: _logs,
    actions.Query: _query,
    actions.Http: _http,
    actions.Approvals: _approvals,
    actions.Vulnerabilities: _vulnerabilities,
    actions.Promote: _promote,
}
