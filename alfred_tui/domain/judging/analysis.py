"""When bad samples end a bake before its time, by the rules of Argo Rollouts' AnalysisRun.

Every limit is passed by more than it, and errors count only in a row. Of one metric's limits an error is told
before what is inconclusive, and that before what failed; of several metrics one that failed comes first.
Source: Argo Rollouts, AnalysisRun.
"""

from collections.abc import Sequence
from typing import Literal

from alfred_tui.domain.canary import Measurement, Sample
from alfred_tui.domain.document.actions import CanaryMetric, SampleLimits

Kind = Literal["good", "failed", "inconclusive", "error"]


def kind_of(sample: Sample, metric: CanaryMetric) -> Kind:
    """What a sample of the canary counts as."""
    if sample.state in ("unreachable", "error"):
        return "error"
    if sample.state != "ok":
        return "inconclusive"
    if metric.limit is None:
        return "good"
    below = metric.direction == "decrease"
    beyond = sample.value < metric.limit if below else sample.value > metric.limit
    return "failed" if beyond else "good"


def ended_by(
    limits: SampleLimits, metrics: Sequence[CanaryMetric], measurements: Sequence[Measurement]
) -> tuple[Kind, str]:
    """Which limit was passed, and the sentence for it; `good` and no sentence while none was."""
    found: list[tuple[Kind, str]] = []
    for metric in metrics:
        kinds = [kind_of(one.canary, metric) for one in measurements if one.metric == metric.name]
        row = 0
        for kind in kinds:
            row = row + 1 if kind == "error" else 0
        failed, unclear = kinds.count("failed"), kinds.count("inconclusive")
        if row > limits.consecutive_errors:
            found.append(("error", f"{metric.name}: {row} questions in a row were not answered"))
        elif unclear > limits.inconclusive:
            found.append(("inconclusive", f"{metric.name}: {_samples(unclear)} no number"))
        elif failed > limits.failed:
            found.append(("failed", f"{metric.name}: {_samples(failed)} beyond its limit"))
    order: tuple[Kind, ...] = ("failed", "error", "inconclusive")
    return min(found, key=lambda one: order.index(one[0]), default=("good", ""))


def _samples(count: int) -> str:
    return f"{count} sample{'' if count == 1 else 's'} of the canary {'was' if count == 1 else 'were'}"
