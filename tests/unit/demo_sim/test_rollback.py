"""What a rollback really brings back, and what the progress deadline says before and after it."""

import pytest
from alfred_tui.demo.scenarios import Image
from alfred_tui.demo.sim.kinds import DEPLOYMENTS
from alfred_tui.demo.sim.revisions import revision
from alfred_tui.demo.sim.surge import replicas

from tests.unit.demo_sim.conftest import Build
from tests.unit.demo_sim.lab import Lab, condition, scenario


def deployed_twice(lab: Lab) -> None:
    lab.deploy("good")
    lab.run(30)
    lab.set_image("bad")
    lab.run(60)


def test_undo_brings_the_version_before_back_as_a_new_revision(lab: Lab) -> None:
    deployed_twice(lab)
    lab.undo()
    lab.run(60)
    assert lab.images() == {"good"}
    assert [revision(one) for one in lab.replica_sets()] == [2, 3]
    good = lab.replica_sets()[-1]
    assert good["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"
    assert revision(lab.deployment()) == 3


def test_setting_the_old_image_and_then_undoing_brings_the_bad_version_back(lab: Lab) -> None:
    """The trap of the written procedure: after `set image`, the bad revision is the second-highest."""
    deployed_twice(lab)
    lab.set_image("good")
    lab.run(60)
    assert lab.images() == {"good"}
    lab.undo()
    lab.run(60)
    assert lab.images() == {"bad"}


def test_undoing_twice_brings_the_bad_version_back(lab: Lab) -> None:
    deployed_twice(lab)
    lab.undo()
    lab.run(60)
    lab.undo()
    lab.run(60)
    assert lab.images() == {"bad"}
    histories = [
        one["metadata"]["annotations"].get("deployment.kubernetes.io/revision-history")
        for one in lab.replica_sets()
    ]
    assert histories == ["1", "2"]
    assert [revision(one) for one in lab.replica_sets()] == [3, 4]


def test_undo_to_a_pinned_revision_is_not_misled_by_the_order(lab: Lab) -> None:
    deployed_twice(lab)
    lab.set_image("worse")
    lab.run(60)
    lab.undo(to_revision=1)
    lab.run(60)
    assert lab.images() == {"good"}
    assert [revision(one) for one in lab.replica_sets()] == [2, 3, 4]


def test_without_progress_the_deployment_reports_its_deadline(lab: Lab) -> None:
    lab.deploy("good", progressDeadlineSeconds=120)
    lab.run(30)
    lab.set_image("bad-never")
    lab.run(115)
    assert lab.condition("Progressing")["reason"] == "ReplicaSetUpdated"
    lab.run(10)
    found = lab.condition("Progressing")
    newest = lab.replica_sets()[-1]["metadata"]["name"]
    assert (found["status"], found["reason"]) == ("False", "ProgressDeadlineExceeded")
    assert found["message"] == f'ReplicaSet "{newest}" has timed out progressing.'
    # The old pods go on serving: nothing was lost but the time.
    assert len(lab.ready()) == 3
    assert lab.condition("Available")["status"] == "True"


def test_every_pod_that_becomes_ready_renews_the_deadline(build: Build) -> None:
    lab = build(scenario(slow=Image(conduct="slow", ready_after=40)))
    lab.deploy("good", progressDeadlineSeconds=60)
    lab.run(30)
    lab.set_image("slow")
    for _ in range(180):
        lab.run(1)
        assert lab.condition("Progressing")["reason"] != "ProgressDeadlineExceeded"
    assert lab.images() == {"slow"}
    assert lab.condition("Progressing")["reason"] == "NewReplicaSetAvailable"


def test_right_after_an_undo_the_old_deadline_can_still_be_read(lab: Lab) -> None:
    """Why a rollback is verified by its generation, and not by the first condition that is seen."""
    lab.deploy("good", progressDeadlineSeconds=20)
    lab.run(30)
    lab.set_image("bad-never")
    lab.run(60)
    lab.undo()
    before = len(lab.changes)
    lab.run(60)
    generation = lab.deployment()["metadata"]["generation"]
    seen = [
        (change.obj["metadata"]["generation"], condition(change.obj, "Progressing")["reason"])
        for _, change in lab.changes[before:]
        if change.key == DEPLOYMENTS
    ]
    assert seen[0] == (generation, "ProgressDeadlineExceeded")
    assert seen[-1] == (generation, "NewReplicaSetAvailable")
    assert lab.images() == {"good"}


def test_a_rollback_to_an_empty_replica_set_keeps_the_old_condition_until_there_is_progress(
    lab: Lab,
) -> None:
    deployed_twice(lab)
    lab.undo()
    before = len(lab.changes)
    lab.run(60)
    reasons = [
        condition(change.obj, "Progressing")["reason"]
        for _, change in lab.changes[before:]
        if change.key == DEPLOYMENTS and change.obj["status"].get("observedGeneration") == 3
    ]
    assert reasons[0] == "NewReplicaSetAvailable"
    assert "ReplicaSetUpdated" in reasons
    assert "NewReplicaSetCreated" not in reasons


def test_a_deployment_without_a_deadline_has_no_progressing_condition(lab: Lab) -> None:
    lab.deploy("bad-never", progressDeadlineSeconds=2**31 - 1)
    lab.run(1000)
    assert lab.condition("Progressing") == {}


@pytest.mark.parametrize("pause", [3.0, 7.0, 11.0])
def test_a_rollout_that_is_overtaken_by_another_leaves_only_the_last_version(lab: Lab, pause: float) -> None:
    lab.deploy("v1")
    lab.run(30)
    lab.set_image("v2")
    lab.run(pause)
    lab.set_image("v3")
    lab.run(90)
    assert lab.images() == {"v3"}
    assert [replicas(one) for one in lab.replica_sets()] == [0, 0, 3]
