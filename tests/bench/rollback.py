"""Measurements of judgement and the way back: what each costs, against its limit.

`python -m tests.bench.rollback` prints them; the harness calls `measurements`.
"""

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from alfred_tui.domain.canary import Sample
from alfred_tui.domain.document.checklist import TriggerRule
from alfred_tui.domain.judging.metric import Criteria, compare
from alfred_tui.domain.run.triggers import advance, armed
from alfred_tui.metrics.source import MetricsSource


class Measurement(NamedTuple):
    """One figure. `most` and `least` are its limits, None where it is only told."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None


def judging() -> list[Measurement]:
    """Two sides of 1,000 and of 10,000 samples, the best of five."""
    chance = random.Random(5)
    found = []
    for count, most in ((1_000, 50.0), (10_000, None)):
        canary = [chance.lognormvariate(5.3, 0.4) for _ in range(count)]
        stable = [chance.lognormvariate(5.2, 0.4) for _ in range(count)]
        best = min(_timed(lambda a=canary, b=stable: compare(a, b, Criteria())) for _ in range(5))
        found.append(Measurement(f"judge 2 × {count:,}", best * 1000, "ms", most))
    return found


def _timed(work: object) -> float:
    assert callable(work)
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def firing() -> list[Measurement]:
    """From the moment at which the rule's time is over to the sample at which it fires, simulated."""
    rule = TriggerRule(id="e", title="e", promql="q", above=1.0, sustained=300.0, interval=15.0)
    latest = 0.0
    for offset in range(15):
        broke = 1000.0 + offset
        state, at = armed(985.0), 1000.0
        while state.status != "fired":
            value = 2.0 if at >= broke else 0.1
            state = advance(rule, state, [Sample(at=at, value=value)], at)
            at += 15
        latest = max(latest, state.since - (broke + rule.sustained))
    return [Measurement("breach to fired, after the rule's time", latest, "s", rule.interval)]


async def undoing(folder: Path) -> list[Measurement]:
    """From the intent to the last of five undo patches, as the API server answered it."""
    from alfred_tui.cluster.changes import deployment_undo

    from tests.integration.rollback.lab import released

    async with released(folder) as release:
        last = 0.0
        undo = deployment_undo.undo

        async def timed(*args: object, **options: object) -> deployment_undo.Undone:
            nonlocal last
            done = await undo(*args, **options)  # type: ignore[arg-type]
            last = time.perf_counter()
            return done

        deployment_undo.undo = timed
        began = time.perf_counter()
        try:
            state = await release.roll_back("application")
        finally:
            deployment_undo.undo = undo
        assert state.result == "rolled_back", state.result_why
        return [Measurement("key to last undo patch, 5 services", last - began, "s", 1.0)]


async def sampling() -> list[Measurement]:
    """50 services × 4 metrics every 15 s: CPU time of this process, and what its loop is held up by."""
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.metrics_server", stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    try:
        source = MetricsSource((await server.stdout.readline()).decode().strip())
        queries = [f'sum(m{m}{{service="s{s}"}})' for s in range(50) for m in range(4)]
        first = await source.instant(queries[0], time.time())
        assert first.state == "ok", first
        pauses: list[float] = []
        beat = asyncio.create_task(_beats(pauses))
        began, rounds = time.process_time(), 3
        for _ in range(rounds):
            found = await asyncio.gather(*(source.instant(one, time.time()) for one in queries))
            assert all(one.state == "ok" for one in found)
        cpu = (time.process_time() - began) / rounds
        beat.cancel()
    finally:
        server.terminate()
        await server.wait()
    return [
        Measurement("sampling 50 services × 4 metrics every 15 s", cpu / 15.0 * 100, "% of a core", 5.0),
        Measurement("longest pause of the loop while sampling", max(pauses) * 1000, "ms"),
    ]


async def _beats(pauses: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        pauses.append(time.perf_counter() - began - 0.005)


async def measurements() -> list[Measurement]:
    """All of them."""
    with tempfile.TemporaryDirectory(prefix="bench-rollback-", ignore_cleanup_errors=True) as folder:
        return [*judging(), *firing(), *await undoing(Path(folder)), *await sampling()]


def main() -> int:
    """Prints them. The exit code: 1 when a limit is broken."""
    found = asyncio.run(measurements())
    for one in found:
        limit = "" if one.most is None else f" (at most {one.most:g})"
        print(f"{one.name:<52} {one.value:9.3f} {one.unit}{limit}")
    return 1 if any(one.most is not None and one.value > one.most for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
