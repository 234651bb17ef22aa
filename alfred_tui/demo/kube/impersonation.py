"""Who a request acts as when its headers name another user (`kubectl --as`, `--as-group`)."""

from collections.abc import Iterable

from multidict import CIMultiDictProxy

from alfred_tui.demo.kube.errors import bad_request
from alfred_tui.demo.kube.rights import ADMIN, Access, User, check

_USER, _GROUP = "Impersonate-User", "Impersonate-Group"
_AUTHENTICATED, _MASTERS = "system:authenticated", "system:masters"
_ACCOUNT = "system:serviceaccount:"


def acting(user: User, headers: CIMultiDictProxy[str], known: Iterable[User], access: Access) -> User:
    """The user whose rights count for `access`.

    A user of a known name has that name's rights, but not those its own groups would give: groups are only
    those the request names. ApiError 403 when `user` may not act as others, 400 for groups without a user.
    """
    name, groups = headers.get(_USER, ""), headers.getall(_GROUP, [])
    if not name and not groups:
        return user
    if not name:
        raise bad_request("requested groups without impersonating a user name")
    if user.rights != "admin":
        verb = f"impersonate-on:user-info:{access.verb}"
        check(user, Access(verb, access.group, access.resource, access.subresource, access.namespace))
    if name.startswith(_ACCOUNT) and not groups:
        groups = ["system:serviceaccounts", f"system:serviceaccounts:{name.split(':')[2]}"]
    if _AUTHENTICATED not in groups:
        groups = [*groups, _AUTHENTICATED]
    if _MASTERS in groups:
        return User(name, tuple(groups), "admin")
    bound = next((one for one in known if one.name == name and one.name != ADMIN.name), None)
    if bound is None:
        return User(name, tuple(groups), "none")
    return User(name, tuple(groups), bound.rights, bound.rules)
