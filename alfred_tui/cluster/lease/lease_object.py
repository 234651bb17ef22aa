"""The Lease as the API server has it (coordination.k8s.io/v1): read, made, merged into the version read."""

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec

from alfred_tui.cluster.access.connect import MERGE, Connection
from alfred_tui.cluster.access.errors import Forbidden
from alfred_tui.cluster.objects.resources import Resource
from alfred_tui.cluster.store.reads import decode

NAME = "alfred-cockpit"
_PATIENCE = 5.0
"""Seconds for one question."""


class LeaseSpec(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`coordination/v1 LeaseSpec`, the fields that are read."""

    holder_identity: str | None = None
    lease_duration_seconds: int | None = None
    acquire_time: str | None = None
    renew_time: str | None = None
    lease_transitions: int | None = None


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """`coordination/v1 Lease`."""

    metadata: _Meta = _Meta()
    spec: LeaseSpec = LeaseSpec()

    @property
    def holder(self) -> str:
        """Who holds it, as `LEAD@HOST/RUN`; empty when nobody does."""
        return self.spec.holder_identity or ""

    @property
    def version(self) -> str:
        """Changes with every write."""
        return self.metadata.resource_version


LEASES = Resource("coordination.k8s.io/v1", "leases", "Lease", Lease)


class LeaseObject:
    """The one Lease of a namespace. Every method raises CockpitError when the server does not do it."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], namespace: str) -> None:
        self._connect = connect
        self._namespace = namespace
        self.place = f"{namespace}/{NAME}"

    async def read(self) -> Lease:
        """It, as it is now. Raises Absent when there is none."""
        connection = await self._connect()
        path = LEASES.path(self._namespace, NAME)
        with self._needs("get"):
            return decode((await connection.get(path, timeout=_PATIENCE)).body, Lease)

    async def create(self, holder: str, duration: int) -> Lease:
        """Makes it. Raises Conflict when somebody else just has."""
        connection = await self._connect()
        body = {
            "apiVersion": LEASES.group_version,
            "kind": LEASES.kind,
            "metadata": {"name": NAME, "namespace": self._namespace},
            "spec": _held(holder, duration, 0),
        }
        with self._needs("create"):
            answer = await connection.post(LEASES.path(self._namespace), body, timeout=_PATIENCE)
        return decode(answer.body, Lease)

    async def acquire(self, found: Lease, holder: str, duration: int) -> Lease:
        """Makes it the holder's. Raises Conflict when it is no longer the one that was read."""
        transitions = (found.spec.lease_transitions or 0) + (found.holder != holder)
        return await self._merge(found, _held(holder, duration, transitions))

    async def renew(self, found: Lease) -> Lease:
        """Says that its holder lives. Raises Conflict when it is no longer the one that was read."""
        return await self._merge(found, {"renewTime": _now()})

    async def free(self, found: Lease) -> None:
        """Lets the next one have it at once."""
        await self._merge(found, {"holderIdentity": None, "leaseDurationSeconds": 1})

    async def _merge(self, found: Lease, spec: dict[str, object]) -> Lease:
        connection = await self._connect()
        body = {"metadata": {"resourceVersion": found.version}, "spec": spec}
        path = LEASES.path(self._namespace, NAME)
        with self._needs("patch"):
            answer = await connection.patch(path, body, content_type=MERGE, timeout=_PATIENCE)
        return decode(answer.body, Lease)

    @contextmanager
    def _needs(self, verb: str) -> Iterator[None]:
        """Names the right that is missing, where that is why the server refuses: an admission may, too."""
        try:
            yield
        except Forbidden as error:
            found = re.search(rf'User "([^"]*)" cannot {verb} ', error.message)
            if not found:
                raise
            (right,) = LEASES.rights(verb, namespace=self._namespace)
            raise Forbidden(
                f"The account {found[1]} may not {right} in {self._namespace}.",
                hint="Give it that right: docs/rbac/lead.yaml has all that a lead needs.",
                status=error.status,
                reason=error.reason,
            ) from error


def _held(holder: str, duration: int, transitions: int) -> dict[str, object]:
    now = _now()
    return {
        "holderIdentity": holder,
        "leaseDurationSeconds": duration,
        "acquireTime": now,
        "renewTime": now,
        "leaseTransitions": transitions,
    }


def _now() -> str:
    """RFC 3339 with microseconds (`meta/v1 MicroTime`): for people; nothing is decided by it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
