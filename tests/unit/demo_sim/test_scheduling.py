"""Pods get nodes that have room; where none has, they say why and are tried again when that changes."""

from alfred_tui.demo.sim.kinds import NODES, PODS
from alfred_tui.demo.sim.pods import node_of

from tests.unit.demo_sim.conftest import Build
from tests.unit.demo_sim.lab import Lab, condition, pod_template


def big(lab: Lab, cpu: str) -> None:
    template = pod_template(app="web")
    template["spec"]["containers"][0]["resources"] = {"requests": {"cpu": cpu}}
    spec = {"selector": {"matchLabels": {"app": "web"}}, "replicas": 1, "template": template}
    lab.add({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})


def test_pods_of_a_deployment_are_spread_over_the_nodes(lab: Lab) -> None:
    lab.deploy(replicas=4)
    lab.run(10)
    assert {node_of(pod) for pod in lab.pods()} == {"node-0", "node-1", "node-2", "node-3"}


def test_a_pod_that_fits_nowhere_says_why(lab: Lab) -> None:
    big(lab, "20")
    lab.run(10)
    found = condition(lab.pod(), "PodScheduled")
    assert (found["status"], found["reason"]) == ("False", "Unschedulable")
    assert found["message"] == (
        "0/4 nodes are available: 4 Insufficient cpu. no new claims to deallocate, preemption: "
        "0/4 nodes are available: 4 Preemption is not helpful for scheduling."
    )
    assert lab.pod()["status"]["phase"] == "Pending"
    (event,) = lab.events("FailedScheduling")
    assert event["message"] == found["message"]
    assert event["reportingComponent"] == "default-scheduler"
    assert event["eventTime"]


def test_room_that_comes_free_goes_to_the_one_that_waits(build: Build) -> None:
    lab = build(nodes=1)
    big(lab, "15")
    lab.run(10)
    lab.deploy(name="later", replicas=2)
    lab.run(10)
    assert sum(not node_of(pod) for pod in lab.pods()) == 1
    lab.scale(0)
    lab.run(10)
    assert len(lab.ready()) == 2


def test_a_cordoned_node_gets_no_pods_until_it_is_uncordoned(build: Build) -> None:
    lab = build(nodes=1)
    with lab.edit(NODES, "node-0", "") as node:
        node["spec"]["unschedulable"] = True
    lab.deploy(replicas=1)
    lab.run(10)
    assert "1 node(s) were unschedulable" in condition(lab.pod(), "PodScheduled")["message"]
    with lab.edit(NODES, "node-0", "") as node:
        del node["spec"]["unschedulable"]
    lab.run(10)
    assert lab.ready()


def test_a_taint_keeps_pods_away_that_do_not_tolerate_it(build: Build) -> None:
    lab = build(nodes=1)
    with lab.edit(NODES, "node-0", "") as node:
        node["spec"]["taints"] = [{"key": "dedicated", "value": "db", "effect": "NoSchedule"}]
    lab.deploy(replicas=1)
    lab.run(10)
    message = condition(lab.pod(), "PodScheduled")["message"]
    assert "1 node(s) had untolerated taint(s)" in message


def test_a_pod_waits_for_the_claim_it_names(lab: Lab) -> None:
    template = pod_template(app="web")
    template["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    spec = {"selector": {"matchLabels": {"app": "web"}}, "replicas": 1, "template": template}
    lab.add({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    lab.run(10)
    message = '0/4 nodes are available: persistentvolumeclaim "data" not found.'
    assert condition(lab.pod(), "PodScheduled")["message"] == message


def test_scheduling_is_told_as_the_scheduler_tells_it(lab: Lab) -> None:
    lab.deploy(replicas=1)
    lab.run(10)
    (event,) = lab.events("Scheduled")
    name, node = lab.pod()["metadata"]["name"], node_of(lab.pod())
    assert event["message"] == f"Successfully assigned default/{name} to {node}"
    assert (event["action"], event["firstTimestamp"], event["source"]) == ("Binding", None, {})
    assert lab.store.get(PODS, "default", name) is not None
