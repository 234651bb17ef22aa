"""What a request's address means: which kind, namespace, object and subresource, and what to do with it."""

import msgspec

from alfred_tui.demo.kube.errors import ApiError
from alfred_tui.demo.kube.kinds import BY_KEY, GROUP_VERSIONS, Kind
from alfred_tui.demo.kube.listing import ListOptions
from alfred_tui.demo.kube.objects import Key
from alfred_tui.demo.kube.rights import Access

_VERBS = {
    ("GET", True): "get",
    ("PUT", True): "update",
    ("PATCH", True): "patch",
    ("DELETE", True): "delete",
    ("POST", True): "create",
    ("GET", False): "list",
    ("POST", False): "create",
    ("DELETE", False): "deletecollection",
}


class Target(msgspec.Struct, frozen=True):
    """The resource an address names; `namespace` is None for all namespaces, "" for cluster-scoped kinds."""

    kind: Kind
    namespace: str | None
    name: str = ""
    subresource: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """Where the store keeps the object."""
        return self.namespace or "", self.name

    def access(self, verb: str) -> Access:
        """What is asked for, for the check of rights."""
        return Access(
            verb=verb,
            group=self.kind.group,
            resource=self.kind.resource,
            subresource=self.subresource,
            namespace=self.namespace or "",
            name=self.name,
        )


PAGE_NOT_FOUND = ApiError(404, "NotFound", "404 page not found")
"""What is answered, as plain text, where no API is."""


def is_served(path: str) -> bool:
    """Whether a path is in the core API or in a group that is served, whatever its version."""
    parts = path.strip("/").split("/")
    if parts[0] == "api":
        return True
    return parts[0] == "apis" and (len(parts) < 2 or any(parts[1] == group for group, _ in GROUP_VERSIONS))


def is_deprecated(path: str) -> bool:
    """Whether a path is of Endpoints, whose every use the API server warns of."""
    if not path.startswith("/api/v1/"):
        return False
    parts = path.split("/")[3:]
    return (parts[2:3] if parts[0] == "namespaces" else parts[:1]) == ["endpoints"]


def not_served() -> ApiError:
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def target(path: str) -> Target | None:
    """The target of a resource's path; None where nothing of that path is served."""
    parts = [part for part in path.split("/") if part]
    if parts[:2] == ["api", "v1"]:
        return _target("", "v1", parts[2:])
    if len(parts) >= 4 and parts[0] == "apis":
        return _target(parts[1], parts[2], parts[3:])
    return None


def _target(group: str, version: str, rest: list[str]) -> Target | None:
    namespace: str | None = None
    inside = len(rest) >= 3 and rest[0] == "namespaces" and rest[2] not in ("status", "finalize")
    if inside:
        namespace, rest = rest[1], rest[2:]
    if not rest or len(rest) > 3:
        return None
    kind = BY_KEY.get(Key(group, rest[0]))
    if kind is None or kind.version != version or (inside and not kind.namespaced):
        return None
    name = rest[1] if len(rest) > 1 else ""
    subresource = rest[2] if len(rest) > 2 else ""
    if subresource and subresource not in kind.subresources:
        return None
    if not kind.namespaced:
        namespace = ""
    elif name and namespace is None:
        return None
    return Target(kind, namespace, name, subresource)


def verb(method: str, found: Target, options: ListOptions) -> str:
    """The API's verb for an HTTP method; ApiError 405 where the kind does not have it."""
    action = _VERBS.get((method, bool(found.name)))
    if action == "list" and options.watch:
        action = "watch"
    known = action is not None and (bool(found.subresource) or action in found.kind.verbs)
    if action is None or not known or (method == "POST" and found.name and not found.subresource):
        message = "the server does not allow this method on the requested resource"
        raise ApiError(405, "MethodNotAllowed", message, {})
    return action
