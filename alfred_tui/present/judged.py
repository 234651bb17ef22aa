"""The canary panel's content from a canary step: its samples, and what each verdict would be now."""

from collections.abc import Sequence

import msgspec

from alfred_tui.domain.canary import Mark, Measurement, Sample
from alfred_tui.domain.document.actions import Canary
from alfred_tui.domain.judging.verdict import MetricVerdict, judge_canary
from alfred_tui.domain.run.state import StepState
from alfred_tui.present.canary import CanaryView, MetricView, metric_view

MISSED = 2.5
"""Intervals without a sample after which sampling has stopped: one may be late, two are missing."""
SLACK = 5.0
"""Real seconds that a sample may be late on a machine that is busy: a demo's interval can be shorter."""

_WORDS = {"passed": "pass", "failed": "fail", "inconclusive": "inconclusive"}


def canary_view(
    action: Canary, own: StepState, now: float, *, speed: float = 1.0, events: Sequence[Mark] = ()
) -> CanaryView:
    """The panel. Before the bake it names the metrics and shows nothing.

    `speed` is the run's clock's; `events` are the run's, to be marked beside the bake's own.
    """
    bake = sum(rung.bake + action.initial_delay for rung in action.steps) or action.bake
    if not own.measurements:
        metrics = tuple(metric_view(metric, ()) for metric in action.metrics)
        return CanaryView(service=action.service, metrics=metrics, interval=action.interval, bake=bake)
    until = own.ended_at or now
    rung, since = _rung(action, own)
    measured = [one for one in own.measurements if one.canary.at >= since]
    found = judge_canary(action, measured, own.marks, until)
    late_after = max(MISSED * action.interval, SLACK * speed)
    views: list[MetricView] = []
    times: tuple[float, ...] = ()
    for metric, verdict in zip(action.metrics, found.metrics, strict=True):
        mine = _with_missed(action, own, metric.name, late_after)
        times = times or tuple(one.canary.at for one in mine)
        reason = _reason(verdict)
        views.append(
            msgspec.structs.replace(
                metric_view(metric, mine),
                verdict=_WORDS.get(verdict.status, verdict.status),
                reason=reason,
                comparison="" if verdict.comparison in reason else verdict.comparison,
            )
        )
    begin = own.started_at + action.initial_delay
    return CanaryView(
        service=action.service,
        metrics=tuple(views),
        interval=action.interval,
        phase="baking" if own.status == "running" else "done",
        ended_at=own.ended_at,
        last_at=max(max(one.canary.at, one.baseline.at) for one in own.measurements),
        late_after=late_after,
        elapsed=min(bake, max(0.0, until - begin)),
        bake=bake,
        samples=len(own.measurements) // max(1, len(action.metrics)),
        verdict=_WORDS.get(found.status, found.status),
        score=found.score,
        rung=rung,
        marks=tuple((sum(at < mark.at for at in times), mark.label) for mark in (*own.marks, *events)),
        times=times,
    )


def _reason(verdict: MetricVerdict) -> str:
    """Why the verdict is what it is, and the breach that runs: what has failed already is told before it."""
    running = f"worst {verdict.breach}" if verdict.breach else ""
    by_another = verdict.status == "failed" and verdict.broken_for <= verdict.limit_for
    return f"{verdict.reason}; {running}" if running and by_another else running or verdict.reason


def _rung(action: Canary, own: StepState) -> tuple[str, float]:
    """The rung that is judged, which is the last that began, and when that was; nothing without a ladder."""
    rungs = zip(own.marks, action.steps, strict=False)
    begun = [mark for mark, step in rungs if mark.label == f"{step.weight} %"]
    return (begun[-1].label, begun[-1].at) if begun else ("", 0.0)


def _with_missed(action: Canary, own: StepState, metric: str, late_after: float) -> list[Measurement]:
    """The metric's measurements, with gaps where none was taken: the cockpit was away, or an answer slow.

    The wait at the beginning of a rung is none.
    """
    found: list[Measurement] = []
    for one in own.measurements:
        if one.metric != metric:
            continue
        before = found[-1].canary.at if found else one.canary.at
        waits = any(before < mark.at <= one.canary.at for mark in own.marks)
        late = one.canary.at - before - action.initial_delay * waits
        missed = round(late / action.interval) - 1 if late > late_after else 0
        for number in range(missed):
            gap = Sample(at=before + (number + 1) * action.interval, state="no-data", message="not measured")
            found.append(Measurement(metric=metric, canary=gap, baseline=gap))
        found.append(one)
    return found
