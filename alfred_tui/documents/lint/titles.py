"""What a title promises and nothing holds: branches without a condition, limits that nobody watches."""

import re

from alfred_tui.documents.lint.scripts import Scripts
from alfred_tui.documents.outline import Outline
from alfred_tui.domain.document.checklist import Step

_WHEN = (
    "add when: {passed: [...]} to the one and when: {failed: [...]} to the other; "
    "the one that is not taken is then settled by itself"
)
_NUMBER = re.compile(r"\d+(\.\d+)? ?(%|ms|s\b|percent|requests|errors|/)", re.IGNORECASE)
_TIME = re.compile(r"\d+ ?(s|sec|seconds?|m|min|minutes?|h|hours?)\b", re.IGNORECASE)


def branches(outline: Outline, _scripts: Scripts) -> None:
    """T9: titles that start with "If", of which only one can come true."""
    for block in outline.blocks:
        open_branches = [step for step in block.steps if step.title.lower().startswith("if ")]
        if len(open_branches) < 2:
            continue
        for step in open_branches:
            if step.when is None:
                outline.findings.warn(
                    "T9", outline.at(step, "title"), _branch_text(open_branches, step), _WHEN
                )


def _branch_text(steps: list[Step], step: Step) -> str:
    others = " / ".join(one.id for one in steps if one is not step)
    return f"of this and {others} only one can be right, and without when both are due"


def unwatched(outline: Outline, _scripts: Scripts) -> None:
    """T13: a limit and a time in a trigger's title are a query that nobody asks."""
    for rule in outline.checklist.rollback.triggers:
        if rule.promql or rule.step:
            continue
        if _NUMBER.search(rule.title) and _TIME.search(rule.title):
            text = "the title has a limit and a time, and without promql only a person can notice"
            outline.findings.warn("T13", outline.at(rule, "title"), text, "add promql, above and sustained")
