"""Containers behave as their images do, and their kubelet says what a kubelet says."""

import pytest
from alfred_tui.demo.kube.objects import Obj, epoch
from alfred_tui.demo.kube.tables.pods import summary
from alfred_tui.demo.scenarios import Image
from alfred_tui.demo.sim.kinds import PODS, SECRETS
from alfred_tui.demo.sim.surge import replicas

from tests.unit.demo_sim.conftest import Build
from tests.unit.demo_sim.lab import Lab, condition, container, pod_template, scenario, secret, waiting


def seconds_to_restart(lab: Lab, count: int) -> list[float]:
    """The waits between an exit and the following start, for the first `count` restarts."""
    starts: list[float] = []
    ends: list[float] = []
    for _, change in lab.changes:
        if change.key != PODS or not change.obj["status"].get("containerStatuses"):
            continue
        state, last = container(change.obj)["state"], container(change.obj)["lastState"]
        if "running" in state and (at := epoch(state["running"]["startedAt"])) not in starts:
            starts.append(at)
        for found in (state.get("terminated"), last.get("terminated")):
            if found and (at := epoch(found["finishedAt"])) not in ends:
                ends.append(at)
    return [start - end for start, end in zip(starts[1:], ends, strict=False)][:count]


def test_a_crashing_container_is_restarted_with_longer_and_longer_back_off(lab: Lab) -> None:
    lab.deploy("v1-crash", replicas=1)
    lab.run(2000)
    waits = seconds_to_restart(lab, 8)
    expected = [0, 10, 20, 40, 80, 160, 300, 300]
    assert waits == pytest.approx(expected, abs=2)


def test_a_crash_loop_looks_as_kubectl_shows_it(lab: Lab) -> None:
    lab.deploy("v1-crash", replicas=1)
    lab.run(40)
    found = container(lab.pod())
    name, uid = lab.pod()["metadata"]["name"], lab.pod()["metadata"]["uid"]
    assert found["restartCount"] == 2
    assert found["ready"] is False
    assert found["state"]["waiting"] == {
        "reason": "CrashLoopBackOff",
        "message": f"back-off 20s restarting failed container=web pod={name}_default({uid})",
    }
    assert found["lastState"]["terminated"]["exitCode"] == 1
    assert found["lastState"]["terminated"]["reason"] == "Error"
    assert lab.pod()["status"]["phase"] == "Running"
    (backing_off,) = lab.events("BackOff")
    assert backing_off["type"] == "Warning"
    assert backing_off["count"] == 2
    assert backing_off["involvedObject"]["fieldPath"] == "spec.containers{web}"
    assert backing_off["message"].startswith("Back-off restarting failed container web in pod ")


def test_a_crashing_release_does_not_take_the_old_one_down(lab: Lab) -> None:
    lab.deploy("v1", progressDeadlineSeconds=120)
    lab.run(30)
    lab.set_image("v2-crash")
    lab.run(200)
    assert len(lab.ready()) == 3
    assert [replicas(one) for one in lab.replica_sets()] == [3, 1]
    assert lab.condition("Progressing")["reason"] == "ProgressDeadlineExceeded"


def test_an_image_that_is_missing_alternates_between_error_and_back_off(build: Build) -> None:
    lab = build(scenario(gone=Image(conduct="never-pulls")))
    lab.deploy("gone", replicas=1)
    seen: list[str] = []
    for _ in range(1200):
        lab.run(0.1)
        if waiting(lab.pod()) not in seen[-1:]:
            seen.append(waiting(lab.pod()))
    assert seen[:6] == ["ContainerCreating", *["ErrImagePull", "ImagePullBackOff"] * 2, "ErrImagePull"]
    assert lab.pod()["status"]["phase"] == "Pending"
    lab.run(5)
    assert container(lab.pod())["state"]["waiting"]["message"].startswith(
        'Back-off pulling image "registry.local/web:gone": ErrImagePull: rpc error: code = NotFound'
    )
    failed = [event["message"] for event in lab.events("Failed")]
    assert "Error: ErrImagePull" in failed
    assert "Error: ImagePullBackOff" in failed
    assert any("manifest unknown" in message and "not found" in message for message in failed)
    (pulling,) = lab.events("Pulling")
    assert pulling["count"] > 2
    assert condition(lab.pod(), "PodReadyToStartContainers")["status"] == "True"


def test_a_container_over_its_memory_is_killed_with_137(build: Build) -> None:
    lab = build(scenario(fat=Image(conduct="oom", lasts=5)))
    lab.deploy("fat", replicas=1)
    lab.run(60)
    found = container(lab.pod())["lastState"]["terminated"]
    assert (found["exitCode"], found["reason"]) == (137, "OOMKilled")


def test_a_container_that_is_never_ready_fails_its_probe_again_and_again(lab: Lab) -> None:
    lab.deploy("v1-never", replicas=1)
    lab.run(100)
    assert container(lab.pod())["state"].keys() == {"running"}
    assert container(lab.pod())["ready"] is False
    assert condition(lab.pod(), "Ready")["message"] == "containers with unready status: [web]"
    (unhealthy,) = lab.events("Unhealthy")
    assert unhealthy["message"] == "Readiness probe failed: HTTP probe failed with statuscode: 503"
    assert unhealthy["type"] == "Warning"
    assert unhealthy["count"] == pytest.approx(10, abs=1)
    assert unhealthy["firstTimestamp"] < unhealthy["lastTimestamp"]


def test_a_slow_image_becomes_ready_when_its_time_has_come(build: Build) -> None:
    lab = build(scenario(slow=Image(conduct="slow", ready_after=40)))
    lab.deploy("slow", replicas=1)
    lab.run(35)
    assert not lab.ready()
    lab.run(10)
    assert lab.ready()


def with_secret(lab: Lab, source: Obj) -> None:
    template = pod_template(app="web")
    template["spec"]["containers"][0].update(source)
    spec = {"selector": {"matchLabels": {"app": "web"}}, "replicas": 1, "template": template}
    lab.add({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})


def test_a_missing_secret_holds_the_container_until_it_is_there(lab: Lab) -> None:
    with_secret(lab, {"envFrom": [{"secretRef": {"name": "keys"}}]})
    lab.run(20)
    assert waiting(lab.pod()) == "CreateContainerConfigError"
    assert container(lab.pod())["state"]["waiting"]["message"] == 'secret "keys" not found'
    (failed,) = lab.events("Failed")
    assert failed["message"] == 'Error: secret "keys" not found'
    lab.add(secret("keys"))
    lab.run(20)
    assert lab.ready()
    assert container(lab.pod())["restartCount"] == 0


def test_a_missing_key_in_a_secret_is_named(lab: Lab) -> None:
    lab.add(secret("keys", other="eA=="))
    reference = {"name": "keys", "key": "token"}
    with_secret(lab, {"env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": reference}}]})
    lab.run(20)
    message = container(lab.pod())["state"]["waiting"]["message"]
    assert message == "couldn't find key token in Secret default/keys"
    with lab.edit(SECRETS, "keys") as held:
        held["data"]["token"] = "eA=="
    lab.run(20)
    assert lab.ready()


def test_an_optional_secret_may_be_missing(lab: Lab) -> None:
    with_secret(lab, {"envFrom": [{"secretRef": {"name": "keys", "optional": True}}]})
    lab.run(20)
    assert lab.ready()


def test_a_volume_that_cannot_be_mounted_holds_the_pod(lab: Lab) -> None:
    template = pod_template(app="web")
    template["spec"]["volumes"] = [{"name": "keys", "secret": {"secretName": "keys"}}]
    spec = {"selector": {"matchLabels": {"app": "web"}}, "replicas": 1, "template": template}
    lab.add({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    lab.run(10)
    assert waiting(lab.pod()) == "ContainerCreating"
    message = 'MountVolume.SetUp failed for volume "keys" : secret "keys" not found'
    assert [event["message"] for event in lab.events("FailedMount")] == [message]
    lab.add(secret("keys"))
    lab.run(60)
    assert lab.ready()


def test_init_containers_run_one_after_the_other_before_the_pod_starts(lab: Lab) -> None:
    template = pod_template(app="web")
    template["spec"]["initContainers"] = [
        {"name": name, "image": "registry.local/init:1"} for name in ("first", "second")
    ]
    spec = {"selector": {"matchLabels": {"app": "web"}}, "replicas": 1, "template": template}
    lab.add({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    lab.run(2)
    assert condition(lab.pod(), "Initialized")["status"] == "False"
    lab.run(20)
    states = [one["state"]["terminated"]["reason"] for one in lab.pod()["status"]["initContainerStatuses"]]
    assert states == ["Completed", "Completed"]
    assert lab.ready()
    assert lab.messages("Started") == [
        "Started container first",
        "Started container second",
        "Started container web",
    ]


def with_sidecar(lab: Lab) -> None:
    template = pod_template(app="web")
    template["spec"]["initContainers"] = [
        {"name": "proxy", "image": "registry.local/web:proxy", "restartPolicy": "Always"},
        {"name": "setup", "image": "registry.local/init:1"},
    ]
    spec = {"selector": {"matchLabels": {"app": "web"}}, "replicas": 1, "template": template}
    lab.add({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})


def test_a_sidecar_goes_on_beside_the_containers_that_come_after_it(lab: Lab) -> None:
    with_sidecar(lab)
    lab.run(20)
    proxy, setup = lab.pod()["status"]["initContainerStatuses"]
    assert "running" in proxy["state"]
    assert proxy["ready"]
    assert proxy["started"]
    assert setup["state"]["terminated"]["reason"] == "Completed"
    assert condition(lab.pod(), "Initialized")["status"] == "True"
    assert lab.ready()
    assert summary(lab.pod())[:3] == ("Running", 2, 2)


def test_a_sidecar_that_crashes_is_restarted_beside_the_rest_and_keeps_the_pod_unready(build: Build) -> None:
    lab = build(scenario(proxy=Image(conduct="crash", lasts=30.0)))
    with_sidecar(lab)
    lab.run(140, 1.0)
    assert lab.pod()["status"]["initContainerStatuses"][0]["restartCount"] > 1
    assert lab.messages("Started").count("Started container web") == 1
    assert lab.pod()["status"]["phase"] == "Running"
    unready = condition(lab.pod(), "ContainersReady")
    assert (unready["status"], unready["message"]) == ("False", "containers with unready status: [proxy]")


def test_a_pod_that_is_deleted_ends_in_its_grace_and_is_replaced(lab: Lab) -> None:
    lab.deploy(replicas=1)
    lab.run(30)
    name = lab.pod()["metadata"]["name"]
    lab.store.mark_deleted(PODS, "default", name, 30)
    lab.run(0.2)
    assert {pod["metadata"]["name"] for pod in lab.pods()} > {name}
    lab.run(5)
    assert lab.pod()["metadata"]["name"] != name
    assert lab.messages("Killing") == ["Stopping container web"]
    assert lab.ready()


def test_a_second_pod_on_a_node_finds_the_image_there(build: Build) -> None:
    lab = build(nodes=1)
    lab.deploy(replicas=1)
    lab.run(10)
    lab.scale(2)
    lab.run(10)
    messages = lab.messages("Pulled")
    assert messages[0].startswith('Successfully pulled image "registry.local/web:v1" in ')
    assert messages[1] == 'Container image "registry.local/web:v1" already present on machine'


def test_conditions_are_those_of_a_kubelet_in_its_order(lab: Lab) -> None:
    lab.deploy(replicas=1)
    lab.run(30)
    kinds = [one["type"] for one in lab.pod()["status"]["conditions"]]
    assert kinds == ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
    assert {one["status"] for one in lab.pod()["status"]["conditions"]} == {"True"}
    assert all(one["lastProbeTime"] is None for one in lab.pod()["status"]["conditions"])
    assert lab.pod()["status"]["qosClass"] == "Burstable"
    assert lab.pod()["status"]["podIP"].startswith("10.244.")
