"""One beat of sampling: canary and stable of every metric, asked for the same moment."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from alfred_tui.domain.canary import Measurement, Sample
from alfred_tui.domain.document.actions import CanaryMetric
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
    source: Instants, metrics: Sequence[CanaryMetric], tracks: Tracks, at: float, requests: str = ""
) -> tuple[Measurement, ...]:
    """A measurement of each metric, in its unit, at one time. Never raises for what Prometheus answers.

    `requests` is the query of a side's requests per second; empty: nobody counts them. The first query goes
    ahead: where nobody answers it, the others would only wait for the same silence.
    """
    sides = (tracks.canary, tracks.baseline)
    queries = [query_of(metric, tracks.service, track) for metric in metrics for track in sides]
    if not queries:
        return ()
    rates = [fill(requests, service=tracks.service, track=track) for track in sides] if requests else []
    first = await source.instant(queries[0], at)
    if first.state == "unreachable":
        samples = [first] * len(queries)
    else:
        asked = [*queries[1:], *rates]
        samples = [first, *await asyncio.gather(*(source.instant(query, at) for query in asked))]
    canary, baseline = samples[len(queries) :] or (None, None)
    pairs = zip(samples[: len(queries) : 2], samples[1 : len(queries) : 2], strict=True)
    return tuple(
        Measurement(
            metric=metric.name,
            canary=_beside_requests(scaled(ours, metric.scale), canary),
            baseline=_beside_requests(scaled(theirs, metric.scale), baseline),
        )
        for metric, (ours, theirs) in zip(metrics, pairs, strict=True)
    )


def _beside_requests(sample: Sample, rate: Sample | None) -> Sample:
    """The sample with its side's rate of requests. Without a single one it says nothing, whatever it says."""
    if rate is None or rate.state != "ok":
        return sample
    if rate.value <= 0 and sample.state not in ("unreachable", "error"):
        return Sample(at=sample.at, state="no-traffic", message="no requests", rate=0.0)
    return msgspec.structs.replace(sample, rate=rate.value)


def query_of(metric: CanaryMetric, service: str, track: str) -> str:
    """The query of one side. Raises Usage where the template cannot be filled in."""
    return fill(metric.promql, service=service, track=track)


def scaled(sample: Sample, scale: float) -> Sample:
    """The sample in the metric's unit."""
    return msgspec.structs.replace(sample, value=sample.value * scale) if sample.state == "ok" else sample
