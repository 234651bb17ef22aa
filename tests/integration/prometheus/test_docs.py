"""The documented queries are those of the presets, and a real Prometheus accepts them."""

import re
from pathlib import Path

import httpx
import pytest
from alfred_tui.demo.traffic.counters import RECORDED
from alfred_tui.domain.document.query_presets import PRESETS
from alfred_tui.metrics.queries import fill

from tests.integration.prometheus.real import real_prometheus

TEXT = (Path(__file__).parents[3] / "docs" / "prometheus.md").read_text(encoding="utf-8")
DOCUMENTED = dict(re.findall(r"```promql\n# preset:(\S+)\n(.+)\n```", TEXT))


def test_every_preset_is_documented_as_it_is() -> None:
    known = {
        f"{name}/{measure}": query
        for name, preset in PRESETS.items()
        for measure, query in preset.queries.items()
    }
    assert known == DOCUMENTED


def test_every_recorded_series_is_documented() -> None:
    assert all(f"`{name}{{" in TEXT for name in RECORDED)


async def test_a_real_prometheus_accepts_every_documented_query(tmp_path: Path) -> None:
    async with real_prometheus(tmp_path) as url, httpx.AsyncClient(base_url=url) as client:
        for name, query in DOCUMENTED.items():
            filled = fill(query, service="alfred-bot", track="canary")
            answer = await client.get("/api/v1/query", params={"query": filled})
            if answer.status_code == 400 and "histogram_count" in query:
                pytest.skip(f"this Prometheus has no native histograms: {answer.text}")
            assert answer.status_code == 200, f"{name}: {answer.text}"
