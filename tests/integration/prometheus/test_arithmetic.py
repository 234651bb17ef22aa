"""The recorded series against a real Prometheus that evaluates the shipped rules over the same samples."""

import asyncio
import math
import time
from pathlib import Path

import httpx
import pytest
from alfred_tui.demo.promapi.rules import Recording, load_groups
from alfred_tui.demo.traffic.series import Series, is_stale

from tests.integration.prometheus.real import needs, real_prometheus
from tests.unit.demo_traffic.platform import Platform

RULES = [rule for group in load_groups() for rule in group.rules if isinstance(rule, Recording)]


def exposition(platform: Platform) -> str:
    """Every raw sample with its time, as OpenMetrics."""
    lines = []
    for series in platform.traffic.series():
        name = series.labels["__name__"]
        if not name.startswith("http_"):
            continue
        labels = ",".join(f'{key}="{text}"' for key, text in series.labels.items() if key != "__name__")
        for at, value in zip(series.times, series.values, strict=True):
            if not is_stale(value):
                lines.append(f"{name}{{{labels}}} {value!r} {at:.3f}")
    return "\n".join([*lines, "# EOF", ""])


async def import_samples(folder: Path, text: str) -> None:
    """Makes blocks of the samples, which a server then finds in its data folder."""
    program = needs("promtool")
    (folder / "samples").write_text(text, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        program,
        *("tsdb", "create-blocks-from", "openmetrics", str(folder / "samples"), str(folder / "data")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


def recorded(platform: Platform) -> dict[str, list[Series]]:
    names = {rule.record for rule in RULES}
    found: dict[str, list[Series]] = {}
    for series in platform.traffic.series():
        if series.labels["__name__"] in names:
            found.setdefault(series.labels["__name__"], []).append(series)
    return found


async def evaluated(client: httpx.AsyncClient, expr: str, at: float) -> dict[tuple[str, str], float]:
    answer = await client.get("/api/v1/query", params={"query": expr, "time": f"{at:.3f}"})
    rows = answer.raise_for_status().json()["data"]["result"]
    return {(row["metric"]["service"], row["metric"]["track"]): float(row["value"][1]) for row in rows}


@pytest.mark.parametrize("scenario", ["canary-errors", "canary-latency"])
async def test_the_rules_over_the_same_samples_give_the_same_values(tmp_path: Path, scenario: str) -> None:
    platform = Platform(scenario, start=math.floor(time.time()) - 5400.0)
    platform.run(120)
    platform.start_canary()
    platform.run(200)
    platform.unready("financial-tax")
    platform.run(100)
    await import_samples(tmp_path, exposition(platform))
    times = platform.series("up", "alfred-bot").times
    compared = 0
    async with real_prometheus(tmp_path) as url, httpx.AsyncClient(base_url=url) as client:
        for rule in RULES:
            # Versions differ in whether a window holds a sample that lies exactly on its start.
            expr = rule.expr.replace("[1m]", "[59s999ms]")
            for at in times[-80::13]:
                theirs = await evaluated(client, expr, at)
                ours = {
                    (series.labels["service"], series.labels["track"]): value
                    for series in recorded(platform)[rule.record]
                    if (value := series.at(at)) is not None
                }
                assert ours == pytest.approx(theirs, rel=1e-3, nan_ok=True), (rule.record, at)
                compared += len(ours)
    assert compared > 90
