"""Canary against stable as series on one time axis, with the limit and what the verdict would be now."""

from collections.abc import Sequence

import msgspec

from alfred_tui.domain.canary import Mark, Measurement, Sample
from alfred_tui.domain.cluster.workloads import Freshness
from alfred_tui.domain.document.actions import Canary, CanaryMetric, Promote, RemoveCanary, Traffic
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.run.state import RunState, StepState
from alfred_tui.domain.run.triggers import is_watched


class SeriesView(msgspec.Struct, frozen=True, kw_only=True):
    """One side's samples, oldest first; a gap is None and is drawn as one."""

    points: tuple[float | None, ...] = ()
    last: float | None = None
    gap: str = ""
    """Why the newest sample is no number, in a word; empty when it is one."""


class MetricView(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of both sides."""

    name: str
    unit: str
    limit: float | None
    canary: SeriesView
    baseline: SeriesView
    verdict: str = ""
    """pass, fail, inconclusive, or empty when nothing is judged yet."""
    reason: str = ""
    comparison: str = ""
    """What the comparison with stable says, where `reason` does not say it itself."""
    below: bool = False
    """Whether values under the limit break it."""

    def breaks(self, value: float) -> bool:
        """Whether a value is beyond the limit."""
        if self.limit is None:
            return False
        return value < self.limit if self.below else value > self.limit


class CanaryView(msgspec.Struct, frozen=True, kw_only=True):
    """The whole panel."""

    service: str = ""
    metrics: tuple[MetricView, ...] = ()
    interval: float = 15.0
    phase: str = "idle"
    """idle: no bake has begun; baking; done."""
    ended_at: float = 0.0
    """When the bake ended, however it did."""
    last_at: float = 0.0
    """When the newest sample was taken; 0: there is none."""
    late_after: float = 0.0
    """Seconds without a sample after which sampling has stopped, or Prometheus is not asked any more."""
    elapsed: float = 0.0
    bake: float = 0.0
    samples: int = 0
    verdict: str = ""
    score: float = 0.0
    """Of all metrics, 0 to 100, once something is judged."""
    rung: str = ""
    """The share that is judged, of a ladder; empty: the whole bake is."""
    freshness: Freshness | None = None
    marks: tuple[tuple[int, str], ...] = ()
    """The run's own events on the axis: index of the sample before which each came, and its word."""
    times: tuple[float, ...] = ()
    """When each sample was taken, epoch seconds."""

    @property
    def of(self) -> str:
        """What the verdicts and their reasons are about."""
        return f"at {self.rung}" if self.rung else "over the bake"

    @property
    def span(self) -> int:
        """How many samples the whole bake will have; those that there are when it had more."""
        expected = round(self.bake / self.interval) if self.bake and self.interval else 0
        return max(expected, len(self.times), 1)

    def silent_for(self, now: float) -> float:
        """Seconds since the newest sample, where that is longer than it should be; else 0."""
        silent = now - self.last_at if self.phase == "baking" and self.last_at else 0.0
        return silent if silent > self.late_after else 0.0


def series(samples: Sequence[Sample]) -> SeriesView:
    """Samples as drawn."""
    points = tuple(one.value if one.state == "ok" else None for one in samples)
    newest = samples[-1] if samples else None
    known = [one for one in points if one is not None]
    return SeriesView(
        points=points,
        last=known[-1] if known else None,
        gap="" if newest is None or newest.state == "ok" else newest.state.replace("-", " "),
    )


def asks_prometheus(checklist: Checklist) -> bool:
    """Whether a canary is compared, or a trigger watched, by what Prometheus says."""
    compares = any(isinstance(step.action, Canary) for step in checklist.steps())
    return compares or any(map(is_watched, checklist.rollback.triggers))


def canary_owners(checklist: Checklist) -> frozenset[str]:
    """The Deployments (`Deployment/NAME`) that the checklist's steps treat as a canary's."""
    procedures = (step for one in checklist.rollback.procedures for step in one.steps)
    names: set[str] = set()
    for step in (*checklist.steps(), *procedures):
        match step.action:
            case Canary(traffic=Traffic(by="replicas", canary=name)) | Promote(canary=name):
                names.add(name)
            case RemoveCanary(deployments=deployments):
                names.update(deployments)
    return frozenset(f"Deployment/{name}" for name in names)


def canaries_of(checklist: Checklist, service: str) -> tuple[str, ...]:
    """The Deployments that the checklist's steps name as this service's canary."""
    procedures = (step for one in checklist.rollback.procedures for step in one.steps)
    names: list[str] = []
    for step in (*checklist.steps(), *procedures):
        match step.action:
            case Canary(service=of, traffic=Traffic(by="replicas", canary=name)) if of == service:
                names.append(name)
            case Promote(canary=name, stable=of) if of == service:
                names.append(name)
            case RemoveCanary(deployments=deployments, service=of) if of == service:
                names += deployments
    return tuple(dict.fromkeys(names))


def canary_step(state: RunState) -> Step | None:
    """The step that bakes a canary: the one under way, else the last that began, else the first."""
    found = [step for step in state.checklist.steps() if isinstance(step.action, Canary)]
    begun = [step for step in found if state.steps[step.id].started_at]
    running = [step for step in begun if state.steps[step.id].status == "running"]
    chosen = running or begun[-1:] or found[:1]
    return chosen[0] if chosen else None


def run_marks(state: RunState, own: StepState) -> tuple[Mark, ...]:
    """The run's events since a bake began that concern it: rollbacks and fired triggers."""
    began = own.started_at
    back = [Mark(at=one.at, label=f"rollback began: {one.title}") for one in state.rollbacks]
    fired = [
        Mark(at=one.since, label=f"trigger fired: {name}")
        for name, one in state.triggers.items()
        if one.status == "fired"
    ]
    return tuple(sorted((one for one in [*back, *fired] if one.at >= began), key=lambda one: one.at))


def metric_view(metric: CanaryMetric, measurements: Sequence[Measurement]) -> MetricView:
    """One metric's measurements as drawn, not judged."""
    return MetricView(
        name=metric.name,
        unit=metric.unit,
        limit=metric.limit,
        below=metric.direction == "decrease",
        canary=series([one.canary for one in measurements]),
        baseline=series([one.baseline for one in measurements]),
    )
