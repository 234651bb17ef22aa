"""Which ConfigMaps and Secrets a pod template reads, and in which version each of them is.

An undo puts a template back, not what it refers to: only the versions show whether that is still the same.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, Forbidden
from alfred_tui.cluster.objects.partial import Meta, Partial
from alfred_tui.cluster.objects.references import references
from alfred_tui.cluster.objects.resources import Resource
from alfred_tui.cluster.store.reads import read

ABSENT = "absent"
HIDDEN = "forbidden"


class _Headed(Partial, frozen=True, gc=False):
    """Nothing but the metadata: values are not decoded, so none can be kept."""

    metadata: Meta = Meta()


_KINDS: Mapping[str, Resource[_Headed]] = {
    "ConfigMap": Resource("v1", "configmaps", "ConfigMap", _Headed),
    "Secret": Resource("v1", "secrets", "Secret", _Headed),
}


def referred(template: Mapping[str, Any]) -> tuple[str, ...]:
    """`Secret/alfred-secrets` and the like, each once, sorted."""
    named = references(template.get("spec") or {})
    return tuple(sorted({f"{one.kind}/{one.name}" for one in named if one.kind in _KINDS}))


async def config_versions(connection: Connection, namespace: str, names: Iterable[str]) -> dict[str, str]:
    """Each name's resourceVersion; `absent` where there is none, `forbidden` where it may not be read."""

    async def version(name: str) -> str:
        kind, _, plain = name.partition("/")
        try:
            found = await read(connection, _KINDS[kind], namespace, plain)
        except Absent:
            return ABSENT
        except Forbidden:
            return HIDDEN
        return found.metadata.resource_version

    wanted = tuple(dict.fromkeys(names))
    versions = await asyncio.gather(*(version(name) for name in wanted))
    return dict(zip(wanted, versions, strict=True))
