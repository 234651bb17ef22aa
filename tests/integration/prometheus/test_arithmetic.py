"""The recorded series against a real Prometheus that evaluates the shipped rules over the same samples."""

import asyncio
import math
import time
from pathlib import Path

import httpx
import pytest
from alfred_tui.demo.promapi.rules import Recording, load_groups
from alfred_tui.demo.traffic.series import is_stale
from alfred_tui.demo.traffic.traffic import STEP

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


Values = dict[tuple[str, str, float], float]
"""By service, track and time."""


def recorded(platform: Platform, name: str) -> Values:
    """What the simulation recorded, at each of its samples."""
    times = platform.series("up", "alfred-bot").times
    return {
        (one.labels["service"], one.labels["track"], at): value
        for one in platform.traffic.series()
        if one.labels["__name__"] == name
        for at in times
        if (value := one.at(at)) is not None
    }


async def evaluated(client: httpx.AsyncClient, expr: str, start: float, end: float) -> Values:
    """What a real Prometheus makes of the raw samples at the same times."""
    asked = {"query": expr, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{STEP:g}"}
    answer = await client.get("/api/v1/query_range", params=asked)
    rows = answer.raise_for_status().json()["data"]["result"]
    return {
        (row["metric"]["service"], row["metric"]["track"], at): float(value)
        for row in rows
        for at, value in row["values"]
    }


@pytest.mark.parametrize(("scenario", "seed"), [("canary-errors", 0), ("canary-latency", 14)])
async def test_the_rules_over_the_same_samples_give_the_same_values(
    tmp_path: Path, scenario: str, seed: int
) -> None:
    platform = Platform(scenario, seed=seed, start=math.floor(time.time()) - 5400.0)
    platform.run(120)
    platform.start_canary()
    platform.run(200)
    platform.unready("financial-tax")
    platform.end_canary()
    platform.run(100)
    await import_samples(tmp_path, exposition(platform))
    times = platform.series("up", "alfred-bot").times
    async with real_prometheus(tmp_path) as url, httpx.AsyncClient(base_url=url) as client:
        for rule in RULES:
            # Versions differ in whether a window holds a sample that lies exactly on its start.
            theirs = await evaluated(client, rule.expr.replace("[1m]", "[59s999ms]"), times[0], times[-1])
            ours = recorded(platform, rule.record)
            assert ours == pytest.approx(theirs, rel=1e-3, nan_ok=True), rule.record
            assert len(ours) > 480
