"""Reads a request's object as the API server's decoder would: types checked, unknown fields found,
values brought into the form they are stored in.
"""

import base64
import binascii
from typing import Any

import msgspec

from alfred_tui.demo.kube import schema
from alfred_tui.demo.kube.errors import ApiError, bad_request
from alfred_tui.demo.kube.objects import Obj, epoch
from alfred_tui.demo.kube.quantities import canonical_quantity
from alfred_tui.demo.kube.schema import Definition, Type

# Lists that are stored even when they are empty; all other empty lists and maps are left out.
_KEPT_EMPTY = frozenset(("rules", "endpoints", "containers", "items"))
# Maps of secrets and config maps keep what they are given; an empty one is left out like any other.

_GO_TYPES = {"string": "string", "boolean": "bool", "integer": "int32", "number": "float64"}


class Decoded(msgspec.Struct, frozen=True):
    """An object in stored form, and the paths of fields its kind does not have, which were dropped."""

    obj: Obj
    unknown: tuple[str, ...]


class _Reader:
    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.unknown: list[str] = []

    def object(self, value: Obj, definition: Definition | None, path: str) -> Obj:
        result: Obj = {}
        for name, item in value.items():
            at = f"{path}.{name}" if path else name
            if definition is None:
                kind: Type | None = Type("any")
            elif not path and name in schema.TYPE_FIELDS:
                kind = Type("string")
            else:
                kind = schema.field_type(definition, name)
            if kind is None:
                self.unknown.append(at)
                continue
            if item is None:
                continue
            read = self.value(item, kind, at)
            if read in ({}, []) and kind.container and name not in _KEPT_EMPTY:
                continue
            result[name] = read
        return result

    def value(self, value: Any, kind: Type, path: str) -> Any:
        if kind.name == "any" and not kind.container:
            return value
        if kind.container == "[]":
            if not isinstance(value, list):
                raise self.mismatch(value, path, f"[]{kind.name.rpartition('.')[2]}")
            return [self.single(item, kind, f"{path}[{at}]") for at, item in enumerate(value)]
        if kind.container == "{}":
            if not isinstance(value, dict):
                raise self.mismatch(value, path, f"map[string]{kind.name.rpartition('.')[2]}")
            return {name: self.single(item, kind, f"{path}.{name}") for name, item in value.items()}
        return self.single(value, kind, path)

    def single(self, value: Any, kind: Type, path: str) -> Any:
        if kind.is_definition:
            if not isinstance(value, dict):
                raise self.mismatch(value, path, f"v1.{kind.name.rpartition('.')[2]}")
            return self.object(value, schema.definition(kind.name), path)
        return self.scalar(value, kind.name, path)

    def scalar(self, value: Any, name: str, path: str) -> Any:
        match name:
            case "string" | "time" | "microtime" | "duration" | "bytes":
                if not isinstance(value, str):
                    raise self.mismatch(value, path, "string")
                self.text(value, name, path)
            case "integer":
                if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 63:
                    raise self.mismatch(value, path, "int32")
            case "boolean":
                if not isinstance(value, bool):
                    raise self.mismatch(value, path, "bool")
            case "quantity":
                return self.quantity(value, path)
            case "intorstring":
                if isinstance(value, bool) or not isinstance(value, int | str):
                    raise self.mismatch(value, path, "intstr.IntOrString")
        return value

    def text(self, value: str, name: str, path: str) -> None:
        try:
            if name in ("time", "microtime"):
                epoch(value)
            elif name == "bytes":
                base64.b64decode(value, validate=True)
        except (ValueError, binascii.Error) as problem:
            raise self.refused(f"{path}: {value!r} is not {_FORMS[name]}") from problem

    def quantity(self, value: Any, path: str) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.mismatch(value, path, "resource.Quantity")
        try:
            return canonical_quantity(value)
        except (ValueError, ArithmeticError) as problem:
            raise self.refused(f"{path}: {problem}") from problem

    def mismatch(self, value: Any, path: str, wanted: str) -> ApiError:
        found = {str: "string", bool: "bool", int: "number", float: "number", dict: "object", list: "array"}
        what = found.get(type(value), "value")
        return self.refused(
            f"json: cannot unmarshal {what} into Go struct field {self.kind}.{path} of type {wanted}"
        )

    def refused(self, why: str) -> ApiError:
        return bad_request(f'{self.kind} in version "v1" cannot be handled as a {self.kind}: {why}')


_FORMS = {"time": "an RFC 3339 time", "microtime": "an RFC 3339 time", "bytes": "base64"}


def decode(obj: Obj, kind: str, definition: Definition | None) -> Decoded:
    """The object in stored form. ApiError 400 where a value has the wrong type for its field."""
    reader = _Reader(kind)
    return Decoded(reader.object(obj, definition, ""), tuple(reader.unknown))
