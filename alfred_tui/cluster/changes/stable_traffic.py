"""All traffic back to stable: what routes and annotations send to a canary is set to nothing.

Looks at every VirtualService and HTTPRoute of the namespace, and at every Ingress that is a canary of
ingress-nginx (`nginx.ingress.kubernetes.io/canary`, its weight in `…/canary-weight`, whole percent).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import msgspec

from alfred_tui.cluster.access.connect import JSON_PATCH, Connection
from alfred_tui.cluster.access.errors import Absent, Forbidden
from alfred_tui.cluster.changes import acts
from alfred_tui.cluster.changes.traffic import ROUTES, rules_of, service_of
from alfred_tui.cluster.objects.resources import Resource
from alfred_tui.cluster.store.reads import decode, list_all, read_raw
from alfred_tui.domain.document.actions import StableTraffic
from alfred_tui.domain.errors import CockpitError

_INGRESSES: Resource[Any] = Resource("networking.k8s.io/v1", "ingresses", "Ingress", dict)
_NGINX = "nginx.ingress.kubernetes.io/"
_BY_NAME = ("canary-by-header", "canary-by-cookie")

_NOT_SERVED = "this server does not have them"

Object = dict[str, Any]
Patch = list[dict[str, Any]]


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one object, or of one kind of objects."""

    what: str
    """`VirtualService alfred-bot`, or a kind that was looked through."""
    told: str
    ok: bool | None = None
    """None: there was nothing to do."""


async def to_stable(connection: Connection, namespace: str, action: StableTraffic) -> tuple[Withdrawn, ...]:
    """Every kind looked through, and every object that gave the canary a share. Never raises CockpitError."""

    def weights(by: str) -> Callable[[Object], Patch]:
        return lambda raw: stable_patch(raw, by, action, namespace)

    kinds: list[tuple[Resource[Any], Callable[[Object], Patch]]] = [
        (ROUTES["istio"], weights("istio")),
        (ROUTES["gateway"], weights("gateway")),
        (_INGRESSES, lambda raw: ingress_patch(raw, action)),
    ]
    found = await asyncio.gather(*(_kind(connection, namespace, *one) for one in kinds))
    return tuple(one for told in found for one in told)


async def _kind(
    connection: Connection, namespace: str, resource: Resource[Any], change: Callable[[Object], Patch]
) -> list[Withdrawn]:
    try:
        objects: list[Object] = await list_all(connection, resource, namespace)
    except Absent:
        return [Withdrawn(what=resource.kinds, told=_NOT_SERVED)]
    except CockpitError as error:
        # Rights are looked at before the address: who may not list them is refused what is not there too.
        if isinstance(error, Forbidden) and not await _served(connection, resource):
            return [Withdrawn(what=resource.kinds, told=_NOT_SERVED)]
        return [Withdrawn(what=resource.kinds, told=f"could not be looked at: {error}", ok=False)]
    told = [await _object(connection, namespace, resource, one, change) for one in objects]
    mine = [one for one in told if one]
    return mine or [Withdrawn(what=resource.kinds, told="none sends anything to the canary")]


async def _served(connection: Connection, resource: Resource[Any]) -> bool:
    """Whether the server has the resource's group, which every account may ask; True when it is not known."""
    try:
        await connection.get(f"/apis/{resource.group_version}")
    except Absent:
        return False
    except CockpitError:
        return True
    return True


async def _object(
    connection: Connection,
    namespace: str,
    resource: Resource[Any],
    listed: Object,
    change: Callable[[Object], Patch],
) -> Withdrawn | None:
    name = str((listed.get("metadata") or {}).get("name", ""))
    what = f"{resource.kind} {name}"
    try:
        if not change(listed):
            return None
        await acts.until_it_stands(name, _patched(connection, namespace, resource, name, change))
    except Absent:
        return Withdrawn(what=what, told="is gone", ok=True)
    except CockpitError as error:
        return Withdrawn(what=what, told=str(error), ok=False)
    return Withdrawn(what=what, told="sends nothing to the canary any more", ok=True)


def _patched(
    connection: Connection,
    namespace: str,
    resource: Resource[Any],
    name: str,
    change: Callable[[Object], Patch],
) -> Callable[[], Awaitable[None]]:
    async def once() -> None:
        raw = await read_raw(connection, resource, namespace, name)
        patch = change(raw)
        if patch:
            version = raw["metadata"]["resourceVersion"]
            guard = {"op": "replace", "path": "/metadata/resourceVersion", "value": version}
            owner: dict[str, str | int | bool] = {"fieldManager": acts.FIELD_MANAGER}
            path = resource.path(namespace, name)
            answer = await connection.patch(path, [guard, *patch], owner, content_type=JSON_PATCH)
            if change(decode(answer.body, dict[str, Any])):
                raise CockpitError(f"{name} was changed, and still gives the canary a share.")

    return once


def stable_patch(route: Object, by: str, action: StableTraffic, namespace: str) -> Patch:
    """The JSON patch by which no rule of a route sends anything to the canary; empty when none does.

    Raises CockpitError for a rule that leads to the canary alone, or has nothing else with a weight.
    """
    patch: Patch = []
    for path, targets in rules_of(route, by):
        bad = [index for index, one in enumerate(targets) if _is_canary(one, by, action, namespace)]
        if not bad:
            continue
        rest = [index for index in range(len(targets)) if index not in bad]
        if not rest:
            raise CockpitError(
                f"{path} leads to the canary alone, so that no weight keeps requests from it.",
                hint="Remove the rule, or lead it to stable.",
            )
        # Without a weight, a destination among several has 0 in a VirtualService and 1 in an HTTPRoute.
        usual = 1 if by == "gateway" else 0
        weights = [usual if one.get("weight") is None else int(one["weight"]) for one in targets]
        taken = [_weight(path, one, 0) for one in bad if weights[one]]
        nothing_else = not sum(weights[one] for one in rest)
        if nothing_else and len(rest) > 1:
            raise CockpitError(
                f"{path} gives no other destination a weight; which of them is to have it is not known.",
                hint="Set the weights by hand.",
            )
        if (taken or nothing_else) and len(rest) == 1 and weights[rest[0]] != 100:
            taken.append(_weight(path, rest[0], 100))
        patch += taken
    return patch


def _weight(path: str, index: int, value: int) -> dict[str, Any]:
    return {"op": "add", "path": f"{path}/{index}/weight", "value": value}


def _is_canary(target: Object, by: str, action: StableTraffic, namespace: str) -> bool:
    service = service_of(target, by, namespace)
    if by == "gateway":
        return service == action.canary
    subset = str((target.get("destination") or {}).get("subset", ""))
    return service == action.canary or (
        service == action.stable and subset != "" and subset in (action.canary, action.subset)
    )


def ingress_patch(ingress: Object, action: StableTraffic) -> Patch:
    """The JSON patch that takes an ingress-nginx canary's weight; empty for any other Ingress.

    Raises CockpitError when requests reach the canary by a header or a cookie: no weight keeps them from it.
    """
    annotations = (ingress.get("metadata") or {}).get("annotations") or {}
    if annotations.get(f"{_NGINX}canary") != "true" or action.canary not in set(_backends(ingress)):
        return []
    named = [one for one in _BY_NAME if annotations.get(_NGINX + one)]
    if annotations.get(f"{_NGINX}canary-weight", "0") != "0":
        path = f"/metadata/annotations/{_NGINX.replace('/', '~1')}canary-weight"
        return [{"op": "replace", "path": path, "value": "0"}]
    if named:
        raise CockpitError(
            f"Requests still reach the canary by {' and '.join(named)}.", hint="Delete this Ingress."
        )
    return []


def _backends(ingress: Object) -> Iterator[str]:
    spec = ingress.get("spec") or {}
    backends = [spec.get("defaultBackend") or {}]
    for rule in spec.get("rules") or ():
        backends += [path.get("backend") or {} for path in (rule.get("http") or {}).get("paths") or ()]
    for one in backends:
        yield str((one.get("service") or {}).get("name", ""))
