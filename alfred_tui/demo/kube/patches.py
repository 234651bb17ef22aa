"""JSON patch (RFC 6902) and JSON merge patch (RFC 7386)."""

from typing import Any

from alfred_tui.demo.kube.errors import ApiError
from alfred_tui.demo.kube.objects import Obj, clone


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7386: null removes a field, an object merges, everything else replaces."""
    if not isinstance(patch, dict):
        return clone(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


def _unprocessable() -> ApiError:
    """What Kubernetes says of every patch that does not fit, without the why."""
    return ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {})


def json_patch(target: Obj, operations: Any) -> Obj:
    """RFC 6902. ApiError 422 where the patch is malformed or does not fit the object."""
    result = clone(target)
    for operation in operations:
        if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
            raise _unprocessable()
        result = _apply(result, operation)
    if not isinstance(result, dict):
        raise _unprocessable()
    return result


def _apply(document: Any, operation: Obj) -> Any:
    path = _pointer(operation["path"])
    match operation.get("op"):
        case "add":
            return _add(document, path, clone(operation.get("value")))
        case "remove":
            return _remove(document, path)
        case "replace":
            # As Kubernetes' library does: the last name need not exist yet in an object.
            if path:
                _find(document, path[:-1])
            return _replace(document, path, clone(operation.get("value")))
        case "test":
            if _find(document, path, missing=True) != operation.get("value"):
                raise _unprocessable()
            return document
        case "copy" | "move" as op:
            source = _pointer(str(operation.get("from", "")))
            value = clone(_find(document, source, missing=op == "copy"))
            if op == "move":
                document = _remove(document, source)
            return _add(document, path, value)
        case _:
            raise _unprocessable()


def _pointer(text: str) -> list[str]:
    if text == "":
        return []
    # As Kubernetes' library does: what stands before the first slash does not count.
    _, slash, rest = text.partition("/")
    if not slash:
        raise _unprocessable()
    return [part.replace("~1", "/").replace("~0", "~") for part in rest.split("/")]


def _find(document: Any, path: list[str], *, missing: bool = False) -> Any:
    at = document
    for name in path:
        if isinstance(at, dict) and name in at:
            at = at[name]
        elif isinstance(at, list) and name.isdecimal() and int(name) < len(at):
            at = at[int(name)]
        elif missing:
            return None
        else:
            raise _unprocessable()
    return at


def _index(at: list[Any], name: str, limit: int) -> int:
    if name == "-":
        return len(at)
    if not name.isdecimal() or int(name) > limit:
        raise _unprocessable()
    return int(name)


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent = _find(document, path[:-1])
    if isinstance(parent, list):
        parent.insert(_index(parent, path[-1], len(parent)), value)
    elif isinstance(parent, dict):
        parent[path[-1]] = value
    else:
        raise _unprocessable()
    return document


def _replace(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent = _find(document, path[:-1])
    if isinstance(parent, list):
        parent[_index(parent, path[-1], len(parent) - 1)] = value
    elif isinstance(parent, dict):
        parent[path[-1]] = value
    else:
        raise _unprocessable()
    return document


def _remove(document: Any, path: list[str]) -> Any:
    if not path:
        raise _unprocessable()
    _find(document, path)
    parent = _find(document, path[:-1])
    del parent[int(path[-1]) if isinstance(parent, list) else path[-1]]
    return document
