"""What pods and nodes use, asked of metrics.k8s.io every so often, beside what they asked for and may have.

The metrics server measures every 15 s by itself and offers no watch.
"""

import asyncio
import heapq
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, ClusterError, Forbidden, Unreachable
from alfred_tui.cluster.live.pod_board import node_is_ready
from alfred_tui.cluster.live.pod_usage import usage_of
from alfred_tui.cluster.live.usage_history import UsageHistory
from alfred_tui.cluster.objects.partial import Node, Pod
from alfred_tui.cluster.objects.pod_status import epoch
from alfred_tui.cluster.objects.quantities import millicores, number
from alfred_tui.cluster.objects.resources import NODE_METRICS, POD_METRICS
from alfred_tui.cluster.objects.usage_objects import NodeMetrics, PodMetrics
from alfred_tui.cluster.store.freshness import Hearing
from alfred_tui.cluster.store.kind_store import Key, key_of
from alfred_tui.cluster.store.reads import list_all
from alfred_tui.domain.cluster.workloads import Freshness, NodeUsage, PodUsage
from alfred_tui.domain.duration import format_duration
from alfred_tui.present.top import pod_weight

INTERVAL = 15.0
HEAVIEST = 100
"""Pods whose histories are given."""
_SLICE = 500
_SOON, _SOON_TRIES = 1.0, 5
"""Real seconds until it is asked again while the pods are not known yet, and how often at most."""
LATE = 120.0
"""Seconds (of the run's clock) after which a measurement is told to be old."""


def node_usage(
    nodes: Iterable[Node], measured: Iterable[NodeMetrics], history: UsageHistory | None = None
) -> tuple[NodeUsage, ...]:
    """One row for each node that was measured, against what it can give to pods."""
    past = history or UsageHistory()
    known = {one.metadata.name: one for one in nodes}
    rows = []
    for one in measured:
        node = known.get(one.metadata.name)
        capacity = (node.status.allocatable or node.status.capacity) if node is not None else {}
        cpu_history, memory_history = past.of(one.metadata.name)
        rows.append(
            NodeUsage(
                cpu_history=cpu_history,
                memory_history=memory_history,
                name=one.metadata.name,
                cpu=millicores(one.usage.get("cpu")),
                memory=number(one.usage.get("memory")),
                cpu_capacity=millicores(capacity.get("cpu")),
                memory_capacity=number(capacity.get("memory")),
                ready=node is None or node_is_ready(node),
            )
        )
    return tuple(rows)


class Measured(NamedTuple):
    """An answer of the metrics API, and how far it may be believed: it may hold an old measurement."""

    pods: Sequence[PodUsage]
    state: Freshness


class UsagePoller:
    """Asks for usage again and again. `hearing` says how far it may be believed."""

    def __init__(
        self,
        connection: Connection,
        namespaces: Sequence[str],
        *,
        now: Callable[[], float],
        known: Callable[[Key], Pod | None],
        on_change: Callable[[], None],
        interval: float = INTERVAL,
    ) -> None:
        self.hearing = Hearing(now, again=f"It is asked again every {interval:g} s.")
        self.pods: tuple[PodUsage, ...] = ()
        """The last measurement of pods."""
        self.heaviest: tuple[PodUsage, ...] = ()
        """Those nearest to what they may use, with their histories."""
        self._pod_history = UsageHistory()
        self._node_history = UsageHistory()
        self._blind = 0
        self._known = known
        self._connection = connection
        self._namespaces = namespaces
        self._now = now
        self._on_change = on_change
        self._interval = interval
        self.nodes_problem: ClusterError | None = None
        """Why the nodes were not read."""
        self.pods_problem: Forbidden | None = None
        """Why the pods of some namespace were not, where others' were."""
        self._measured_at = 0.0
        self._nodes: list[NodeMetrics] = []
        self._wake = asyncio.Event()
        self._waiting: list[asyncio.Future[bool]] = []

    async def run(self) -> None:
        """Polls until cancelled."""
        while True:
            self._wake.clear()
            waiting, self._waiting = self._waiting, []
            answered = await self._ask()
            self._on_change()
            for one in waiting:
                if not one.done():
                    one.set_result(answered)
            try:
                soon = 0 < self._blind <= _SOON_TRIES
                pause = min(_SOON, self._interval) if soon else self._interval
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def ask_again(self) -> None:
        """Does not wait for the next turn."""
        self._wake.set()

    async def asked_now(self) -> Measured | None:
        """Asks now, and gives what every panel shows from then on; None where there is no answer."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._wake.set()
        return Measured(self.pods, self.state()) if await waiting else None

    async def _ask(self) -> bool:
        """Whether the pods' usage was told."""
        sent = time.monotonic()
        pods, nodes = await asyncio.gather(self._read_pods(), self._read_nodes())
        if isinstance(pods, ClusterError):
            self.hearing.failed(await self._told(pods))
        else:
            await self._join(pods)
            self.hearing.accepted(sent)
            self.hearing.heard()
        # Many accounts may read their pods' usage and not the nodes'; that is told beside the rest.
        self.nodes_problem = nodes if isinstance(nodes, ClusterError) else None
        if not isinstance(nodes, ClusterError):
            self._nodes = nodes
        elif not isinstance(pods, ClusterError):
            self._nodes = []
        # With neither the source is lost: what it said before stays for both, with its age.
        for node in self._nodes:
            used = node.usage
            at, name = epoch(node.timestamp), node.metadata.name
            self._node_history.add(name, at, millicores(used.get("cpu")), number(used.get("memory")))
        if self._nodes:
            self._node_history.keep(one.metadata.name for one in self._nodes)
        return not isinstance(pods, ClusterError)

    async def _told(self, problem: ClusterError) -> ClusterError:
        """Why there is no usage: a 503 is the aggregator's word only where the API server itself is well."""
        if problem.status == 503:
            try:
                await self._connection.version()
            except ClusterError as own:
                if own.temporary:
                    return problem
        return in_words(problem)

    async def _read_pods(self) -> list[PodMetrics] | ClusterError:
        answers = await asyncio.gather(*map(self._read_pods_of, self._namespaces))
        problems = [one for one in answers if isinstance(one, ClusterError)]
        refused = [one for one in problems if isinstance(one, Forbidden)]
        if len(problems) > len(refused) or len(refused) == len(answers):
            return next((one for one in problems if one not in refused), problems[0])
        self.pods_problem = refused[0] if refused else None
        return [one for listed in answers if not isinstance(listed, ClusterError) for one in listed]

    async def _read_pods_of(self, namespace: str) -> list[PodMetrics] | ClusterError:
        try:
            return await list_all(self._connection, POD_METRICS, namespace)
        except ClusterError as problem:
            return problem

    async def _read_nodes(self) -> list[NodeMetrics] | ClusterError:
        try:
            return await list_all(self._connection, NODE_METRICS)
        except ClusterError as problem:
            return problem

    async def _join(self, measured: Sequence[PodMetrics]) -> None:
        rows: list[PodUsage] = []
        for start in range(0, len(measured), _SLICE):
            part = measured[start : start + _SLICE]
            for one in part:
                row = usage_of(self._known(key_of(one)), one)
                self._pod_history.add(key_of(one), epoch(one.timestamp), row.cpu, row.memory)
                rows.append(row)
            await asyncio.sleep(0)
        self._pod_history.keep(key_of(one) for one in measured)
        # Measured before the pods were listed, nothing has a limit yet.
        self._blind = self._blind + 1 if measured and not any(map(self._known, map(key_of, measured))) else 0
        self._measured_at = max((epoch(one.timestamp) for one in measured), default=0.0)
        self.pods = tuple(rows)
        self.heaviest = tuple(map(self._with_history, heapq.nlargest(HEAVIEST, rows, key=pod_weight)))

    def _with_history(self, row: PodUsage) -> PodUsage:
        cpu, memory = self._pod_history.of((row.namespace, row.name))
        return msgspec.structs.replace(row, cpu_history=cpu, memory_history=memory)

    def nodes(self, known: Iterable[Node]) -> tuple[NodeUsage, ...]:
        """The last measurement of nodes."""
        return node_usage(known, self._nodes, self._node_history)

    def state(self) -> Freshness:
        """How far the last measurement may be believed: an answer may hold one that is old already."""
        state, age = self.hearing.state, self._now() - self._measured_at
        if state.connection != "live" or not self._measured_at or age <= LATE:
            return state
        return Freshness(
            connection="stale",
            since=self._measured_at + LATE,
            heard_at=self._measured_at,
            message=f"The metrics API answers, but it last measured {format_duration(round(age))} ago.",
        )


def in_words(problem: ClusterError) -> ClusterError:
    """Why there is no usage: what an answer of the aggregator means for the metrics server."""
    if isinstance(problem, Absent):
        return Absent("This cluster has no metrics API (metrics-server is not installed).", status=404)
    if problem.status == 503:
        return Unreachable(
            "The metrics server is installed but does not answer.",
            status=503,
            temporary=True,
            hint="See kubectl get apiservice v1beta1.metrics.k8s.io",
        )
    return problem
