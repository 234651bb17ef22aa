"""What clients rely on below kubectl: watches, paging, conflicts, faults."""

import asyncio
import time

import aiohttp
import pytest
from alfred_tui.demo.kube.objects import clone
from alfred_tui.demo.kube.store import Key

from tests.integration.kube_api.http import TABLE, Client, next_event
from tests.integration.kube_api.lab import Lab
from tests.integration.kube_api.manifests import deployment, pod, running
from tests.integration.kube_api.sources import FixedLogs, Trouble

PODS = Key("", "pods")
LIST = "/api/v1/namespaces/default/pods"


async def test_a_watch_follows_a_list(lab: Lab, client: Client) -> None:
    lab.store.create(PODS, pod("a"))
    listed = await client.get(LIST)
    async with client.stream(
        f"{LIST}?watch=1&resourceVersion={listed['metadata']['resourceVersion']}"
    ) as events:
        lab.store.create(PODS, pod("b"))
        lab.store.delete(PODS, "default", "a")
        assert [
            (kind, obj["metadata"]["name"]) for kind, obj in [await next_event(events) for _ in "12"]
        ] == [
            ("ADDED", "b"),
            ("DELETED", "a"),
        ]


async def test_a_streamed_list_ends_in_a_bookmark(lab: Lab, client: Client) -> None:
    lab.store.create(PODS, pod("a"))
    query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    async with client.stream(f"{LIST}?{query}") as events:
        kind, obj = await next_event(events)
        assert (kind, obj["kind"], obj["metadata"]["name"]) == ("ADDED", "Pod", "a")
        kind, obj = await next_event(events)
        assert kind == "BOOKMARK"
        assert obj["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
        assert obj["metadata"]["resourceVersion"] == str(lab.store.revision)
        lab.store.create(PODS, pod("b"))
        assert (await next_event(events))[0] == "ADDED"


async def test_an_expired_watch_is_an_error_event(lab: Lab, client: Client) -> None:
    lab.store.create(PODS, pod("a"))
    then = lab.store.revision
    lab.store.create(PODS, pod("b"))
    lab.server.expire()
    async with client.stream(f"{LIST}?watch=1&resourceVersion={then}") as events:
        kind, status = await next_event(events)
        assert (kind, status["code"], status["reason"]) == ("ERROR", 410, "Expired")
        assert not await events.readline()


async def test_an_expired_list_is_http_410(lab: Lab, client: Client) -> None:
    for name in "abc":
        lab.store.create(PODS, pod(name))
    first = await client.get(f"{LIST}?limit=1")
    lab.server.expire()
    status, body = await client.call("GET", f"{LIST}?limit=1&continue={first['metadata']['continue']}")
    assert (status, body["reason"]) == (410, "Expired")
    assert body["metadata"]["continue"]


async def test_a_watch_ends_at_its_timeout_and_tells_where_it_stood(lab: Lab, client: Client) -> None:
    begun = time.monotonic()
    async with client.stream(
        f"{LIST}?watch=1&resourceVersion=0&timeoutSeconds=1&allowWatchBookmarks=1"
    ) as events:
        kind, obj = await next_event(events)
        assert (kind, obj["metadata"]["resourceVersion"]) == ("BOOKMARK", str(lab.store.revision))
        assert not await events.readline()
    assert time.monotonic() - begun < 5


async def test_a_watch_in_tables_sends_its_headers_once(lab: Lab, client: Client) -> None:
    lab.store.create(PODS, pod("a"))
    lab.store.create(PODS, pod("b"))
    async with client.stream(f"{LIST}?watch=1", accept=TABLE) as events:
        first = (await next_event(events))[1]
        second = (await next_event(events))[1]
    assert first["columnDefinitions"][0]["name"] == "Name"
    assert second["columnDefinitions"] is None
    assert second["rows"][0]["cells"][0] == "b"


async def test_closed_watches_end(lab: Lab, client: Client) -> None:
    async with client.stream(f"{LIST}?watch=1&resourceVersion={lab.store.revision}") as events:
        lab.server.close_watches()
        assert not await asyncio.wait_for(events.readline(), 5)


async def test_lists_by_selector_page_and_form(lab: Lab, client: Client) -> None:
    for name in "abc":
        lab.store.create(PODS, pod(name))
    page = await client.get(f"{LIST}?limit=2")
    assert [item["metadata"]["name"] for item in page["items"]] == ["a", "b"]
    assert page["metadata"]["remainingItemCount"] == 1
    one = await client.get(f"{LIST}?fieldSelector=metadata.name%3Dc&labelSelector=app%20in%20(web)")
    assert [item["metadata"]["name"] for item in one["items"]] == ["c"]
    partial = await client.get(
        LIST, accept="application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
    )
    assert partial["kind"] == "PartialObjectMetadataList"
    assert set(partial["items"][0]) == {"kind", "apiVersion", "metadata"}
    assert (await client.get("/api/v1/pods"))["kind"] == "PodList"


async def test_status_and_spec_are_written_apart(lab: Lab, client: Client) -> None:
    path = "/apis/apps/v1/namespaces/default/deployments"
    status, made = await client.call("POST", path, {**deployment(), "status": {"replicas": 7}})
    assert (status, made["status"]) == (201, {})
    merge = "application/merge-patch+json"
    patch = {"spec": {"replicas": 9}, "status": {"replicas": 3}}
    _, after = await client.call("PATCH", f"{path}/web/status", patch, content_type=merge)
    assert (after["spec"]["replicas"], after["status"]["replicas"]) == (2, 3)
    assert after["metadata"]["generation"] == 1
    _, after = await client.call("PATCH", f"{path}/web", patch, content_type=merge)
    assert (after["spec"]["replicas"], after["status"]["replicas"]) == (9, 3)
    assert after["metadata"]["generation"] == 2


async def test_a_stale_put_is_a_conflict(lab: Lab, client: Client) -> None:
    path = "/apis/apps/v1/namespaces/default/deployments"
    _, made = await client.call("POST", path, deployment())
    newer = clone(made)
    newer["spec"]["replicas"] = 3
    assert (await client.call("PUT", f"{path}/web", newer))[0] == 200
    status, body = await client.call("PUT", f"{path}/web", newer)
    assert (status, body["reason"]) == (409, "Conflict")


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/api/v1/namespaces/default/pods", {"kind": "Service", "apiVersion": "v1"}, 400),
        ("POST", "/api/v1/namespaces/default/pods", {"metadata": {"name": "x", "namespace": "other"}}, 400),
        ("POST", "/api/v1/namespaces/default/pods", [1], 400),
        ("GET", "/api/v1/nonsense", None, 404),
        ("PUT", "/api/v1/namespaces/default/pods", {}, 405),
        ("GET", "/api/v1/pods?limit=many", None, 400),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_status(
    client: Client, method: str, path: str, body: object, code: int
) -> None:
    status, answer = await client.call(method, path, body)
    assert status == code
    assert (answer["kind"], answer["status"], answer["code"]) == ("Status", "Failure", code)


async def test_a_body_of_unknown_type_is_415(client: Client) -> None:
    status, body = await client.call("POST", LIST, {}, content_type="text/html")
    assert (status, body["reason"]) == (415, "UnsupportedMediaType")


async def test_no_or_a_wrong_token_is_401(lab: Lab) -> None:
    async with aiohttp.ClientSession() as session:
        status, body = await Client(lab, session, "wrong").call("GET", LIST)
    assert (status, body["message"]) == (401, "Unauthorized")


async def test_faults_answer_or_cut_the_connection(client: Client, trouble: Trouble) -> None:
    # aiohttp asks again by itself when a kept connection breaks: so it breaks twice.
    trouble.path, trouble.faults = "/pods", [429, 503, 0, 0]
    assert [(await client.call("GET", LIST))[1]["reason"] for _ in range(2)] == [
        "TooManyRequests",
        "ServiceUnavailable",
    ]
    with pytest.raises(aiohttp.ClientError):
        await client.call("GET", LIST)
    assert (await client.call("GET", LIST))[0] == 200


async def test_a_followed_log_goes_on_until_the_container_ends(
    lab: Lab, client: Client, logs: FixedLogs
) -> None:
    made = lab.store.create(PODS, pod())
    logs.written = [(1.0, "one")]
    async with client.stream(f"{LIST}/p/log?follow=true&tailLines=10") as content:
        assert await content.readline() == b"one\n"
        logs.written.append((2.0, "two"))
        assert await content.readline() == b"two\n"
        ended = clone(made)
        ended["status"]["containerStatuses"] = [running(restarts=1)]
        lab.store.update(PODS, ended, subresource="status")
        assert await asyncio.wait_for(content.readline(), 5) == b""


async def test_a_collection_is_deleted_by_selector(lab: Lab, client: Client) -> None:
    for name in ("a", "b"):
        await client.call("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": name}})
    path = "/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name%3Da"
    status, body = await client.call("DELETE", path)
    assert (status, [item["metadata"]["name"] for item in body["items"]]) == (200, ["a"])
    assert lab.store.count(Key("", "configmaps")) == 1


async def test_a_deletion_holds_to_its_preconditions(lab: Lab, client: Client) -> None:
    await client.call("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "a"}})
    path = "/api/v1/namespaces/default/configmaps/a"
    status, body = await client.call("DELETE", path, {"preconditions": {"uid": "another"}})
    assert (status, body["reason"]) == (409, "Conflict")
    assert (await client.call("DELETE", path))[1]["status"] == "Success"


async def test_events_stand_in_both_groups(lab: Lab, client: Client) -> None:
    event = {
        "metadata": {"name": "e", "namespace": "default"},
        "involvedObject": {"kind": "Pod", "name": "p"},
        "message": "Back-off",
        "reportingComponent": "kubelet",
    }
    lab.store.create(Key("", "events"), event)
    found = await client.get("/apis/events.k8s.io/v1/namespaces/default/events")
    assert found["apiVersion"] == "events.k8s.io/v1"
    assert found["items"][0]["note"] == "Back-off"
    assert found["items"][0]["regarding"] == {"kind": "Pod", "name": "p"}


async def test_discovery_in_both_forms(client: Client) -> None:
    aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    assert (await client.get("/apis", accept=aggregated))["kind"] == "APIGroupDiscoveryList"
    assert (await client.get("/apis"))["kind"] == "APIGroupList"
    assert (await client.get("/api"))["versions"] == ["v1"]
    assert (await client.get("/apis/apps"))["preferredVersion"]["version"] == "v1"
    assert (await client.get("/apis/apps/v1"))["kind"] == "APIResourceList"
    assert (await client.get("/version"))["gitVersion"] == (await client.get("/version/"))["gitVersion"]


async def test_ten_thousand_pods_are_listed_in_pages_quickly(lab: Lab, client: Client) -> None:
    filler = {"name": "c", "image": "i:1", "env": [{"name": f"V{n}", "value": "x" * 40} for n in range(90)]}
    for number in range(10_000):
        obj = pod(f"p{number:05d}")
        obj["spec"]["containers"] = [filler]
        lab.store.create(PODS, obj)
    seen, token = 0, ""
    begun = time.monotonic()
    while True:
        page = await client.get(f"/api/v1/pods?limit=500&continue={token}")
        seen += len(page["items"])
        token = page["metadata"].get("continue", "")
        if not token:
            break
    assert seen == 10_000
    # Decoding in this process takes most of it; the bound only catches a server that re-sorts every page.
    assert time.monotonic() - begun < 20


async def test_a_write_of_the_status_makes_nobody_own_the_rest(lab: Lab, client: Client) -> None:
    path = "/apis/apps/v1/namespaces/default/deployments"
    await client.call("POST", f"{path}?fieldManager=first", deployment())
    config = {**deployment(), "apiVersion": "apps/v1", "kind": "Deployment", "status": {"replicas": 1}}
    put = await client.call("PUT", f"{path}/web/status?fieldManager=second", config)
    applied, answer = await client.call(
        "PATCH",
        f"{path}/web/status?fieldManager=third&force=true",
        config,
        content_type="application/apply-patch+yaml",
    )
    assert (put[0], applied) == (200, 200)
    owners = {one["manager"]: one["fieldsV1"] for one in answer["metadata"]["managedFields"]}
    assert "f:spec" in owners["first"]
    assert all("f:spec" not in owners.get(name, {}) for name in ("second", "third"))
