"""Strategic merge patch: a merge patch that knows which lists merge by which field.

The rules are Kubernetes' (directives $patch, $retainKeys, $setElementOrder/FIELD and
$deleteFromPrimitiveList/FIELD); which lists merge stands in the schema.
"""

from typing import Any

from alfred_tui.demo.kube import schema
from alfred_tui.demo.kube.errors import ApiError
from alfred_tui.demo.kube.gojson import go_text
from alfred_tui.demo.kube.objects import Obj, clone
from alfred_tui.demo.kube.schema import Definition, Type

_ORDER = "$setElementOrder/"
_REMOVE = "$deleteFromPrimitiveList/"


def strategic_merge(target: Obj, patch: Any, definition: Definition | None) -> Obj:
    """`target` with `patch` merged in. ApiError 500, as Kubernetes has it, for a malformed patch."""
    return _merge_object(clone(target), patch, definition)


def _merge_object(target: Obj, patch: Obj, definition: Definition | None) -> Obj:
    directive = patch.get("$patch")
    if directive == "replace":
        return {name: clone(value) for name, value in patch.items() if name != "$patch"}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise _unknown_directive(patch)
    if "$retainKeys" in patch:
        target = {name: value for name, value in target.items() if name in patch["$retainKeys"]}
    orders = {name.removeprefix(_ORDER): order for name, order in patch.items() if name.startswith(_ORDER)}
    for name, value in patch.items():
        if name.startswith(_REMOVE):
            field = name.removeprefix(_REMOVE)
            target[field] = [item for item in target.get(field) or [] if item not in value]
        elif name.startswith("$"):
            continue
        elif value is None:
            target.pop(name, None)
        else:
            order = orders.pop(name, None)
            target[name] = _merge_value(target.get(name), value, _type_of(definition, name), order)
    for name, order in orders.items():
        if isinstance(target.get(name), list):
            target[name] = _merge_list(
                target[name], [], _type_of(definition, name) or Type("any", "[]"), order
            )
    return target


def _type_of(definition: Definition | None, name: str) -> Type | None:
    return schema.field_type(definition, name)


def _merge_value(target: Any, patch: Any, kind: Type | None, order: list[Any] | None) -> Any:
    if isinstance(patch, dict):
        inner = None
        if kind is not None and kind.container == "" and kind.is_definition:
            inner = schema.definition(kind.name)
        merged = _merge_object(target if isinstance(target, dict) else {}, patch, inner)
        return _without_directives(merged)
    if isinstance(patch, list) and kind is not None and kind.patch_merge:
        return _merge_list(target if isinstance(target, list) else [], patch, kind, order)
    return clone(patch)


def _without_directives(value: Obj) -> Obj:
    return {name: item for name, item in value.items() if not name.startswith("$")}


def _merge_list(target: list[Any], patch: list[Any], kind: Type, order: list[Any] | None) -> list[Any]:
    key = kind.patch_merge_key
    if any(isinstance(item, dict) and item.get("$patch") == "replace" for item in patch):
        return [clone(item) for item in patch if "$patch" not in item]
    inner = schema.definition(kind.name) if kind.is_definition else None
    merged = list(target)
    wanted: list[Any] = []
    for item in patch:
        name = _identity(item, key)
        at = next((i for i, old in enumerate(merged) if _identity(old, key) == name), None)
        if isinstance(item, dict) and item.get("$patch") == "delete":
            if at is not None:
                del merged[at]
            continue
        wanted.append(name)
        if isinstance(item, dict):
            old = merged[at] if at is not None else {}
            item = _without_directives(_merge_object(old, item, inner))
        if at is None:
            merged.append(item)
        else:
            merged[at] = item
    names = [_identity(item, key) for item in order] if order is not None else wanted
    return _ordered(merged, [_identity(item, key) for item in target], names, key)


def _unknown_directive(patch: Obj) -> ApiError:
    return ApiError(500, "", f"unknown patch type: {patch['$patch']} in map: {go_text(patch)}")


def _identity(item: Any, key: str) -> Any:
    if not key:
        return item
    if not isinstance(item, dict) or key not in item:
        raise ApiError(500, "", f"map: {go_text(item)} does not contain declared merge key: {key}")
    return item[key]


def _ordered(merged: list[Any], before: list[Any], wanted: list[Any], key: str) -> list[Any]:
    """The patch's items in the patch's order, the server's own where they stood relative to those."""
    patched = sorted(
        (item for item in merged if _identity(item, key) in wanted),
        key=lambda item: wanted.index(_identity(item, key)),
    )
    kept = [item for item in merged if _identity(item, key) not in wanted]
    result: list[Any] = []
    while kept and patched:
        left, right = _identity(kept[0], key), _identity(patched[0], key)
        first = left in before and right in before and before.index(left) < before.index(right)
        result.append(kept.pop(0) if first else patched.pop(0))
    return result + kept + patched
