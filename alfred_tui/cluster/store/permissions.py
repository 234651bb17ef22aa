"""What this account may do, asked of the API server once, and what it refused asked again now and then.

A SelfSubjectAccessReview each, which every account may create: the answer is the authorizer's own, whatever
it is (RBAC, webhooks), and a SelfSubjectRulesReview may be incomplete.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import msgspec

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, ClusterError
from alfred_tui.cluster.store.reads import decode
from alfred_tui.domain.cluster.rights import Right, Rights

AGAIN = 60.0
"""Seconds after which refused rights are asked for again: they may have been given meanwhile."""
_SOON = 5.0
_AT_ONCE = 8
_ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_SELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_TIMEOUT = 10.0


class Identity(msgspec.Struct, frozen=True):
    """Who the API server takes us for."""

    username: str = ""
    groups: tuple[str, ...] = ()


class _Allowed(msgspec.Struct, frozen=True):
    allowed: bool = False


class _Access(msgspec.Struct, frozen=True):
    status: _Allowed = _Allowed()


class _User(msgspec.Struct, rename="camel", frozen=True):
    user_info: Identity = Identity()


class _Self(msgspec.Struct, frozen=True):
    status: _User = _User()


async def identity(connection: Connection) -> Identity | None:
    """Who we are; None where the server does not say (before Kubernetes 1.28). Raises ClusterError."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        answer = await connection.post(_SELF, body, timeout=_TIMEOUT)
    except Absent:
        return None
    return decode(answer.body, _Self).status.user_info


async def ask_rights(connection: Connection, namespace: str, wanted: Iterable[Right]) -> Rights:
    """What the account may of `wanted`, in the namespace ("": in all of them). Never raises ClusterError."""
    places = asyncio.Semaphore(_AT_ONCE)
    why = ""

    async def ask(right: Right) -> bool | None:
        nonlocal why
        async with places:
            if why:
                return None  # whoever does not answer one question need not be asked thirty
            try:
                return await _may(connection, namespace, right)
            except ClusterError as problem:
                why = str(problem)
                return None

    rights = tuple(dict.fromkeys(wanted))
    answers = dict(zip(rights, await asyncio.gather(*map(ask, rights)), strict=True))
    return Rights(
        namespace=namespace,
        allowed=frozenset(one for one, answer in answers.items() if answer),
        refused=frozenset(one for one, answer in answers.items() if answer is False),
        unknown=why,
    )


async def why_not_shown(
    connection: Connection, namespaces: Iterable[str], wanted: Sequence[Right]
) -> dict[str, str]:
    """Of each namespace ("": all at once) why the account may not see it with these rights, as a sentence
    with a small letter; empty where it may."""
    return {namespace: await _why_not_shown(connection, namespace, wanted) for namespace in namespaces}


async def _why_not_shown(connection: Connection, namespace: str, wanted: Sequence[Right]) -> str:
    asked = [msgspec.structs.replace(one, everywhere=not namespace) for one in wanted]
    rights = await ask_rights(connection, namespace, asked)
    if lacking := rights.missing(asked):
        return f"this account may not {rights.told(lacking)}."
    return "" if rights.allowed.issuperset(asked) else f"what it may there is not known. {rights.unknown}"


async def _may(connection: Connection, namespace: str, right: Right) -> bool:
    resource, _, subresource = right.resource.partition("/")
    attributes = {
        "namespace": "" if right.everywhere else namespace,
        "verb": right.verb,
        "group": right.group,
        "resource": resource,
        "subresource": subresource,
    }
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = await connection.post(_ACCESS, body, timeout=_TIMEOUT)
    return decode(answer.body, _Access).status.allowed


class Permissions:
    """The account's rights in one namespace, as far as they are known."""

    def __init__(
        self,
        connection: Connection,
        namespace: str,
        wanted: Iterable[Right],
        *,
        on_change: Callable[[], None],
    ) -> None:
        self.rights = Rights(namespace=namespace)
        self.asked = asyncio.Event()
        """Set once every right has been asked for."""
        self._connection = connection
        self._wanted = frozenset(wanted)
        self._on_change = on_change
        self._again = asyncio.Event()

    async def run(self) -> None:
        """Asks until cancelled; of what is allowed only once."""
        while True:
            before = self.rights
            asked = await ask_rights(self._connection, before.namespace, self._wanted - before.allowed)
            allowed = before.allowed | asked.allowed
            refused = (before.refused | asked.refused) - allowed
            self.rights = msgspec.structs.replace(asked, allowed=allowed, refused=refused)
            self.asked.set()
            if self.rights != before:
                self._on_change()
            if allowed >= self._wanted:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(min(_SOON, AGAIN) if asked.unknown else AGAIN):
                    await self._again.wait()
            self._again.clear()

    def ask_again(self) -> None:
        """Asks at once for what was refused: some of it has been given."""
        self._again.set()
