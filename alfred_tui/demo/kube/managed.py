"""Who set which fields: the bookkeeping of `metadata.managedFields` on every write.

Follows Kubernetes' field management: an update takes over what it changes, an apply states all it
wants and may not change what another manager set.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from alfred_tui.demo.kube import fieldsets
from alfred_tui.demo.kube.fieldsets import Path
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.schema import Definition

APPLY = "Apply"
UPDATE = "Update"


class Manager(NamedTuple):
    """Who wrote, how, in which version of the kind and through which subresource ("" the object itself)."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""


class Ownership(msgspec.Struct, frozen=True):
    """What one manager set, and when it last changed that (RFC 3339)."""

    time: str
    paths: frozenset[Path]


Owners = Mapping[Manager, Ownership]


def owners(obj: Obj | None) -> dict[Manager, Ownership]:
    """The managers recorded in an object; entries that cannot be read are left out."""
    found: dict[Manager, Ownership] = {}
    for entry in (obj or {}).get("metadata", {}).get("managedFields") or ():
        if not isinstance(entry, dict) or "manager" not in entry:
            continue
        manager = Manager(
            str(entry["manager"]),
            str(entry.get("operation", UPDATE)),
            str(entry.get("apiVersion", "")),
            str(entry.get("subresource", "")),
        )
        paths = fieldsets.from_v1(entry.get("fieldsV1") or {})
        found[manager] = Ownership(str(entry.get("time", "")), paths)
    return found


def record(obj: Obj, managers: Owners) -> None:
    """Writes the managers into an object's metadata; those who own nothing are left out."""
    entries: list[Obj] = []
    for manager, ownership in managers.items():
        if not ownership.paths:
            continue
        entry: Obj = {"manager": manager.name, "operation": manager.operation}
        entry["apiVersion"] = manager.api_version
        if ownership.time:
            entry["time"] = ownership.time
        entry["fieldsType"] = "FieldsV1"
        entry["fieldsV1"] = fieldsets.to_v1(ownership.paths)
        if manager.subresource:
            entry["subresource"] = manager.subresource
        entries.append(entry)
    # Kubernetes' order: appliers first, then by time and name.
    entries.sort(key=lambda e: (e["operation"], e.get("time", ""), e["manager"]))
    if entries:
        obj["metadata"]["managedFields"] = entries
    else:
        obj["metadata"].pop("managedFields", None)


def after_update(
    old: Obj | None, new: Obj, definition: Definition | None, manager: Manager, time: str, unowned: set[Path]
) -> None:
    """Records in `new` that `manager` made it out of `old` by a create, update or patch.

    `unowned` are paths the server filled in (an allocated address) that stay nobody's.
    """
    if manager.subresource == "status" or old is None:
        ignored: tuple[str, ...] = ()
    else:
        ignored = ("f:status",)
    before = _values(old, definition, ignored)
    after = _values(new, definition, ignored if old is not None else ("f:status",))
    written, gone = fieldsets.difference(before, after)
    written -= unowned
    # A client may hand in other records than the stored ones (kubectl does to migrate its own).
    stated = new["metadata"].get("managedFields")
    current = owners(new if stated is not None else old)
    if stated in ([], [{}]):
        current = {}
    result: dict[Manager, Ownership] = {}
    for other, ownership in current.items():
        kept = ownership.paths - gone if other == manager else ownership.paths - gone - written
        result[other] = ownership if kept == ownership.paths else Ownership(ownership.time, kept)
    mine = result.get(manager, Ownership(time, frozenset()))
    if written - mine.paths or (written and manager not in current):
        result[manager] = Ownership(time, mine.paths | written)
    record(new, result)


def _values(obj: Obj | None, definition: Definition | None, ignored: tuple[str, ...]) -> dict[Path, object]:
    if obj is None:
        return {}
    found = fieldsets.values(obj, definition)
    return {path: value for path, value in found.items() if path[0] not in ignored}
