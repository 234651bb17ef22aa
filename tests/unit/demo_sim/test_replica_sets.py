"""ReplicaSets make and delete the right pods, and say when they cannot."""

from alfred_tui.demo.kube.defaults import admit
from alfred_tui.demo.sim.kinds import PODS, QUOTAS
from alfred_tui.demo.sim.ownership import controller_of

from tests.unit.demo_sim.conftest import Build
from tests.unit.demo_sim.lab import Lab, condition, pod_template, waiting


def quota(lab: Lab, **hard: str) -> None:
    named = {name.replace("_", "."): value for name, value in hard.items()}
    spec = {"hard": named}
    lab.add({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "limit"}, "spec": spec})


def test_a_refused_pod_is_told_on_the_replica_set_and_the_deployment(lab: Lab) -> None:
    quota(lab, pods="2")
    lab.deploy(replicas=3)
    lab.run(20)
    assert len(lab.ready()) == 2
    (one,) = lab.replica_sets()
    failure = condition(one, "ReplicaFailure")
    assert failure["reason"] == "FailedCreate"
    assert "exceeded quota: limit, requested: pods=1, used: pods=2, limited: pods=2" in failure["message"]
    assert lab.condition("ReplicaFailure")["message"] == failure["message"]
    assert lab.events("FailedCreate")
    assert all("Error creating: pods " in event["message"] for event in lab.events("FailedCreate"))


def test_the_pods_come_when_there_is_room_again(lab: Lab) -> None:
    quota(lab, requests_cpu="1")
    lab.deploy(replicas=3)
    lab.run(20)
    assert len(lab.ready()) == 2
    lab.store.delete(QUOTAS, "default", "limit")
    lab.run(90)
    assert len(lab.ready()) == 3
    assert condition(lab.replica_sets()[0], "ReplicaFailure") == {}
    assert lab.condition("ReplicaFailure") == {}


def test_a_quota_says_what_is_used_of_it(lab: Lab) -> None:
    quota(lab, pods="2", requests_cpu="4")
    lab.deploy(replicas=3)
    lab.run(20)
    (found,) = lab.store.list(QUOTAS, "default")
    assert found["status"]["hard"] == {"pods": "2", "requests.cpu": "4"}
    assert found["status"]["used"]["pods"] == "2"


def test_a_made_pod_can_be_labelled_although_its_template_leaves_the_requests_out(lab: Lab) -> None:
    """What is filled in when a client writes the pod must have been filled in when it was made."""
    template = pod_template("v1", app="web")
    template["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "200m"}}
    lab.deploy(replicas=1, template=template)
    lab.run(20)
    (pod,) = lab.pods()
    labelled = {**pod, "metadata": {**pod["metadata"], "labels": {**pod["metadata"]["labels"], "x": "y"}}}
    assert admit(PODS, labelled, pod)["spec"] == pod["spec"]


def test_a_scale_down_takes_the_pods_that_serve_nobody_first(lab: Lab) -> None:
    lab.deploy(replicas=2)
    lab.run(30)
    steady = {pod["metadata"]["name"] for pod in lab.pods()}
    lab.scale(4)
    lab.run(0.3)
    assert any(waiting(pod) == "ContainerCreating" for pod in lab.pods() if "status" in pod)
    lab.scale(2)
    lab.run(10)
    assert {pod["metadata"]["name"] for pod in lab.pods()} == steady


def test_a_pod_whose_label_is_changed_is_let_go_and_replaced(lab: Lab) -> None:
    lab.deploy(replicas=1)
    lab.run(20)
    name = lab.pod()["metadata"]["name"]
    with lab.edit(PODS, name) as pod:
        pod["metadata"]["labels"]["app"] = "quarantined"
    lab.run(20)
    free = lab.store.get(PODS, "default", name)
    assert free is not None
    assert controller_of(free) is None
    assert len(lab.ready()) == 2


def test_pod_names_have_the_safe_alphabet(build: Build) -> None:
    lab = build()
    lab.deploy(replicas=5)
    lab.run(1)
    owner = lab.replica_sets()[0]["metadata"]["name"]
    for pod in lab.pods():
        tail = pod["metadata"]["name"].removeprefix(f"{owner}-")
        assert len(tail) == 5
        assert set(tail) <= set("bcdfghjklmnpqrstvwxz2456789")
        assert pod["metadata"]["generateName"] == f"{owner}-"
