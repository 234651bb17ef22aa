"""One lead for a cluster: a Lease in the run's namespace (coordination.k8s.io/v1), renewed while it is led.

Every write carries the resourceVersion that was read, so that of two only one succeeds. Whether a holder has
gone is never read off a clock: its Lease has expired when it was seen unchanged, by our own monotonic clock,
for as long as it promises (client-go's leader election does the same).
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from alfred_tui.cluster.connect import MERGE, Connection
from alfred_tui.cluster.errors import Absent, ClusterError, Conflict, Forbidden
from alfred_tui.cluster.reads import decode
from alfred_tui.cluster.resources import Resource
from alfred_tui.domain.errors import Refused

NAME = "alfred-cockpit"
_PATIENCE = 5.0
"""Seconds for one question."""
_TRIES = 5


class LeaseSpec(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`coordination/v1 LeaseSpec`, the fields that are read."""

    holder_identity: str | None = None
    lease_duration_seconds: int | None = None
    acquire_time: str | None = None
    lease_transitions: int | None = None


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """`coordination/v1 Lease`."""

    metadata: _Meta = _Meta()
    spec: LeaseSpec = LeaseSpec()

    @property
    def holder(self) -> str:
        """Who holds it; empty when nobody does."""
        return self.spec.holder_identity or ""


LEASES = Resource("coordination.k8s.io/v1", "leases", "Lease", Lease)


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: what is promised to others, between two renewals, and between two looks at another's Lease."""

    duration: int = 30
    renew: float = 10.0
    look: float = 1.0


DEFAULT = Timing()


class LeadLease:
    """The Lease of one run, as one cockpit sees it. `holder` is `LEAD@HOST/RUN`."""

    def __init__(
        self,
        connection: Connection,
        namespace: str,
        holder: str,
        *,
        timing: Timing | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._namespace = namespace
        self._holder = holder
        self._timing = timing or DEFAULT
        self._monotonic = monotonic
        self._mine: Lease | None = None
        self._renewed_at = 0.0
        self._taken_by = ""
        self.unguarded = ""
        """Why no Lease guards this run; empty while one does."""

    def lost(self) -> str | None:
        """Why this cockpit may start nothing more, or None. Asked before every start."""
        where = f"{self._namespace}/{NAME}"
        if self._taken_by:
            return f"{self._taken_by} leads now (Lease {where}); this cockpit may only watch."
        if self._mine is None:
            return None
        silent = self._monotonic() - self._renewed_at
        if silent <= self._timing.duration:
            return None
        return f"The Lease {where} could not be renewed for {silent:.0f} s; somebody else may lead by now."

    async def take(self, *, over: bool = False) -> str:
        """Takes it: when it is free or ours, when it has expired before our eyes, or `over` its holder.

        Returns the holder that it was taken over from, or nothing. Raises Refused with who leads. Where
        Leases are forbidden or cannot be asked for, `unguarded` says so and nothing is held.
        """
        try:
            for _ in range(_TRIES):
                try:
                    return await self._take(over)
                except Conflict:
                    continue  # somebody else wrote in between: look again
        except (Forbidden, Absent) as error:
            self.unguarded = f"Only this machine is guarded against a second lead: {error.message}"
        except ClusterError as error:
            self.unguarded = f"Whether somebody else leads is not known: {error.message}"
        return ""

    async def keep(self) -> None:
        """Renews it until cancelled, or until it is lost to another holder."""
        while self._mine is not None and not self._taken_by:
            await asyncio.sleep(self._timing.renew)
            try:
                await self._renew()
            except ClusterError:
                continue  # `lost` tells when this has gone on for too long

    async def release(self) -> None:
        """Frees it for the next lead, if it is held. One that cannot be freed expires."""
        mine, self._mine = self._mine, None
        if mine is None or self._taken_by:
            return
        try:
            await self._put(mine, {"holderIdentity": None, "leaseDurationSeconds": 1})
        except ClusterError:
            return

    async def _take(self, over: bool) -> str:
        try:
            found = await self._get()
        except Absent:
            await self._create()
            return ""
        if found.holder in ("", self._holder):
            await self._acquire(found)
            return ""
        if not over:
            found = await self._expired(found)
        before = found.holder
        await self._acquire(found)
        return before if over else ""

    async def _expired(self, found: Lease) -> Lease:
        """The Lease, seen unchanged for as long as it promises. Raises Refused when its holder renews it."""
        seen_at = self._monotonic()
        while True:
            await asyncio.sleep(min(self._timing.look, self._timing.duration))
            now = await self._get()
            if now.holder in ("", self._holder):
                return now
            if now.metadata.resource_version != found.metadata.resource_version:
                raise self._refused(now)
            if self._monotonic() - seen_at > (found.spec.lease_duration_seconds or self._timing.duration):
                return now

    def _refused(self, found: Lease) -> Refused:
        who, _, run = found.holder.rpartition("/")
        since = (found.spec.acquire_time or "an unknown time").partition(".")[0].replace("T", " ")
        return Refused(
            f"{who or found.holder} leads run {run} in {self._namespace} since {since} (UTC).",
            hint="Watch with `alfred-cockpit watch`, ask them to quit, or take over with --take-over.",
        )

    async def _renew(self) -> None:
        assert self._mine is not None
        asked_at = self._monotonic()
        try:
            self._mine = await self._put(self._mine, {"renewTime": _now()})
        except (Conflict, Absent):
            await self._look_again(asked_at)
        else:
            self._renewed_at = asked_at

    async def _look_again(self, asked_at: float) -> None:
        """The Lease was changed or deleted by somebody: is it still ours?"""
        try:
            found = await self._get()
        except Absent:
            await self._create()
            return
        if found.holder == self._holder:
            self._mine = await self._put(found, {"renewTime": _now()})
            self._renewed_at = asked_at
        else:
            self._taken_by = found.holder or "Nobody"

    async def _create(self) -> None:
        asked_at = self._monotonic()
        body = {
            "apiVersion": LEASES.group_version,
            "kind": LEASES.kind,
            "metadata": {"name": NAME, "namespace": self._namespace},
            "spec": self._held(0),
        }
        answer = await self._connection.post(LEASES.path(self._namespace), body, timeout=_PATIENCE)
        self._mine, self._renewed_at = decode(answer.body, Lease), asked_at

    async def _acquire(self, found: Lease) -> None:
        asked_at = self._monotonic()
        transitions = (found.spec.lease_transitions or 0) + (found.holder != self._holder)
        self._mine = await self._put(found, self._held(transitions))
        self._renewed_at = asked_at

    def _held(self, transitions: int) -> dict[str, object]:
        now = _now()
        return {
            "holderIdentity": self._holder,
            "leaseDurationSeconds": self._timing.duration,
            "acquireTime": now,
            "renewTime": now,
            "leaseTransitions": transitions,
        }

    async def _get(self) -> Lease:
        path = LEASES.path(self._namespace, NAME)
        return decode((await self._connection.get(path, timeout=_PATIENCE)).body, Lease)

    async def _put(self, found: Lease, spec: dict[str, object]) -> Lease:
        """Merges the fields into the Lease that was read, and into no other version of it."""
        body = {"metadata": {"resourceVersion": found.metadata.resource_version}, "spec": spec}
        path = LEASES.path(self._namespace, NAME)
        answer = await self._connection.patch(path, body, content_type=MERGE, timeout=_PATIENCE)
        return decode(answer.body, Lease)


def _now() -> str:
    """RFC 3339 with microseconds (`meta/v1 MicroTime`): for people; nothing is decided by it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
