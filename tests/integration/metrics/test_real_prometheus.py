"""The source against a real Prometheus: it understands what the source asks, and every preset."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from alfred_tui.domain.document.actions import CanaryMetric
from alfred_tui.domain.document.query_presets import PRESETS
from alfred_tui.metrics.measure import Tracks, measure
from alfred_tui.metrics.queries import fill
from alfred_tui.metrics.source import MetricsSource

from tests.integration.prometheus.real import needs, real_prometheus

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("prometheus")]

END = math.floor(time.time()) - 3600.0
"""When the last sample was taken."""


def exposition() -> str:
    """Ten minutes of one service: stable answers without an error, of the canary's requests 2 % fail.

    Of each side's requests nine in ten take up to 0.1 s and the rest up to 0.2 s.
    """
    lines = []
    for track, failing in (("stable", 0.0), ("canary", 0.02)):
        for index in range(41):
            at, count = END - (40 - index) * 15, index * 300
            labels = f'service="bot",track="{track}"'
            lines.append(f'http_requests_total{{{labels},code="200"}} {count * (1 - failing)} {at}')
            if failing:
                lines.append(f'http_requests_total{{{labels},code="500"}} {count * failing} {at}')
            for bound, share in (("0.1", 0.9), ("0.2", 1.0), ("+Inf", 1.0)):
                name = "http_request_duration_seconds_bucket"
                lines.append(f'{name}{{{labels},le="{bound}"}} {count * share} {at}')
            ratio = "service_track:http_errors:ratio_rate1m"
            lines.append(f"{ratio}{{{labels}}} {failing} {at}")
    return "\n".join([*lines, *meshes(), "# EOF", ""])


def meshes() -> Iterator[str]:
    """The same of a service `shop`, as Istio, ingress-nginx and Traefik tell it, among what is not meant: the
    sending side's report of the same requests, and a service whose name ends alike."""
    buckets = (("0.1", 0.9), ("0.2", 1.0), ("+Inf", 1.0))
    for track, failing in (("stable", 0.0), ("canary", 0.02)):
        nginx = (
            'exported_namespace="default",exported_service="shop",ingress="shop",host="shop.example.com",'
            f'canary="{"default-shop-canary-80" if track == "canary" else ""}"'
        )
        for index in range(41):
            at, count = END - (40 - index) * 15, index * 300
            codes = [("200", count * (1 - failing)), *([("502", count * failing)] if failing else [])]
            for reporter, times in (("destination", 1), ("source", 2)):
                istio = f'reporter="{reporter}",destination_app="shop",destination_version="{track}"'
                for code, number in codes:
                    yield f'istio_requests_total{{{istio},response_code="{code}"}} {number * times} {at}'
                for bound, share in buckets:
                    le = bound if bound == "+Inf" else f"{float(bound) * 1000:g}"
                    name = "istio_request_duration_milliseconds_bucket"
                    yield f'{name}{{{istio},le="{le}"}} {count * share * times} {at}'
            for code, number in codes:
                yield f'nginx_ingress_controller_requests{{{nginx},status="{code}"}} {number} {at}'
            for bound, share in buckets:
                name = "nginx_ingress_controller_request_duration_seconds_bucket"
                yield f'{name}{{{nginx},le="{bound}"}} {count * share} {at}'
            for service, times in (("default-shop", 1), ("default-barber-shop-x", 50)):
                traefik = f'service="{service}-{track}-80@kubernetes"'
                for code, number in codes:
                    yield f'traefik_service_requests_total{{{traefik},code="{code}"}} {number * times} {at}'
                for bound, share in buckets:
                    name = "traefik_service_request_duration_seconds_bucket"
                    yield f'{name}{{{traefik},le="{bound}"}} {count * share * times} {at}'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def source(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MetricsSource]:
    folder: Path = tmp_path_factory.mktemp("prometheus")
    (folder / "samples").write_text(exposition(), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        needs("promtool"),
        *("tsdb", "create-blocks-from", "openmetrics", str(folder / "samples"), str(folder / "data")),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    async with real_prometheus(folder) as url:
        made = MetricsSource(url)
        yield made
        made.close()


async def test_numbers_and_gaps_are_told_apart(source: MetricsSource) -> None:
    now = time.time()
    assert (await source.ready()).connection == "live"
    assert (await source.instant("vector(0.25)", now)).value == 0.25
    expected = {
        "up_not_there": "no-data",
        'x{service="a"}': "no-data",
        "vector(0) / 0": "nan",
        "vector(1) / 0": "inf",
        "1 +": "error",
        '"text"': "error",
        "http_requests_total[90m]": "error",
    }
    assert {query: (await source.instant(query, now)).state for query in expected} == expected
    assert "parse error" in (await source.instant("1 +", now)).message
    assert (await source.instant('http_requests_total{service="bot"}', END)).state == "several-series"


async def test_a_value_that_is_no_longer_recorded_is_stale_before_prometheus_drops_it(
    source: MetricsSource,
) -> None:
    selector = 'service_track:http_errors:ratio_rate1m{service="bot",track="canary"}'
    fresh = await source.instant(selector, END + 30)
    assert (fresh.state, fresh.value) == ("ok", 0.02)
    old = await source.instant(selector, END + 200)
    assert (old.state, old.message) == ("stale", "the value is 3:20 old")
    assert (await source.instant(selector, END + 400)).state == "no-data"


async def test_a_window_has_its_gaps_where_nothing_was_recorded(source: MetricsSource) -> None:
    selector = 'sum(rate(http_requests_total{service="bot",track="stable"}[1m]))'
    samples = await source.window(selector, END - 60, END + 120, 15)
    assert len(samples) == 13
    assert [one.state for one in samples[:5]] == ["ok"] * 5
    assert [one.state for one in samples[-4:]] == ["no-data"] * 4
    assert samples[0].value == pytest.approx(20)


@pytest.mark.parametrize(
    ("preset", "service"),
    [("http", "bot"), ("istio", "shop"), ("ingress-nginx", "shop"), ("traefik", "shop")],
)
async def test_the_presets_measure_what_was_served(source: MetricsSource, preset: str, service: str) -> None:
    metrics = (
        CanaryMetric(name="errors", promql=f"preset:{preset}/error-ratio", unit="%", scale=100),
        CanaryMetric(name="p95", promql=f"preset:{preset}/p95", unit="ms", scale=1000),
        CanaryMetric(name="rate", promql=f"preset:{preset}/rate"),
    )
    tracks, rates = Tracks(service=service), f"preset:{preset}/rate"
    errors, p95, rate = await measure(source, metrics, tracks, END, rates)
    assert errors.canary.rate == pytest.approx(20)
    assert errors.canary.value == pytest.approx(2)
    assert (errors.baseline.state, errors.baseline.value) == ("ok", 0)
    assert p95.canary.value == p95.baseline.value == pytest.approx(150)
    assert rate.canary.value == pytest.approx(20)


@pytest.mark.parametrize("name", PRESETS)
async def test_no_preset_is_refused_and_without_series_each_is_a_gap(
    source: MetricsSource, name: str
) -> None:
    for query in PRESETS[name].queries.values():
        sample = await source.instant(fill(query, service="a.b", track="canary"), END)
        assert (sample.state, sample.message) == ("no-data", "no series"), query


async def test_rules_and_targets_are_read(source: MetricsSource) -> None:
    rules = await source.alerts()
    assert rules
    assert {rule.health for rule in rules} <= {"ok", "unknown"}
    assert await source.targets() == ()
