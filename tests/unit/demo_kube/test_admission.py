"""What the API fills into objects and what it refuses, in Kubernetes' words."""

import base64

import pytest
from alfred_tui.demo.kube import schema
from alfred_tui.demo.kube.decode import decode
from alfred_tui.demo.kube.defaults import admit
from alfred_tui.demo.kube.objects import clone
from alfred_tui.demo.kube.store import ApiError, Key, Obj

from tests.unit.demo_kube.objects import deployment

DEPLOYMENTS = Key("apps", "deployments")
SERVICES = Key("", "services")


def refusal(key: Key, obj: Obj, old: Obj | None = None) -> str:
    with pytest.raises(ApiError) as refused:
        admit(key, obj, old)
    assert refused.value.code == 422
    return refused.value.message


def test_a_deployment_gets_what_it_leaves_out() -> None:
    spec = admit(DEPLOYMENTS, deployment(), None)["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
    }
    assert (spec["progressDeadlineSeconds"], spec["revisionHistoryLimit"]) == (600, 10)
    pod = spec["template"]["spec"]
    assert (pod["restartPolicy"], pod["dnsPolicy"], pod["terminationGracePeriodSeconds"]) == (
        "Always",
        "ClusterFirst",
        30,
    )
    assert pod["containers"][0]["imagePullPolicy"] == "IfNotPresent"


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("web", "Always"),
        ("web:latest", "Always"),
        ("r:5000/web", "Always"),
        ("r:5000/web:1", "IfNotPresent"),
        ("web@sha256:0", "IfNotPresent"),
    ],
)
def test_the_pull_policy_follows_the_tag(image: str, policy: str) -> None:
    admitted = admit(DEPLOYMENTS, deployment(image=image), None)
    assert admitted["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == policy


def test_admitting_twice_changes_nothing_more() -> None:
    once = admit(DEPLOYMENTS, deployment(), None)
    assert admit(DEPLOYMENTS, once, once) == once


def test_what_is_handed_in_is_left_alone() -> None:
    mine = deployment()
    before = clone(mine)
    admit(DEPLOYMENTS, mine, None)
    assert mine == before


def test_a_service_gets_an_address_it_keeps() -> None:
    service: Obj = {
        "metadata": {"name": "web"},
        "spec": {"ports": [{"port": 80}], "selector": {"app": "web"}},
    }
    made = admit(SERVICES, service, None)
    assert made["spec"]["clusterIP"].startswith("10.96.")
    assert made["spec"]["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    assert admit(SERVICES, service, made)["spec"]["clusterIP"] == made["spec"]["clusterIP"]


def test_quantities_and_empty_fields_are_brought_into_stored_form() -> None:
    obj = deployment()
    obj["metadata"]["annotations"] = {}
    obj["metadata"]["creationTimestamp"] = None
    obj["spec"]["template"]["spec"]["containers"][0]["resources"] = {
        "limits": {"cpu": 0.5, "memory": "1024Mi"}
    }
    made = admit(DEPLOYMENTS, obj, None)
    assert "annotations" not in made["metadata"]
    assert "creationTimestamp" not in made["metadata"]
    container = made["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"] == {"limits": {"cpu": "500m", "memory": "1Gi"}}


def test_a_secrets_plain_text_is_stored_as_base64() -> None:
    made = admit(Key("", "secrets"), {"metadata": {"name": "s"}, "stringData": {"a": "b"}}, None)
    assert made["data"] == {"a": base64.b64encode(b"b").decode()}
    assert made["type"] == "Opaque"
    assert "stringData" not in made


def test_a_name_with_capitals_is_refused_as_kubernetes_does() -> None:
    obj = deployment()
    obj["metadata"]["name"] = "Bad_Name"
    assert refusal(DEPLOYMENTS, obj) == (
        'Deployment.apps "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC '
        "1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
        "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    )


def test_all_problems_are_told_at_once() -> None:
    obj = deployment(replicas=-1)
    obj["spec"]["template"]["spec"]["containers"][0] = {"name": "web"}
    obj["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    message = refusal(DEPLOYMENTS, obj)
    assert message.startswith('Deployment.apps "web" is invalid: [')
    for part in (
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "spec.template.spec.containers[0].image: Required value",
        'spec.template.metadata.labels: Invalid value: {"app":"other"}: '
        "`selector` does not match template `labels`",
    ):
        assert part in message


def test_a_selector_cannot_be_changed() -> None:
    old = admit(DEPLOYMENTS, deployment(), None)
    new = clone(old)
    new["spec"]["selector"]["matchLabels"] = {"app": "x"}
    new["spec"]["template"]["metadata"]["labels"] = {"app": "x"}
    message = refusal(DEPLOYMENTS, new, old)
    assert message.endswith('spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable')


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}},
            "may not be 0 when `maxSurge` is 0",
        ),
        ({"strategy": {"type": "Sideways"}}, 'supported values: "Recreate", "RollingUpdate"'),
        ({"progressDeadlineSeconds": 5, "minReadySeconds": 9}, "must be greater than minReadySeconds"),
        ({"selector": {}}, "spec.selector: Required value"),
        (
            {"strategy": {"type": "Recreate", "rollingUpdate": {}}},
            "may not be specified when strategy `type`",
        ),
    ],
)
def test_a_deployments_rules(change: Obj, problem: str) -> None:
    obj = deployment()
    obj["spec"].update(change)
    assert problem in refusal(DEPLOYMENTS, obj)


@pytest.mark.parametrize(
    ("container", "problem"),
    [
        ({"name": "A", "image": "x"}, 'containers[0].name: Invalid value: "A": a lowercase RFC 1123 label'),
        ({"name": "a", "image": "x", "ports": [{"containerPort": 70000}]}, "must be between 1 and 65535"),
        ({"name": "a", "image": "x", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}, 'Not found: "v"'),
        (
            {"name": "a", "image": "x", "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}},
            'Invalid value: "2": must be less than or equal to cpu limit of 1',
        ),
        ({"name": "a", "image": "x", "imagePullPolicy": "Maybe"}, 'Unsupported value: "Maybe"'),
    ],
)
def test_a_containers_rules(container: Obj, problem: str) -> None:
    obj = deployment()
    obj["spec"]["template"]["spec"]["containers"] = [container]
    assert problem in refusal(DEPLOYMENTS, obj)


def test_a_label_value_with_a_space_is_refused() -> None:
    obj = deployment()
    obj["metadata"]["labels"]["note"] = "two words"
    assert 'metadata.labels: Invalid value: "two words": a valid label must be' in refusal(DEPLOYMENTS, obj)


def test_a_service_needs_ports_and_a_dns_name() -> None:
    message = refusal(SERVICES, {"metadata": {"name": "1web"}, "spec": {"selector": {"app": "web"}}})
    assert "a DNS-1035 label must consist of" in message
    assert "spec.ports: Required value" in message


def test_unknown_fields_are_named_by_their_paths_and_dropped() -> None:
    obj = deployment(replica=3)
    obj["spec"]["template"]["spec"]["containers"][0]["imagePullPolicyy"] = "Always"
    decoded = decode(obj, "Deployment", schema.definition("apps.v1.Deployment"))
    assert decoded.unknown == ("spec.template.spec.containers[0].imagePullPolicyy", "spec.replica")
    assert "replica" not in decoded.obj["spec"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"replicas": "three"},
            "cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        ({"template": []}, "cannot unmarshal array into Go struct field DeploymentSpec.spec.template"),
        (
            {"paused": 1},
            "cannot unmarshal number into Go struct field DeploymentSpec.spec.paused of type bool",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_a_bad_request(change: Obj, problem: str) -> None:
    obj = deployment()
    obj["spec"].update(change)
    with pytest.raises(ApiError) as refused:
        admit(DEPLOYMENTS, obj, None)
    assert refused.value.code == 400
    assert problem in refused.value.message
