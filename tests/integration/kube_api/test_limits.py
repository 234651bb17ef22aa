"""LimitRanges fill in a pod's requests and limits and refuse what is beyond them."""

from typing import Any

import pytest

from tests.integration.kube_api.http import Client

PATH = "/api/v1/namespaces/default"


async def limit(client: Client, **limits: Any) -> Any:
    body = {"metadata": {"name": "lim"}, "spec": {"limits": [{"type": "Container", **limits}]}}
    status, made = await client.call("POST", f"{PATH}/limitranges", body)
    assert status == 201
    return made


async def create(client: Client, resources: dict[str, Any] | None = None) -> tuple[int, Any]:
    container = {"name": "c", "image": "a:1", **({"resources": resources} if resources else {})}
    return await client.call(
        "POST", f"{PATH}/pods", {"metadata": {"name": "p"}, "spec": {"containers": [container]}}
    )


async def test_a_limit_range_fills_in_its_own_defaults(client: Client) -> None:
    made = await limit(client, max={"cpu": "2"}, default={"memory": "256Mi"}, min={"cpu": "10m"})
    (one,) = made["spec"]["limits"]
    assert one["default"] == {"memory": "256Mi", "cpu": "2"}
    assert one["defaultRequest"] == {"memory": "256Mi", "cpu": "2"}


async def test_a_pod_gets_the_defaults_and_says_where_they_come_from(client: Client) -> None:
    await limit(client, default={"cpu": "500m", "memory": "256Mi"}, defaultRequest={"cpu": "50m"})
    status, pod = await create(client)
    assert status == 201
    assert pod["spec"]["containers"][0]["resources"] == {
        "limits": {"cpu": "500m", "memory": "256Mi"},
        "requests": {"cpu": "50m", "memory": "256Mi"},
    }
    assert pod["metadata"]["annotations"] == {
        "kubernetes.io/limit-ranger": (
            "LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c"
        )
    }
    assert pod["status"]["qosClass"] == "Burstable"


@pytest.mark.parametrize(
    ("resources", "why"),
    [
        ({"limits": {"cpu": "3"}}, "maximum cpu usage per Container is 2, but limit is 3"),
        ({"requests": {"cpu": "1m"}}, "minimum cpu usage per Container is 10m, but request is 1m"),
    ],
)
async def test_a_pod_beyond_a_limit_is_refused(client: Client, resources: dict[str, Any], why: str) -> None:
    await limit(client, max={"cpu": "2"}, min={"cpu": "10m"})
    status, answer = await create(client, resources)
    assert (status, answer["reason"]) == (403, "Forbidden")
    assert answer["message"] == f'pods "p" is forbidden: {why}'
