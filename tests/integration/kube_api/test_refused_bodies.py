"""Bodies and patches that do not fit are refused in the words of Kubernetes, whose clients show them."""

from typing import Any

import pytest

from tests.integration.kube_api.http import Client
from tests.integration.kube_api.manifests import deployment

PATH = "/apis/apps/v1/namespaces/default/deployments"
MAPS = "/api/v1/namespaces/default/configmaps"
STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
UNREADABLE = "error decoding patch: json: cannot unmarshal"
APPLY = "application/apply-patch+yaml"


async def patch(client: Client, body: Any, content_type: str) -> tuple[int, str]:
    await client.call("POST", PATH, deployment())
    status, answer = await client.call("PATCH", f"{PATH}/web", body, content_type=content_type)
    return status, answer.get("message", "")


def container(**fields: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "web", **fields}]}}}}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"spec": {"replicas": "x"}}, '"map[spec:map[replicas:x]]": unrecognized type: int32'),
        ({"spec": {"replicas": 1.5}}, '"map[spec:map[replicas:1.5]]": cannot convert float64 to int32'),
        (container(image=5), "cannot convert int64 to string"),
        ({"spec": {"template": {"spec": "x"}}}, "cannot restore struct from: string"),
        ({"metadata": {"labels": "x"}}, "cannot restore map from string"),
        (container(ports="x"), "cannot restore slice from string"),
        (container(resources={"limits": {"cpu": "1x"}}), "quantities must match the regular expression"),
    ],
)
async def test_a_strategic_patch_of_the_wrong_type(client: Client, body: Any, why: str) -> None:
    status, message = await patch(client, body, STRATEGIC)
    assert status == 422
    assert message.startswith(' "" is invalid: patch: Invalid value: "map[')
    assert why in message


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            {"spec": {"replicas": "x"}},
            "string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            {"spec": {"replicas": 1 << 40}},
            f"number {1 << 40} into Go struct field DeploymentSpec.spec.replicas",
        ),
        (
            {"metadata": {"labels": {"a": 1}}},
            "number into Go struct field ObjectMeta.metadata.labels of type",
        ),
        (
            container(image=5),
            "number into Go struct field Container.spec.template.spec.containers.image of type string",
        ),
    ],
)
async def test_a_merge_patch_of_the_wrong_type(client: Client, body: Any, why: str) -> None:
    status, message = await patch(client, body, MERGE)
    assert status == 422
    assert "json: cannot unmarshal " + why in message


async def test_a_number_of_replicas_beyond_32_bits_is_refused(client: Client) -> None:
    await client.call("POST", PATH, deployment())
    status, answer = await client.call("PUT", f"{PATH}/web/scale", {"spec": {"replicas": 1 << 40}})
    assert status == 400
    assert "Go struct field ScaleSpec.spec.replicas of type int32" in answer["message"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "message"),
    [
        (
            {"op": "add"},
            JSON_PATCH,
            400,
            f"{UNREADABLE} object into Go value of type []handlers.jsonPatchOp",
        ),
        (
            [1],
            MERGE,
            400,
            f"{UNREADABLE} array into Go value of type map[string]interface {{}}",
        ),
        (
            [{"op": "bend", "path": "/a"}],
            JSON_PATCH,
            422,
            "the server rejected our request due to an error in our request",
        ),
        (
            {"metadata": {"name": "other"}},
            MERGE,
            400,
            "the name of the object (other) does not match the name on the URL (web)",
        ),
        (
            {"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}},
            STRATEGIC,
            500,
            "map: map[image:x] does not contain declared merge key: name",
        ),
        (
            {"spec": {"$patch": "bend"}},
            STRATEGIC,
            500,
            "unknown patch type: bend in map: map[$patch:bend]",
        ),
        ({}, "application/json", 415, "415: Unsupported Media Type"),
    ],
)
async def test_a_patch_that_is_none(
    client: Client, body: Any, content_type: str, status: int, message: str
) -> None:
    assert await patch(client, body, content_type) == (status, message)


async def test_a_patch_cannot_change_the_kind(client: Client) -> None:
    status, message = await patch(client, {"kind": "Pod"}, MERGE)
    assert status == 422
    assert 'no kind "Pod" is registered for version "apps/v1" in scheme' in message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "z"}},
            'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): '
            "unknown conversion",
        ),
        (
            {"kind": "ConfigMap", "apiVersion": "v2", "metadata": {"name": "z"}},
            'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered '
            'for version "v2" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"',
        ),
        (
            {"metadata": {"name": "z"}, "data": {"x": 2}},
            'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into '
            "Go struct field ConfigMap.data of type string",
        ),
    ],
)
async def test_a_body_of_another_kind_or_type(client: Client, body: Any, message: str) -> None:
    status, answer = await client.call("POST", MAPS, body)
    assert (status, answer["message"]) == (400, message)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{bad", "invalid character 'b' looking for beginning of object key string ({bad)"),
        ("", "unexpected end of JSON input (<empty>)"),
        ('{"a":1,,', "invalid character ',' looking for beginning of object key string ({\"a\":1,,)"),
        ('{"a":tru}', "invalid character '}' in literal true (expecting 'e') ({\"a\":tru})"),
        ('{"a":[1 2]}', "invalid character '2' after array element ({\"a\":[1 2]})"),
        ('{"a":1 "b"', 'invalid character \'"\' after object key:value pair ({"a":1 "b")'),
    ],
)
async def test_a_body_that_is_no_json(client: Client, text: str, why: str) -> None:
    status, answer = await client.send("POST", MAPS, text)
    assert status == 400
    assert answer["message"] == (
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; "
        f"json parse error: {why}"
    )


async def test_an_applied_configuration_is_held_against_the_schema(client: Client) -> None:
    config = deployment()
    config["spec"]["repliicas"] = 2
    status, answer = await client.call("PATCH", f"{PATH}/web?fieldManager=m", config, content_type=APPLY)
    assert status == 500
    assert answer["message"] == (
        "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): "
        ".spec.repliicas: field not declared in schema"
    )


async def test_an_applied_list_has_each_key_once(client: Client) -> None:
    config = deployment()
    containers = config["spec"]["template"]["spec"]["containers"]
    containers.append(dict(containers[0]))
    status, answer = await client.call("PATCH", f"{PATH}/web?fieldManager=m", config, content_type=APPLY)
    assert status == 500
    assert answer["message"].endswith(
        '.spec.template.spec.containers: duplicate entries for key [name="web"]'
    )


async def test_a_quantity_written_otherwise_is_a_conflict(client: Client) -> None:
    config = deployment()
    config["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"memory": "0.5Gi"}}
    await client.call("POST", f"{PATH}?fieldManager=first", config)
    status, answer = await client.call("PATCH", f"{PATH}/web?fieldManager=second", config, content_type=APPLY)
    assert status == 409
    assert answer["message"] == (
        'Apply failed with 1 conflict: conflict with "first" using apps/v1: '
        '.spec.template.spec.containers[name="web"].resources.limits.memory'
    )


@pytest.mark.parametrize(
    ("meta", "why"),
    [
        ({"annotations": {"bad key": "v"}}, 'metadata.annotations: Invalid value: "bad key": name part must'),
        (
            {"finalizers": ["nodomain"]},
            'metadata.finalizers[0]: Invalid value: "nodomain": name is neither a standard finalizer name '
            "nor is it fully qualified",
        ),
        (
            {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p"}]},
            'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
        ),
    ],
)
async def test_metadata_that_is_not_valid(client: Client, meta: dict[str, Any], why: str) -> None:
    status, answer = await client.call("POST", MAPS, {"metadata": {"name": "x", **meta}})
    assert status == 422
    assert why in answer["message"]
