"""Objects that break a rule of their kind are refused in the words of Kubernetes."""

from typing import Any

import pytest

from tests.integration.kube_api.http import Client
from tests.integration.kube_api.lab import Lab

CORE = "/api/v1/namespaces/default"
MERGE = "application/merge-patch+json"


def service(name: str, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}}


async def message(client: Client, method: str, path: str, body: Any) -> str:
    kind = MERGE if method == "PATCH" else "application/json"
    status, answer = await client.call(method, path, body, content_type=kind)
    assert status == 422, answer
    return str(answer["message"])


async def test_a_node_port_belongs_to_one_service(client: Client) -> None:
    ports = [{"port": 80, "nodePort": 30777}]
    await client.call("POST", f"{CORE}/services", service("one", type="NodePort", ports=ports))
    assert await message(
        client, "POST", f"{CORE}/services", service("two", type="NodePort", ports=ports)
    ) == (
        'Service "two" is invalid: spec.ports[0].nodePort: Invalid value: 30777: provided port is already '
        "allocated"
    )
    ports = [{"port": 80, "nodePort": 99}]
    assert await message(
        client, "POST", f"{CORE}/services", service("two", type="NodePort", ports=ports)
    ) == (
        'Service "two" is invalid: spec.ports[0].nodePort: Invalid value: 99: provided port is not in the '
        "valid range. The range of valid ports is 30000-32767"
    )


async def test_a_node_port_that_nobody_asked_for_is_a_free_one(client: Client) -> None:
    _, first = await client.call("POST", f"{CORE}/services", service("one", type="NodePort"))
    taken = first["spec"]["ports"][0]["nodePort"]
    await client.call("DELETE", f"{CORE}/services/one")
    held = [{"port": 80, "nodePort": taken}]
    await client.call("POST", f"{CORE}/services", service("holder", type="NodePort", ports=held))
    status, second = await client.call("POST", f"{CORE}/services", service("one", type="NodePort"))
    assert status == 201
    assert second["spec"]["ports"][0]["nodePort"] != taken


async def test_a_cluster_address_is_of_the_clusters_network(client: Client) -> None:
    assert await message(client, "POST", f"{CORE}/services", service("one", clusterIP="1.2.3.4")) == (
        'Service "one" is invalid: spec.clusterIPs: Invalid value: ["1.2.3.4"]: failed to allocate IP '
        "1.2.3.4: the provided network does not match the current range"
    )


async def test_what_a_claim_asks_for_stays_until_it_is_bound(client: Client) -> None:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    await client.call("POST", f"{CORE}/persistentvolumeclaims", claim)
    more = {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}
    text = await message(client, "PATCH", f"{CORE}/persistentvolumeclaims/data", more)
    assert text.startswith(
        'PersistentVolumeClaim "data" is invalid: spec: Forbidden: spec is immutable after creation except'
    )


async def test_the_completions_of_a_job_stay(client: Client) -> None:
    path = "/apis/batch/v1/namespaces/default/jobs"
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "a:1"}]}
    await client.call("POST", path, {"metadata": {"name": "j"}, "spec": {"template": {"spec": pod}}})
    assert await message(client, "PATCH", f"{path}/j", {"spec": {"completions": 3}}) == (
        'Job.batch "j" is invalid: spec.completions: Invalid value: 3: field is immutable'
    )


async def test_a_budget_says_either_how_many_stay_or_how_many_go(client: Client) -> None:
    path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    spec = {"minAvailable": 1, "maxUnavailable": 1, "selector": {"matchLabels": {"app": "a"}}}
    assert await message(client, "POST", path, {"metadata": {"name": "b"}, "spec": spec}) == (
        'PodDisruptionBudget.policy "b" is invalid: spec: Invalid value: {"MinAvailable":1,"Selector":'
        '{"matchLabels":{"app":"a"}},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and '
        "maxUnavailable cannot be both set"
    )


@pytest.mark.parametrize(
    ("host", "why"), [("*.bad.*", "a wildcard DNS-1123 subdomain must"), ("Bad", "a lowercase RFC 1123")]
)
async def test_the_host_of_an_ingress(client: Client, host: str, why: str) -> None:
    path = "/apis/networking.k8s.io/v1/namespaces/default/ingresses"
    body = {"metadata": {"name": "i"}, "spec": {"rules": [{"host": host}]}}
    assert f'spec.rules[0].host: Invalid value: "{host}": {why}' in await message(client, "POST", path, body)


async def test_the_behavior_of_an_autoscaler_is_filled_in(client: Client) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 10}}
    spec = {"maxReplicas": 3, "scaleTargetRef": target, "behavior": behavior}
    path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
    _, made = await client.call("POST", path, {"metadata": {"name": "h"}, "spec": spec})
    percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
    assert made["spec"]["behavior"]["scaleDown"] == {
        "stabilizationWindowSeconds": 10,
        "policies": [percent],
        "selectPolicy": "Max",
    }
    assert made["spec"]["behavior"]["scaleUp"]["stabilizationWindowSeconds"] == 0


async def test_endpoints_are_deprecated(lab: Lab) -> None:
    answer = await lab.kubectl("get", "endpoints")
    assert (
        "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
        in answer.output
    )
