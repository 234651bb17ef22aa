"""Patches of every type applied to a stored object, and what the API server says of those that do not fit."""

import json
from typing import Any

from alfred_tui.demo.kube import gojson, schema
from alfred_tui.demo.kube.bodies import SCHEME, media_type, read_any
from alfred_tui.demo.kube.decode import WrongType, read
from alfred_tui.demo.kube.encoding import typed
from alfred_tui.demo.kube.errors import ApiError, bad_request, invalid, invalid_value
from alfred_tui.demo.kube.gojson import go_text
from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.objects import Obj, clone
from alfred_tui.demo.kube.patches import json_patch, merge_patch
from alfred_tui.demo.kube.strategic import strategic_merge

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
_TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)


def read_patch(body: bytes, content_type: str) -> Any:
    """The patch in a body. ApiError 400 for a malformed one, 415 for a type that is none."""
    kind = media_type(content_type)
    if kind not in _TYPES:
        raise ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    if kind == APPLY_PATCH:
        return read_any(body, content_type)
    prefix = "" if kind == STRATEGIC_PATCH else "error decoding patch: "
    try:
        patch = gojson.parse(body.decode("utf-8", "replace"))
    except ValueError as problem:
        raise bad_request(f"{prefix}{problem}") from problem
    if kind == JSON_PATCH and not isinstance(patch, list):
        raise bad_request(f"{prefix}{_unfit(patch, '[]handlers.jsonPatchOp')}")
    if kind != JSON_PATCH and not isinstance(patch, dict):
        raise bad_request(f"{prefix}{_unfit(patch, 'map[string]interface {}')}")
    return patch


def _unfit(patch: Any, wanted: str) -> str:
    found = {str: "string", bool: "bool", dict: "object", list: "array"}.get(type(patch), "number")
    return f"json: cannot unmarshal {found} into Go value of type {wanted}"


def patched(
    kind: Kind, old: Obj, patch: Any, content_type: str, validation: str
) -> tuple[Obj, tuple[str, ...]]:
    """`old` with a patch merged in, in stored form, and warnings of unknown fields.

    ApiError 422 for a patch that does not fit the object, or brings unknown fields when those are forbidden.
    """
    definition = schema.definition(kind.definition)
    type_ = media_type(content_type)
    new: Obj
    old = typed(kind, old)
    if type_ == STRATEGIC_PATCH:
        new = strategic_merge(old, patch, definition)
    elif type_ == JSON_PATCH:
        new = json_patch(old, patch)
    else:
        new = merge_patch(clone(old), patch)
    stated = str(new.get("apiVersion", "")), str(new.get("kind", ""))
    if stated != (kind.api_version, kind.kind):
        why = f'no kind "{stated[1]}" is registered for version "{stated[0]}" {SCHEME}'
        raise _refused(_text(new), why)
    try:
        found = read(new, kind.kind, definition)
    except WrongType as problem:
        if type_ == STRATEGIC_PATCH:
            raise _refused(go_text(patch), problem.converting) from problem
        raise _refused(_text(new), problem.decoding) from problem
    problems = tuple(f'unknown field "{path}"' for path in found.unknown)
    if problems and validation == "Strict":
        shown = go_text(patch) if type_ == STRATEGIC_PATCH else _text(new)
        raise _refused(shown, f"strict decoding error: {', '.join(problems)}")
    return found.obj, problems if validation == "Warn" else ()


def _refused(shown: str, why: str) -> ApiError:
    return invalid("", "", "", [invalid_value("patch", shown, why)])


def _text(obj: Obj) -> str:
    return json.dumps(dict(sorted(obj.items())), separators=(",", ":"), ensure_ascii=False)
