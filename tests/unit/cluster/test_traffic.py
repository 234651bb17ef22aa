"""Weights: what is patched where, and what is refused because the numbers would not be the truth."""

from typing import Any

import pytest
from alfred_tui.cluster.changes.traffic import canary_replicas, rules_of, weight_patch
from alfred_tui.domain.document.actions import Traffic
from alfred_tui.domain.errors import CockpitError

ISTIO = Traffic(by="istio", route="bot", stable="stable", canary="canary")
GATEWAY = Traffic(by="gateway", route="bot", stable="bot", canary="bot-canary")


def virtual_service(*targets: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"http": [{"route": [{"destination": {"host": "other"}}]}, {"route": list(targets)}]}}


def subset(name: str, weight: int | None = None) -> dict[str, Any]:
    target: dict[str, Any] = {"destination": {"host": "bot", "subset": name}}
    return target if weight is None else {**target, "weight": weight}


@pytest.mark.parametrize(
    ("stable", "weight", "pods"),
    [(9, 10, 1), (3, 10, 1), (3, 25, 1), (3, 50, 3), (30, 10, 3), (3, 100, 3), (3, 0, 0), (0, 100, 1)],
)
def test_the_pods_that_come_closest_to_a_weight(stable: int, weight: int, pods: int) -> None:
    assert canary_replicas(stable, weight) == pods


def test_both_sides_of_a_virtual_service_are_set_together_and_other_rules_are_left() -> None:
    route = virtual_service(subset("stable", 100), subset("canary"))
    assert weight_patch(route, ISTIO, 10, "default") == [
        {"op": "add", "path": "/spec/http/1/route/0/weight", "value": 90},
        {"op": "add", "path": "/spec/http/1/route/1/weight", "value": 10},
    ]


def test_what_is_set_already_is_not_written_again() -> None:
    assert (
        weight_patch(virtual_service(subset("stable", 75), subset("canary", 25)), ISTIO, 25, "default") == []
    )


def test_a_side_of_a_virtual_service_may_be_a_host_with_its_domain() -> None:
    hosts = [{"destination": {"host": f"{one}.default.svc.cluster.local"}} for one in ("bot", "bot-canary")]
    by_host = Traffic(by="istio", route="bot", stable="bot", canary="bot-canary")
    assert [one["value"] for one in weight_patch(virtual_service(*hosts), by_host, 25, "default")] == [75, 25]


def test_backends_of_an_http_route_are_found_by_name() -> None:
    route = {"spec": {"rules": [{"backendRefs": [{"name": "bot-canary", "port": 80}, {"name": "bot"}]}]}}
    assert weight_patch(route, GATEWAY, 50, "default") == [
        {"op": "add", "path": "/spec/rules/0/backendRefs/0/weight", "value": 50},
        {"op": "add", "path": "/spec/rules/0/backendRefs/1/weight", "value": 50},
    ]


def test_a_rule_with_a_third_destination_is_refused() -> None:
    route = virtual_service(subset("stable"), subset("canary"), subset("old"))
    with pytest.raises(CockpitError, match="other destinations"):
        weight_patch(route, ISTIO, 10, "default")


def test_a_route_without_both_sides_is_refused() -> None:
    with pytest.raises(CockpitError, match="No rule of bot has both stable and canary"):
        weight_patch(virtual_service(subset("stable")), ISTIO, 10, "default")


def test_a_service_of_that_name_in_another_namespace_is_another() -> None:
    hosts = [
        {"destination": {"host": one}} for one in ("bot.default.svc", "bot-canary.test.svc.cluster.local")
    ]
    by_host = Traffic(by="istio", route="bot", stable="bot", canary="bot-canary")
    with pytest.raises(CockpitError, match="No rule of bot has both"):
        weight_patch(virtual_service(*hosts), by_host, 25, "default")
    refs = [{"name": "bot"}, {"name": "bot-canary", "namespace": "test"}]
    with pytest.raises(CockpitError, match="No rule of bot has both"):
        weight_patch({"spec": {"rules": [{"backendRefs": refs}]}}, GATEWAY, 25, "default")


@pytest.mark.parametrize(
    ("canary", "ours"),
    [("bot", True), ("bot.default.svc.cluster.local", True), ("bot.test.svc", False), ("tax", False)],
)
def test_the_sides_are_subsets_of_one_service(canary: str, ours: bool) -> None:
    """`canary` of another service, or of that name in another namespace, is not this one's canary."""
    targets = (subset("stable"), {"destination": {"host": canary, "subset": "canary"}})
    route = virtual_service(*targets)
    if ours:
        assert [one["value"] for one in weight_patch(route, ISTIO, 25, "default")] == [75, 25]
    else:
        with pytest.raises(CockpitError, match="No rule of bot has both stable and canary"):
            weight_patch(route, ISTIO, 25, "default")


def test_a_canary_in_another_namespace_is_meant_where_its_whole_host_is_named() -> None:
    host = "bot-canary.test.svc"
    by_host = Traffic(by="istio", route="bot", stable="bot", canary=host)
    targets = ({"destination": {"host": "bot"}}, {"destination": {"host": host}})
    patch = weight_patch(virtual_service(*targets), by_host, 25, "default")
    assert [one["value"] for one in patch] == [75, 25]


def test_a_weight_that_is_null_is_set_as_one_that_is_left_out() -> None:
    refs = [{"name": "bot", "weight": None}, {"name": "bot-canary", "weight": None}]
    patch = weight_patch({"spec": {"rules": [{"backendRefs": refs}]}}, GATEWAY, 10, "default")
    assert [(one["op"], one["value"]) for one in patch] == [("add", 90), ("add", 10)]
    nulls = virtual_service(*({**subset(name), "weight": None} for name in ("stable", "canary")))
    assert [one["value"] for one in weight_patch(nulls, ISTIO, 0, "default")] == [100, 0]


def test_a_route_without_rules_has_none() -> None:
    assert not [*rules_of({"spec": None}, "istio"), *rules_of({"spec": {"rules": None}}, "gateway")]
