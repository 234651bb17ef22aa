"""Before the deployment the last release stands as if it had been rolled out twelve days ago."""

import pytest
from alfred_tui.demo.kube.objects import Obj, clone, epoch
from alfred_tui.demo.scenarios import RELEASE, SERVICES
from alfred_tui.demo.sim.kinds import (
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    DAEMON_SETS,
    DEPLOYMENTS,
    ENDPOINTS,
    NAMESPACES,
    NODES,
    PODS,
    SECRETS,
)
from alfred_tui.demo.sim.pods import is_ready
from alfred_tui.demo.sim.revisions import revision
from alfred_tui.demo.sim.seeding import seed
from alfred_tui.demo.workspace.manifests import SEEDED_TAG, base_manifests

from tests.unit.demo_sim.conftest import Build
from tests.unit.demo_sim.lab import Lab, condition, tag

DAY = 86_400


@pytest.fixture
def seeded(build: Build) -> Lab:
    lab = build(nodes=0)
    seed(lab.cluster, base_manifests(SEEDED_TAG))
    return lab


def age(lab: Lab, obj: Obj) -> float:
    return lab.clock.time - epoch(obj["metadata"]["creationTimestamp"])


def test_all_services_run_the_last_release_as_revision_1(seeded: Lab) -> None:
    for service in SERVICES:
        deployment = seeded.deployment(service)
        assert revision(deployment) == 1
        assert deployment["status"]["availableReplicas"] == 3
        assert condition(deployment, "Progressing")["reason"] == "NewReplicaSetAvailable"
        assert 12 * DAY < age(seeded, deployment) < 13 * DAY
    assert len(seeded.pods()) == 3 * len(SERVICES)
    assert all(map(is_ready, seeded.pods()))
    assert seeded.images() == {SEEDED_TAG}
    assert {pod["status"]["containerStatuses"][0]["restartCount"] for pod in seeded.pods()} == {0}


def test_what_belongs_to_the_services_stands_too(seeded: Lab) -> None:
    store = seeded.store
    assert [node["metadata"]["name"] for node in store.list(NODES)] == [f"node-{i}" for i in range(4)]
    assert all(age(seeded, node) > 90 * DAY for node in store.list(NODES))
    assert {"default", "kube-system"} <= {one["metadata"]["name"] for one in store.list(NAMESPACES)}
    assert all(age(seeded, one) > 90 * DAY for one in store.list(NAMESPACES))
    for scaler in store.list(AUTOSCALERS):
        assert scaler["status"]["currentReplicas"] == 3
        assert condition(scaler, "ScalingActive")["status"] == "True"
    for budget in store.list(BUDGETS):
        assert budget["status"]["disruptionsAllowed"] == 1
    assert [claim["status"]["phase"] for claim in store.list(CLAIMS)] == ["Bound"]
    for service in SERVICES:
        endpoints = store.get(ENDPOINTS, "default", service)
        assert endpoints is not None
        assert len(endpoints["subsets"][0]["addresses"]) == 3
    assert store.list(DAEMON_SETS)[0]["status"]["numberReady"] == 4
    assert all(map(is_ready, store.list(PODS, "kube-system")))


def test_the_secret_of_the_release_before_is_there(seeded: Lab) -> None:
    held = seeded.store.get(SECRETS, "default", "alfred-secrets")
    assert held is not None
    assert set(held["data"]) == {"database-url", "openai-api-key", "slack-bot-token"}


def test_what_was_told_of_it_is_long_forgotten(seeded: Lab) -> None:
    assert seeded.events() == []


def test_the_simulation_goes_on_from_now(seeded: Lab) -> None:
    due = seeded.cluster.next_due()
    assert due is not None
    assert seeded.clock.time < due < seeded.clock.time + 60
    assert seeded.cluster.now() == seeded.clock.time


def test_applying_the_same_release_again_changes_nothing(seeded: Lab) -> None:
    before = len(seeded.changes)
    for wanted in base_manifests(SEEDED_TAG):
        if wanted["kind"] == "Deployment":
            with seeded.edit(DEPLOYMENTS, wanted["metadata"]["name"]) as held:
                held["spec"] = clone(wanted["spec"])
    seeded.run(5)
    assert not [change for _, change in seeded.changes[before:] if change.key == DEPLOYMENTS]


def test_the_release_rolls_all_services_to_revision_2(seeded: Lab) -> None:
    for wanted in base_manifests(RELEASE):
        if wanted["kind"] == "Deployment":
            with seeded.edit(DEPLOYMENTS, wanted["metadata"]["name"]) as held:
                held["spec"] = clone(wanted["spec"])
    seeded.run(60)
    assert {revision(seeded.deployment(service)) for service in SERVICES} == {2}
    assert {tag(pod) for pod in seeded.pods()} == {RELEASE}
