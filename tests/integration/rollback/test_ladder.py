"""A ladder of 10, 25, 50 and 100 % by a route: its weights on the wire, each rung judged by what answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest
from alfred_tui.actions.canaries import canary, compare
from alfred_tui.actions.clock import Clock
from alfred_tui.domain.canary import Sample
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.document.actions import Canary, CanaryMetric, Compare, Rung, Traffic
from alfred_tui.domain.document.checklist import Rollback
from alfred_tui.domain.run.state import RunState, StepState

from tests.integration.cluster import api
from tests.integration.rollback.test_stable_traffic import ROUTES, VIRTUAL, Objects, route, virtual
from tests.unit.engine.test_engine import Bench, document, step

Answer = Callable[[str, int], float | None]
"""By side and the canary's weight."""
STEPS = tuple(Rung(weight=weight, bake=150.0) for weight in (10, 25, 50, 100))
METRIC = CanaryMetric(name="p95", promql='p95{track="{track}"}', unit="ms", limit=500.0, limit_for=60.0)
KINDS = ("istio", "gateway")


def traffic(by: str) -> Traffic:
    if by == "istio":
        return Traffic(by="istio", route="bot", stable="stable", canary="canary")
    return Traffic(by="gateway", route="bot", stable="bot", canary="bot-canary")


def objects() -> Objects:
    return Objects(
        virtual=[virtual([("bot", "stable", 100), ("bot", "canary", None)])],
        routes=[route(("bot", None), ("bot-canary", 0))],
    )


@dataclass
class Mesh:
    """Prometheus beside routes: what is asked depends on where the traffic goes."""

    there: Objects
    by: str
    answer: Answer

    @property
    def weights(self) -> list[int]:
        """Stable's, and the canary's."""
        one = self.there.there[VIRTUAL if self.by == "istio" else ROUTES]["bot"]["spec"]
        legs: list[dict[str, Any]] = (
            one["http"][0]["route"] if self.by == "istio" else one["rules"][0]["backendRefs"]
        )
        return [leg.get("weight", 0) for leg in legs]

    async def instant(self, promql: str, at: float) -> Sample:
        value = self.answer("canary" if '"canary"' in promql else "stable", self.weights[1])
        return Sample(at=at, state="no-data") if value is None else Sample(at=at, value=value)


def well(side: str, weight: int) -> float | None:
    """Stable has no requests any more where the canary has all of them."""
    return None if side == "stable" and weight == 100 else 200.0


class SleptThrough(Clock):
    """A clock that moves by what is slept alone: a busy machine makes no gap in the samples."""

    def __init__(self) -> None:
        super().__init__(speed=1000)
        self._at = self._epoch

    def now(self) -> float:
        return self._at

    def elapsed(self) -> float:
        return self._at - self._epoch

    async def sleep(self, seconds: float) -> None:
        self._at += max(0.0, seconds)
        await asyncio.sleep(0)


@asynccontextmanager
async def climbing(mesh: Mesh, **fields: Any) -> AsyncIterator[Bench]:
    """A run of the ladder and the comparison after it."""
    action = Canary(service="bot", metrics=(METRIC,), steps=STEPS, traffic=traffic(mesh.by), **fields)
    checklist = document(step("bake", action), step("cmp", Compare(canary="bake", metric="p95")))
    checklist = msgspec.structs.replace(checklist, rollback=Rollback())  # only routes are served here
    async with api.serve(mesh.there.answer) as url, api.connected(url) as connection:
        bench = Bench(checklist, {Canary: canary, Compare: compare})

        async def connect() -> Any:
            return connection

        bench.engine._equipment = replace(
            bench.engine._equipment,
            clock=SleptThrough(),
            connect=connect,
            metrics=mesh,  # type: ignore[arg-type]
            target=Target(context="x", namespace="default", server=url),
        )
        async with bench:
            yield bench


async def ended(bench: Bench, step_id: str = "bake") -> StepState:
    state: RunState = await asyncio.wait_for(bench.until(lambda s: s.steps[step_id].ended_at > 0), 20)
    return state.steps[step_id]


@pytest.mark.parametrize("by", KINDS)
async def test_a_good_canary_climbs_to_all_of_the_traffic(by: str) -> None:
    mesh = Mesh(objects(), by, well)
    async with climbing(mesh) as bench:
        own = await ended(bench)
        assert own.status == "passed", own.reason
        assert [mark.label for mark in own.marks] == ["10 %", "25 %", "50 %", "100 %"]
        assert mesh.weights == [0, 100]
        last = next(one.value for one in own.evidence if one.label == "100 % p95")
        assert "has all of the traffic" in last
        assert "keeps its limit of 500 ms" in last
        whole = await ended(bench, "cmp")
        assert whole.status == "passed", whole.reason


@pytest.mark.parametrize("by", KINDS)
async def test_one_that_breaks_its_limit_alone_loses_all_of_it(by: str) -> None:
    mesh = Mesh(objects(), by, lambda side, weight: 900.0 if weight == 100 else 200.0)
    async with climbing(mesh) as bench:
        own = await ended(bench)
    assert own.status == "failed"
    assert own.reason.startswith("At 100 %: canary p95 was over 500 ms for ")
    assert [mark.label for mark in own.marks][-2:] == ["100 %", "0 %"]
    assert mesh.weights == [100, 0]


@pytest.mark.parametrize("by", KINDS)
async def test_a_stable_that_falls_silent_before_that_is_no_pass_and_keeps_the_weights(by: str) -> None:
    mesh = Mesh(objects(), by, lambda side, weight: None if side == "stable" and weight > 10 else 200.0)
    async with climbing(mesh) as bench:
        own = await ended(bench)
    assert own.status == "inconclusive"
    assert own.reason.startswith("At 25 %: ")
    assert mesh.weights == [75, 25]


async def test_a_route_that_others_change_meanwhile_is_read_again() -> None:
    there = objects()
    there.conflicts = 1
    mesh = Mesh(there, "gateway", well)
    async with climbing(mesh) as bench:
        assert (await ended(bench)).status == "passed"


async def test_a_route_that_is_not_there_is_told_and_changes_nothing() -> None:
    mesh = Mesh(Objects(routes=[]), "gateway", well)
    async with climbing(mesh) as bench:
        own = await ended(bench)
    assert own.status == "error"
    assert "bot" in own.reason
    assert own.marks == ()
