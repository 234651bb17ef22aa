"""Reads request bodies in Kubernetes' protobuf form, which kubectl uses for creating and for reviews.

The wire format is protobuf's, in an envelope (`runtime.Unknown`) after the four bytes "k8s\\0"; the field
numbers stand in the schema. Answers are JSON: clients take either.
"""

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

from alfred_tui.demo.kube import schema
from alfred_tui.demo.kube.errors import ApiError, bad_request
from alfred_tui.demo.kube.kinds import KINDS
from alfred_tui.demo.kube.objects import Obj, timestamp
from alfred_tui.demo.kube.schema import Definition, Type

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"

# Protobuf carries zeros for fields nobody set as well as for those set to zero. These are the fields that
# are absent unless set, so that a zero in them is meant.
_ZEROS = (
    "replicas minReplicas terminationGracePeriodSeconds gracePeriodSeconds backoffLimit completions "
    "parallelism revisionHistoryLimit successfulJobsHistoryLimit failedJobsHistoryLimit "
    "ttlSecondsAfterFinished defaultMode runAsUser runAsGroup fsGroup partition tolerationSeconds"
)
_FALSES = (
    "automountServiceAccountToken enableServiceLinks suspend immutable optional readOnlyRootFilesystem "
    "allowPrivilegeEscalation runAsNonRoot allocateLoadBalancerNodePorts orphanDependents"
)
_ZERO_IS_MEANT = frozenset(_ZEROS.split(" "))
_FALSE_IS_MEANT = frozenset(_FALSES.split(" "))
# Review and option types that are exchanged but not served as resources.
_EXTRA_DEFINITIONS = {
    ("policy/v1", "Eviction"): "policy.v1.Eviction",
    ("autoscaling/v1", "Scale"): "autoscaling.v1.Scale",
    ("v1", "DeleteOptions"): "meta.v1.DeleteOptions",
    ("meta.k8s.io/v1", "DeleteOptions"): "meta.v1.DeleteOptions",
}


def decode_body(body: bytes) -> Obj:
    """The object in a protobuf body. ApiError 400 for a malformed one, 415 for a kind not known here."""
    if not body.startswith(_MAGIC):
        raise bad_request("provided data does not appear to be a protobuf message")
    try:
        envelope = dict(_fields(memoryview(body)[len(_MAGIC) :]))
        meta = dict(_fields(envelope.get(1, b"")))
        api_version, kind = bytes(meta.get(1, b"")).decode(), bytes(meta.get(2, b"")).decode()
        definition = schema.definition(_definition_name(api_version, kind))
        if definition is None:
            message = f"{api_version}, Kind={kind} is not read as protobuf here; send it as JSON"
            raise ApiError(415, "UnsupportedMediaType", message)
        return {"apiVersion": api_version, "kind": kind, **_message(envelope.get(2, b""), definition)}
    except (IndexError, ValueError, TypeError, struct.error) as problem:
        raise bad_request(f"the protobuf body cannot be read: {problem}") from problem


def _definition_name(api_version: str, kind: str) -> str:
    for served in KINDS:
        if served.kind == kind and served.api_version == api_version:
            return served.definition
    return _EXTRA_DEFINITIONS.get((api_version, kind), "")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")


def _fields(data: Any) -> Iterator[tuple[int, Any]]:
    """The fields of a message: number, and an int or the bytes."""
    view, at = memoryview(data), 0
    while at < len(view):
        tag, at = _varint(view, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(view, at)
            yield number, value
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            yield number, view[at : at + size]
            at += size
        elif wire == 2:
            size, at = _varint(view, at)
            if at + size > len(view):
                raise ValueError("a field is longer than its message")
            yield number, view[at : at + size]
            at += size
        else:
            raise ValueError(f"wire type {wire} is not used by Kubernetes")


def _message(data: Any, definition: Definition) -> Obj:
    result: Obj = {}
    for number, value in _fields(data):
        field = definition.numbers.get(number)
        if field is None:
            inner = definition.inline.get(number)
            nested = schema.definition(inner) if inner is not None else None
            if nested is not None:
                result.update(_message(value, nested))
            continue
        kind = field.type
        if kind.container == "[]":
            result.setdefault(field.name, []).append(_value(value, kind))
        elif kind.container == "{}":
            entry = dict(_fields(value))
            name = bytes(entry.get(1, b"")).decode()
            result.setdefault(field.name, {})[name] = _value(entry.get(2, b""), kind)
        else:
            read = _value(value, kind)
            if _is_set(field.name, read):
                result[field.name] = read
    return result


def _is_set(name: str, value: Any) -> bool:
    if value is None or value == "":
        return False
    if value is False:
        return name in _FALSE_IS_MEANT
    return not (value == 0 and isinstance(value, int)) or name in _ZERO_IS_MEANT


def _value(value: Any, kind: Type) -> Any:
    match kind.name:
        case "string":
            return bytes(value).decode()
        case "bytes":
            return base64.b64encode(bytes(value)).decode()
        case "integer":
            return value - (1 << 64) if value >= 1 << 63 else value
        case "boolean":
            return bool(value)
        case "number":
            return struct.unpack("<d", bytes(value))[0]
        case "time" | "microtime":
            seconds = dict(_fields(value)).get(1)
            return None if seconds is None else timestamp(seconds)
        case "quantity":
            return bytes(dict(_fields(value)).get(1, b"")).decode()
        case "intorstring":
            parts = dict(_fields(value))
            return bytes(parts.get(3, b"")).decode() if parts.get(1) == 1 else parts.get(2, 0)
        case "duration":
            return f"{dict(_fields(value)).get(1, 0) / 1e9}s"
        case "any":
            raw = bytes(dict(_fields(value)).get(1, b""))
            return json.loads(raw) if raw else None
        case name:
            nested = schema.definition(name)
            return _message(value, nested) if nested is not None else None
