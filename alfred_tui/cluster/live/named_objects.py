"""The objects that a pod or a workload names, each asked for: whether it is there and has the keys."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, ClusterError, Forbidden
from alfred_tui.cluster.objects.partial import Meta, Partial
from alfred_tui.cluster.objects.references import Reference, references
from alfred_tui.cluster.objects.resources import NAMED, WORKLOADS, Resource
from alfred_tui.cluster.store.reads import read, read_raw
from alfred_tui.domain.cluster.named import NamedObject
from alfred_tui.domain.errors import CockpitError

_AT_ONCE = 8
_OWNER = "owner"


class _Keyed(Partial, frozen=True, gc=False):
    """Of a Secret or a ConfigMap its keys; the values are left as bytes and dropped."""

    metadata: Meta = Meta()
    data: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)
    binary_data: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)


async def named_objects(
    connection: Connection, kind: str, namespace: str, name: str
) -> tuple[NamedObject, ...]:
    """Owners first, then in the order of kinds and names. Raises CockpitError when the object cannot be read.

    What cannot be read of the others is told in the answer.
    """
    if kind not in ("Pod", *WORKLOADS):
        raise CockpitError(f"What a {kind} names is not looked up here.")
    raw = await read_raw(connection, NAMED[kind], namespace, name)
    room = asyncio.Semaphore(_AT_ONCE)

    async def looked_up(named: tuple[str, str], by: list[Reference]) -> NamedObject:
        async with room:
            return await _look_up(connection, namespace, named, by)

    found = by_object(raw)
    return tuple(await asyncio.gather(*(looked_up(named, by) for named, by in found.items())))


def by_object(raw: Mapping[str, Any]) -> dict[tuple[str, str], list[Reference]]:
    """Kind and name of each object that is named, with the places in which it is."""
    found: dict[tuple[str, str], list[Reference]] = {}
    for one in (*_owners(raw), *sorted(references(_pod_spec(raw)), key=lambda one: one[:2])):
        found.setdefault((one.kind, one.name), []).append(one)
    return found


def _pod_spec(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    spec: Mapping[str, Any] = raw.get("spec") or {}
    template = spec.get("template")
    return (template.get("spec") or {}) if template else spec


def _owners(raw: Mapping[str, Any]) -> Iterable[Reference]:
    for one in (raw.get("metadata") or {}).get("ownerReferences") or ():
        yield Reference(one["kind"], one["name"], _OWNER)


async def _look_up(
    connection: Connection, namespace: str, named: tuple[str, str], by: list[Reference]
) -> NamedObject:
    kind, name = named
    uses = tuple(dict.fromkeys(one.use + (" (optional)" if one.optional else "") for one in by))
    told = NamedObject(kind=kind, name=name, there="there", uses=uses)
    resource = NAMED.get(kind)
    if resource is None:
        return msgspec.structs.replace(told, there="unknown", why=f"a {kind} is not read here")
    try:
        found = await read(connection, _keyed(resource), namespace, name)
    except Absent:
        return msgspec.structs.replace(told, there="absent", needed=not all(one.optional for one in by))
    except Forbidden as problem:
        return msgspec.structs.replace(told, there="forbidden", why=problem.message)
    except ClusterError as problem:
        return msgspec.structs.replace(told, there="unknown", why=problem.message)
    has = {*found.data, *found.binary_data}
    lacking = [one for one in by if not has.issuperset(one.keys)]
    if not lacking:
        return told
    keys = dict.fromkeys(key for one in lacking for key in one.keys if key not in has)
    needed = not all(one.optional for one in lacking)
    return msgspec.structs.replace(told, there="lacks keys", why=", ".join(keys), needed=needed)


def _keyed(resource: Resource[Any]) -> Resource[_Keyed]:
    return Resource(resource.group_version, resource.plural, resource.kind, _Keyed, resource.namespaced)
