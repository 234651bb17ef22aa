"""A real Prometheus that goes away in the middle of a bake, and one that comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from alfred_tui.cli.given import load
from alfred_tui.cli.opening import open_session
from alfred_tui.cli.options import Options
from alfred_tui.cli.session import Session
from alfred_tui.domain.run.state import RunState, StepState
from alfred_tui.headless.lead import HeadlessLead

from tests.integration.prometheus.real import real_prometheus

pytestmark = pytest.mark.xdist_group("prometheus")

CHECKLIST = """\
version: 1
title: A bake
phases:
  - id: only
    title: Only
    sections:
      - id: steps
        title: Steps
        steps:
          - id: bake
            title: The canary bakes
            canary:
              service: bot
              bake: 20s
              interval: 1s
              metrics:
                - name: error rate
                  promql: label_replace(vector(0.002), "track", "{track}", "", "")
                  unit: "%"
                  scale: 100
                  limit: 1
          - {id: compare, title: It is as good as stable, compare: {canary: bake, metric: error rate}}
"""


@asynccontextmanager
async def baking(folder: Path, url: str) -> AsyncIterator[tuple[Session, "asyncio.Task[RunState]"]]:
    """A run in its bake, and its lead."""
    (folder / "bake.yaml").write_text(CHECKLIST, encoding="utf-8")
    options = Options(prometheus=url, state_dir=str(folder / "state"), lead="ann")
    loaded, values = load(folder / "bake.yaml", options)
    session = await open_session(loaded, values, options)
    lead = HeadlessLead(
        session.engine, "ann", attestations={}, values={}, signs_all=True, now=session.clock.now
    )
    driving, leading = asyncio.create_task(session.drive()), asyncio.create_task(lead.lead())
    try:
        yield session, leading
    finally:
        leading.cancel()
        session.engine.close()
        await asyncio.gather(driving, leading, return_exceptions=True)
        await session.close()


async def until(session: Session, holds: Callable[[StepState], bool]) -> None:
    async with asyncio.timeout(40):
        while not holds(session.engine.state.steps["bake"]):
            await asyncio.sleep(0.05)


def states(own: StepState) -> list[str]:
    return [one.canary.state for one in own.measurements]


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))


async def test_a_bake_goes_on_when_prometheus_is_back_and_the_gap_stays_a_gap(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        running = AsyncExitStack()
        url = await running.enter_async_context(real_prometheus(tmp_path))
        session, leading = await stack.enter_async_context(baking(tmp_path, url))
        await until(session, lambda own: states(own).count("ok") >= 3)
        await running.aclose()
        await until(session, lambda own: states(own).count("unreachable") >= 2)
        await stack.enter_async_context(real_prometheus(tmp_path, port=int(url.rpartition(":")[2])))
        state = await asyncio.wait_for(leading, 60)
        own = state.steps["bake"]
        assert set(states(own)) == {"ok", "unreachable"}
        assert states(own)[-1] == "ok"
        assert (own.status, state.steps["compare"].status) == ("passed", "passed"), own.reason
        assert state.result == "done"


async def test_a_bake_whose_prometheus_stays_away_is_inconclusive(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        running = AsyncExitStack()
        url = await running.enter_async_context(real_prometheus(tmp_path))
        session, leading = await stack.enter_async_context(baking(tmp_path, url))
        await until(session, lambda own: states(own).count("ok") >= 1)
        await running.aclose()
        state = await asyncio.wait_for(leading, 90)
        troubled = [one for one in state.steps.values() if one.status == "inconclusive"]
        assert troubled, {name: one.status for name, one in state.steps.items()}
        assert state.result == "failed"
        assert "inconclusive" in state.result_why
        assert not [one for one in ("bake", "compare") if state.steps[one].status == "failed"]
