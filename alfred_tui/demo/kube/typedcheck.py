"""Whether an applied configuration fits its kind's schema, in the words of Kubernetes' typed values."""

from collections.abc import Iterator
from typing import Any

from alfred_tui.demo.kube import schema
from alfred_tui.demo.kube.errors import ApiError
from alfred_tui.demo.kube.fieldsets import item_step, path_text
from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.schema import Definition, Type


def check_typed(config: Obj, kind: Kind) -> None:
    """ApiError 500, as Kubernetes answers it, for fields and values that the schema does not have."""
    problems = list(_object(config, schema.definition(kind.definition), ""))
    if not problems:
        return
    meta = config["metadata"]
    place = "/".join(filter(None, (meta.get("namespace", ""), meta.get("name", ""))))
    listed = problems[0] if len(problems) == 1 else "errors:\n" + "\n".join(f"  {one}" for one in problems)
    who = f"{place}; {kind.api_version}, Kind={kind.kind}"
    raise ApiError(500, "", f"failed to create typed patch object ({who}): {listed}")


def _object(value: Obj, definition: Definition | None, at: str) -> Iterator[str]:
    if definition is None:
        return
    for name, item in value.items():
        if not at and name in schema.TYPE_FIELDS:
            continue
        kind = schema.field_type(definition, name)
        if kind is None:
            yield f"{at}.{name}: field not declared in schema"
        elif item is not None:
            yield from _value(item, kind, f"{at}.{name}")


def _value(value: Any, kind: Type, at: str) -> Iterator[str]:
    if kind.container == "[]":
        if isinstance(value, list):
            yield from _list(value, kind, at)
        else:
            yield f"{at}: expected list, got &{{{_go(value)}}}"
    elif kind.container == "{}":
        if isinstance(value, dict):
            for name, item in value.items():
                yield from _single(item, kind, f"{at}.{name}")
        else:
            yield f"{at}: expected map, got &{{{_go(value)}}}"
    else:
        yield from _single(value, kind, at)


def _list(items: list[Any], kind: Type, at: str) -> Iterator[str]:
    seen: set[str] = set()
    for number, item in enumerate(items):
        step = item_step(item, kind) if kind.map_keys or kind.is_set else None
        where = f"{at}{path_text((step,))}" if step is not None else f"{at}[{number}]"
        if step is not None and step in seen:
            yield f"{at}: duplicate entries for key {path_text((step,))}"
        elif kind.map_keys and step is None and isinstance(item, dict):
            missing = next(key for key in kind.map_keys if key not in item)
            why = "associative list with keys has an element that omits key field"
            yield f'{at}: element {number}: {why} "{missing}" (and doesn\'t have default value)'
        else:
            yield from _single(item, kind, where)
        if step is not None:
            seen.add(step)


def _single(value: Any, kind: Type, at: str) -> Iterator[str]:
    if kind.is_definition:
        if isinstance(value, dict):
            yield from _object(value, schema.definition(kind.name), at)
        else:
            yield f"{at}: expected map, got &{{{_go(value)}}}"
    elif kind.name in ("integer", "number") and (
        isinstance(value, bool) or not isinstance(value, int | float)
    ):
        yield f"{at}: expected numeric (int or float), got {_go_type(value)}"
    elif kind.name in ("string", "bytes", "time", "microtime") and not isinstance(value, str):
        yield f"{at}: expected string, got &value.valueUnstructured{{Value:{_go(value)}}}"
    elif kind.name == "boolean" and not isinstance(value, bool):
        yield f"{at}: expected boolean, got &{{{_go(value)}}}"


def _go_type(value: Any) -> str:
    names = {str: "string", bool: "bool", dict: "map[string]interface {}", list: "[]interface {}"}
    return names.get(type(value), "int64")


def _go(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
