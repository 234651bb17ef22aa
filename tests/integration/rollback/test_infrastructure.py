"""The infrastructure procedure: one resource back, by exactly the plan that was seen."""

import json
import shutil
from importlib import resources
from pathlib import Path

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
