"""The embedded cluster, simulated and served, and the cluster floor connected to it by a kubeconfig."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from alfred_tui.cluster.access.connect import Connection, connect
from alfred_tui.cluster.access.target import read_target
from alfred_tui.cluster.live.live_cluster import LiveCluster
from alfred_tui.cluster.store.watch import Timing
from alfred_tui.demo.clock import SimClock
from alfred_tui.demo.kube.kubeconfig import kubeconfig
from alfred_tui.demo.kube.server import KubeServer
from alfred_tui.demo.kube.sources import Faults
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.scenarios import SCENARIOS
from alfred_tui.demo.sim.cluster import Cluster
from alfred_tui.demo.sim.seeding import seed
from alfred_tui.demo.workspace.manifests import base_manifests
from alfred_tui.domain.cluster.workloads import ClusterView, RolloutView
from alfred_tui.domain.cluster.workloads import Pod as Row

SPEED = 20.0
RELEASE = "2.4.0"


@dataclass
class Lab:
    """A cluster of the platform at release 2.4.0, twenty times as fast as the wall clock."""

    store: Store
    server: KubeServer
    cluster: Cluster
    clock: SimClock
    url: str
    folder: Path

    def write_kubeconfig(self, token: str = "", name: str = "kubeconfig") -> str:
        """A kubeconfig for the administrator or whoever has the token."""
        path = self.folder / name
        path.write_text(kubeconfig(self.url, self.server.ca_pem, token or self.server.admin_token, user="u"))
        return str(path)

    @asynccontextmanager
    async def connected(self, token: str = "") -> AsyncIterator[Connection]:
        """A connection by kubeconfig, TLS and token."""
        path = self.write_kubeconfig(token, "kubeconfig" if not token else "other")
        connection = await connect(read_target(path, None, None, environ={}))
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def live(self, connection: Connection) -> AsyncIterator[LiveCluster]:
        """A started live cluster."""
        timing = Timing(longest_pause=1.0)
        live = LiveCluster(connection, now=self.clock.now, usage_interval=0.2, timing=timing)
        await live.start()
        try:
            yield live
        finally:
            await live.stop()


@asynccontextmanager
async def lab(folder: Path, faults: Faults | None = None, speed: float = SPEED) -> AsyncIterator[Lab]:
    """Everything, for as long as the block lasts."""
    clock = SimClock(speed)
    store = Store(clock.now)
    cluster = Cluster(store, clock, SCENARIOS["healthy"])
    seed(cluster, base_manifests(RELEASE))
    server = KubeServer(store, now=cluster.now, logs=cluster, usage=cluster, faults=faults)
    url = await server.start()

    async def move() -> None:
        while True:
            cluster.tick()
            await asyncio.sleep(0.01)

    moving = asyncio.create_task(move())
    try:
        yield Lab(store, server, cluster, clock, url, folder)
    finally:
        moving.cancel()
        await asyncio.gather(moving, return_exceptions=True)
        await server.stop()


async def seen(
    live: LiveCluster, true: Callable[[ClusterView], bool], what: str, seconds: float = 20.0
) -> ClusterView:
    """The first view of which something is true."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not true(view := live.view()):
        assert loop.time() < deadline, f"not within {seconds} s: {what}; {told(view)}"
        try:
            await asyncio.wait_for(live.changed(), 0.5)
        except TimeoutError:
            continue
    return view


def told(view: ClusterView) -> str:
    """A view in short, for a failed test."""
    states = (view.pods_freshness, view.rollouts_freshness, view.usage_freshness)
    rows = [f"{one.name} {one.phase} {one.message}" for one in view.rollouts]
    return "\n".join(
        [*(f"{one.connection} {one.message}" for one in states), *rows, f"{len(view.pods)} pods"]
    )


def rollout(view: ClusterView, name: str) -> RolloutView:
    """The row of a workload."""
    return next(one for one in view.rollouts if one.name == name)


def pods(view: ClusterView, owner: str) -> list[Row]:
    """The rows of a Deployment's pods."""
    return [one for one in view.pods if one.owner == f"Deployment/{owner}"]


def settled(view: ClusterView) -> bool:
    """Whether the platform stands and is live."""
    return (
        len(view.rollouts) == 5
        and all(one.phase == "complete" for one in view.rollouts)
        and view.pods_freshness.connection == view.rollouts_freshness.connection == "live"
        and bool(view.pods)
        and all(one.owner.startswith("Deployment/") for one in view.pods)
    )
