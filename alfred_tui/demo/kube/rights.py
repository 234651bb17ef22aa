"""Who a bearer token belongs to and what they may do, with the sentences of refusal Kubernetes uses."""

import secrets
from collections.abc import Iterable

import msgspec

from alfred_tui.demo.kube.errors import ApiError
from alfred_tui.demo.kube.kinds import KINDS
from alfred_tui.demo.kube.objects import Key, Obj

SECRETS = Key("", "secrets")
_READ = frozenset(("get", "list", "watch"))
_SELF = frozenset(("authorization.k8s.io", "authentication.k8s.io"))


class Rule(msgspec.Struct, frozen=True):
    """What RBAC's rule allows, where it is bound: in one namespace, or with "" everywhere."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    """A subresource stands as `pods/log`; a right to `pods` does not give it."""
    namespace: str = ""

    def allows(self, access: "Access") -> bool:
        """Whether it allows this; names (`resourceNames`) are not looked at."""
        resource = f"{access.resource}/{access.subresource}" if access.subresource else access.resource
        return (
            self.namespace in ("", access.namespace)
            and _among(access.verb, self.verbs)
            and _among(access.group, self.groups)
            and _among(resource, self.resources)
        )


def _among(wanted: str, given: tuple[str, ...]) -> bool:
    return wanted in given or "*" in given


class User(msgspec.Struct, frozen=True):
    """An authenticated user. `rights`: "admin" everything, "view" reading all but secrets, "none" nothing.

    `rules` are what it may besides.
    """

    name: str
    groups: tuple[str, ...]
    rights: str
    rules: tuple[Rule, ...] = ()


class Access(msgspec.Struct, frozen=True):
    """What a request wants to do."""

    verb: str
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""
    name: str = ""


ADMIN = User("admin", ("system:masters", "system:authenticated"), "admin")
VIEWER = User("oncall", ("system:authenticated",), "view")


class Authenticator:
    """The tokens of one server; they are made anew at each start."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self.admin_token = self.issue(ADMIN)
        self.viewer_token = self.issue(VIEWER)

    def issue(self, user: User, token: str = "") -> str:
        """A token for a user; one that was issued before is theirs from now on."""
        token = token or secrets.token_urlsafe(24)
        self._users[token] = user
        return token

    @property
    def known(self) -> tuple[User, ...]:
        """Everyone who has a token."""
        return tuple(self._users.values())

    def user(self, authorization: str) -> User:
        """The user of an Authorization header; ApiError 401 for a missing or unknown token."""
        scheme, _, token = authorization.partition(" ")
        user = self._users.get(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise ApiError(401, "Unauthorized", "Unauthorized")
        return user


def allowed(user: User, access: Access) -> bool:
    """Whether the user may."""
    if user.rights == "admin":
        return True
    if access.group in _SELF and access.verb == "create":
        return True
    if any(rule.allows(access) for rule in user.rules):
        return True
    if user.rights != "view" or access.verb not in _READ:
        return False
    return Key(access.group, access.resource) != SECRETS and access.resource != "*"


def check(user: User, access: Access) -> None:
    """ApiError 403 when the user may not."""
    if allowed(user, access):
        return
    key = Key(access.group, access.resource)
    what = f'"{access.resource}/{access.subresource}"' if access.subresource else f'"{access.resource}"'
    where = f' in the namespace "{access.namespace}"' if access.namespace else " at the cluster scope"
    subject = f'{key} "{access.name}"' if access.name else str(key)
    message = (
        f'{subject} is forbidden: User "{user.name}" cannot {access.verb} resource {what} '
        f'in API group "{access.group}"{where}'
    )
    details: Obj = {"name": access.name} if access.name else {}
    if access.group:
        details["group"] = access.group
    raise ApiError(403, "Forbidden", message, {**details, "kind": access.resource})


def resource_rules(user: User, namespace: str) -> list[Obj]:
    """The rules a SelfSubjectRulesReview shows for a namespace."""
    own = [
        _rule(
            ("create",), ("authorization.k8s.io",), ("selfsubjectaccessreviews", "selfsubjectrulesreviews")
        ),
        _rule(("create",), ("authentication.k8s.io",), ("selfsubjectreviews",)),
    ]
    if user.rights == "admin":
        return [_rule(("*",), ("*",), ("*",)), *own]
    own += [_rule(r.verbs, r.groups, r.resources) for r in user.rules if r.namespace in ("", namespace)]
    if user.rights != "view":
        return own
    readable: dict[str, list[str]] = {}
    for kind in KINDS:
        if kind.key != SECRETS and kind.group not in _SELF:
            readable.setdefault(kind.group, []).append(kind.resource)
            if "log" in kind.subresources:
                readable[kind.group].append(f"{kind.resource}/log")
    return [_rule(sorted(_READ), (group,), resources) for group, resources in readable.items()] + own


def _rule(verbs: Iterable[str], groups: Iterable[str], resources: Iterable[str]) -> Obj:
    return {"verbs": list(verbs), "apiGroups": list(groups), "resources": list(resources)}
