"""The live cluster: everything the centre of the screen shows, kept by watches and given as one value.

It needs no screen: a step may start one for itself and read the same rows that the panels draw.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.diagnosis.last_words import LastWords
from alfred_tui.cluster.live.live_freshness import LiveFreshness
from alfred_tui.cluster.live.live_watches import Takers, wanted, watches_of
from alfred_tui.cluster.live.pod_board import PodBoard
from alfred_tui.cluster.live.rollout_board import RolloutBoard
from alfred_tui.cluster.live.server_link import ServerLink
from alfred_tui.cluster.live.usage import INTERVAL, Measured, UsagePoller
from alfred_tui.cluster.objects.ownership import Since
from alfred_tui.cluster.objects.partial import Pod, ReplicaSet, Workload
from alfred_tui.cluster.objects.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    EVENTS,
    NODES,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    Resource,
)
from alfred_tui.cluster.store.kind_store import Kept
from alfred_tui.cluster.store.permissions import Permissions
from alfred_tui.cluster.store.watch import Timing, Watch
from alfred_tui.domain.cluster.workloads import ClusterView, Freshness, RolloutView
from alfred_tui.domain.cluster.workloads import Pod as Row
from alfred_tui.domain.logs.rule import USUAL_ERROR, LogRule

T = TypeVar("T", bound=Kept)

COALESCE = 0.1
"""Real seconds between two callbacks to a subscriber, at least."""
TICK = 1.0
"""Real seconds between two looks at what time alone changes: staleness, overdue pods."""
_HEEDED = 1.0
"""Seconds in which a cancelled watch has ended, unless the cancellation was lost."""
RETRY = 2.0
"""Real seconds until a part that broke is begun again."""
_SLICE = 100
"""Rollouts made between two turns of the event loop."""


class LiveCluster:
    """Watches the target's namespace, or `namespaces` (an empty tuple: all of them).

    `now` is the run's clock. `began_at` is when the run began: restarts before it are not new. `looks_bad`
    tells log lines that look like errors.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        now: Callable[[], float],
        namespaces: Sequence[str] | None = None,
        began_at: float = 0.0,
        timing: Timing | None = None,
        usage_interval: float = INTERVAL,
        looks_bad: Callable[[bytes], bool] | None = None,
    ) -> None:
        self._connection = connection
        self._now = now
        hide = connection.hide
        own = (connection.target.namespace,)
        self._namespaces = (own if namespaces is None else tuple(namespaces)) or ("",)
        self._watches = watches_of(
            connection,
            self._namespaces,
            self._takers(),
            on_state=self._note,
            now=now,
            timing=timing or Timing(),
        )
        home = own[0] if {*own, ""} & {*self._namespaces} else self._namespaces[0]
        self._permissions = Permissions(
            connection, home, wanted(self._watches, self._namespaces[0]), on_change=self._note
        )
        self._last_words = LastWords(
            connection,
            self._permissions,
            hide=hide,
            looks_bad=looks_bad or LogRule(USUAL_ERROR),
            on_heard=self._heard,
        )
        self._pods = PodBoard(now, began_at, self._last_words, hide)
        self._rollouts = RolloutBoard(now, self._pods.pods_of, self._pods.diagnoses, hide)
        self._usage = UsagePoller(
            connection,
            self._namespaces,
            now=now,
            known=self._pods.pod,
            on_change=self._note,
            interval=usage_interval,
        )
        self._link = ServerLink(connection, now=now, on_change=self._note, on_return=self._returned)
        self._freshness = LiveFreshness(
            self._watches, self._usage, self._link, self._permissions, self._namespaces[0]
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._listeners: list[Callable[[], None]] = []
        self._noted = asyncio.Event()
        self._turn: asyncio.Future[None] | None = None
        self._view: ClusterView | None = None

    def _takers(self) -> Takers:
        """What is done with the changes of each kind."""

        def on_pods(changes: Any) -> None:
            if self._pods.pods(changes):
                self._note()

        def on_replicasets(changes: Any) -> None:
            self._rollouts.replicasets(changes)
            self._pods.replicasets(changes)
            self._note()

        def on_workloads(changes: Any) -> None:
            self._rollouts.workloads(changes)
            self._note()

        def on_events(changes: Any) -> None:
            told = self._pods.events(changes)
            if self._rollouts.events(changes) or told:
                self._note()

        def on_nodes(changes: Any) -> None:
            if self._pods.nodes(changes):
                self._note()

        return Takers(
            pods=on_pods, replicasets=on_replicasets, workloads=on_workloads, events=on_events, nodes=on_nodes
        )

    # Life

    async def start(self) -> None:
        """Begins to watch and returns; what cannot be reached stands in the view's freshness."""
        works = [watch.run for watch in self._watches]
        works += [self._usage.run, self._tell, self._tick, self._link.run, self._permissions.run]
        works.append(self._last_words.run)
        self._tasks = [asyncio.create_task(_for_ever(work)) for work in works]

    async def stop(self) -> None:
        """Ends all watches. The connection is the caller's and stays open."""
        left, self._tasks = set(self._tasks), []
        while left:
            # Told again: a library that waits for two things at once may take one cancellation for the other.
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=_HEEDED)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls back when the view may have changed, at most every 100 ms. Returns how to end it."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return unsubscribe

    async def changed(self) -> None:
        """Waits for the next callback to subscribers."""
        if self._turn is None or self._turn.done():
            self._turn = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._turn)

    def _note(self) -> None:
        self._view = None
        self._noted.set()

    async def _tell(self) -> None:
        refused: set[str] = set()
        while True:
            await self._noted.wait()
            self._noted.clear()
            refused = self._given_back(refused)
            self._count_from_now()
            self._absorb()
            await self._make_rollouts()
            self._view = None
            for listener in tuple(self._listeners):
                listener()
            if self._turn is not None and not self._turn.done():
                self._turn.set_result(None)
            await asyncio.sleep(COALESCE)

    def _heard(self, namespace: str, name: str) -> None:
        if self._pods.tell_again((namespace, name)):
            self._note()

    def _count_from_now(self) -> None:
        if not self._pods.counting and self.complete(PODS):
            self._pods.counting = True
            # What was measured before the pods were known stands there without requests and limits.
            self._usage.ask_again()

    def _absorb(self) -> None:
        """Tells the rollouts which of them the changed pods belong to."""
        self._rollouts.touched(self._pods.touched)
        self._pods.touched.clear()

    async def _make_rollouts(self) -> None:
        more = True
        while more:
            more = self._rollouts.refresh(_SLICE)
            await asyncio.sleep(0)

    def watch_of(self, resource: Resource[T], namespace: str) -> Watch[T] | None:
        """What keeps that kind of that namespace, if anything does."""
        found = (one for one in self._watches if one.resource is resource)
        return next((one for one in found if one.namespace in ("", namespace)), None)

    def complete(self, resource: Resource[Any]) -> bool:
        """Whether all objects of the kind are here."""
        return all(watch.store.version for watch in self._watches if watch.resource is resource)

    async def _tick(self) -> None:
        before: Sequence[str] = ()
        while True:
            await asyncio.sleep(TICK)
            states = [watch.hearing.state.connection for watch in self._watches]
            if self._pods.retell() or states != before:
                before = states
                self._note()

    def _given_back(self, before: set[str]) -> set[str]:
        """What is refused now. Where one of `before` is not any more, all others are asked for at once:
        rights are given by the role and a login is for all, and seldom one by one."""
        refused = {f"{one.resource.plural} {one.namespace}" for one in self._watches if one.refused}
        if self._usage.hearing.state.connection in ("forbidden", "expired"):
            refused.add("usage")
        if before - refused:
            for watch in self._watches:
                watch.ask_again()
            self._usage.ask_again()
            self._permissions.ask_again()
        return refused

    def _returned(self) -> None:
        """The server is back after it was lost."""
        for watch in self._watches:
            watch.reconnect()
        self._usage.ask_again()

    # What it knows

    @property
    def connection(self) -> Connection:
        """What it is read over."""
        return self._connection

    def view(self) -> ClusterView:
        """Everything at this moment. The same object, and in it the same rows, while nothing changed."""
        told = self._freshness
        states = {
            "pods_freshness": told.of_panel((PODS,), (EVENTS,)),
            "rollouts_freshness": told.of_panel((DEPLOYMENTS, REPLICA_SETS), (STATEFUL_SETS, DAEMON_SETS)),
            "usage_freshness": told.of_usage(),
        }
        if self._view is None:
            self._view = self._make(states)
        elif any(getattr(self._view, name) != state for name, state in states.items()):
            self._view = msgspec.structs.replace(self._view, **states)
        return self._view

    def _make(self, states: Mapping[str, Freshness]) -> ClusterView:
        self._absorb()
        self._rollouts.refresh()
        nodes = next(watch for watch in self._watches if watch.resource is NODES)
        return ClusterView(
            pods=tuple(self._pods.rows.values()),
            rollouts=self._rollouts.rows(),
            nodes=self._usage.nodes(nodes.store.objects.values()),
            usage=self._usage.pods,
            heaviest=self._usage.heaviest,
            rights=self._permissions.rights,
            **states,
        )

    def freshness(self, kinds: Iterable[str], *, namespace: str = "") -> Freshness:
        """How far what is known of those kinds (`Deployment`, …) may be believed: the worst of them."""
        return self._freshness.of_kinds(kinds, namespace or self.connection.target.namespace)

    def pin(self, kind: str, name: str, since: Since, *, namespace: str = "") -> None:
        """Tells what is known of a workload's latest change: all who ask judge it by that from now on."""
        self._rollouts.pin((kind, namespace or self.connection.target.namespace, name), since)
        self._note()

    def pod(self, namespace: str, name: str) -> Pod | None:
        """The pod as the server last told it; the same object while nothing about it changed."""
        return self._pods.pod((namespace, name))

    def rollout(self, kind: str, name: str, *, namespace: str = "") -> RolloutView | None:
        """The row of one workload as it is now, which is the panels'; None when there is none (yet)."""
        self._absorb()
        where = namespace or self.connection.target.namespace
        row, changed = self._rollouts.row((kind, where, name))
        if changed:
            self._note()
        return row

    def workload(self, kind: str, namespace: str, name: str) -> tuple[Workload, Sequence[ReplicaSet]] | None:
        """A workload and its ReplicaSets as they were last heard of; None when it is not here (yet)."""
        return self._rollouts.find(kind, namespace, name)

    def pods_of(self, uid: str) -> Sequence[Pod]:
        """The pods of the controller with that uid."""
        return self._pods.pods_of(uid)

    async def last_words(self, within: float) -> None:
        """Waits until what crashed containers wrote last stands in the rows, so many real seconds at most."""
        await self._last_words.settled(within)

    async def measured(self, within: float) -> Measured | None:
        """The pods' usage, asked for now, as the panel then shows it; None where nothing is told within so
        many real seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                return await self._usage.asked_now()
        return None

    def counted(self, uid: str) -> bool:
        """Whether a pod's row tells all restarts since the run began, and not at least so many."""
        return uid not in self._pods.uncounted

    def row(self, namespace: str, name: str) -> Row | None:
        """The pod as the panel shows it."""
        return self._pods.rows.get((namespace, name))


async def _for_ever(work: Callable[[], Awaitable[None]]) -> None:
    """Does the work, and again after a defect in it: a picture that stands still looks like a calm."""
    while True:
        try:
            return await work()
        except Exception:  # noqa: BLE001 - a task boundary
            await asyncio.sleep(RETRY)
