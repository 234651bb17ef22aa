"""A Deployment rolls as Kubernetes' does: in its order, within its bounds, with its revisions and words."""

import pytest
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.sim.kinds import DEPLOYMENTS, REPLICA_SETS
from alfred_tui.demo.sim.pods import is_active, is_ready
from alfred_tui.demo.sim.revisions import revision
from alfred_tui.demo.sim.surge import replicas

from tests.unit.demo_sim.conftest import Build
from tests.unit.demo_sim.lab import Lab, condition, tag


def test_a_new_deployment_comes_up_as_revision_1(lab: Lab) -> None:
    lab.deploy()
    lab.run(30)
    found = lab.deployment()
    (only,) = lab.replica_sets()
    status = {name: value for name, value in found["status"].items() if name != "conditions"}
    assert status == {
        "observedGeneration": 1,
        "replicas": 3,
        "updatedReplicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "terminatingReplicas": 0,
    }
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    assert found["metadata"]["generation"] == 1
    assert only["metadata"]["annotations"] == {
        "deployment.kubernetes.io/desired-replicas": "3",
        "deployment.kubernetes.io/max-replicas": "4",
        "deployment.kubernetes.io/revision": "1",
    }
    found_hash = only["metadata"]["labels"]["pod-template-hash"]
    assert only["metadata"]["name"] == f"web-{found_hash}"
    assert only["spec"]["selector"]["matchLabels"]["pod-template-hash"] == found_hash
    assert {pod["metadata"]["labels"]["pod-template-hash"] for pod in lab.pods()} == {found_hash}
    assert lab.condition("Available")["reason"] == "MinimumReplicasAvailable"
    assert lab.condition("Progressing")["reason"] == "NewReplicaSetAvailable"
    message = f'ReplicaSet "web-{found_hash}" has successfully progressed.'
    assert lab.condition("Progressing")["message"] == message


def test_a_pod_takes_one_to_five_seconds_to_become_ready(lab: Lab) -> None:
    lab.deploy(replicas=1)
    lab.run(1)
    assert not lab.ready()
    lab.run(4)
    assert lab.ready()


def test_the_scaling_is_told_in_events_in_its_order(lab: Lab) -> None:
    lab.deploy()
    lab.run(30)
    lab.set_image("v2")
    lab.run(60)
    old, new = (one["metadata"]["name"] for one in lab.replica_sets())
    assert lab.messages("ScalingReplicaSet") == [
        f"Scaled up replica set {old} from 0 to 3",
        f"Scaled up replica set {new} from 0 to 1",
        f"Scaled down replica set {old} from 3 to 2",
        f"Scaled up replica set {new} from 1 to 2",
        f"Scaled down replica set {old} from 2 to 1",
        f"Scaled up replica set {new} from 2 to 3",
        f"Scaled down replica set {old} from 1 to 0",
    ]
    assert lab.images() == {"v2"}


@pytest.mark.parametrize(
    ("desired", "surge", "unavailable"),
    [
        (3, "25%", "25%"),
        (5, "50%", 0),
        (4, 0, 1),
        (10, "25%", "25%"),
        (2, "0%", "25%"),
        (1, 1, "100%"),
        (6, 3, 2),
    ],
)
def test_a_rolling_update_keeps_within_its_bounds(
    lab: Lab, desired: int, surge: int | str, unavailable: int | str
) -> None:
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    lab.deploy(replicas=desired, strategy={"type": "RollingUpdate", "rollingUpdate": rolling})
    lab.run(60)
    most = {"0%": 0, "25%": -(-desired // 4), "50%": -(-desired // 2)}.get(str(surge), surge)
    fewest = {"25%": desired // 4, "100%": desired}.get(str(unavailable), unavailable)
    assert isinstance(most, int)
    assert isinstance(fewest, int)
    allowed_missing = fewest if (most, fewest) != (0, 0) else 1
    lab.set_image("v2")
    for _ in range(400):
        lab.run(0.25)
        active = [pod for pod in lab.pods() if is_active(pod)]
        assert len(active) <= desired + most
        assert sum(map(is_ready, active)) >= desired - allowed_missing
    assert lab.images() == {"v2"}
    assert len(lab.ready()) == desired


def test_what_kubectl_rollout_status_waits_for_comes_in_its_order(lab: Lab) -> None:
    lab.deploy()
    lab.run(30)
    lab.set_image("v2")
    before = len(lab.changes)
    lab.run(60)
    seen = [change.obj["status"] for _, change in lab.changes[before:] if change.key == DEPLOYMENTS]
    updated = [status.get("updatedReplicas", 0) for status in seen if status["observedGeneration"] == 2]
    assert updated == sorted(updated)
    assert {1, 2, 3} <= set(updated)
    assert any(status.get("replicas", 0) > status.get("updatedReplicas", 0) == 3 for status in seen)
    assert seen[-1]["conditions"][-1]["reason"] == "NewReplicaSetAvailable"


def test_the_old_replica_set_stays_as_history(lab: Lab) -> None:
    lab.deploy()
    lab.run(30)
    lab.set_image("v2")
    lab.run(60)
    old, new = lab.replica_sets()
    assert [(revision(one), replicas(one)) for one in (old, new)] == [(1, 0), (2, 3)]
    assert revision(lab.deployment()) == 2


def test_history_beyond_its_limit_is_deleted_from_the_oldest(lab: Lab) -> None:
    lab.deploy(revisionHistoryLimit=2)
    lab.run(30)
    for number in range(2, 7):
        lab.set_image(f"v{number}")
        lab.run(60)
    assert [revision(one) for one in lab.replica_sets()] == [4, 5, 6]


def test_the_change_cause_is_kept_with_each_revision(lab: Lab) -> None:
    lab.deploy()
    lab.run(30)
    with lab.edit(DEPLOYMENTS, "web") as deployment:
        deployment["metadata"]["annotations"]["kubernetes.io/change-cause"] = "release 2"
        deployment["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.local/web:v2"
    lab.run(60)
    causes = [one["metadata"]["annotations"].get("kubernetes.io/change-cause") for one in lab.replica_sets()]
    assert causes == [None, "release 2"]


def test_a_paused_deployment_does_not_roll_until_it_is_resumed(lab: Lab) -> None:
    lab.deploy()
    lab.run(30)
    with lab.edit(DEPLOYMENTS, "web") as deployment:
        deployment["spec"]["paused"] = True
    lab.run(1)
    lab.set_image("v2")
    lab.run(30)
    assert lab.images() == {"v1"}
    assert lab.condition("Progressing")["reason"] == "DeploymentPaused"
    assert lab.condition("Progressing")["status"] == "Unknown"
    assert lab.deployment()["status"]["observedGeneration"] == lab.deployment()["metadata"]["generation"]
    with lab.edit(DEPLOYMENTS, "web") as deployment:
        del deployment["spec"]["paused"]
    lab.run(60)
    assert lab.images() == {"v2"}


def test_a_paused_deployment_can_still_be_scaled(lab: Lab) -> None:
    lab.deploy(paused=False)
    lab.run(30)
    with lab.edit(DEPLOYMENTS, "web") as deployment:
        deployment["spec"].update(paused=True, replicas=5)
    lab.run(30)
    assert len(lab.ready()) == 5


def test_recreate_never_runs_both_versions_at_once(lab: Lab) -> None:
    lab.deploy(strategy={"type": "Recreate"})
    lab.run(30)
    lab.set_image("v2")
    seen: list[set[str]] = []
    for _ in range(200):
        lab.run(0.2)
        seen.append({tag(pod) for pod in lab.pods()})
    assert {"v1", "v2"} not in seen
    assert seen[-1] == {"v2"}
    assert len(lab.ready()) == 3


def test_scaling_to_nothing_and_back_makes_no_revision(lab: Lab) -> None:
    lab.deploy()
    lab.run(30)
    lab.scale(0)
    lab.run(30)
    assert lab.pods() == []
    assert lab.deployment()["status"]["observedGeneration"] == 2
    assert "replicas" not in lab.deployment()["status"]
    lab.scale(3)
    lab.run(30)
    assert len(lab.ready()) == 3
    assert [revision(one) for one in lab.replica_sets()] == [1]


def test_scaling_in_the_middle_of_a_rollout_spreads_over_both_versions(build: Build) -> None:
    """The example of Kubernetes' documentation: 8 old and 5 new of 10; with 15, 3 and 2 more of each."""
    lab = build()
    rolling = {"maxSurge": 3, "maxUnavailable": 2}
    lab.deploy(replicas=10, strategy={"type": "RollingUpdate", "rollingUpdate": rolling})
    lab.run(60)
    lab.set_image("v2-never")
    lab.run(60)
    assert [replicas(one) for one in lab.replica_sets()] == [8, 5]
    lab.scale(15)
    lab.run(0.01)
    sizes = [
        replicas(change.obj)
        for _, change in lab.changes
        if change.key == REPLICA_SETS and change.obj["metadata"]["annotations"].get(DESIRED) == "15"
    ]
    assert sorted(sizes[:2]) == [7, 11]


DESIRED = "deployment.kubernetes.io/desired-replicas"


def test_minimum_ready_time_delays_availability(lab: Lab) -> None:
    lab.deploy(replicas=1, minReadySeconds=20)
    lab.run(10)
    assert len(lab.ready()) == 1
    assert lab.condition("Available")["status"] == "False"
    lab.run(20)
    assert lab.condition("Available")["status"] == "True"


def test_a_restart_annotation_rolls_all_pods(lab: Lab) -> None:
    lab.deploy()
    lab.run(30)
    before = {pod["metadata"]["name"] for pod in lab.pods()}
    with lab.edit(DEPLOYMENTS, "web") as deployment:
        notes = {"kubectl.kubernetes.io/restartedAt": "2026-11-23T01:00:00Z"}
        deployment["spec"]["template"]["metadata"]["annotations"] = notes
    lab.run(60)
    after = {pod["metadata"]["name"] for pod in lab.pods()}
    assert not before & after
    assert revision(lab.deployment()) == 2


def test_deleting_a_deployment_takes_everything_of_it_along(lab: Lab) -> None:
    lab.deploy()
    lab.run(30)
    lab.store.delete(DEPLOYMENTS, "default", "web")
    lab.run(10)
    assert lab.pods() == []
    assert lab.store.list(REPLICA_SETS) == []


def test_a_replica_set_without_owner_is_adopted_by_the_deployment_that_matches(lab: Lab) -> None:
    lab.deploy()
    lab.run(30)
    names = {pod["metadata"]["name"] for pod in lab.pods()}
    lab.store.delete(DEPLOYMENTS, "default", "web", orphan=True)
    lab.deploy()
    lab.run(30)
    assert {pod["metadata"]["name"] for pod in lab.pods()} == names
    assert len(lab.replica_sets()) == 1


def test_available_condition_turns_false_below_the_minimum(build: Build) -> None:
    lab = build()
    lab.deploy(image="v1-never")
    lab.run(30)
    found: Obj = condition(lab.deployment(), "Available")
    assert (found["status"], found["reason"]) == ("False", "MinimumReplicasUnavailable")
    assert lab.deployment()["status"]["unavailableReplicas"] == 3
