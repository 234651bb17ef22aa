"""Removes from an object what its applier no longer states and nobody else owns."""

import json
from typing import Any

from alfred_tui.demo.kube import schema
from alfred_tui.demo.kube.fieldsets import Path, item_step
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.schema import Definition, Type


def prune(obj: Obj, definition: Definition | None, previous: frozenset[Path], owned: frozenset[Path]) -> None:
    """Takes the `previous` paths out of `obj` that are not `owned`, in place.

    A list item goes as a whole unless somebody owns a part of it; a structure only when it is empty.
    """
    held = {path[:length] for path in owned for length in range(len(path) + 1)}
    gone = previous - held
    items = {path for path in gone if not path[-1].startswith("f:")}
    # Items first and whole: without the keys among their fields they could not be found any more.
    for path in sorted(items, key=len):
        _remove(obj, definition, path)
    for path in sorted(gone - items, key=len, reverse=True):
        inside = any(path[:length] in items for length in range(1, len(path)))
        if not inside and not _is_key(path):
            _remove(obj, definition, path)


def _is_key(path: Path) -> bool:
    """Whether a path is one of the fields by which its list item is known."""
    return len(path) > 1 and path[-2].startswith("k:") and path[-1][2:] in json.loads(path[-2][2:])


def _remove(value: Any, definition: Definition | None, path: Path) -> None:
    kind: Type | None = None
    parent, last = value, path[-1]
    for step in path[:-1]:
        parent, kind, definition = _step(parent, kind, definition, step)
        if parent is None:
            return
    if last.startswith("f:") and isinstance(parent, dict):
        name = last[2:]
        inner = parent.get(name)
        # A structure goes only when nothing is left in it: what it holds may be nobody's.
        if name in parent and not (
            isinstance(inner, dict | list) and inner and _granular(definition, kind, name)
        ):
            del parent[name]
    elif isinstance(parent, list) and kind is not None:
        parent[:] = [item for item in parent if item_step(item, kind) != last]


def _granular(definition: Definition | None, kind: Type | None, name: str) -> bool:
    if kind is not None and kind.container == "{}":
        return False
    found = schema.field_type(definition, name)
    if found is None or found.atomic or found.name == "any":
        return False
    if found.container:
        return True
    inner = schema.definition(found.name)
    return inner is not None and not inner.atomic


def _step(
    value: Any, kind: Type | None, definition: Definition | None, step: str
) -> tuple[Any, Type | None, Definition | None]:
    """What stands one step on, with its type and, where it is a structure, its definition."""
    if step.startswith("f:") and isinstance(value, dict):
        name = step[2:]
        if kind is not None and kind.container == "{}":
            inner = kind.item()
        else:
            found = schema.field_type(definition, name)
            inner = found if found is not None else Type("any")
        structure = schema.definition(inner.name) if not inner.container else None
        return value.get(name), inner, structure
    if isinstance(value, list) and kind is not None:
        item = next((item for item in value if item_step(item, kind) == step), None)
        return item, None, schema.definition(kind.name)
    return None, None, None
