"""What the status of a workload counts while pods of it end."""

from alfred_tui.demo.kube.defaults import admit
from alfred_tui.demo.kube.objects import Obj, clone
from alfred_tui.demo.sim.kinds import AUTOSCALERS, CRON_JOBS, JOBS, PODS, STATEFUL_SETS
from alfred_tui.demo.sim.ownership import reference

from tests.unit.demo_sim.lab import Lab


def stateful_set(lab: Lab, image: str) -> Obj:
    template = {
        "metadata": {"labels": {"app": "db"}},
        "spec": {"containers": [{"name": "db", "image": image}]},
    }
    spec = {"replicas": 3, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}}
    body = {"metadata": {"name": "db", "namespace": "default"}, "spec": {**spec, "template": template}}
    return admit(STATEFUL_SETS, body, None)


def test_a_pod_that_ends_counts_for_its_stateful_set_until_it_is_gone(lab: Lab) -> None:
    lab.store.create(STATEFUL_SETS, stateful_set(lab, "db:1"))
    lab.run(30)
    old = lab.store.get(STATEFUL_SETS, "default", "db")
    assert old is not None
    new = clone(old)
    new["spec"]["template"]["spec"]["containers"][0]["image"] = "db:2"
    lab.store.update(STATEFUL_SETS, new)
    lab.run(0.1)
    found = lab.store.get(STATEFUL_SETS, "default", "db")
    assert found is not None
    status = found["status"]
    ending = lab.store.get(PODS, "default", "db-2")
    assert ending is not None
    assert "deletionTimestamp" in ending["metadata"]
    assert (status["replicas"], status["readyReplicas"], status["currentReplicas"]) == (3, 3, 2)
    assert "updatedReplicas" not in status


def test_a_cron_job_wonders_at_a_job_it_did_not_make(lab: Lab) -> None:
    job = {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "a:1"}]}}}
    body: Obj = {"metadata": {"name": "nightly", "namespace": "default"}}
    body["spec"] = {"schedule": "0 3 * * *", "jobTemplate": {"spec": job}}
    cron_job = lab.store.create(CRON_JOBS, admit(CRON_JOBS, body, None))
    made: Obj = {"metadata": {"name": "by-hand", "namespace": "default"}, "spec": job}
    made["metadata"]["ownerReferences"] = [reference(cron_job)]
    lab.store.create(JOBS, admit(JOBS, made, None))
    lab.run(5)
    (event,) = lab.events("UnexpectedJob")
    assert event["message"] == "Saw a job that the controller did not create or forgot: by-hand"


def test_a_pod_that_is_given_a_node_stays_in_its_first_generation(lab: Lab) -> None:
    lab.deploy(replicas=1)
    lab.run(10)
    assert lab.pod()["metadata"]["generation"] == 1


def test_a_new_autoscaler_waits_for_its_first_turn(lab: Lab) -> None:
    lab.deploy(replicas=2)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    body: Obj = {"metadata": {"name": "h", "namespace": "default"}}
    body["spec"] = {"maxReplicas": 4, "scaleTargetRef": target}
    lab.store.create(AUTOSCALERS, admit(AUTOSCALERS, body, None))
    lab.run(10)
    before = lab.store.get(AUTOSCALERS, "default", "h")
    assert before is not None
    assert "conditions" not in before["status"]
    lab.run(10)
    after = lab.store.get(AUTOSCALERS, "default", "h")
    assert after is not None
    assert after["status"]["currentReplicas"] == 2
