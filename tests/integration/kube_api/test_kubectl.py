"""Real kubectl works on the embedded API beyond what was recorded."""

import base64
import json
from pathlib import Path

import pytest
from alfred_tui.demo.kube.store import Key

from tests.integration.kube_api.lab import Lab
from tests.integration.kube_api.manifests import deployment, pod
from tests.integration.kube_api.sources import FixedLogs, FixedUsage

PODS = Key("", "pods")


@pytest.mark.parametrize(
    ("arguments", "kind", "name"),
    [
        ("create namespace team", "namespace", "team"),
        ("create configmap settings --from-literal=a=1", "configmap", "settings"),
        ("create secret generic keys --from-literal=a=b", "secret", "keys"),
        ("create serviceaccount robot", "serviceaccount", "robot"),
        ("create job once --image=busybox:1 -- echo hi", "job.batch", "once"),
        ("create cronjob nightly --image=b:1 --schedule=@daily -- true", "cronjob.batch", "nightly"),
        ("create role reader --verb=get --resource=pods", "role.rbac.authorization.k8s.io", "reader"),
        ("create rolebinding r --role=reader --user=jane", "rolebinding.rbac.authorization.k8s.io", "r"),
        ("create clusterrole c --verb=get --resource=nodes", "clusterrole.rbac.authorization.k8s.io", "c"),
        ("create quota q --hard=pods=10,cpu=4", "resourcequota", "q"),
        ("create pdb p --selector=app=x --min-available=1", "poddisruptionbudget.policy", "p"),
        ("create ingress i --rule=foo.com/=svc:80", "ingress.networking.k8s.io", "i"),
        ("create service clusterip svc --tcp=80:8080", "service", "svc"),
        ("create service nodeport np --tcp=80", "service", "np"),
        ("create deployment web --image=nginx:1 --replicas=0 --port=80", "deployment.apps", "web"),
        ("run one --image=busybox:1 --restart=Never --env=A=B -- sleep 3", "pod", "one"),
    ],
)
async def test_every_create_command_is_read_and_can_be_read_back(
    lab: Lab, arguments: str, kind: str, name: str
) -> None:
    made = await lab.kubectl(*arguments.split())
    assert made.output == f"{kind}/{name} created\n"
    read = await lab.kubectl("get", kind, name, "-o", "name")
    assert read.output == f"{kind}/{name}\n"


async def test_a_created_deployment_is_what_was_asked_for(lab: Lab) -> None:
    await lab.kubectl("create", "deployment", "web", "--image=nginx:1", "--replicas=0", "--port=80")
    found = lab.store.get(Key("apps", "deployments"), "default", "web")
    assert found is not None
    assert found["spec"]["replicas"] == 0
    container = found["spec"]["template"]["spec"]["containers"][0]
    assert container["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert "creationTimestamp" not in found["spec"]["template"]["metadata"]


async def test_a_secrets_bytes_arrive(lab: Lab) -> None:
    await lab.kubectl("create", "secret", "generic", "keys", "--from-literal=a=ä/+")
    found = lab.store.get(Key("", "secrets"), "default", "keys")
    assert found is not None
    assert base64.b64decode(found["data"]["a"]).decode() == "ä/+"


async def test_strict_validation_names_the_unknown_field(lab: Lab) -> None:
    manifest = deployment()
    manifest["spec"]["replica"] = 3
    answer = await lab.kubectl("create", "-f", "-", stdin=json.dumps(manifest))
    assert answer.code == 1
    assert 'strict decoding error: unknown field "spec.replica"' in answer.output


async def test_a_warning_about_an_unknown_field_is_shown(lab: Lab) -> None:
    manifest = deployment()
    manifest["spec"]["replica"] = 3
    answer = await lab.kubectl("create", "--validate=warn", "-f", "-", stdin=json.dumps(manifest))
    assert 'Warning: unknown field "spec.replica"' in answer.output
    assert "deployment.apps/web created" in answer.output


async def test_a_server_dry_run_changes_nothing(lab: Lab) -> None:
    for arguments in (("apply", "--dry-run=server"), ("apply", "--server-side", "--dry-run=server")):
        answer = await lab.kubectl(*arguments, "-f", "-", stdin=json.dumps(deployment()))
        assert "(server dry run)" in answer.output
    assert lab.store.count(Key("apps", "deployments")) == 0
    await lab.kubectl("apply", "-f", "-", stdin=json.dumps(deployment()))
    tried = await lab.kubectl("scale", "deployment/web", "--replicas=9", "--dry-run=server")
    assert tried.output == "deployment.apps/web scaled (server dry run)\n"
    gone = await lab.kubectl("delete", "deployment", "web", "--dry-run=server")
    assert "deleted (server dry run)" in gone.output.replace(" from default namespace", "")
    read = await lab.kubectl("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}")
    assert read.output == "2"


async def test_apply_merges_three_ways(lab: Lab) -> None:
    manifest = deployment()
    manifest["metadata"]["labels"] = {"mine": "1", "old": "1"}
    await lab.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    await lab.kubectl("label", "deployment", "web", "theirs=2")
    del manifest["metadata"]["labels"]["old"]
    again = await lab.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    assert again.output == "deployment.apps/web configured\n"
    found = lab.store.get(Key("apps", "deployments"), "default", "web")
    assert found is not None
    assert found["metadata"]["labels"] == {"mine": "1", "theirs": "2"}


async def test_diff_shows_the_change(lab: Lab) -> None:
    await lab.kubectl("apply", "-f", "-", stdin=json.dumps(deployment()))
    answer = await lab.kubectl("diff", "-f", "-", stdin=json.dumps(deployment(image="web:2")))
    assert answer.code == 1
    assert [line.strip() for line in answer.lines if line.startswith(("+ ", "- ")) and "image:" in line] == [
        "-      - image: web:1".strip(),
        "+      - image: web:2".strip(),
    ]


async def test_edit_by_replace_is_refused_when_somebody_was_faster(lab: Lab) -> None:
    await lab.kubectl("apply", "-f", "-", stdin=json.dumps(deployment()))
    read = await lab.kubectl("get", "deployment", "web", "-o", "json")
    await lab.kubectl("scale", "deployment/web", "--replicas=5")
    answer = await lab.kubectl("replace", "-f", "-", stdin=read.output)
    assert answer.code == 1
    assert "the object has been modified; please apply your changes to the latest version" in answer.output


async def test_deleting_a_namespace_takes_what_is_in_it_but_not_the_default(lab: Lab) -> None:
    await lab.kubectl("create", "namespace", "team")
    await lab.kubectl("create", "configmap", "x", "-n", "team")
    assert (await lab.kubectl("delete", "namespace", "team")).code == 0
    assert (await lab.kubectl("get", "cm", "-n", "team")).output == "No resources found in team namespace.\n"
    refused = await lab.kubectl("delete", "namespace", "default")
    assert refused.output == (
        'Error from server (Forbidden): namespaces "default" is forbidden: '
        "this namespace may not be deleted\n"
    )


async def test_a_missing_namespace_is_told(lab: Lab) -> None:
    answer = await lab.kubectl("create", "configmap", "x", "-n", "nope")
    assert answer.output == 'error: failed to create configmap: namespaces "nope" not found\n'


async def test_the_viewer_can_look_and_not_touch(lab: Lab) -> None:
    lab.store.create(PODS, pod())
    token = lab.server.viewer_token
    assert "p      1/1     Running" in (await lab.kubectl("get", "pods", token=token)).output
    refused = await lab.kubectl("delete", "pod", "p", token=token)
    assert 'pods "p" is forbidden: User "oncall" cannot delete resource "pods"' in refused.output
    hidden = await lab.kubectl("get", "secrets", token=token)
    assert 'secrets is forbidden: User "oncall" cannot list resource "secrets"' in hidden.output
    assert (await lab.kubectl("auth", "can-i", "list", "pods", token=token)).output == "yes\n"
    assert (await lab.kubectl("auth", "can-i", "delete", "pods", token=token)).output == "no\n"
    assert "oncall" in (await lab.kubectl("auth", "whoami", token=token)).output


async def test_logs_in_all_their_ways(lab: Lab, logs: FixedLogs) -> None:
    lab.store.create(PODS, pod())
    logs.written = [(1.0, "one"), (2.0, "two")]
    logs.before = [(0.5, "earlier")]
    assert (await lab.kubectl("logs", "p")).output == "one\ntwo\n"
    assert (await lab.kubectl("logs", "p", "--tail=1", "--timestamps")).output == (
        "1970-01-01T00:00:02.000000000Z two\n"
    )
    assert "container x is not valid for pod p" in (await lab.kubectl("logs", "p", "-c", "x")).output
    previous = await lab.kubectl("logs", "p", "--previous")
    assert 'previous terminated container "c" in pod "p" not found' in previous.output


async def test_top_shows_usage_and_says_when_there_is_none(lab: Lab, usage: FixedUsage) -> None:
    lab.store.create(PODS, pod())
    answer = await lab.kubectl("top", "pods")
    assert answer.lines[1].split() == ["p", "250m", "64Mi"]
    usage.available = False
    assert "ServiceUnavailable" in (await lab.kubectl("top", "pods")).output


async def test_deleting_a_pod_waits_for_its_end(lab: Lab) -> None:
    lab.store.create(PODS, pod())
    answer = await lab.kubectl("delete", "pod", "p", "--grace-period=1")
    assert answer.code == 0
    assert lab.store.count(PODS) == 0


async def test_drain_evicts_the_pods_of_a_node(lab: Lab) -> None:
    lab.store.create(Key("", "nodes"), {"metadata": {"name": "node-1"}, "spec": {}, "status": {}})
    lab.store.create(PODS, pod())
    answer = await lab.kubectl("drain", "node-1", "--force", "--grace-period=1")
    assert answer.code == 0, answer.output
    assert "node/node-1 drained" in answer.output
    node = lab.store.get(Key("", "nodes"), "", "node-1")
    assert node is not None
    assert node["spec"]["unschedulable"] is True


async def test_a_job_selects_its_own_pods_and_no_others(lab: Lab) -> None:
    await lab.kubectl("create", "job", "once", "--image=busybox:1", "--", "true")
    found = lab.store.get(Key("batch", "jobs"), "default", "once")
    assert found is not None
    uid = found["metadata"]["uid"]
    assert found["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    made_from = found["spec"]["template"]["metadata"]["labels"]
    assert made_from["batch.kubernetes.io/controller-uid"] == uid
    assert made_from["job-name"] == "once"
    lab.store.create(PODS, pod("somebody-elses"))
    answer = await lab.kubectl("logs", "job/once", "--pod-running-timeout=100ms")
    assert answer.code == 1
    assert "somebody-elses" not in answer.output


async def test_the_scale_of_a_workload_is_shown_as_kubectl_does(lab: Lab) -> None:
    await lab.kubectl("apply", "-f", "-", stdin=json.dumps(deployment(replicas=3)))
    answer = await lab.kubectl("get", "deployment", "web", "--subresource=scale")
    assert answer.lines[0].split() == ["NAME", "DESIRED", "AVAILABLE", "AGE"]
    assert answer.lines[1].split()[:3] == ["web", "3", "0"]


async def test_explain_knows_the_structure(lab: Lab) -> None:
    answer = await lab.kubectl("explain", "deployment.spec.strategy")
    assert "rollingUpdate\t<RollingUpdateDeployment>" in answer.output


async def test_all_resources_are_listed(lab: Lab) -> None:
    answer = await lab.kubectl("api-resources", "-o", "name")
    for name in ("pods", "deployments.apps", "horizontalpodautoscalers.autoscaling", "pods.metrics.k8s.io"):
        assert name in answer.lines


async def test_delete_with_orphans_keeps_the_dependents(lab: Lab) -> None:
    await lab.kubectl("apply", "-f", "-", stdin=json.dumps(deployment()))
    owner = lab.store.get(Key("apps", "deployments"), "default", "web")
    assert owner is not None
    child = pod("child")
    child["metadata"]["ownerReferences"] = [
        {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": owner["metadata"]["uid"]}
    ]
    lab.store.create(PODS, child)
    await lab.kubectl("delete", "deployment", "web", "--cascade=orphan")
    assert lab.store.count(PODS) == 1


async def test_the_same_tls_is_refused_without_the_authority(lab: Lab, tmp_path: Path) -> None:
    answer = await lab.kubectl("--kubeconfig=/dev/null", f"--server={lab.url}", "get", "pods", token="x")
    assert answer.code == 1
    assert "certificate" in answer.output


async def test_the_good_objects_of_a_list_are_applied_and_the_others_named(lab: Lab) -> None:
    def config_map(name: str) -> dict[str, object]:
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}

    items = [config_map("one"), config_map("Bad_Two"), {**config_map("four"), "kind": "Nope"}]
    manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    answer = await lab.kubectl("apply", "-f", "-", stdin=manifest)
    assert answer.code == 1
    assert "configmap/one created" in answer.output
    assert 'no matches for kind "Nope" in version "v1"' in answer.output
    assert 'ConfigMap "Bad_Two" is invalid' in answer.output
