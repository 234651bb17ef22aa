"""Every scenario of the demo, led to its end without a screen: how it ends, where it fails, what is left."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alfred_tui.demo.scenarios import SCENARIOS, SERVICES, Scenario
from alfred_tui.demo.workspace.manifests import SEEDED_TAG

from tests.stories import given, when

SPEED = 120.0
ENDED_BADLY = {"failed", "error", "inconclusive", "cancelled", "interrupted"}
SETTLED = {"passed", "skipped"}
CHECKLIST_ITEMS = 120


def ended_badly(ran: when.Ran) -> list[str]:
    """The steps that ended badly, in the order in which they did."""
    found = [one["step"] for one in ran.events if one.get("status") in ENDED_BADLY]
    return list(dict.fromkeys(found))


def settled(state: Path) -> dict[str, str]:
    """The checklist's settled steps and how, as the report tells them."""
    steps = when.reported_steps(when.report(state))
    assert len(steps) == CHECKLIST_ITEMS
    return {name: one["status"] for name, one in steps.items() if one["status"] in SETTLED}


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda one: one.name)
def test_a_scenario_ends_as_it_is_told(scenario: Scenario, state: Path) -> None:
    ran = when.cockpit(
        "demo", "--headless", "--jsonl", "--scenario", scenario.name, "--speed", str(SPEED),
        state=state, timeout=150,
    )  # fmt: skip

    assert ran.code == scenario.exit_code, ran
    assert ended_badly(ran)[:1] == ([scenario.failing_step] if scenario.failing_step else [])
    data = when.report(state)
    assert data["mode"] == "demo"
    assert data["scenario"] == scenario.name
    if not scenario.failing_step:
        assert len(settled(state)) == CHECKLIST_ITEMS
        assert data["result"] == "done"
        assert data["settled"] == data["total"] == CHECKLIST_ITEMS
    elif scenario.on_failure == "rollback":
        assert data["result"] == "rolled_back"
        (rollback,) = data["rollbacks"]
        assert {one["status"] for one in rollback["steps"]} == {"passed"}
        assert set(rollback["targets"]) >= set(SERVICES)
    else:
        assert data["result"] == "failed"
        assert data["rollbacks"] == []
        assert scenario.failing_step in data["reason"]


def led(world: Any, folder: Path, state: Path) -> when.Ran:
    """The whole checklist, on a cluster that outlives the run."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.stories.whole_run", str(given.endpoints_file(world, folder))],
        env=when.environment(state),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=150,
    )
    return when.Ran(said.returncode, said.stdout, said.stderr)


def revisions(world: Any, service: str) -> list[int]:
    """What `kubectl rollout history` lists, oldest first."""
    lines = given.kubectl(world, "rollout", "history", f"deployment/{service}").splitlines()
    return [int(line.split()[0]) for line in lines if line[:1].isdigit()]


def image_of(world: Any, service: str, revision: int) -> str:
    """The image that `kubectl rollout history` shows for a revision."""
    told = given.kubectl(
        world, "rollout", "history", f"deployment/{service}", f"--revision={revision}", "-o", "json"
    )
    (container,) = json.loads(told)["spec"]["template"]["spec"]["containers"]
    return str(container["image"])


def running_images(world: Any) -> set[str]:
    told = json.loads(given.kubectl(world, "get", "pods", "-o", "json"))
    return {one["spec"]["containers"][0]["image"] for one in told["items"]}


@pytest.mark.parametrize("name", ["crash-loop", "canary-errors"])
def test_the_rollback_brings_the_old_revision_back_and_kubectl_shows_it(
    name: str, state: Path, tmp_path: Path
) -> None:
    with given.a_cluster(tmp_path, name, SPEED) as world:
        for service in SERVICES:
            assert revisions(world, service) == [1]

        ran = led(world, tmp_path, state)

        assert ran.code == 3, ran
        old = {f"registry.local/{service}:{SEEDED_TAG}" for service in SERVICES}
        for service in SERVICES:
            # Kubernetes numbers the revision that is returned to anew: 1 is 3 now.
            assert revisions(world, service) == [2, 3]
            assert image_of(world, service, 3) == f"registry.local/{service}:{SEEDED_TAG}"
            assert image_of(world, service, 2) not in old
            given.kubectl(world, "rollout", "status", f"deployment/{service}", "--timeout=20s")
        assert running_images(world) == old
        names = given.kubectl(world, "get", "deployments", "-o", "name")
        assert "canary" not in names


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda one: one.name)
@pytest.mark.parametrize("begun", [False, True], ids=["while it starts", "under way"])
def test_a_demo_that_is_ended_leaves_no_folder(number: signal.Signals, begun: bool, state: Path) -> None:
    with when.cockpit_going("demo", "--headless", state=state) as going:
        if begun:
            going.until("unit-tests", "running")
        else:
            when.wait_until(lambda: any(state.parent.glob("alfred-demo-*/workspace")))
        ran = going.interrupted(number)
    assert ran.code == 130, ran
    assert not list(state.parent.glob("alfred-demo-*"))
