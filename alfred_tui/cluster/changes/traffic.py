"""How much of the traffic goes to the canary: by replicas, by an Istio VirtualService or an HTTPRoute.

Each write is read, compared and patched with the version that was read as its precondition, as all of `acts`.
Sources: Istio's VirtualService reference (`http[].route[].weight`), the Gateway API's HTTPRoute reference
(`rules[].backendRefs[].weight`). Weights are relative in both; here they are percent.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from alfred_tui.cluster.access.connect import JSON_PATCH, Connection
from alfred_tui.cluster.changes import acts
from alfred_tui.cluster.objects.resources import DEPLOYMENTS, Resource
from alfred_tui.cluster.store.reads import read, read_raw
from alfred_tui.domain.document.actions import Traffic
from alfred_tui.domain.errors import CockpitError

ROUTES: dict[str, Resource[Any]] = {
    "istio": Resource("networking.istio.io/v1", "virtualservices", "VirtualService", dict),
    "gateway": Resource("gateway.networking.k8s.io/v1", "httproutes", "HTTPRoute", dict),
}


class Weighted(msgspec.Struct, frozen=True, kw_only=True):
    """What was set. `told` is the share in words, as it really is."""

    told: str
    changed: bool


async def set_weight(connection: Connection, namespace: str, traffic: Traffic, weight: int) -> Weighted:
    """Gives the canary `weight` percent, 0 to 100. Raises CockpitError, ClusterError."""
    if traffic.by == "replicas":
        return await _by_replicas(connection, namespace, traffic, weight)
    resource = ROUTES[traffic.by]

    async def once() -> Weighted:
        raw = await read_raw(connection, resource, namespace, traffic.route)
        patch = weight_patch(raw, traffic, weight, namespace)
        told = f"{weight} % by the {resource.kind} {traffic.route}"
        if not patch:
            return Weighted(told=told, changed=False)
        version = raw["metadata"]["resourceVersion"]
        precondition = {"op": "replace", "path": "/metadata/resourceVersion", "value": version}
        path = resource.path(namespace, traffic.route)
        owner: dict[str, str | int | bool] = {"fieldManager": acts.FIELD_MANAGER}
        await connection.patch(path, [precondition, *patch], owner, content_type=JSON_PATCH)
        return Weighted(told=told, changed=True)

    return await acts.until_it_stands(traffic.route, once)


async def _by_replicas(connection: Connection, namespace: str, traffic: Traffic, weight: int) -> Weighted:
    stable = await read(connection, DEPLOYMENTS, namespace, traffic.stable)
    beside = 1 if stable.spec.replicas is None else stable.spec.replicas
    count = canary_replicas(beside, weight)
    _, changed = await acts.scale(connection, namespace, traffic.canary, count)
    share = 100 * count / (count + beside) if count + beside else 0.0
    told = f"{share:.0f} % by replicas ({count} of {count + beside}; {weight} % asked)"
    return Weighted(told=told, changed=changed)


def canary_replicas(stable: int, weight: int) -> int:
    """How many canary pods beside the stable ones come closest to the weight; at 100 % as many as those."""
    if weight <= 0:
        return 0
    if weight >= 100:
        return max(1, stable)
    return max(1, round(stable * weight / (100 - weight)))


def weight_patch(
    route: dict[str, Any], traffic: Traffic, weight: int, namespace: str
) -> list[dict[str, Any]]:
    """The JSON patch that sets both weights in every rule that has both sides; empty when they are set.

    Raises CockpitError when no rule has both, or one has a third: then 100 would not be the whole.
    """
    patch: list[dict[str, Any]] = []
    found = False
    for path, targets in rules_of(route, traffic.by):
        names = [_name(one, traffic.by, (traffic.stable, traffic.canary), namespace) for one in targets]
        if not {traffic.stable, traffic.canary} <= set(names) or len(_split(targets, names, namespace)) > 1:
            continue
        if len(targets) != 2:
            raise CockpitError(
                f"{path} of {traffic.route} has other destinations than {traffic.stable} and"
                f" {traffic.canary}; their weights cannot be told together.",
                hint="Give the two a rule of their own.",
            )
        found = True
        for index, name in enumerate(names):
            wanted = weight if name == traffic.canary else 100 - weight
            if targets[index].get("weight") != wanted:
                patch.append({"op": "add", "path": f"{path}/{index}/weight", "value": wanted})
    if not found:
        raise CockpitError(
            f"No rule of {traffic.route} has both {traffic.stable} and {traffic.canary}.",
            hint="Check the names under `traffic` of the canary step.",
        )
    return patch


def _split(targets: list[dict[str, Any]], names: list[str], namespace: str) -> set[str]:
    """The hosts whose subsets these names are: subsets of two hosts are no two sides of one service."""
    destinations = [one.get("destination") or {} for one in targets]
    return {
        service_of(target, "istio", namespace) or str(destination.get("host", ""))
        for target, destination, name in zip(targets, destinations, names, strict=True)
        if destination.get("subset") == name
    }


def rules_of(route: dict[str, Any], by: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The path and the weighted targets of each rule."""
    outer, inner = ("http", "route") if by == "istio" else ("rules", "backendRefs")
    for number, rule in enumerate((route.get("spec") or {}).get(outer) or ()):
        yield f"/spec/{outer}/{number}/{inner}", rule.get(inner) or []


def service_of(target: dict[str, Any], by: str, namespace: str) -> str:
    """The Service of the route's own namespace that a destination is; empty for any other.

    Istio resolves a host without a dot in the route's namespace; a backend without one is in the route's too.
    """
    if by == "gateway":
        elsewhere = (target.get("namespace") or namespace) != namespace
        other = (target.get("kind") or "Service") != "Service"
        return "" if elsewhere or other else str(target.get("name", ""))
    parts = str((target.get("destination") or {}).get("host", "")).split(".")
    here = parts[1:2] in ([], [namespace]) and parts[2:3] in ([], ["svc"])
    return parts[0] if here else ""


def _name(target: dict[str, Any], by: str, wanted: tuple[str, str], namespace: str) -> str:
    """The side that a target is: by subset or host for Istio, by the backend's name else."""
    service = service_of(target, by, namespace)
    if by == "gateway":
        return service
    destination = target.get("destination") or {}
    host = str(destination.get("host", ""))
    names = (str(destination.get("subset", "")), host, service)
    return next((name for name in names if name in wanted), host)
