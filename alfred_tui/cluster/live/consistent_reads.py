"""What a step reads: as new as the moment it asks, and what the panels show beside it.

A live picture may be a moment behind the server, so a step that reads it alone could pass too early; one that
reads the server alone could tell what no panel shows. So the server is asked, and its answer waited for in
the store from which the panels are drawn; what the step gets are that store's own objects.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent
from alfred_tui.cluster.objects.partial import Pod, Selector
from alfred_tui.cluster.objects.resources import PODS, Resource
from alfred_tui.cluster.objects.selectors import query_of, selects
from alfred_tui.cluster.store.kind_store import Kept
from alfred_tui.cluster.store.reads import list_as_of, read
from alfred_tui.domain.cluster.workloads import Freshness
from alfred_tui.domain.duration import format_duration
from alfred_tui.domain.evidence import Evidence

if TYPE_CHECKING:
    from alfred_tui.cluster.live.live_cluster import LiveCluster

T = TypeVar("T", bound=Kept)

WITHIN = 5.0
"""Real seconds in which the live picture may catch up with an answer."""
_LOOK = 0.1


class ConsistentReads:
    """Reads of one namespace. Without `live`, or where it may not watch, the server's answers as they are."""

    def __init__(self, connection: Connection, namespace: str, live: "LiveCluster | None" = None) -> None:
        self.connection = connection
        self.namespace = namespace
        self.live = live
        self.behind: dict[str, None] = {}
        """Kinds whose answers the live picture had not caught up with: panels may show older objects."""

    async def pods(self, selector: Selector) -> list[Pod]:
        """The pods with those labels. Raises ClusterError."""
        found, version = await list_as_of(self.connection, PODS, self.namespace, selector=query_of(selector))
        return await self._shared(PODS, found, version, lambda one: selects(selector, one.metadata.labels))

    async def named(self, resource: Resource[T], name: str) -> T | None:
        """The object of that name, None when there is none. Raises ClusterError."""
        found: list[T] = []
        with suppress(Absent):
            found.append(await read(self.connection, resource, self.namespace, name))
        version = found[0].metadata.resource_version if found else ""
        same = await self._shared(resource, found, version, lambda one: one.metadata.name == name)
        return same[0] if same else None

    async def all(self, resource: Resource[T]) -> list[T]:
        """All objects of the kind. Raises ClusterError."""
        found, version = await list_as_of(self.connection, resource, self.namespace)
        return await self._shared(resource, found, version, lambda one: True)

    def told(self) -> tuple[Evidence, ...]:
        """What is to be told beside the evidence: where the panels may still show something older."""
        return tuple(
            Evidence(
                label="live picture",
                value=f"had not caught up within {format_duration(WITHIN)}; what is told of {kinds} here is"
                " the server's own answer, and a panel may show an older one",
            )
            for kinds in self.behind
        )

    async def _shared(
        self, resource: Resource[T], answer: list[T], version: str, fits: Callable[[T], bool]
    ) -> list[T]:
        """The store's own objects once it holds the answer; the answer where it does not get there."""
        watch = self.live.watch_of(resource, self.namespace) if self.live is not None else None
        if self.live is None or watch is None or not _watched(watch.hearing.state):
            return answer

        def ours(one: T) -> bool:
            return one.metadata.namespace == self.namespace and fits(one)

        deadline = asyncio.get_running_loop().time() + WITHIN
        while not watch.store.holds(answer, version, ours):
            if asyncio.get_running_loop().time() >= deadline:
                self.behind[resource.kinds] = None
                return answer
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self.live.changed()
        return [one for one in watch.store.objects.values() if ours(one)]


def _watched(state: Freshness) -> bool:
    """Whether it will catch up: not where this account may only list, or not even that."""
    return state.connection not in ("forbidden", "absent") and not state.every
