"""Rollback triggers and placeholders: each says all that it needs to work."""

import re

from alfred_tui.documents.checks.queries import whole_query
from alfred_tui.documents.outline import Outline
from alfred_tui.documents.wording import quoted
from alfred_tui.domain.document.checklist import TriggerRule


def check(outline: Outline) -> None:
    """Triggers that could not fire, and defaults that their own pattern refuses."""
    for rule in outline.checklist.rollback.triggers:
        _trigger(outline, rule)
    for name, asked in outline.checklist.ask.items():
        if not asked.default or "${steps." in asked.default or not asked.pattern:
            continue
        if not re.search(asked.pattern, asked.default):
            text = f"the default of <{name}>, {quoted(asked.default)}, does not match its pattern"
            outline.findings.error(outline.at(asked, "default"), text)


def _trigger(outline: Outline, rule: TriggerRule) -> None:
    sites, findings = outline.sites, outline.findings
    promql = whole_query(outline, rule, rule.promql)
    if rule.promql and rule.step:
        text = "a trigger watches a query or a step, not both"
        findings.error(outline.at(rule, "step"), text, "make a trigger of each")
    if rule.promql and rule.above is None and sites.good(rule, "above"):
        findings.error(outline.at(rule, "promql"), "promql has no limit", "add above")
    if not rule.promql and rule.above is not None and sites.good(rule, "promql"):
        findings.error(outline.at(rule, "above"), "above has no promql to be held against", "add promql")
    if "{service}" in promql and not rule.each and sites.good(rule, "each"):
        text = "promql has {service}, and each names no service to put there"
        findings.error(outline.at(rule, "promql"), text, "add each: [...]")
    if promql and rule.each and "{service}" not in promql:
        text = "each names services, and promql has no {service} to put them in"
        findings.error(outline.at(rule, "each"), text, "put {service} into promql, or remove each")
    if (
        rule.canaries
        and (promql or not rule.promql)
        and "{track}" not in promql
        and sites.good(rule, "promql")
    ):
        text = "canaries names services, and promql has no {track} to tell their canaries by"
        findings.error(outline.at(rule, "canaries"), text, "put {track} into promql, or remove canaries")
    if rule.step and rule.step in outline.block_of and outline.block_of[rule.step].procedure:
        text = f"step names {quoted(rule.step)}, which is a step of a rollback procedure"
        findings.error(outline.at(rule, "step"), text, "name a step of the phases")
