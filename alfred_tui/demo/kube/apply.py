"""Server-side apply: an applied configuration is merged in, unless it would change what others set."""

import json
from typing import Any

from alfred_tui.demo.kube import fieldsets, managed, schema
from alfred_tui.demo.kube.errors import ApiError
from alfred_tui.demo.kube.fieldsets import Path, item_step, path_text
from alfred_tui.demo.kube.managed import APPLY, UPDATE, Manager, Ownership
from alfred_tui.demo.kube.objects import Obj, clone
from alfred_tui.demo.kube.pruning import prune
from alfred_tui.demo.kube.schema import Definition, Type

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
BEFORE_FIRST_APPLY = "before-first-apply"


def server_side_apply(
    live: Obj | None, config: Obj, definition: Definition | None, manager: Manager, time: str, *, force: bool
) -> Obj:
    """`live` with `config` merged in and the field owners recorded.

    ApiError 409 Conflict when that would change fields of other managers and `force` is not set. A field
    the manager applied before, no longer states and nobody else owns is removed.
    """
    claimed = fieldsets.applied(config, definition)
    config = {**clone(config), "metadata": dict(config["metadata"])}
    config["metadata"].pop("managedFields", None)
    if live is None:
        managed.record(config, {manager: Ownership(time, claimed)})
        return config
    current = _owners(live, definition, time)
    merged: Obj = _merge_into(clone(live), config, definition)
    before = fieldsets.values(live, definition)
    written, _ = fieldsets.difference(before, fieldsets.values(merged, definition))
    conflicts = _conflicts(current, manager, written)
    refused = {} if force else _disallowed(live, definition, manager, before, conflicts)
    if refused:
        raise _conflict_error(refused)
    previous = current.pop(manager, Ownership("", frozenset()))
    others = {
        other: Ownership(ownership.time, ownership.paths - written) if other in conflicts else ownership
        for other, ownership in current.items()
    }
    owned = claimed.union(*(ownership.paths for ownership in others.values()))
    prune(merged, definition, previous.paths, owned)
    # Who applies what already stands takes it over without a time of its own.
    changed = not previous.paths or _content(merged) != _content(live)
    others[manager] = Ownership(time if changed else previous.time, claimed)
    if manager.name == "kubectl" and LAST_APPLIED in (live["metadata"].get("annotations") or {}):
        merged["metadata"]["annotations"][LAST_APPLIED] = _compact(config)
    managed.record(merged, others)
    return merged


def _content(obj: Obj) -> Obj:
    meta = {name: value for name, value in obj["metadata"].items() if name != "managedFields"}
    return {**obj, "metadata": meta}


def _owners(live: Obj, definition: Definition | None, time: str) -> dict[Manager, Ownership]:
    current = managed.owners(live)
    if current:
        return current
    # An object nobody is recorded for belongs to whoever made it, not to the first who applies.
    owner = Manager(BEFORE_FIRST_APPLY, UPDATE, live.get("apiVersion", ""))
    paths = frozenset(path for path in fieldsets.values(live, definition) if path[0] != "f:status")
    return {owner: Ownership(time, paths)}


def _merge_into(target: Obj, config: Obj, definition: Definition | None) -> Obj:
    for name, value in config.items():
        if value is not None:
            target[name] = _merge_value(target.get(name), value, schema.field_type(definition, name))
    return target


def _merge_value(target: Any, config: Any, kind: Type | None) -> Any:
    if target is None or kind is None or kind.atomic or kind.name == "any":
        return clone(config)
    if kind.container == "[]" and isinstance(config, list) and isinstance(target, list):
        return _merge_list(target, config, kind)
    if kind.container == "{}" and isinstance(config, dict) and isinstance(target, dict):
        target.update({k: _merge_value(target.get(k), v, kind.item()) for k, v in config.items()})
        return target
    if isinstance(config, dict) and isinstance(target, dict) and kind.is_definition:
        definition = schema.definition(kind.name)
        if definition is not None and not definition.atomic:
            return _merge_into(target, config, definition)
    return clone(config)


def _merge_list(target: list[Any], config: list[Any], kind: Type) -> list[Any]:
    for item in config:
        step = item_step(item, kind)
        at = next((i for i, old in enumerate(target) if item_step(old, kind) == step), None)
        if at is None:
            target.append(clone(item))
        elif isinstance(item, dict):
            _merge_into(target[at], item, schema.definition(kind.name))
    return target


def _compact(config: Obj) -> str:
    """The configuration as kubectl writes it into its annotation."""
    return json.dumps(config, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"


def _conflicts(
    current: dict[Manager, Ownership], manager: Manager, written: frozenset[Path]
) -> dict[Manager, frozenset[Path]]:
    found = {other: ownership.paths & written for other, ownership in current.items() if other != manager}
    return {other: paths for other, paths in found.items() if paths}


def _disallowed(
    live: Obj,
    definition: Definition | None,
    manager: Manager,
    before: dict[Path, Any],
    conflicts: dict[Manager, frozenset[Path]],
) -> dict[Manager, frozenset[Path]]:
    """The conflicts but those in fields that still stand as kubectl's client-side apply last left them.

    Those are kubectl's own, whatever name it had when it wrote them.
    """
    last = _last_applied(live)
    if manager.name != "kubectl" or last is None:
        return conflicts
    stated = fieldsets.values(last, definition)
    own = {path for path, value in stated.items() if path in before and before[path] == value}
    left = {other: paths - own for other, paths in conflicts.items()}
    return {other: paths for other, paths in left.items() if paths}


def _last_applied(live: Obj) -> Obj | None:
    text = (live["metadata"].get("annotations") or {}).get(LAST_APPLIED)
    try:
        last = json.loads(text or "null")
    except ValueError:
        return None
    return last if isinstance(last, dict) and isinstance(last.get("metadata"), dict) else None


def _conflict_error(conflicts: dict[Manager, frozenset[Path]]) -> ApiError:
    listed = [(manager, path) for manager, paths in sorted(conflicts.items()) for path in sorted(paths)]
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f"conflict with {_who(manager)}",
            "field": path_text(path),
        }
        for manager, path in listed
    ]
    if len(listed) == 1:
        manager, path = listed[0]
        message = f"Apply failed with 1 conflict: conflict with {_who(manager)}: {path_text(path)}"
    else:
        lines: list[str] = []
        for manager, paths in sorted(conflicts.items()):
            lines.append(f"conflicts with {_who(manager)}:")
            lines += [f"- {path_text(path)}" for path in sorted(paths)]
        message = f"Apply failed with {len(listed)} conflicts: " + "\n".join(lines)
    return ApiError(409, "Conflict", message, {"causes": causes})


def _who(manager: Manager) -> str:
    name = json.dumps(manager.name)
    if manager.subresource:
        name += f' with subresource "{manager.subresource}"'
    return name if manager.operation == APPLY else f"{name} using {manager.api_version}"
