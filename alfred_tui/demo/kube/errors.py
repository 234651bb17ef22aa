"""Refusals in Kubernetes' words: every one renders as a `Status` object that kubectl prints as it is."""

import json
from collections.abc import Sequence

from alfred_tui.demo.kube.objects import Key, Obj


class ApiError(Exception):
    """A refused request: HTTP code, machine-readable reason, sentence, and details of the object meant."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: Obj | None = None,
        *,
        metadata: Obj | None = None,
    ) -> None:
        super().__init__(message)
        self.metadata: Obj = metadata or {}
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details

    def status(self) -> Obj:
        """The `Status` object of API version v1."""
        body: Obj = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": self.metadata,
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        body["code"] = self.code
        return body


def _details(key: Key, name: str) -> Obj:
    details: Obj = {"name": name} if name else {}
    if key.group:
        details["group"] = key.group
    return {**details, "kind": key.resource}


def not_found(key: Key, name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{key} "{name}" not found', _details(key, name))


def already_exists(key: Key, name: str) -> ApiError:
    return ApiError(409, "AlreadyExists", f'{key} "{name}" already exists', _details(key, name))


def conflict(key: Key, name: str, why: str) -> ApiError:
    message = f'Operation cannot be fulfilled on {key} "{name}": {why}'
    return ApiError(409, "Conflict", message, _details(key, name))


def modified_since(key: Key, name: str) -> ApiError:
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(key, name, why)


def forbidden(key: Key, name: str, why: str) -> ApiError:
    """403 for what admission refuses."""
    return ApiError(403, "Forbidden", f'{key} "{name}" is forbidden: {why}', _details(key, name))


def namespace_ending(key: Key, name: str, namespace: str) -> ApiError:
    ends = "is being terminated"
    why = f"unable to create new content in namespace {namespace} because it {ends}"
    problem = forbidden(key, name, why)
    cause = {"reason": "NamespaceTerminating", "message": f"namespace {namespace} {ends}"}
    problem.details = {**_details(key, name), "causes": [{**cause, "field": "metadata.namespace"}]}
    return problem


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


class Cause:
    """One field's problem in a 422 answer."""

    def __init__(self, field: str, reason: str, message: str) -> None:
        self.field = field
        self.reason = reason
        self.message = message

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def invalid_value(path: str, value: object, why: str) -> Cause:
    shown = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
    return Cause(path, "FieldValueInvalid", f"Invalid value: {shown}: {why}")


def invalid_json(path: str, value: object, why: str) -> Cause:
    shown = json.dumps(value, separators=(",", ":"), sort_keys=True)
    return Cause(path, "FieldValueInvalid", f"Invalid value: {shown}: {why}")


def required(path: str, why: str = "") -> Cause:
    return Cause(path, "FieldValueRequired", f"Required value: {why}" if why else "Required value")


def unsupported(path: str, value: object, allowed: Sequence[str]) -> Cause:
    listed = ", ".join(f'"{name}"' for name in allowed)
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return Cause(path, "FieldValueNotSupported", f"Unsupported value: {shown}: supported values: {listed}")


def forbidden_value(path: str, why: str) -> Cause:
    return Cause(path, "FieldValueForbidden", f"Forbidden: {why}")


def duplicate(path: str, value: str) -> Cause:
    return Cause(path, "FieldValueDuplicate", f'Duplicate value: "{value}"')


def invalid(group: str, kind: str, name: str, causes: Sequence[Cause]) -> ApiError:
    """422 for an object with wrong fields, all of them in one sentence; `kind` is the object's kind."""
    qualified = f"{kind}.{group}" if group else kind
    parts = [str(cause) for cause in causes]
    listed = parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"
    details: Obj = {"name": name} if name else {}
    if group:
        details["group"] = group
    if kind:
        details["kind"] = kind
    details["causes"] = [{"reason": c.reason, "message": c.message, "field": c.field} for c in causes]
    return ApiError(422, "Invalid", f'{qualified} "{name}" is invalid: {listed}', details)
