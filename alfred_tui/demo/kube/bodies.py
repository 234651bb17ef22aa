"""Request bodies in the encodings clients send: JSON, YAML and Kubernetes' protobuf."""

from typing import Any

import msgspec
import yaml

from alfred_tui.demo.kube import gojson, protobuf
from alfred_tui.demo.kube.decode import cannot_handle
from alfred_tui.demo.kube.errors import ApiError, bad_request
from alfred_tui.demo.kube.kinds import Kind, by_type
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.routes import Target

SCHEME = 'in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"'
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def media_type(content_type: str) -> str:
    """A Content-Type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def read_any(body: bytes, content_type: str) -> Any:
    """The value in a body. ApiError 400 for a malformed one, 415 for an encoding not read here."""
    kind = media_type(content_type)
    if kind == protobuf.CONTENT_TYPE:
        return protobuf.decode_body(body)
    if kind in ("application/yaml", "application/apply-patch+yaml"):
        try:
            return yaml.load(body, _Loader)  # noqa: S506 (the safe loader, in C where it is built)
        except yaml.YAMLError as problem:
            raise bad_request(f"error decoding YAML: {problem}") from problem
    if kind in ("", "application/json", "*/*") or kind.endswith("+json"):
        try:
            return msgspec.json.decode(body)
        except ValueError as problem:
            raise bad_request(f"the body of the request cannot be read as JSON: {problem}") from problem
    message = f"the body of the request was in an unknown format - accepted media types include: {_ACCEPTED}"
    raise ApiError(415, "UnsupportedMediaType", message)


_ACCEPTED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"


def read_object(body: bytes, content_type: str, kind: Kind | None = None) -> Obj:
    """The object in a body; ApiError 400 when it is none. `kind`: what it is to be."""
    if kind is not None and media_type(content_type) in ("", "application/json", "*/*"):
        try:
            value = gojson.parse(body.decode("utf-8", "replace"))
        except ValueError as problem:
            raise _unrecognized(body, kind, str(problem)) from problem
        if not isinstance(value, dict):
            raise _unrecognized(body, kind, f"json: cannot unmarshal {_found(value)} {_TYPE_META}")
        return value
    value = read_any(body, content_type)
    if not isinstance(value, dict):
        raise bad_request("the body of the request is not an object")
    return value


_TYPE_META = (
    'into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; '
    'Kind string "json:\\"kind,omitempty\\"" }'
)


def _found(value: object) -> str:
    return {str: "string", bool: "bool", list: "array"}.get(type(value), "number")


def _unrecognized(body: bytes, kind: Kind, why: str) -> ApiError:
    return bad_request(
        f"the object provided is unrecognized (must be of type {kind.kind}): couldn't get version/kind; "
        f"json parse error: {why} ({_summary(body)})"
    )


def _summary(body: bytes) -> str:
    """The beginning of a body as the API server quotes it."""
    if not body:
        return "<empty>"
    shown = body[:30].decode("utf-8", "replace") if body[:1] == b"{" else body[:30].hex()
    return f"{shown} ..." if len(body) > 30 else shown


def check_identity(obj: Obj, target: Target, kind: Kind) -> None:
    """Fills in the kind, name and namespace a body leaves to its address. ApiError 400 where they differ."""
    version, name = obj.get("apiVersion", kind.api_version), obj.get("kind", kind.kind)
    if (version, name) != (kind.api_version, kind.kind):
        raise cannot_handle(
            str(name), str(version).rpartition("/")[2], _foreign(version, name, kind), kind.kind
        )
    obj["apiVersion"], obj["kind"] = kind.api_version, kind.kind
    check_place(obj, target)


def _foreign(version: str, name: str, kind: Kind) -> str:
    other = by_type(version, name)
    if other is None:
        return f'no kind "{name}" is registered for version "{version}" {SCHEME}'
    return (
        f"converting ({other.version}.{other.kind}) to ({kind.definition.partition('.')[0]}.{kind.kind}): "
        "unknown conversion"
    )


def check_place(obj: Obj, target: Target) -> None:
    """Fills in the name and namespace a body leaves to its address. ApiError 400 where they differ."""
    meta = obj.setdefault("metadata", {})
    if not isinstance(meta, dict):
        raise cannot_handle(
            target.kind.kind,
            target.kind.version,
            f"json: cannot unmarshal {_found(meta)} into Go struct field {target.kind.kind}.metadata "
            "of type v1.ObjectMeta",
        )
    if target.kind.namespaced:
        if meta.setdefault("namespace", target.namespace or "default") != target.namespace:
            raise bad_request(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
    else:
        meta.pop("namespace", None)
    if target.name and meta.setdefault("name", target.name) != target.name:
        raise bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL ({target.name})"
        )
