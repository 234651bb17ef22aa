"""The canary's share of the traffic is taken from routes and Ingresses, on the wire of their own API groups.

The embedded API has no custom types; a server that answers as theirs does stands for it here.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from alfred_tui.cluster.changes.stable_traffic import Withdrawn, ingress_patch, stable_patch, to_stable
from alfred_tui.demo.kube.patches import json_patch
from alfred_tui.domain.document.actions import StableTraffic
from alfred_tui.domain.errors import CockpitError

from tests.integration.cluster import api

BOT = StableTraffic(stable="bot", canary="bot-canary")
VIRTUAL, ROUTES, INGRESSES = (
    "/apis/networking.istio.io/v1/namespaces/default/virtualservices",
    "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes",
    "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
)


class Objects:
    """An API server's objects: lists, single reads, and JSON patches that keep to resourceVersion."""

    def __init__(self, **objects: list[dict[str, Any]]) -> None:
        paths = {"virtual": VIRTUAL, "routes": ROUTES, "ingresses": INGRESSES}
        self.there = {
            paths[kind]: {one["metadata"]["name"]: one for one in found} for kind, found in objects.items()
        }
        self.there.setdefault(INGRESSES, {})
        self.forbidden: set[str] = set()
        self.conflicts = 0
        self.patches = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        collection, _, name = request.path.rpartition("/")
        if any(request.path.startswith(one) for one in self.forbidden):
            return api.status(403, "Forbidden", f"cannot reach {request.path}")
        if request.path in self.there:
            items = list(self.there[request.path].values())
            return web.json_response({"kind": "List", "metadata": {}, "items": items})
        if name not in self.there.get(collection, {}):
            return api.status(404, "NotFound", "the server could not find the requested resource")
        if request.method == "PATCH":
            return await self._patch(request, self.there[collection], name)
        return web.json_response(self.there[collection][name])

    async def _patch(self, request: web.Request, objects: dict[str, Any], name: str) -> web.Response:
        assert request.content_type == "application/json-patch+json"
        operations = json.loads(await request.text())
        version = next(one["value"] for one in operations if one["path"] == "/metadata/resourceVersion")
        if self.conflicts:
            self.conflicts -= 1
            objects[name]["metadata"]["resourceVersion"] += "0"
        if version != objects[name]["metadata"]["resourceVersion"]:
            return api.status(409, "Conflict", "the object has been modified")
        self.patches += 1
        objects[name] = json_patch(objects[name], operations)
        objects[name]["metadata"]["resourceVersion"] += "1"
        return web.json_response(objects[name])


@asynccontextmanager
async def withdrawn(objects: Objects) -> AsyncIterator[dict[str, Withdrawn]]:
    async with api.serve(objects.answer) as url, api.connected(url) as connection:
        yield {one.what: one for one in await to_stable(connection, "default", BOT)}


def virtual(*rules: list[tuple[str, str, int | None]], name: str = "bot") -> dict[str, Any]:
    """A VirtualService: per rule host, subset and weight of each destination."""

    def leg(host: str, subset: str, weight: int | None) -> dict[str, Any]:
        destination = {"host": host, **({"subset": subset} if subset else {})}
        return {"destination": destination, **({} if weight is None else {"weight": weight})}

    http = [{"route": [leg(*one) for one in rule]} for rule in rules]
    return {"metadata": {"name": name, "resourceVersion": "1"}, "spec": {"http": http}}


def route(*weights: tuple[str, int | None]) -> dict[str, Any]:
    refs = [{"name": name, "port": 80, **({} if w is None else {"weight": w})} for name, w in weights]
    return {
        "metadata": {"name": "bot", "resourceVersion": "1"},
        "spec": {"rules": [{"backendRefs": refs}]},
    }


def ingress(service: str, **annotations: str) -> dict[str, Any]:
    backend = {"service": {"name": service, "port": {"number": 80}}}
    return {
        "metadata": {
            "name": "bot-canary",
            "resourceVersion": "1",
            "annotations": {
                f"nginx.ingress.kubernetes.io/{name.replace('_', '-')}": v for name, v in annotations.items()
            },
        },
        "spec": {"rules": [{"http": {"paths": [{"backend": backend}]}}]},
    }


def weights(one: dict[str, Any]) -> list[list[int | None]]:
    spec = one["spec"]
    rules = [rule["route"] for rule in spec.get("http", ())] + [
        rule["backendRefs"] for rule in spec.get("rules", ())
    ]
    return [[leg.get("weight") for leg in rule] for rule in rules]


async def test_a_virtual_service_by_subsets_or_hosts_sends_all_to_stable() -> None:
    by_subset = virtual([("bot", "stable", 90), ("bot.default.svc.cluster.local", "canary", 10)])
    by_host = virtual([("bot-canary", "", 25), ("bot", "", 75)], [("tax", "", None)], name="hosts")
    objects = Objects(virtual=[by_subset, by_host])
    async with withdrawn(objects) as told:
        assert told["VirtualService bot"].ok
        assert told["VirtualService hosts"].ok
        assert told["HTTPRoutes"] == Withdrawn(what="HTTPRoutes", told="this server does not have them")
        assert weights(objects.there[VIRTUAL]["bot"]) == [[100, 0]]
        assert weights(objects.there[VIRTUAL]["hosts"]) == [[0, 100], [None]]


async def test_an_http_route_sends_all_to_stable_and_a_repeat_changes_nothing() -> None:
    objects = Objects(routes=[route(("bot", 9), ("bot-canary", None))])
    async with withdrawn(objects) as told:
        assert told["HTTPRoute bot"].ok
        assert weights(objects.there[ROUTES]["bot"]) == [[100, 0]]
    async with withdrawn(objects) as told:
        assert told["HTTPRoutes"].told == "none sends anything to the canary"
    assert objects.patches == 1


async def test_what_others_change_meanwhile_is_read_again() -> None:
    objects = Objects(routes=[route(("bot", 9), ("bot-canary", 1))])
    objects.conflicts = 2
    async with withdrawn(objects) as told:
        assert told["HTTPRoute bot"].ok
        assert weights(objects.there[ROUTES]["bot"]) == [[100, 0]]


async def test_what_may_not_be_looked_at_is_no_success_unless_it_is_not_installed() -> None:
    objects = Objects(routes=[route(("bot", 9), ("bot-canary", 1))])
    objects.forbidden = {VIRTUAL}
    async with withdrawn(objects) as told:
        assert told["VirtualServices"].told == "this server does not have them"
    objects.there["/apis/networking.istio.io/v1"] = {}
    async with withdrawn(objects) as told:
        assert told["VirtualServices"].ok is False
        assert "cannot reach" in told["VirtualServices"].told


@pytest.mark.parametrize(
    ("by", "one", "why"),
    [
        ("istio", virtual([("bot-canary", "", None)]), "leads to the canary alone"),
        ("gateway", route(("bot-canary", 1)), "leads to the canary alone"),
        ("gateway", route(("bot-canary", 1), ("bot", 0), ("old", 0)), "gives no other destination a weight"),
    ],
)
def test_a_rule_that_no_weight_can_put_right_is_told(by: str, one: dict[str, Any], why: str) -> None:
    with pytest.raises(CockpitError, match=why):
        stable_patch(one, by, BOT, "default")


def test_other_destinations_keep_what_they_have_among_each_other() -> None:
    one = route(("bot", 3), ("old", 1), ("bot-canary", 1))
    assert stable_patch(one, "gateway", BOT, "default") == [
        {"op": "add", "path": "/spec/rules/0/backendRefs/2/weight", "value": 0}
    ]


def test_another_services_canary_is_left_alone() -> None:
    assert (
        stable_patch(virtual([("tax", "stable", 90), ("tax", "canary", 10)]), "istio", BOT, "default") == []
    )
    assert ingress_patch(ingress("tax-canary", canary="true", canary_weight="10"), BOT) == []
    assert ingress_patch(ingress("bot-canary", canary_weight="10"), BOT) == []


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("bot-canary", True),
        ("bot-canary.default", True),
        ("bot-canary.default.svc.cluster.local", True),
        ("bot-canary.test.svc.cluster.local", False),
        ("bot-canary.example.com", False),
    ],
)
def test_a_canary_of_that_name_in_another_namespace_keeps_its_share(host: str, ours: bool) -> None:
    assert bool(stable_patch(virtual([("bot", "", 90), (host, "", 10)]), "istio", BOT, "default")) is ours


def test_a_backend_in_another_namespace_keeps_its_share() -> None:
    one = route(("bot", 9), ("bot-canary", 1))
    assert stable_patch(one, "gateway", BOT, "default") != []
    one["spec"]["rules"][0]["backendRefs"][1]["namespace"] = "test"
    assert stable_patch(one, "gateway", BOT, "default") == []
    one["spec"]["rules"][0]["backendRefs"][1]["namespace"] = "default"
    assert stable_patch(one, "gateway", BOT, "default") != []


def test_a_weight_that_is_null_counts_as_left_out() -> None:
    one = route(("bot", 9), ("bot-canary", 1))
    one["spec"]["rules"][0]["backendRefs"][1]["weight"] = None
    values = {patch["path"][-8]: patch["value"] for patch in stable_patch(one, "gateway", BOT, "default")}
    assert values == {"0": 100, "1": 0}
    other = virtual([("bot", "", 100), ("bot-canary", "", None)])
    other["spec"]["http"][0]["route"][1]["weight"] = None
    assert stable_patch(other, "istio", BOT, "default") == []


async def test_an_ingress_by_weight_gives_nothing_and_one_by_header_is_told() -> None:
    objects = Objects(ingresses=[ingress("bot-canary", canary="true", canary_weight="10")])
    async with withdrawn(objects) as told:
        assert told["Ingress bot-canary"].ok
    annotations = objects.there[INGRESSES]["bot-canary"]["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/canary-weight"] == "0"
    by_header = ingress("bot-canary", canary="true", canary_weight="10", canary_by_header="X-Canary")
    async with withdrawn(Objects(ingresses=[by_header])) as told:
        assert told["Ingress bot-canary"].ok is False
        assert "still reach the canary by canary-by-header" in told["Ingress bot-canary"].told
