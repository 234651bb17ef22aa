"""The bake on the embedded platform: a ladder judged at each rung, and samples that survive the cockpit."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from alfred_tui.cli.given import load
from alfred_tui.cli.opening import open_session
from alfred_tui.cli.options import checklist_path
from alfred_tui.domain.document.actions import Canary, Rung, SampleLimits, Traffic
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.run.state import StepState

from tests.integration.rollback.child import Task
from tests.integration.rollback.lab import (
    Release,
    demo_run,
    driven,
    options_of,
    platform,
    released,
    shortened,
)

ROOT = Path(__file__).parents[3]
KEEP = ("rollback-point", "deploy-canary", "monitor-canary")
TRAFFIC = Traffic(stable="alfred-bot", canary="alfred-bot-canary")
LADDER = tuple(Rung(weight=weight, bake=150.0) for weight in (10, 25, 50))


def changed(checklist: Checklist, **fields: object) -> Checklist:
    """The checklist with other fields of its canary."""

    def of(step: Step) -> Step:
        if not isinstance(step.action, Canary):
            return step
        return msgspec.structs.replace(step, action=msgspec.structs.replace(step.action, **fields))

    (phase,) = checklist.phases
    (section,) = phase.sections
    section = msgspec.structs.replace(section, steps=tuple(map(of, section.steps)))
    return msgspec.structs.replace(checklist, phases=(msgspec.structs.replace(phase, sections=(section,)),))


def climbing(checklist: Checklist) -> Checklist:
    return changed(checklist, steps=LADDER, traffic=TRAFFIC, initial_delay=60.0)


def bake(release: Release) -> StepState:
    return release.state.steps["monitor-canary"]


async def test_a_good_canary_climbs_every_rung(tmp_path: Path) -> None:
    async with released(tmp_path, KEEP, change=climbing) as release:
        assert [one.label for one in bake(release).marks] == ["10 %", "25 %", "50 %"]
        told = [one.label for one in bake(release).evidence if one.ok and "error rate" in one.label]
        assert told[:3] == ["10 % error rate", "25 % error rate", "50 % error rate"]
        canary = await release.deployment("alfred-bot-canary")
        assert canary.spec.replicas == 3


async def test_a_bad_canary_fails_on_its_rung_and_loses_its_traffic(tmp_path: Path) -> None:
    async with released(
        tmp_path, KEEP, scenario="canary-errors", change=climbing, result="failed"
    ) as release:
        assert bake(release).status == "failed"
        assert bake(release).reason.startswith("At 10 %: ")
        assert [one.label for one in bake(release).marks] == ["10 %", "0 %"]
        canary = await release.deployment("alfred-bot-canary")
        assert canary.spec.replicas == 0


async def test_more_bad_samples_than_the_limit_end_the_bake_at_once(tmp_path: Path) -> None:
    def limited(checklist: Checklist) -> Checklist:
        return changed(checklist, limits=SampleLimits(failed=2))

    async with released(tmp_path, KEEP, scenario="canary-errors", change=limited, result="failed") as release:
        assert (
            bake(release).reason
            == "The bake was ended: error rate: 3 samples of the canary were beyond its limit."
        )
        assert len(bake(release).measurements) == 2 * 3


@pytest.mark.crash
async def test_a_bake_whose_cockpit_was_killed_goes_on_with_its_samples(tmp_path: Path) -> None:
    async with baking(tmp_path) as release:
        folder = release.session.folder
        release.session.engine.detach()
        await release.session.close()
        child = await asyncio.create_subprocess_exec(*command(release, tmp_path), cwd=ROOT)
        try:
            before = await seen(release, lambda own: len(own.measurements) >= 20)
            os.kill(child.pid, signal.SIGKILL)
            assert await child.wait() == -signal.SIGKILL
            child = await asyncio.create_subprocess_exec(*command(release, tmp_path), cwd=ROOT)
            assert await asyncio.wait_for(child.wait(), 60) == 0
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        state, _ = await asyncio.to_thread(folder.read)
        own = state.steps["monitor-canary"]
        assert own.status == "passed", own.reason
        assert own.attempt == 1
        assert own.started_at == before.started_at
        assert own.measurements[: len(before.measurements)] == before.measurements
        assert len(own.measurements) > len(before.measurements)


@asynccontextmanager
async def baking(folder: Path) -> AsyncIterator[Release]:
    """A run that waits before its canary: the lead of this process leaves there."""
    async with platform(folder) as demo:
        options = options_of(demo, folder)
        loaded, _ = load(checklist_path("production"), options)
        loaded = shortened(loaded, KEEP)
        session = await open_session(loaded, {}, options, demo=demo_run(demo))
        async with driven(session):
            yield Release(demo, options, loaded, session)


def command(release: Release, folder: Path) -> tuple[str, ...]:
    """A cockpit that leads the run to its result."""
    task = Task(demo=release.demo, folder=str(folder), run=release.session.folder.run, procedure="")
    file = folder / "task.json"
    file.write_bytes(msgspec.json.encode(task))
    return sys.executable, "-m", "tests.integration.rollback.child", str(file)


async def seen(release: Release, holds: Callable[[StepState], bool]) -> StepState:
    """The canary's step as the journal has it, once that holds."""
    async with asyncio.timeout(30):
        while True:
            state, _ = await asyncio.to_thread(release.session.folder.read)
            own: StepState = state.steps["monitor-canary"]
            if holds(own):
                return own
            await asyncio.sleep(0.05)
