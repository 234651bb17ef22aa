"""A cockpit that is killed at every step of a procedure, before and after the step's effect, and goes on each
time: what stands at the end is what an uninterrupted rollback leaves."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import msgspec
import pytest
from alfred_tui.cluster.access.errors import Absent

from tests.integration.rollback.child import Task
from tests.integration.rollback.lab import RELEASE, TERRAFORM, Release, released
from tests.integration.rollback.test_infrastructure import KEEP, previous_configuration

PROCEDURES = {
    "application": (
        (*RELEASE, "deploy-canary"),
        (
            "identify-good-version",
            "apply-rollback",
            "stable-traffic",
            "remove-canary",
            "rollback-status",
            "update-image-tags",
            "verify-application",
        ),
    ),
    "database": (
        RELEASE,
        ("check-restore", "stop-services", "restore-database", "restart-services", "verify-database"),
    ),
    "infrastructure": (
        KEEP,
        ("revert-infrastructure", "apply-infrastructure-rollback", "verify-infrastructure-rollback"),
    ),
}
BESIDE = {"stable-traffic", "update-image-tags"}
"""Start beside the step before them in the list, and so have died with it at their start."""
OVERLAY = Path("infra/k8s/overlays/prod/kustomization.yaml")


@pytest.mark.crash
@pytest.mark.parametrize("procedure", PROCEDURES)
async def test_killed_at_each_of_its_steps_it_ends_as_if_it_never_was(procedure: str, tmp_path: Path) -> None:
    keep, steps = PROCEDURES[procedure]
    async with released(tmp_path / "whole", keep) as release:
        _prepare(release, procedure)
        assert (await release.roll_back(procedure)).result == "rolled_back"
        wanted = await stands(release)
    async with released(tmp_path / "killed", keep) as release:
        _prepare(release, procedure)
        release.session.engine.detach()
        await release.session.close()
        for step in steps:
            for place in ("effect",) if step in BESIDE else ("start", "effect"):
                assert await led_by_a_child(release, tmp_path, procedure, step, place) == -signal.SIGKILL
        assert await led_by_a_child(release, tmp_path, procedure) == 0
        state, _ = await asyncio.to_thread(release.session.folder.read)
        assert state.result == "rolled_back"
        assert await stands(release) == wanted


def _prepare(release: Release, procedure: str) -> None:
    if procedure == "infrastructure":
        previous_configuration(release)


async def led_by_a_child(
    release: Release, folder: Path, procedure: str, step: str = "", place: str = ""
) -> int | None:
    """The exit code of a cockpit that goes on with the run, and dies at the place."""
    task = Task(
        demo=release.demo,
        folder=str(folder / "killed"),
        run=release.session.folder.run,
        procedure=procedure,
        step=step,
        place=place,
    )
    file = folder / "task.json"
    file.write_bytes(msgspec.json.encode(task))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.rollback.child", str(file), cwd=Path(__file__).parents[3]
    )
    try:
        return await asyncio.wait_for(child.wait(), 60)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def stands(release: Release) -> dict[str, object]:
    """What a rollback is to leave the same, interrupted or not."""
    state = json.loads((release.workspace / TERRAFORM / "terraform.tfstate").read_text(encoding="utf-8"))
    try:
        await release.deployment("alfred-bot-canary")
        canary = "stands"
    except Absent:
        canary = "gone"
    return {
        "tags": await release.tags(),
        "replicas": await release.replicas(),
        "canary": canary,
        "schema": release.schema(),
        "resources": {one["name"]: one["instances"][0]["attributes"]["input"] for one in state["resources"]},
        "serial": state["serial"],
        "overlay": (release.workspace / OVERLAY).read_text(encoding="utf-8"),
    }
