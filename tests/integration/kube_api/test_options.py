"""Options of requests that make no sense are refused as Kubernetes refuses them."""

from typing import Any

import pytest

from tests.integration.kube_api.http import Client
from tests.integration.kube_api.lab import Lab

MAPS = "/api/v1/namespaces/default/configmaps"
ONE = {"metadata": {"name": "one", "labels": {"k": "v"}}, "data": {"a": "b"}}


async def refusal(client: Client, method: str, path: str, body: Any = None, **more: str) -> tuple[int, str]:
    await client.call("POST", MAPS, ONE)
    status, answer = await client.call(method, path, body, **more)
    return status, answer["message"] if isinstance(answer, dict) else answer


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("limit=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ("timeoutSeconds=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        (
            "resourceVersionMatch=Exact",
            422,
            'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is '
            "forbidden unless resourceVersion is provided",
        ),
        (
            "resourceVersionMatch=Foo&resourceVersion=1",
            422,
            'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Foo": '
            'supported values: "Exact", "NotOlderThan", ""',
        ),
        (
            "sendInitialEvents=true",
            422,
            'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is '
            "forbidden for list",
        ),
        (
            "watch=1&sendInitialEvents=true",
            422,
            'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents '
            "requires setting resourceVersionMatch to NotOlderThan",
        ),
        (
            "resourceVersion=abc",
            400,
            'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing '
            '"abc": invalid syntax',
        ),
        (
            "watch=1&resourceVersion=abc",
            500,
            'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
        ),
        (
            "fieldSelector=foo%3Dbar",
            400,
            '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
        ("fieldSelector=foo", 400, "invalid selector: 'foo'; can't understand 'foo'"),
        (
            "labelSelector=k%3D%23",
            400,
            'unable to parse requirement: values[0][k]: Invalid value: "#": a valid label must be an empty '
            "string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
            "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation "
            "is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ),
    ],
)
async def test_a_list_with_options_that_make_no_sense(
    client: Client, query: str, status: int, message: str
) -> None:
    assert await refusal(client, "GET", f"{MAPS}?{query}") == (status, message)


@pytest.mark.parametrize(
    ("method", "query", "message"),
    [
        (
            "POST",
            "dryRun=Some",
            'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: '
            '"All"',
        ),
        (
            "POST",
            "fieldValidation=Foo",
            'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Foo": supported '
            'values: "", "Ignore", "Strict", "Warn"',
        ),
        (
            "POST",
            f"fieldManager={'a' * 130}",
            'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
        ),
        (
            "PATCH",
            "force=true",
            'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply '
            "patch",
        ),
        (
            "DELETE",
            "propagationPolicy=Foo",
            'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Foo": supported '
            'values: "Foreground", "Background", "Orphan", "nil"',
        ),
    ],
)
async def test_a_write_with_options_that_make_no_sense(
    client: Client, method: str, query: str, message: str
) -> None:
    path = f"{MAPS}?{query}" if method == "POST" else f"{MAPS}/one?{query}"
    body = None if method == "DELETE" else ONE
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    assert await refusal(client, method, path, body, content_type=kind) == (422, message)


async def test_an_apply_needs_a_manager(client: Client) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}
    kind = "application/apply-patch+yaml"
    assert await refusal(client, "PATCH", f"{MAPS}/one", body, content_type=kind) == (
        422,
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )


async def test_a_delete_holds_its_preconditions_against_the_object(lab: Lab, client: Client) -> None:
    status, message = await refusal(client, "DELETE", f"{MAPS}/one", {"preconditions": {"uid": "x"}})
    assert status == 409
    assert message.startswith(
        'Operation cannot be fulfilled on ConfigMap "one": the UID in the precondition (x) does not match '
        "the UID in record ("
    )


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("tailLines=-1", "tailLines: Invalid value: -1: must be greater than or equal to 0"),
        ("sinceSeconds=0", "sinceSeconds: Invalid value: 0: must be greater than 0"),
        ("limitBytes=0", "limitBytes: Invalid value: 0: must be greater than 0"),
    ],
)
async def test_a_log_with_options_that_make_no_sense(client: Client, query: str, why: str) -> None:
    status, answer = await client.call("GET", f"/api/v1/namespaces/default/pods/p/log?{query}")
    assert (status, answer["message"]) == (422, f'PodLogOptions "p" is invalid: {why}')


PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIAL_LIST = PARTIAL.replace("Metadata;", "MetadataList;")
KNOWN = "application/json, application/yaml, application/vnd.kubernetes.protobuf"


@pytest.mark.parametrize(
    ("path", "accept", "status", "message"),
    [
        ("", "text/html", 406, f"406: Not Acceptable\n\nAvailable representations: {KNOWN}"),
        (
            "",
            "application/json;as=Table;v=v2;g=meta.k8s.io",
            406,
            f"only the following media types are accepted: {KNOWN}",
        ),
        (
            "",
            PARTIAL_LIST,
            200,
            "",
        ),
        (
            "",
            PARTIAL,
            406,
            "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)",
        ),
        (
            "/one",
            PARTIAL_LIST,
            406,
            "you requested PartialObjectMetadataList, but the requested object is not a list "
            "(*core.ConfigMap)",
        ),
        (
            "?includeObject=Foo",
            "application/json;as=Table;v=v1;g=meta.k8s.io",
            400,
            'Unable to convert to Table as requested: includeObject: Invalid value: "Foo": must be '
            "'Metadata', 'Object', 'None', or empty",
        ),
    ],
)
async def test_the_forms_that_are_served(
    client: Client, path: str, accept: str, status: int, message: str
) -> None:
    await client.call("POST", MAPS, ONE)
    found, answer = await client.call("GET", f"{MAPS}{path}", accept=accept)
    assert (found, answer.get("message", "")) == (status, message)


async def test_an_object_is_served_as_yaml(client: Client) -> None:
    await client.call("POST", MAPS, ONE)
    status, text = await client.call("GET", f"{MAPS}/one", accept="application/yaml")
    assert status == 200
    assert text.startswith("apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\nmetadata:\n")


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/livez/ping", 200, "ok"),
        ("/healthz/etcd", 200, "ok"),
        ("/readyz/nope", 404, "404 page not found\n"),
        ("/foo", 404, "404 page not found\n"),
        ("/apis/nope/v1/x", 404, "404 page not found\n"),
    ],
)
async def test_what_is_beside_the_resources(client: Client, path: str, status: int, text: str) -> None:
    assert await client.call("GET", path) == (status, text)


async def test_a_health_check_tells_its_parts(client: Client) -> None:
    _, text = await client.call("GET", "/readyz?verbose")
    lines = text.splitlines()
    assert lines[0] == "[+]ping ok"
    assert lines[-1] == "readyz check passed"


async def test_nothing_that_goes_wrong_ends_without_a_status(
    lab: Lab, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("of no use")

    monkeypatch.setattr(lab.store, "get", fail)
    status, answer = await client.call("GET", f"{MAPS}/one")
    assert (status, answer["reason"]) == (500, "InternalError")
