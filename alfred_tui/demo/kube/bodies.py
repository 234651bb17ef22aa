"""Request bodies in the encodings clients send: JSON, YAML and Kubernetes' protobuf."""

from typing import Any

import msgspec
import yaml

from alfred_tui.demo.kube import protobuf
from alfred_tui.demo.kube.errors import ApiError, bad_request
from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.routes import Target

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
        except msgspec.DecodeError as problem:
            raise bad_request(f"the body of the request cannot be read as JSON: {problem}") from problem
    message = f"the body of the request was in an unknown format - accepted media types include: {_ACCEPTED}"
    raise ApiError(415, "UnsupportedMediaType", message, {})


_ACCEPTED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"


def read_object(body: bytes, content_type: str) -> Obj:
    """The object in a body; ApiError 400 when it is none."""
    value = read_any(body, content_type)
    if not isinstance(value, dict):
        raise bad_request("the body of the request is not an object")
    return value


def check_identity(obj: Obj, target: Target, kind: Kind) -> None:
    """Fills in the kind, name and namespace a body leaves to its address. ApiError 400 where they differ."""
    stated = (obj.get("apiVersion", kind.api_version), obj.get("kind", kind.kind))
    if stated != (kind.api_version, kind.kind):
        raise bad_request(
            f"the API version in the data ({stated[0]}, {stated[1]}) does not match the expected API version "
            f"({kind.api_version}, {kind.kind})"
        )
    obj["apiVersion"], obj["kind"] = kind.api_version, kind.kind
    meta = obj.setdefault("metadata", {})
    if not isinstance(meta, dict):
        raise bad_request("metadata is not an object")
    if kind.namespaced:
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
