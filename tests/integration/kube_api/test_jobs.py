"""Jobs, CronJobs and DaemonSets are filled in as kube-apiserver 1.36.2 does it."""

import json
from typing import Any

from tests.integration.kube_api.http import Client
from tests.integration.kube_api.lab import Lab

POD = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "once:1"}]}}


def job(spec: dict[str, Any]) -> str:
    return json.dumps({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"}, "spec": spec})


async def test_a_job_applied_by_the_client_can_be_applied_by_the_server(lab: Lab) -> None:
    manifest = job({"template": POD})
    assert (await lab.kubectl("apply", "-f", "-", stdin=manifest)).code == 0
    said = await lab.kubectl("apply", "--server-side", "-f", "-", stdin=manifest)
    assert said.lines == ["job.batch/once serverside-applied"]
    again = await lab.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=manifest)
    assert again.lines == ["job.batch/once serverside-applied"]


async def test_nobody_owns_the_selector_and_labels_the_server_made(lab: Lab) -> None:
    assert (await lab.kubectl("apply", "-f", "-", stdin=job({"template": POD}))).code == 0
    said = await lab.kubectl("get", "job", "once", "-o", "json", "--show-managed-fields")
    owned = json.loads(said.output)["metadata"]["managedFields"][0]["fieldsV1"]
    assert set(owned["f:metadata"]) == {"f:annotations"}
    assert sorted(owned["f:spec"]) == [
        "f:backoffLimit",
        "f:completionMode",
        "f:completions",
        "f:manualSelector",
        "f:parallelism",
        "f:podReplacementPolicy",
        "f:suspend",
        "f:template",
    ]
    assert set(owned["f:spec"]["f:template"]) == {"f:spec"}


async def test_a_cron_job_leaves_the_defaults_of_its_jobs_to_them(lab: Lab) -> None:
    made = await lab.kubectl("create", "cronjob", "nightly", "--image=once:1", "--schedule=0 3 * * *")
    assert made.code == 0
    read = json.loads((await lab.kubectl("get", "cj", "nightly", "-o", "json")).output)
    assert set(read["spec"]["jobTemplate"]["spec"]) == {"template"}


async def test_a_daemon_set_counts_its_templates(lab: Lab) -> None:
    labels = {"app": "agent"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "agent", "image": "a:1"}]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    body = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": spec}
    assert (await lab.kubectl("create", "-f", "-", stdin=json.dumps(body))).code == 0
    path = r"jsonpath={.metadata.annotations.deprecated\.daemonset\.template\.generation}"
    assert (await lab.kubectl("get", "ds", "agent", "-o", path)).output == "1"
    assert (await lab.kubectl("label", "ds", "agent", "team=a")).code == 0
    assert (await lab.kubectl("get", "ds", "agent", "-o", path)).output == "1"
    assert (await lab.kubectl("set", "image", "ds/agent", "agent=a:2")).code == 0
    assert (await lab.kubectl("get", "ds", "agent", "-o", path)).output == "2"


async def test_a_job_with_a_generated_name_is_labelled_with_it(client: Client) -> None:
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "a:1"}]}
    body = {"metadata": {"generateName": "j-"}, "spec": {"template": {"spec": pod}}}
    status, job = await client.call("POST", "/apis/batch/v1/namespaces/default/jobs", body)
    assert status == 201
    assert job["metadata"]["labels"]["batch.kubernetes.io/job-name"] == job["metadata"]["name"]
    assert job["spec"]["template"]["metadata"]["labels"]["job-name"] == job["metadata"]["name"]
