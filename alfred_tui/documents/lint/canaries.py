"""T8: a verdict needs points."""

from alfred_tui.documents.lint.scripts import Scripts
from alfred_tui.documents.outline import Outline
from alfred_tui.domain.document.actions import Canary
from alfred_tui.domain.duration import format_duration

FEW = 50
"""Kayenta, the judge whose method is used, warns below this many points."""


def points(outline: Outline, _scripts: Scripts) -> None:
    """A bake with too few samples for its statistics."""
    for _, step in outline.all_steps():
        canary = step.action
        if not isinstance(canary, Canary) or canary.interval <= 0:
            continue
        count = int(canary.bake / canary.interval)
        node = outline.at(canary, "interval" if outline.sites.given(canary, "interval") else "bake")
        shown = f"{format_duration(canary.bake)} at {format_duration(canary.interval)} give {count} points"
        if count < max(canary.min_points, 5):
            least = max(canary.min_points, 5)
            text = f"{shown}, and a verdict needs {least}: it is always inconclusive"
            outline.findings.warn("T8", node, text, _advice(canary))
        elif count < FEW:
            text = f"{shown}: with fewer than {FEW} a canary that is bad for minutes can pass the comparison"
            outline.findings.warn("T8", node, text, _advice(canary))


def _advice(canary: Canary) -> str:
    interval = canary.bake / 60
    if interval >= 5:
        return f"write interval: {format_duration(float(int(interval)))}, or bake longer"
    return "bake longer"
