"""Native histograms, scraped by a real Prometheus: the sampler reads what its API says, and what was."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from alfred_tui.domain.document.query_presets import PRESETS
from alfred_tui.metrics.queries import fill
from alfred_tui.metrics.source import MetricsSource

from tests.integration.prometheus.native import MEDIA_TYPE, Labels, page, upper_bound
from tests.integration.prometheus.real import real_prometheus

pytestmark = pytest.mark.xdist_group("prometheus")

RATE, FAST, SLOW = 400, 0.1, 0.4
"""Requests per second, nine in ten of which take about 0.1 s, and the rest about 0.4 s."""


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    """The address of alfred-bot's page, on which one in fifty of a canary's requests fails."""
    began = time.monotonic()

    async def metrics(request: web.Request) -> web.Response:
        assert "protobuf" in request.headers["Accept"]
        if request.match_info["service"] != "alfred-bot":
            raise web.HTTPNotFound
        count = int((time.monotonic() - began) * RATE / 50) * 50
        series: dict[Labels, dict[float, int]] = {
            (("service", "native"), ("track", "canary"), ("code", code)): {
                FAST: number * 9 // 10, SLOW: number - number * 9 // 10,
            }
            for code, number in (("200", count - count // 50), ("503", count // 50))
        }  # fmt: skip
        body = page("http_request_duration_seconds", series)
        return web.Response(body=body, headers={"Content-Type": MEDIA_TYPE})

    app = web.Application()
    app.router.add_get("/{service}/health/metrics", metrics)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    await runner.cleanup()


async def test_the_sampler_reads_native_histograms_as_the_api_tells_them(tmp_path: Path) -> None:
    flags = ("--enable-feature=native-histograms",)
    queries = {
        measure: fill(query, service="native", track="canary")
        for measure, query in PRESETS["http-native"].queries.items()
    }
    async with served() as page_, real_prometheus(tmp_path, services=page_, flags=flags) as url:
        source = MetricsSource(url)
        async with asyncio.timeout(30):
            while (await source.instant(queries["error-ratio"], time.time())).state != "ok":
                await asyncio.sleep(0.25)
        at = time.time()
        found = {name: await source.instant(query, at) for name, query in queries.items()}
        async with httpx.AsyncClient(base_url=url) as client:
            for name, query in queries.items():
                asked = {"query": query, "time": f"{at:.3f}"}
                answer = (await client.get("/api/v1/query", params=asked)).json()
                (only,) = answer["data"]["result"]
                assert found[name].value == float(only["value"][1])
        source.close()
    assert found["error-ratio"].value == pytest.approx(0.02, rel=0.2)
    assert found["p95"].value == pytest.approx(upper_bound(SLOW), rel=0.1)
