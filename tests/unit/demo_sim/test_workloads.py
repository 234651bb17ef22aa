"""StatefulSets, DaemonSets and Jobs: simple, with the status fields their readers wait for."""

from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.scenarios import Image
from alfred_tui.demo.sim.kinds import (
    CLAIMS,
    CONTROLLER_REVISIONS,
    DAEMON_SETS,
    EVENTS,
    JOBS,
    NODES,
    STATEFUL_SETS,
)
from alfred_tui.demo.sim.pods import is_ready, node_of

from tests.unit.demo_sim.conftest import Build
from tests.unit.demo_sim.lab import Lab, condition, pod_template, scenario, tag


def stateful_set(lab: Lab, replicas: int = 3, **spec: object) -> None:
    wanted: Obj = {
        "replicas": replicas,
        "serviceName": "db",
        "selector": {"matchLabels": {"app": "db"}},
        "template": pod_template("v1", app="db"),
        **spec,
    }
    lab.add({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": wanted})


def the_set(lab: Lab) -> Obj:
    found = lab.store.get(STATEFUL_SETS, "default", "db")
    assert found is not None
    return found


def names(lab: Lab) -> list[str]:
    return [pod["metadata"]["name"] for pod in lab.pods()]


def set_image(obj: Obj, image: str) -> None:
    obj["spec"]["template"]["spec"]["containers"][0]["image"] = f"registry.local/web:{image}"


def test_a_stateful_set_starts_its_pods_one_after_the_other(lab: Lab) -> None:
    stateful_set(lab)
    for _ in range(100):
        lab.run(0.2)
        by_number = sorted(lab.pods(), key=lambda pod: str(pod["metadata"]["name"]))
        assert all(map(is_ready, by_number[:-1]))
    assert names(lab) == ["db-0", "db-1", "db-2"]
    status = the_set(lab)["status"]
    assert status["currentRevision"] == status["updateRevision"]
    fields = ("replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")
    assert [status[field] for field in fields] == [3] * 5


def test_a_stateful_set_tells_of_its_pods_in_kubernetes_words(lab: Lab) -> None:
    stateful_set(lab, replicas=1)
    lab.run(10)
    with lab.edit(STATEFUL_SETS, "db") as obj:
        set_image(obj, "v2")
    lab.run(10)
    told = [e["message"] for e in lab.store.list(EVENTS) if e["involvedObject"]["kind"] == "StatefulSet"]
    # kube-controller-manager 1.36.2
    assert "Create Pod db-0 in StatefulSet db successful" in told
    assert "Delete Pod db-0 in StatefulSet db successful" in told


def test_a_stateful_set_is_updated_from_the_highest_number_down(lab: Lab) -> None:
    stateful_set(lab)
    lab.run(30)
    with lab.edit(STATEFUL_SETS, "db") as obj:
        set_image(obj, "v2")
    order: list[str] = []
    for _ in range(300):
        lab.run(0.1)
        for pod in lab.pods():
            if tag(pod) == "v2" and pod["metadata"]["name"] not in order:
                order.append(pod["metadata"]["name"])
                status = the_set(lab)["status"]
                assert status["updateRevision"] != status["currentRevision"]
    assert order == ["db-2", "db-1", "db-0"]
    status = the_set(lab)["status"]
    assert status["updateRevision"] == status["currentRevision"]
    assert status["observedGeneration"] == 2


def test_a_partition_holds_the_lower_numbers_back(lab: Lab) -> None:
    stateful_set(lab, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}})
    lab.run(30)
    with lab.edit(STATEFUL_SETS, "db") as obj:
        set_image(obj, "v2")
    lab.run(60)
    assert [tag(pod) for pod in lab.pods()] == ["v1", "v1", "v2"]
    assert the_set(lab)["status"]["updatedReplicas"] == 1


def test_on_delete_updates_only_what_is_deleted_by_hand(lab: Lab) -> None:
    stateful_set(lab, replicas=2, updateStrategy={"type": "OnDelete"})
    lab.run(30)
    with lab.edit(STATEFUL_SETS, "db") as obj:
        set_image(obj, "v2")
    lab.run(30)
    assert lab.images() == {"v1"}


def test_a_stateful_set_claims_a_volume_for_each_pod(lab: Lab) -> None:
    storage = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "fast"},
        "provisioner": "csi.example.com",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    lab.add(storage)
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "fast",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    template = pod_template("v1", app="db")
    mounts = [{"name": "data", "mountPath": "/data"}]
    template["spec"]["containers"][0]["volumeMounts"] = mounts
    stateful_set(lab, replicas=2, volumeClaimTemplates=[claim], template=template)
    lab.run(30)
    claims = lab.store.list(CLAIMS, "default")
    assert [one["metadata"]["name"] for one in claims] == ["data-db-0", "data-db-1"]
    assert [one["status"]["phase"] for one in claims] == ["Bound", "Bound"]
    assert all(map(is_ready, lab.pods()))


def daemon_set(lab: Lab) -> None:
    spec = {"selector": {"matchLabels": {"app": "agent"}}, "template": pod_template("v1", app="agent")}
    lab.add({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": spec})


def the_daemon_set(lab: Lab) -> Obj:
    found = lab.store.get(DAEMON_SETS, "default", "agent")
    assert found is not None
    return found


def test_a_daemon_set_runs_one_pod_on_every_node(lab: Lab) -> None:
    daemon_set(lab)
    lab.run(20)
    assert sorted(map(node_of, lab.pods())) == ["node-0", "node-1", "node-2", "node-3"]
    assert the_daemon_set(lab)["status"] == {
        "currentNumberScheduled": 4,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 4,
        "numberReady": 4,
        "observedGeneration": 1,
        "updatedNumberScheduled": 4,
        "numberAvailable": 4,
    }


def test_a_daemon_set_follows_the_nodes(lab: Lab) -> None:
    daemon_set(lab)
    lab.run(20)
    lab.store.delete(NODES, "", "node-3")
    lab.run(20)
    assert len(lab.pods()) == 3
    assert the_daemon_set(lab)["status"]["desiredNumberScheduled"] == 3


def test_a_daemon_set_replaces_its_pods_one_at_a_time(lab: Lab) -> None:
    daemon_set(lab)
    lab.run(20)
    with lab.edit(DAEMON_SETS, "agent") as obj:
        set_image(obj, "v2")
    for _ in range(300):
        lab.run(0.2)
        assert the_daemon_set(lab)["status"]["numberReady"] >= 3
    assert lab.images() == {"v2"}
    assert the_daemon_set(lab)["status"]["updatedNumberScheduled"] == 4
    assert len(lab.store.list(CONTROLLER_REVISIONS)) == 2


def job(lab: Lab, image: str = "v1", **spec: object) -> None:
    template = pod_template(image)
    template["spec"]["restartPolicy"] = "Never"
    del template["spec"]["containers"][0]["readinessProbe"]
    wanted = {"template": template, **spec}
    lab.add({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate"}, "spec": wanted})


def the_job(lab: Lab) -> Obj:
    found = lab.store.get(JOBS, "default", "migrate")
    assert found is not None
    return found


def test_a_job_completes(lab: Lab) -> None:
    job(lab, completions=2)
    lab.run(60)
    status = the_job(lab)["status"]
    assert status["succeeded"] == 2
    assert status["completionTime"] >= status["startTime"]
    assert condition(the_job(lab), "Complete")["status"] == "True"
    assert [pod["status"]["phase"] for pod in lab.pods()] == ["Succeeded", "Succeeded"]
    assert condition(lab.pods()[0], "Ready")["reason"] == "PodCompleted"


def test_a_job_that_keeps_failing_gives_up(build: Build) -> None:
    lab = build(scenario(broken=Image(conduct="crash", lasts=1)))
    job(lab, "broken", backoffLimit=2)
    lab.run(120)
    assert condition(the_job(lab), "Failed")["reason"] == "BackoffLimitExceeded"
    assert the_job(lab)["status"]["failed"] == 3
