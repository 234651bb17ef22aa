"""One beat of sampling: canary and stable of every metric, asked for the same moment."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from alfred_tui.domain.actions import CanaryMetric
from alfred_tui.domain.canary import Measurement, Sample
from alfred_tui.metrics.queries import fill


class Instants(Protocol):
    """What sampling needs of a source."""

    async def instant(self, promql: str, at: float) -> Sample: ...


class Tracks(msgspec.Struct, frozen=True, kw_only=True):
    """Whose metrics: a service, and how its two sides are called in the queries."""

    service: str
    canary: str = "canary"
    baseline: str = "stable"


async def measure(
    source: Instants, metrics: Sequence[CanaryMetric], tracks: Tracks, at: float
) -> tuple[Measurement, ...]:
    """A measurement of each metric, in its unit, at one time. Never raises for what Prometheus answers.

    The first query goes ahead: where nobody answers it, the others would only wait for the same silence.
    """
    queries = [
        query_of(metric, tracks.service, track)
        for metric in metrics
        for track in (tracks.canary, tracks.baseline)
    ]
    if not queries:
        return ()
    first = await source.instant(queries[0], at)
    if first.state == "unreachable":
        samples = [first] * len(queries)
    else:
        samples = [first, *await asyncio.gather(*(source.instant(query, at) for query in queries[1:]))]
    sides = zip(samples[::2], samples[1::2], strict=True)
    return tuple(
        Measurement(
            metric=metric.name, canary=scaled(canary, metric.scale), baseline=scaled(baseline, metric.scale)
        )
        for metric, (canary, baseline) in zip(metrics, sides, strict=True)
    )


def query_of(metric: CanaryMetric, service: str, track: str) -> str:
    """The query of one side. Raises Usage where the template cannot be filled in."""
    return fill(metric.promql, service=service, track=track)


def scaled(sample: Sample, scale: float) -> Sample:
    """The sample in the metric's unit."""
    return msgspec.structs.replace(sample, value=sample.value * scale) if sample.state == "ok" else sample
