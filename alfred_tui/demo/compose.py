"""Puts the demo together: one store, the simulation that moves it, and the servers that show it."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from alfred_tui.demo.clock import SimClock
from alfred_tui.demo.kube.kubeconfig import kubeconfig
from alfred_tui.demo.kube.server import KubeServer
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.process import DemoEndpoints
from alfred_tui.demo.promapi.server import PromServer
from alfred_tui.demo.scenarios import Scenario
from alfred_tui.demo.services import ServicesServer
from alfred_tui.demo.sim.cluster import Cluster
from alfred_tui.demo.sim.faults import ApiFaults
from alfred_tui.demo.sim.seeding import seed
from alfred_tui.demo.traffic.traffic import STEP, Traffic
from alfred_tui.demo.workspace import WorkspaceInfo, write_workspace
from alfred_tui.demo.workspace.manifests import SEEDED_TAG, base_manifests

CONTEXT = "alfred-demo"
NAMESPACE = "default"

# Real seconds between two looks at the clock when nothing wakes the simulation earlier.
_SHORTEST_REST, _LONGEST_REST = 0.005, 0.25

# Real seconds for which watches live under the scenario's API faults.
_WATCH_LIVES = 15.0


@asynccontextmanager
async def serving(scenario: Scenario, speed: float, workspace: Path) -> AsyncIterator[DemoEndpoints]:
    """Runs everything for as long as the block lasts; a fault of the simulation ends the block.

    The kubeconfigs are written beside the workspace. WorkspaceError or OSError when it cannot start.
    """
    writing = asyncio.create_task(asyncio.to_thread(write_workspace, workspace, scenario))
    clock = SimClock(speed)
    store = Store(clock.now)
    cluster = Cluster(store, clock, scenario)
    seed(cluster, base_manifests(SEEDED_TAG))
    traffic = Traffic(store, clock, scenario)
    traffic.tick()
    faults = ApiFaults() if scenario.api_faults else None
    kube = KubeServer(store, now=cluster.now, logs=cluster, usage=cluster, faults=faults)
    services = ServicesServer(store, traffic, clock)
    async with AsyncExitStack() as stack:
        for server in (kube, services):
            stack.push_async_callback(server.stop)
        kube_url, services_url = await kube.start(), await services.start()
        prometheus = PromServer(traffic, clock, scrape_url=f"{services_url}/{{service}}")
        stack.push_async_callback(prometheus.stop)
        prometheus_url = await prometheus.start()
        written = await writing
        lead, viewer = _write_kubeconfigs(kube, kube_url, written.folder)
        moving = await stack.enter_async_context(asyncio.TaskGroup())
        tasks = [moving.create_task(_move(store, cluster, traffic, clock), name="demo-simulation")]
        if scenario.api_faults:
            tasks.append(moving.create_task(_drop_watches(kube), name="demo-api-faults"))
        try:
            yield _endpoints(scenario, clock, written, lead, viewer, prometheus_url, services_url)
        finally:
            for task in tasks:
                task.cancel()


def _endpoints(
    scenario: Scenario,
    clock: SimClock,
    written: WorkspaceInfo,
    lead: Path,
    viewer: Path,
    prometheus: str,
    services: str,
) -> DemoEndpoints:
    return DemoEndpoints(
        context=CONTEXT,
        namespace=NAMESPACE,
        kubeconfig=str(lead),
        viewer_kubeconfig=str(viewer),
        prometheus=prometheus,
        service_url=f"{services}/{{service}}",
        workspace=str(written.folder),
        terraform=written.terraform,
        path_dirs=tuple(map(str, written.path_dirs)),
        scenario=scenario.name,
        speed=clock.speed,
        pid=os.getpid(),
        started_at=clock.now(),
        wall_started_at=time.time(),
    )


def _write_kubeconfigs(kube: KubeServer, url: str, workspace: Path) -> tuple[Path, Path]:
    """The lead's and the watcher's access, readable by their owner alone, in a folder beside `workspace`."""
    folder = workspace.with_name(f"{workspace.name}.access")
    folder.mkdir(mode=0o700, exist_ok=True)
    written: list[Path] = []
    for user, token in (("lead", kube.admin_token), ("viewer", kube.viewer_token)):
        path = folder / f"{user}.yaml"
        text = kubeconfig(url, kube.ca_pem, token, user=user, namespace=NAMESPACE, context=CONTEXT)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        written.append(path)
    return written[0], written[1]


async def _move(store: Store, cluster: Cluster, traffic: Traffic, clock: SimClock) -> None:
    """Lets the simulation act whenever something is due or was written, and rest in between."""
    woken = asyncio.Event()
    store.subscribe(lambda _: woken.set())
    longest = max(0.05, min(_LONGEST_REST, clock.wall(STEP)))
    while True:
        cluster.tick()
        traffic.tick()
        # What the tick itself wrote has been dealt with.
        woken.clear()
        due = cluster.next_due()
        rest = longest if due is None else min(longest, clock.wall(due - clock.now()))
        try:
            async with asyncio.timeout(max(_SHORTEST_REST, rest)):
                await woken.wait()
        except TimeoutError:
            continue


async def _drop_watches(kube: KubeServer) -> None:
    while True:
        await asyncio.sleep(_WATCH_LIVES)
        kube.close_watches()
