"""Reads a request's object as the API server's decoder would: types checked, unknown fields found,
values brought into the form they are stored in.
"""

import base64
import binascii
from typing import Any, NamedTuple

import msgspec

from alfred_tui.demo.kube import schema
from alfred_tui.demo.kube.errors import ApiError, bad_request
from alfred_tui.demo.kube.objects import Obj, epoch
from alfred_tui.demo.kube.quantities import canonical_quantity
from alfred_tui.demo.kube.schema import Definition, Type

# Lists that are stored even when they are empty; all other empty lists and maps are left out.
_KEPT_EMPTY = frozenset(("rules", "endpoints", "containers", "items"))
# Maps of secrets and config maps keep what they are given; an empty one is left out like any other.

_LONG = frozenset(
    (
        "terminationGracePeriodSeconds", "activeDeadlineSeconds", "tolerationSeconds", "generation",
        "observedGeneration", "runAsUser", "runAsGroup", "fsGroup", "deletionGracePeriodSeconds",
        "expirationSeconds", "startingDeadlineSeconds", "remainingItemCount", "revision",
    )
)  # fmt: skip
"""Integer fields of 64 bits; all others have 32."""


class Decoded(msgspec.Struct, frozen=True):
    """An object in stored form, and the paths of fields its kind does not have, which were dropped."""

    obj: Obj
    unknown: tuple[str, ...]


class WrongType(Exception):
    """A value that its field cannot hold, in the words of Go's JSON decoder and of Kubernetes' converter."""

    def __init__(self, decoding: str, converting: str = "") -> None:
        super().__init__(decoding)
        self.decoding = decoding
        self.converting = converting or decoding


class _At(NamedTuple):
    """Where in an object: the path with indexes, the path without, and the structure's name."""

    path: str
    plain: str
    owner: str

    def field(self, name: str) -> "_At":
        plain = f"{self.plain}.{name}" if self.plain else name
        return _At(f"{self.path}.{name}" if self.path else name, plain, self.owner)

    def item(self, step: str) -> "_At":
        return self._replace(path=self.path + step)


class _Reader:
    def __init__(self) -> None:
        self.unknown: list[str] = []

    def object(self, value: Obj, definition: Definition | None, at: _At) -> Obj:
        result: Obj = {}
        for name, item in value.items():
            here = at.field(name)
            if definition is None:
                kind: Type | None = Type("any")
            elif not at.path and name in schema.TYPE_FIELDS:
                kind = Type("string")
            else:
                kind = schema.field_type(definition, name)
            if kind is None:
                self.unknown.append(here.path)
                continue
            if item is None:
                continue
            read = self.value(item, kind, here)
            if read in ({}, []) and kind.container and name not in _KEPT_EMPTY:
                continue
            result[name] = read
        return result

    def value(self, value: Any, kind: Type, at: _At) -> Any:
        if kind.name == "any" and not kind.container:
            return value
        if kind.container == "[]":
            if not isinstance(value, list):
                raise _mismatch(value, at, f"[]{_go_type(kind.name)}", "cannot restore slice from")
            return [self.single(item, kind, at.item(f"[{n}]")) for n, item in enumerate(value)]
        if kind.container == "{}":
            if not isinstance(value, dict):
                raise _mismatch(value, at, f"map[string]{_go_type(kind.name)}", "cannot restore map from")
            return {
                name: self.single(item, kind, at.item(f".{name}")) for name, item in _entries(value, kind)
            }
        return self.single(value, kind, at)

    def single(self, value: Any, kind: Type, at: _At) -> Any:
        if kind.is_definition:
            if not isinstance(value, dict):
                raise _mismatch(value, at, _go_type(kind.name), "cannot restore struct from:")
            return self.object(value, schema.definition(kind.name), at._replace(owner=_short(kind.name)))
        return _scalar(value, kind.name, at)


def _entries(value: Obj, kind: Type) -> list[tuple[str, Any]]:
    """A map's entries; null is the empty text where texts stand, and nothing elsewhere."""
    if kind.name == "string":
        return [(name, "" if item is None else item) for name, item in value.items()]
    return [(name, item) for name, item in value.items() if item is not None]


def _scalar(value: Any, name: str, at: _At) -> Any:
    match name:
        case "string" | "time" | "microtime" | "duration" | "bytes":
            if not isinstance(value, str):
                raise _mismatch(value, at, "string")
            _check_text(value, name)
        case "integer":
            _check_integer(value, at)
        case "boolean":
            if not isinstance(value, bool):
                raise _mismatch(value, at, "bool")
        case "quantity":
            return _quantity(value)
        case "intorstring":
            if isinstance(value, bool) or not isinstance(value, int | str):
                raise WrongType(f"json: cannot unmarshal {_json_kind(value)} into Go value of type int32")
    return value


def _check_integer(value: Any, at: _At) -> None:
    bits = 64 if at.plain.rpartition(".")[2] in _LONG else 32
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << (bits - 1):
        return
    raise _mismatch(value, at, f"int{bits}")


def _check_text(value: str, name: str) -> None:
    try:
        if name in ("time", "microtime"):
            epoch(value)
        elif name == "bytes":
            base64.b64decode(value, validate=True)
    except binascii.Error as problem:
        good = next((n for n, one in enumerate(value) if not (one.isalnum() or one in "+/=")), len(value))
        why = f"illegal base64 data at input byte {good}"
        raise WrongType(why, f"error decoding from json: {why}") from problem
    except ValueError as problem:
        layout = "2006-01-02T15:04:05Z07:00" if name == "time" else "2006-01-02T15:04:05.000000Z07:00"
        raise WrongType(
            f'parsing time "{value}" as "{layout}": cannot parse "{value}" as "2006"'
        ) from problem


def _quantity(value: Any) -> str:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError(_NO_QUANTITY)
        return canonical_quantity(value)
    except (ValueError, ArithmeticError) as problem:
        raise WrongType(_NO_QUANTITY) from problem


_NO_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


def _mismatch(value: Any, at: _At, wanted: str, restoring: str = "") -> WrongType:
    kind = _json_kind(value)
    if kind == "number" and wanted.startswith("int"):
        kind = f"number {value}"
    decoding = f"json: cannot unmarshal {kind} into Go struct field {at.owner}.{at.plain} of type {wanted}"
    if restoring:
        return WrongType(decoding, f"{restoring} {_go_kind(value)}")
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if numeric and wanted != "bool":
        return WrongType(decoding, f"cannot convert {_go_kind(value)} to {wanted}")
    return WrongType(decoding, f"unrecognized type: {wanted}")


def _json_kind(value: Any) -> str:
    kinds = {str: "string", bool: "bool", int: "number", float: "number", dict: "object", list: "array"}
    return kinds.get(type(value), "value")


def _go_kind(value: Any) -> str:
    kinds = {str: "string", bool: "bool", int: "int64", float: "float64", dict: "map", list: "slice"}
    return kinds.get(type(value), "interface")


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _go_type(name: str) -> str:
    """A type of the schema as Go calls it."""
    scalars = {"integer": "int32", "boolean": "bool", "bytes": "[]uint8", "quantity": "resource.Quantity"}
    return f"v1.{_short(name)}" if name not in schema.SCALARS else scalars.get(name, name)


def read(obj: Obj, kind: str, definition: Definition | None) -> Decoded:
    """The object in stored form. WrongType where a value has the wrong type for its field."""
    reader = _Reader()
    return Decoded(reader.object(obj, definition, _At("", "", kind)), tuple(reader.unknown))


def decode(obj: Obj, kind: str, definition: Definition | None, version: str = "v1") -> Decoded:
    """As `read`, with ApiError 400 as the API server answers it."""
    try:
        return read(obj, kind, definition)
    except WrongType as problem:
        raise cannot_handle(kind, version, problem.decoding) from problem


def cannot_handle(kind: str, version: str, why: str, wanted: str = "") -> ApiError:
    """400 for a body that is no `wanted` (default: no `kind`)."""
    return bad_request(f'{kind} in version "{version}" cannot be handled as a {wanted or kind}: {why}')
