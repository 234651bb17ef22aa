"""What a step says about its command: only a command has output, and an expectation must be able to fail."""

import re

from alfred_tui.documents.outline import Outline
from alfred_tui.documents.outputs import captures
from alfred_tui.documents.wording import quoted
from alfred_tui.domain.document.actions import (
    Attest,
    ManifestsDryRun,
    Run,
    StartRollback,
    TerraformApply,
    TerraformPlan,
)
from alfred_tui.domain.document.checklist import Expect, Step

_OF_COMMANDS = ("expect", "capture", "on", "stdin")
_OF_PROGRAMS = ("cwd", "env", "secrets")
_PROGRAMS = (Run, TerraformPlan, TerraformApply, ManifestsDryRun)


def check(outline: Outline) -> None:
    """Fields that the step's action has no use for, and expectations that say nothing."""
    for _, step in outline.all_steps():
        if outline.sites.good(step, "action"):
            _useless(outline, step)
        if step.expect is not None and outline.sites.good(step, "expect"):
            _expect(outline, step.expect)
        for name, pattern in step.capture.items():
            if not _groups(pattern):
                text = f"capture.{name} has no group: what stands in ( ) is the output"
                outline.findings.error(outline.at(step, "capture"), text, "put ( ) around what is wanted")


def _useless(outline: Outline, step: Step) -> None:
    key = type(step.action).key
    for field in _OF_COMMANDS:
        if outline.sites.given(step, field) and not captures(step.action):
            text = f"{field} has no effect on {quoted(key)}: it is for what a command does"
            outline.findings.error(_key(outline, step, field), text, "remove it, or use run")
    for field in _OF_PROGRAMS:
        if outline.sites.given(step, field) and not isinstance(step.action, _PROGRAMS):
            text = f"{field} has no effect on {quoted(key)}, which starts no program"
            outline.findings.error(_key(outline, step, field), text, "remove it, or use run")
    if step.sign is not None and isinstance(step.action, Attest | StartRollback):
        text = f"sign has no effect on {quoted(key)}, which a person answers anyway"
        outline.findings.error(_key(outline, step, "sign"), text, "remove it")


def _key(outline: Outline, step: Step, field: str) -> int:
    node = outline.at(step)
    key = getattr(node, "key", lambda _: None)(field)
    return key.start if key else node.start


def _expect(outline: Outline, expect: Expect) -> None:
    if expect.no_output and (expect.match or expect.number):
        wanted = "match" if expect.match else "number"
        text = f"expect wants no output and, by {wanted}, some: that never holds"
        outline.findings.error(outline.at(expect), text, "remove one of them")
    number = expect.number
    if number is None or not outline.sites.good(number, "find"):
        return
    if number.find and not _groups(number.find):
        text = "find has no group: what stands in ( ) is the number"
        outline.findings.error(outline.at(number, "find"), text, "put ( ) around it")
    bounds = (number.above, number.below, number.at_least, number.at_most)
    if all(bound is None for bound in bounds):
        outline.findings.error(
            outline.at(number), "number has no bound", "add above, below, at_least or at_most"
        )
        return
    low = max((bound for bound in (number.above, number.at_least) if bound is not None), default=None)
    high = min((bound for bound in (number.below, number.at_most) if bound is not None), default=None)
    if low is not None and high is not None and low > high:
        outline.findings.error(outline.at(number), f"no number is at least {low:g} and at most {high:g}")


def _groups(pattern: str) -> int:
    return re.compile(pattern).groups if pattern else 1
