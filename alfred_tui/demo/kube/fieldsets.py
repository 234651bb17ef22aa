"""Sets of fields, as `metadata.managedFields` records who set what (format FieldsV1).

A path is a tuple of FieldsV1 steps: `f:NAME` a field, `k:{...}` an item of an associative list by its
keys, `v:VALUE` an item of a set.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from alfred_tui.demo.kube import schema
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.schema import Definition, Type

Path = tuple[str, ...]

_CONTAINER = object()

# Fields the API server sets itself; nobody owns them.
_UNOWNED = frozenset(
    [("f:apiVersion",), ("f:kind",)]
    + [
        ("f:metadata", f"f:{name}")
        for name in (
            "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink",
            "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields",
        )
    ]
)  # fmt: skip

# Structures that every object of their kind has, so that nobody is recorded for creating them.
_STRUCTURES = "metadata spec status template strategy updateStrategy jobTemplate containers podSelector"
_ALWAYS_THERE = frozenset(f"f:{name}" for name in (*_STRUCTURES.split(" "), "scaleTargetRef", "source"))


def from_v1(fields: Obj) -> frozenset[Path]:
    """The paths in a FieldsV1 object."""
    return frozenset(_read(fields, ()))


def _read(fields: Obj, at: Path) -> Iterator[Path]:
    for step, inner in fields.items():
        if step == ".":
            yield at
        elif not inner:
            yield (*at, step)
        else:
            yield from _read(inner, (*at, step))


def to_v1(paths: Iterable[Path]) -> Obj:
    """The FieldsV1 object of paths."""
    root: Obj = {}
    members = set(paths)
    for path in sorted(members):
        at = root
        for step in path:
            at = at.setdefault(step, {})
    _mark(root, (), members)
    return root


def _mark(node: Obj, at: Path, members: set[Path]) -> None:
    inner = dict(node)
    if inner and at in members:
        node.clear()
        node["."] = {}
        node.update(inner)
    for step, child in inner.items():
        if child:
            _mark(child, (*at, step), members)


def path_text(path: Path) -> str:
    """A path as conflicts name it: `.spec.containers[name="web"].image`."""
    parts: list[str] = []
    for step in path:
        kind, _, rest = step.partition(":")
        if kind == "f":
            parts.append(f".{rest}")
        elif kind == "k":
            keys = json.loads(rest)
            parts.append(f"[{','.join(f'{k}={json.dumps(v)}' for k, v in sorted(keys.items()))}]")
        elif kind == "v":
            parts.append(f"[={rest}]")
        else:
            parts.append(f"[{rest}]")
    return "".join(parts)


def item_step(item: Any, kind: Type) -> str | None:
    """The step to an item of an associative list or a set; None when it lacks its keys."""
    if kind.is_set:
        return f"v:{json.dumps(item, separators=(',', ':'))}"
    if not isinstance(item, dict):
        return None
    keys: Obj = {}
    for name in kind.map_keys:
        # The only key with a default in the API: the protocol of a port.
        value = item.get(name, "TCP" if name == "protocol" else None)
        if value is None:
            return None
        keys[name] = value
    return f"k:{json.dumps(keys, separators=(',', ':'), sort_keys=True)}"


def _leaves(value: Any, kind: Type | None, at: Path) -> Iterator[tuple[Path, Any]]:
    """Every path in a value with what stands there; containers with a marker."""
    if kind is None or kind.atomic or kind.name == "any" or value in ({}, []):
        yield at, value
    elif kind.container == "[]" and isinstance(value, list):
        yield at, _CONTAINER
        for item in value:
            step = item_step(item, kind)
            if step is None:
                continue
            yield (*at, step), _CONTAINER if isinstance(item, dict) else item
            if isinstance(item, dict):
                yield from _object_leaves(item, schema.definition(kind.name), (*at, step))
    elif kind.container == "{}" and isinstance(value, dict):
        yield at, _CONTAINER
        for name, item in value.items():
            yield from _leaves(item, kind.item(), (*at, f"f:{name}"))
    elif isinstance(value, dict) and kind.is_definition:
        definition = schema.definition(kind.name)
        if definition is None or definition.atomic:
            yield at, value
        else:
            yield at, _CONTAINER
            yield from _object_leaves(value, definition, at)
    else:
        yield at, value


def _object_leaves(value: Obj, definition: Definition | None, at: Path) -> Iterator[tuple[Path, Any]]:
    for name, item in value.items():
        path = (*at, f"f:{name}")
        if path not in _UNOWNED and item is not None:
            yield from _leaves(item, schema.field_type(definition, name), path)


def applied(config: Obj, definition: Definition | None) -> frozenset[Path]:
    """What an applied configuration claims: every leaf, and every item of an associative list."""
    return frozenset(
        path
        for path, value in _object_leaves(config, definition, ())
        if value is not _CONTAINER or path[-1].startswith("k:")
    )


def values(obj: Obj, definition: Definition | None) -> dict[Path, Any]:
    """What stands at every path of an object, but structures that are always there."""
    return {
        path: value
        for path, value in _object_leaves(obj, definition, ())
        if value is not _CONTAINER or path[-1] not in _ALWAYS_THERE
    }


def difference(old: dict[Path, Any], new: dict[Path, Any]) -> tuple[frozenset[Path], frozenset[Path]]:
    """The paths set (added or changed) and the paths gone from `old` to `new`."""
    missing = object()
    written = frozenset(path for path, value in new.items() if old.get(path, missing) != value)
    return written, frozenset(path for path in old if path not in new)
