"""OpenAPI v3 documents, as far as kubectl reads them.

`kubectl apply` looks for the kinds a group can PATCH with field validation; `kubectl explain` reads the
structure of the schemas.
"""

import hashlib
from functools import cache

import msgspec

from alfred_tui.demo.kube import schema
from alfred_tui.demo.kube.kinds import GROUP_VERSIONS, Kind, kinds_in
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.schema import Definition, Type

_REFERENCE = "#/components/schemas/"
_META = "io.k8s.apimachinery.pkg.apis."
_SCALARS: dict[str, Obj] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "bytes": {"type": "string", "format": "byte"},
    "quantity": {"type": "string"},
    "intorstring": {"type": "string", "format": "int-or-string"},
    "time": {"type": "string", "format": "date-time"},
    "microtime": {"type": "string", "format": "date-time"},
    "duration": {"type": "string"},
    "any": {"type": "object"},
}


def _group_path(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def _schema_name(name: str) -> str:
    return f"{_META}{name}" if name.startswith("meta.") else f"io.k8s.api.{name}"


def _single(kind: Type) -> Obj:
    if kind.is_definition:
        return {"$ref": f"{_REFERENCE}{_schema_name(kind.name)}"}
    return dict(_SCALARS[kind.name])


def _property(kind: Type) -> Obj:
    if not kind.container:
        single = _single(kind)
        return {"allOf": [single]} if kind.is_definition else single
    if kind.container == "{}":
        found: Obj = {"type": "object", "additionalProperties": _single(kind)}
        if kind.atomic:
            found["x-kubernetes-map-type"] = "atomic"
        return found
    found = {"type": "array", "items": _single(kind)}
    if kind.map_keys:
        found |= {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(kind.map_keys)}
    else:
        found["x-kubernetes-list-type"] = "set" if kind.is_set else "atomic"
    if kind.patch_merge:
        found["x-kubernetes-patch-strategy"] = "merge"
        if kind.patch_merge_key:
            found["x-kubernetes-patch-merge-key"] = kind.patch_merge_key
    return found


def _definition_schema(definition: Definition, kind: Kind | None) -> Obj:
    properties = {name: _property(field.type) for name, field in sorted(definition.fields.items())}
    found: Obj = {"type": "object", "properties": properties}
    if definition.atomic:
        found["x-kubernetes-map-type"] = "atomic"
    if kind is not None:
        found["properties"] = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, **properties}
        found["x-kubernetes-group-version-kind"] = [_identity(kind)]
    return found


def _identity(kind: Kind) -> Obj:
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def _schemas(kinds: tuple[Kind, ...]) -> Obj:
    tops = {kind.definition: kind for kind in kinds}
    found: Obj = {}
    waiting = list(tops)
    while waiting:
        name = waiting.pop()
        definition = schema.definition(name)
        if definition is None or _schema_name(name) in found:
            continue
        found[_schema_name(name)] = _definition_schema(definition, tops.get(name))
        waiting += [field.type.name for field in definition.fields.values() if field.type.is_definition]
    return found


def _paths(kinds: tuple[Kind, ...]) -> Obj:
    found: Obj = {}
    for kind in kinds:
        scope = "namespaces/{namespace}/" if kind.namespaced else ""
        path = f"/{_group_path(kind.group, kind.version)}/{scope}{kind.resource}/{{name}}"
        verbs = {"get": "get", "update": "put", "patch": "patch", "delete": "delete"}
        found[path] = {method: _operation(kind, verb) for verb, method in verbs.items() if verb in kind.verbs}
    return found


def _operation(kind: Kind, verb: str) -> Obj:
    names = ("dryRun", "fieldManager", "fieldValidation", "force") if verb == "patch" else ()
    return {
        "parameters": [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names],
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": verb,
        "x-kubernetes-group-version-kind": _identity(kind),
    }


@cache
def group_document(path: str) -> bytes | None:
    """The document at `/openapi/v3/PATH` such as `apis/apps/v1`, as JSON; None when it is not served."""
    for group, version in GROUP_VERSIONS:
        if _group_path(group, version) == path:
            kinds = kinds_in(group, version)
            document = {
                "openapi": "3.0.0",
                "info": {"title": "Kubernetes", "version": "v1.36.0"},
                "paths": _paths(kinds),
                "components": {"schemas": _schemas(kinds)},
            }
            return msgspec.json.encode(document)
    return None


@cache
def index_document() -> bytes:
    """The document at `/openapi/v3`: where each group's stands, with a hash by which clients cache it."""
    paths: Obj = {}
    for group, version in GROUP_VERSIONS:
        path = _group_path(group, version)
        digest = hashlib.sha256(group_document(path) or b"").hexdigest().upper()
        paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
    return msgspec.json.encode({"paths": paths})
