"""What goes with a deleted object and what holds it: owners, finalizers, namespaces, budgets."""

import pytest
from alfred_tui.demo.kube.store import Key, Obj

from tests.integration.kube_api.http import Client
from tests.integration.kube_api.lab import Lab
from tests.integration.kube_api.manifests import deployment, pod

PODS = Key("", "pods")
SETS = Key("apps", "replicasets")
MAPS = Key("", "configmaps")
DEPLOYMENTS = Key("apps", "deployments")
BUDGETS = Key("policy", "poddisruptionbudgets")


def owner(kind: str, obj: Obj, *, blocks: bool = True) -> Obj:
    meta = obj["metadata"]
    version = "apps/v1" if kind != "ConfigMap" else "v1"
    return {
        "apiVersion": version,
        "kind": kind,
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": blocks,
    }


def running_pod(name: str, labels: dict[str, str] | None = None) -> Obj:
    one = pod(name)
    one["metadata"] |= {"namespace": "default", "labels": labels or {}}
    one["spec"]["nodeName"] = "node-0"
    one["status"] = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    return one


def family(lab: Lab) -> tuple[Obj, Obj, Obj]:
    """A Deployment with a replica set with a pod that runs."""
    manifest = deployment()
    manifest["metadata"].setdefault("namespace", "default")
    top = lab.store.create(DEPLOYMENTS, manifest)
    middle = lab.store.create(
        SETS,
        {
            "metadata": {
                "name": "web-1",
                "namespace": "default",
                "ownerReferences": [owner("Deployment", top)],
            },
            "spec": {"replicas": 1},
        },
    )
    last = running_pod("web-1-a")
    last["metadata"]["ownerReferences"] = [owner("ReplicaSet", middle)]
    return top, middle, lab.store.create(PODS, last)


async def test_the_pods_of_a_deleted_deployment_get_their_time_to_end(lab: Lab, client: Client) -> None:
    family(lab)
    await client.call("DELETE", "/apis/apps/v1/namespaces/default/deployments/web")
    assert lab.store.get(SETS, "default", "web-1") is None
    left = lab.store.get(PODS, "default", "web-1-a")
    assert left is not None
    assert left["metadata"]["deletionGracePeriodSeconds"] == 30


async def test_a_deployment_deleted_in_the_foreground_goes_after_its_pods(lab: Lab, client: Client) -> None:
    family(lab)
    path = "/apis/apps/v1/namespaces/default/deployments/web"
    status, answer = await client.call("DELETE", f"{path}?propagationPolicy=Foreground")
    assert (status, answer["kind"]) == (200, "Deployment")
    assert answer["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert answer["metadata"]["deletionGracePeriodSeconds"] == 0
    assert lab.store.get(SETS, "default", "web-1") is not None
    lab.store.delete(PODS, "default", "web-1-a")
    assert lab.store.get(SETS, "default", "web-1") is None
    assert lab.store.get(DEPLOYMENTS, "default", "web") is None


async def test_an_object_whose_owner_does_not_exist_is_collected(lab: Lab, client: Client) -> None:
    ghost = {"apiVersion": "v1", "kind": "ConfigMap", "name": "none", "uid": "1-2-3"}
    unknown = {**ghost, "apiVersion": "example.com/v1", "kind": "Thing"}
    for name, reference in (("stray", ghost), ("kept", unknown)):
        body = {"metadata": {"name": name, "ownerReferences": [reference]}}
        status, _ = await client.call("POST", "/api/v1/namespaces/default/configmaps", body)
        assert status == 201
    assert lab.store.get(MAPS, "default", "stray") is None
    assert lab.store.get(MAPS, "default", "kept") is not None


async def test_an_object_being_deleted_takes_no_further_finalizers(client: Client) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    await client.call("POST", path, {"metadata": {"name": "held", "finalizers": ["a.b/c"]}})
    await client.call("DELETE", f"{path}/held")
    patch = {"metadata": {"finalizers": ["a.b/c", "d.e/f"]}}
    status, answer = await client.call(
        "PATCH", f"{path}/held", patch, content_type="application/merge-patch+json"
    )
    assert status == 422
    assert answer["message"] == (
        'ConfigMap "held" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if '
        'the object is being deleted, found new finalizers []string{"d.e/f"}'
    )


async def test_a_namespace_ends_with_its_last_pod_and_takes_nothing_new_meanwhile(
    lab: Lab, client: Client
) -> None:
    await client.call("POST", "/api/v1/namespaces", {"metadata": {"name": "team"}})
    await client.call("POST", "/api/v1/namespaces/team/configmaps", {"metadata": {"name": "one"}})
    busy = running_pod("busy")
    busy["metadata"]["namespace"] = "team"
    lab.store.create(PODS, busy)
    _, answer = await client.call("DELETE", "/api/v1/namespaces/team")
    assert answer["status"]["phase"] == "Terminating"
    assert lab.store.get(MAPS, "team", "one") is None
    status, refusal = await client.call(
        "POST", "/api/v1/namespaces/team/configmaps", {"metadata": {"name": "late"}}
    )
    assert status == 403
    assert refusal["message"] == (
        'configmaps "late" is forbidden: unable to create new content in namespace team because it is '
        "being terminated"
    )
    assert refusal["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    lab.store.delete(PODS, "team", "busy")
    assert lab.store.get(Key("", "namespaces"), "", "team") is None


def budget(lab: Lab, name: str, allowed: int) -> None:
    healthy = {"currentHealthy": 3, "desiredHealthy": 3 - allowed, "expectedPods": 3}
    made = lab.store.create(
        BUDGETS,
        {
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"minAvailable": 3 - allowed, "selector": {"matchLabels": {"app": "web"}}},
        },
    )
    made = {**made, "status": {**healthy, "disruptionsAllowed": allowed, "observedGeneration": 1}}
    lab.store.update(BUDGETS, made, subresource="status")


async def evicted(client: Client, name: str, stated: str = "") -> tuple[int, Obj]:
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": stated or name}}
    return await client.call("POST", f"/api/v1/namespaces/default/pods/{name}/eviction", body)


async def test_an_eviction_that_a_budget_does_not_allow_is_refused(lab: Lab, client: Client) -> None:
    lab.store.create(PODS, running_pod("web-0", {"app": "web"}))
    budget(lab, "guard", 0)
    status, answer = await evicted(client, "web-0")
    assert (status, answer["reason"]) == (429, "TooManyRequests")
    assert answer["message"] == "Cannot evict pod as it would violate the pod's disruption budget."
    assert answer["details"]["causes"] == [
        {
            "reason": "DisruptionBudget",
            "message": "The disruption budget guard needs 3 healthy pods and has 3 currently",
        }
    ]
    kept = lab.store.get(PODS, "default", "web-0")
    assert kept is not None
    assert "deletionTimestamp" not in kept["metadata"]


async def test_two_evictions_in_a_row_count_on_the_same_budget(lab: Lab, client: Client) -> None:
    for name in ("web-0", "web-1"):
        lab.store.create(PODS, running_pod(name, {"app": "web"}))
    budget(lab, "guard", 1)
    assert (await evicted(client, "web-0"))[0] == 201
    assert (await evicted(client, "web-1"))[0] == 429
    gone = lab.store.get(PODS, "default", "web-0")
    assert gone is not None
    assert gone["status"]["conditions"][-1]["reason"] == "EvictionByEvictionAPI"


@pytest.mark.parametrize("phase", ["Pending", "Succeeded"])
async def test_a_pod_that_does_not_serve_is_evicted_whatever_its_budget(
    lab: Lab, client: Client, phase: str
) -> None:
    one = running_pod("web-0", {"app": "web"})
    one["status"] = {"phase": phase}
    lab.store.create(PODS, one)
    budget(lab, "guard", 0)
    assert (await evicted(client, "web-0"))[0] == 201


async def test_an_eviction_names_the_pod_of_its_address(lab: Lab, client: Client) -> None:
    lab.store.create(PODS, running_pod("web-0"))
    status, answer = await evicted(client, "web-0", stated="other")
    assert (status, answer["message"]) == (400, "name in URL does not match name in Eviction object")


async def test_kubectl_drain_says_that_the_budget_is_in_the_way(lab: Lab) -> None:
    lab.store.create(Key("", "nodes"), {"metadata": {"name": "node-0"}, "spec": {}, "status": {}})
    lab.store.create(PODS, running_pod("web-0", {"app": "web"}))
    budget(lab, "guard", 0)
    answer = await lab.kubectl("drain", "node-0", "--force", "--timeout=1s")
    assert answer.code == 1
    assert "will retry after 5s" in answer.output
    assert "Cannot evict pod as it would violate the pod's disruption budget." in answer.output
