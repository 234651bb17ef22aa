"""The live cluster: everything the centre of the screen shows, kept by watches and given as one value.

It needs no screen: a step may start one for itself and read the same rows that the panels draw.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from alfred_tui.cluster.connect import Connection
from alfred_tui.cluster.errors import ClusterError, Expired, Unreachable
from alfred_tui.cluster.freshness import Hearing, worst_of
from alfred_tui.cluster.last_words import LastWords
from alfred_tui.cluster.objects import Pod, ReplicaSet, Workload
from alfred_tui.cluster.ownership import Since
from alfred_tui.cluster.permissions import Permissions
from alfred_tui.cluster.pod_board import PodBoard
from alfred_tui.cluster.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    EVENTS,
    NODE_METRICS,
    NODES,
    POD_METRICS,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    Resource,
)
from alfred_tui.cluster.rollout_board import RolloutBoard
from alfred_tui.cluster.usage import INTERVAL, UsagePoller
from alfred_tui.cluster.watch import AnyWatch, Timing, Watch
from alfred_tui.domain.log_rule import USUAL_ERROR, LogRule
from alfred_tui.domain.needs import ACTS, LOGS
from alfred_tui.domain.rights import Right
from alfred_tui.domain.workloads import ClusterView, Freshness, RolloutView
from alfred_tui.domain.workloads import Pod as Row

COALESCE = 0.1
"""Real seconds between two callbacks to a subscriber, at least."""
TICK = 1.0
"""Real seconds between two looks at what time alone changes: staleness, overdue pods."""
PING = 10.0
"""Real seconds between two questions that prove the server is there: a silent watch does not."""
RETRY = 2.0
"""Real seconds until it is asked again when there was no answer."""
_SLICE = 100
"""Rollouts made between two turns of the event loop."""

_WARNINGS = {"fieldSelector": "type!=Normal"}


class LiveCluster:
    """Watches the target's namespace, or `namespaces` (an empty tuple: all of them).

    `now` is the run's clock. `began_at` is when the run began: restarts before it are not new. `hide` takes
    the run's secrets out of a text, `looks_bad` tells log lines that look like errors.
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
        hide: Callable[[str], str] = str,
        looks_bad: Callable[[bytes], bool] | None = None,
    ) -> None:
        self._connection = connection
        self._now = now
        own = (connection.target.namespace,)
        self._namespaces = (own if namespaces is None else tuple(namespaces)) or ("",)
        self._timing = timing or Timing()
        self._watches: list[AnyWatch] = self._all_watches()
        self._permissions = Permissions(connection, self._namespaces[0], self._wanted(), on_change=self._note)
        self._last_words = LastWords(
            connection,
            self._permissions,
            hide=hide,
            looks_bad=looks_bad or LogRule(USUAL_ERROR),
            on_heard=self._heard,
        )
        self._pods = PodBoard(now, began_at, self._last_words)
        self._rollouts = RolloutBoard(now, self._pods.pods_of, self._pods.diagnoses)
        self._usage = UsagePoller(
            connection,
            self._namespaces,
            now=now,
            known=self._pods.pod,
            on_change=self._note,
            interval=usage_interval,
        )
        self._link = Hearing(now)
        self._lost_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._listeners: list[Callable[[], None]] = []
        self._noted = asyncio.Event()
        self._turn: asyncio.Future[None] | None = None
        self._view: ClusterView | None = None

    def _all_watches(self) -> list[AnyWatch]:
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

        watches = [self._watch(NODES, "", on_nodes)]
        for namespace in self._namespaces:
            watches += [
                self._watch(REPLICA_SETS, namespace, on_replicasets),
                self._watch(PODS, namespace, on_pods),
                self._watch(DEPLOYMENTS, namespace, on_workloads),
                self._watch(STATEFUL_SETS, namespace, on_workloads),
                self._watch(DAEMON_SETS, namespace, on_workloads),
                self._watch(EVENTS, namespace, on_events, _WARNINGS),
            ]
        return watches

    def _watch(
        self,
        resource: Resource[Any],
        namespace: str,
        on_changes: Callable[[Any], None],
        query: dict[str, str] | None = None,
    ) -> AnyWatch:
        return Watch(
            self.connection,
            resource,
            namespace,
            on_changes=on_changes,
            on_state=self._note,
            now=self._now,
            timing=self._timing,
            query=query,
        )

    def _wanted(self) -> tuple[Right, ...]:
        """What the watches and the usage read, and what may be done from the screen."""
        where = self._namespaces[0]
        read = [watch.rights() for watch in self._watches if watch.namespace in ("", where)]
        read += [one.rights("list", namespace=where) for one in (POD_METRICS, NODE_METRICS)]
        return (*(right for some in read for right in some), *LOGS, *ACTS)

    # Life

    async def start(self) -> None:
        """Begins to watch and returns; what cannot be reached stands in the view's freshness."""
        works = [watch.run for watch in self._watches]
        works += [self._usage.run, self._tell, self._tick, self._ping, self._permissions.run]
        works.append(self._last_words.run)
        self._tasks = [asyncio.create_task(_for_ever(work)) for work in works]

    async def stop(self) -> None:
        """Ends all watches. The connection is the caller's and stays open."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

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
        while True:
            await self._noted.wait()
            self._noted.clear()
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

    async def _ping(self) -> None:
        misses = 0
        while True:
            try:
                self._reached(await self.connection.version())
                misses = 0
            except ClusterError as problem:
                misses += 1
                self._unheard(problem, misses)
            await asyncio.sleep(min(PING, RETRY) if misses else PING)

    def _unheard(self, problem: ClusterError, misses: int) -> None:
        # One lost answer is everyday; a second in a row is a lost server.
        if isinstance(problem, Expired) or (isinstance(problem, Unreachable) and misses > 1):
            self._lost_at = self._lost_at or time.monotonic()
            self._link.failed(problem)
            self._note()

    def _reached(self, version: str) -> None:
        target = self.connection.target
        if target.version != version:
            self.connection.target = msgspec.structs.replace(target, version=version)
        self._link.heard()
        if self._lost_at:
            # The way back is open, but watches from before may hang on connections that no longer exist.
            self._lost_at = 0.0
            for watch in self._watches:
                watch.reconnect()
            self._usage.ask_again()
            self._note()

    # What it knows

    @property
    def connection(self) -> Connection:
        """What it is read over."""
        return self._connection

    def view(self) -> ClusterView:
        """Everything at this moment. The same object, and in it the same rows, while nothing changed."""
        states = {
            "pods_freshness": self._freshness((PODS,), (EVENTS,)),
            "rollouts_freshness": self._freshness((DEPLOYMENTS, REPLICA_SETS), (STATEFUL_SETS, DAEMON_SETS)),
            "usage_freshness": self._usage_freshness(),
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

    def _freshness(self, needed: Iterable[Resource[Any]], beside: Iterable[Resource[Any]] = ()) -> Freshness:
        """The worst of what is `needed`; what is missing `beside` it is told without changing the word."""
        state = worst_of(self._state(watch) for watch in self._watches if watch.resource in tuple(needed))
        missing = [
            f"{watch.resource.kind}s are not shown: {self._why(watch)}"
            for watch in self._watches
            if watch.resource in tuple(beside) and watch.hearing.state.connection in ("forbidden", "absent")
        ]
        if missing and state.connection == "live":
            return msgspec.structs.replace(state, message=" ".join(missing))
        if state.connection == "forbidden":
            told = self._refusal(watch for watch in self._watches if watch.resource in tuple(needed))
            return msgspec.structs.replace(state, message=told or state.message)
        return state

    def _refusal(self, watches: Iterable[AnyWatch]) -> str:
        """Which rights the watches lack, as far as it was asked; empty where only the server's words tell."""
        known = self._permissions.rights
        mine = (watch for watch in watches if watch.namespace in ("", known.namespace))
        return known.refusal(*(right for watch in mine for right in watch.rights()))

    def _why(self, watch: AnyWatch) -> str:
        return self._refusal((watch,)) or watch.hearing.state.message

    def _state(self, watch: AnyWatch) -> Freshness:
        state = watch.hearing.state
        if self._lost_at > watch.hearing.heard_tick and state.connection in ("live", "stale"):
            return msgspec.structs.replace(self._link.state, heard_at=state.heard_at)
        return state

    def _usage_freshness(self) -> Freshness:
        """Of pods' usage; what is missing of the nodes' is told without changing the word."""
        usage, rights = self._usage, self._permissions.rights
        state = usage.state()
        if state.connection == "forbidden":
            told = rights.refusal(*POD_METRICS.rights("list", namespace=rights.namespace))
            return msgspec.structs.replace(state, message=told or state.message)
        if state.connection != "live" or usage.nodes_problem is None:
            return state
        told = rights.refusal(*NODE_METRICS.rights("list", namespace=""))
        return msgspec.structs.replace(
            state, message=f"The nodes' usage is not shown: {told or usage.nodes_problem}"
        )

    def freshness(self, kinds: Iterable[str]) -> Freshness:
        """How far what is known of those kinds (`Deployment`, …) may be believed: the worst of them."""
        wanted = frozenset(kinds)
        return worst_of(self._state(watch) for watch in self._watches if watch.resource.kind in wanted)

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
