"""The infrastructure procedure: one resource back, by exactly the plan that was seen."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import pytest
from alfred_tui.domain.run.intents import Continue, Reopen, Retry

from tests.integration.rollback.lab import TERRAFORM, Release, released

KEEP = ("terraform-plan", "rollback-point", "deploy-infrastructure")


def previous_configuration(release: Release) -> None:
    """What checking out the previous release leaves."""
    previous = resources.files("alfred_tui.demo.workspace") / "previous" / str(TERRAFORM) / "main.tf.json"
    with resources.as_file(previous) as path:
        shutil.copy(path, release.workspace / TERRAFORM / "main.tf.json")


def state(release: Release) -> dict[str, object]:
    """Resource → its input, as the state has it."""
    found = json.loads((release.workspace / TERRAFORM / "terraform.tfstate").read_text(encoding="utf-8"))
    return {one["name"]: one["instances"][0]["attributes"]["input"]["value"] for one in found["resources"]}


async def test_one_resource_goes_back_and_nothing_else(tmp_path: Path) -> None:
    async with released(tmp_path, KEEP) as release:
        after = state(release)
        assert after["queue"] == {"name": "alfred-tasks", "visibility_seconds": 60}
        assert "cache" in after
        previous_configuration(release)
        ended = await release.roll_back("infrastructure")
        assert ended.result == "rolled_back", ended.result_why
        assert state(release) == {**after, "queue": {"name": "alfred-tasks", "visibility_seconds": 30}}
        seen = ended.steps["revert-infrastructure"].evidence
        counts = {one.label: one.value for one in seen if one.kind == "number"}
        assert counts == {"add": "0", "change": "1", "destroy": "0"}
        assert ended.steps["apply-infrastructure-rollback"].confirmed_by


async def test_another_plan_file_than_the_one_that_was_seen_is_not_applied(tmp_path: Path) -> None:
    async with released(tmp_path, KEEP) as release:
        previous_configuration(release)
        before = state(release)

        def exchange(*_: object) -> None:
            plan = release.workspace / TERRAFORM / "rollback.plan"
            if release.state.steps["revert-infrastructure"].status == "passed" and plan.exists():
                plan.write_bytes(plan.read_bytes() + b" ")

        release.session.engine.subscribe(exchange)
        ended = await release.roll_back("infrastructure")
        assert ended.result == "failed"
        assert "is not the plan that was reviewed" in ended.steps["apply-infrastructure-rollback"].reason
        assert state(release) == before


REAL = pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on PATH")


@REAL
async def test_a_state_that_changed_since_the_plan_refuses_it_and_a_new_plan_is_applied(
    tmp_path: Path,
) -> None:
    async with released(tmp_path, KEEP) as release:
        previous_configuration(release)
        done: list[bool] = []

        def meanwhile(*_: object) -> None:
            if release.state.steps["revert-infrastructure"].status == "passed" and not done:
                done.append(True)
                terraform(release, "apply", "-auto-approve", "-replace=terraform_data.cache",
                          "-target=terraform_data.cache")  # fmt: skip

        leave = release.session.engine.subscribe(meanwhile)
        ended = await release.roll_back("infrastructure")
        leave()
        assert ended.result == "failed"
        refused = ended.steps["apply-infrastructure-rollback"]
        assert "Error: Saved plan is stale" in refused.reason
        assert "open “Revert to the previous Terraform state” again with o" in refused.reason
        engine = release.session.engine
        assert (await engine.submit(Continue(by="ann"))).accepted
        plan = Reopen(by="ann", step="revert-infrastructure", reason="stale")
        apply = Retry(by="ann", step="apply-infrastructure-rollback", note="nothing was applied")
        assert (await engine.submit(plan)).accepted
        assert (await engine.submit(apply)).accepted
        again = await release.led()
        assert again.result == "rolled_back", again.result_why


@REAL
async def test_a_locked_state_is_told_with_who_holds_it(tmp_path: Path) -> None:
    async with released(tmp_path, KEEP) as release:
        previous_configuration(release)
        folder = release.workspace / TERRAFORM
        with holding(release, folder):
            ended = await release.roll_back("infrastructure")
        assert ended.result == "failed"
        reason = ended.steps["revert-infrastructure"].reason
        assert "Error: Error acquiring the state lock" in reason
        assert "The state is locked, and nothing was changed: " in reason
        assert "holds it for apply since " in reason
        assert "terraform force-unlock " in reason


def terraform(release: Release, *arguments: str) -> None:
    subprocess.run(
        ["terraform", *arguments, "-no-color", "-input=false"], cwd=release.workspace / TERRAFORM,
        env=dict(release.session.engine._equipment.environ), check=True, capture_output=True,
    )  # fmt: skip


@contextmanager
def holding(release: Release, folder: Path) -> Iterator[None]:
    """The state's lock is held by somebody who is asked whether to apply, and does not answer."""
    with subprocess.Popen(
        ["terraform", "apply", "-no-color"], cwd=folder,
        env=dict(release.session.engine._equipment.environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        try:
            assert any("Do you want to perform these actions?" in line for line in other.stdout)
            yield
        finally:
            other.kill()
