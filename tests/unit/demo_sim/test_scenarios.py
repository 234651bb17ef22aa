"""The scenarios are consistent with themselves, the checklist and the manifests."""

import re
from pathlib import Path

import pytest
from alfred_tui.demo.scenarios import CANARY, RELEASE, SCENARIOS, SERVICES, Image, Scenario, image_name
from alfred_tui.demo.workspace import manifests

from tests.unit.demo_sim.conftest import Build
from tests.unit.demo_sim.lab import Lab

CHECKLIST = Path(__file__).parents[3] / "checklists" / "production.yaml"

each = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())


def test_the_ten_scenarios_are_listed_in_their_order() -> None:
    assert list(SCENARIOS) == [
        "healthy",
        "canary-errors",
        "canary-latency",
        "crash-loop",
        "missing-image",
        "slow-rollout",
        "deadline",
        "failing-migration",
        "metrics-gap",
        "flaky-api",
    ]


@each
def test_the_failing_step_is_one_of_the_checklist(scenario: Scenario) -> None:
    steps = re.findall(r"- id: ([\w-]+)", CHECKLIST.read_text(encoding="utf-8"))
    assert not scenario.failing_step or scenario.failing_step in steps


@each
def test_a_failing_scenario_does_not_end_well_and_a_passing_one_does(scenario: Scenario) -> None:
    assert bool(scenario.failing_step) == bool(scenario.exit_code)
    assert scenario.exit_code in (0, 1, 3)
    assert (scenario.exit_code == 3) == (scenario.on_failure == "rollback")


@each
def test_every_image_of_a_scenario_is_one_that_is_deployed(scenario: Scenario) -> None:
    deployed = {image_name(service, RELEASE) for service in SERVICES} | {image_name("alfred-bot", CANARY)}
    assert set(scenario.images) <= deployed


def test_services_and_tags_are_those_of_the_manifests() -> None:
    (canary,) = manifests.canary_manifests()
    (container,) = canary["spec"]["template"]["spec"]["containers"]
    assert container["image"] == image_name("alfred-bot", CANARY)
    names = [obj["metadata"]["name"] for obj in manifests.base_manifests("x") if obj["kind"] == "Deployment"]
    assert names == list(SERVICES)


def test_images_named_for_it_crash_or_stay_unready() -> None:
    story = SCENARIOS["healthy"]
    assert story.image("registry.local/any:v2-crash") == Image(conduct="crash")
    assert story.image("registry.local/any:v2-never") == Image(conduct="never-ready")
    assert story.image("registry.local/any:v2") == Image()


def rolled_out(build: Build, name: str) -> Lab:
    """The release applied in a scenario, three minutes on."""
    lab = build(SCENARIOS[name])
    lab.add({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "alfred-secrets"}})
    lab.add({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "alfred-config"}})
    for obj in manifests.base_manifests(RELEASE):
        if obj["kind"] == "Deployment":
            lab.add(obj)
    lab.run(125)
    return lab


@pytest.mark.parametrize(
    ("name", "stuck"),
    [
        ("healthy", ""),
        ("slow-rollout", ""),
        ("flaky-api", ""),
        ("crash-loop", "financial-tax"),
        ("missing-image", "architect-apiligence"),
        ("deadline", "mission-control"),
    ],
)
def test_exactly_the_named_service_does_not_come_up(build: Build, name: str, stuck: str) -> None:
    lab = rolled_out(build, name)
    reasons = {service: lab.condition("Progressing", service)["reason"] for service in SERVICES}
    expected = dict.fromkeys(SERVICES, "NewReplicaSetAvailable")
    if stuck:
        expected[stuck] = "ProgressDeadlineExceeded"
    assert reasons == expected
