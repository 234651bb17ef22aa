"""The kubelets: run each node's pods, report their status, and let them go when they are deleted."""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from alfred_tui.demo.kube.objects import Change, Obj, clone
from alfred_tui.demo.scenarios import Image
from alfred_tui.demo.sim.containers import LAST_BACKOFF, Container, Surroundings
from alfred_tui.demo.sim.kinds import NODES, PODS
from alfred_tui.demo.sim.pods import is_finished, is_sidecar, is_terminating, node_of
from alfred_tui.demo.sim.podstatus import conditions, phase
from alfred_tui.demo.sim.references import missing_for, missing_volume
from alfred_tui.demo.sim.world import Place, World, place

_SANDBOX_SECONDS = (0.2, 0.5)
_STOP_SECONDS = (0.4, 1.6)


@dataclass
class PodRun:
    """A pod on its node. Times are simulated epoch seconds."""

    uid: str
    started: str
    inits: list[Container]
    containers: list[Container]
    chance: random.Random
    sandbox_due: float
    ip: str = ""
    stop_due: float = math.inf
    mount_backoff: float = 0.5

    def every(self) -> list[Container]:
        return [*self.inits, *self.containers]

    def due(self) -> float:
        if self.stop_due < math.inf:
            return self.stop_due
        return min(self.sandbox_due, *(container.due for container in self.every()))

    def container(self, name: str) -> Container | None:
        return next((one for one in self.every() if one.name == name), None)


def _init_status(container: Container) -> Obj:
    """An init container counts as ready once it has done what it was there for."""
    status = container.status()
    return {**status, "ready": status["ready"] or (container.has_ended and not container.has_failed)}


class Kubelets:
    """Reconciles pods that have a node."""

    watches = frozenset((PODS,))

    def __init__(self, world: World) -> None:
        self._world = world
        self._runs: dict[Place, PodRun] = {}
        self._images: dict[str, set[str]] = {}
        self._addresses: dict[str, int] = {}

    def run_of(self, namespace: str, name: str) -> PodRun | None:
        """The pod as its kubelet has it, or None."""
        return self._runs.get((namespace, name))

    def uids(self) -> set[str]:
        """The uids of all pods that a kubelet has."""
        return {run.uid for run in self._runs.values()}

    def touched(self, change: Change) -> Iterable[Place]:
        return [place(change)] if node_of(change.obj) else []

    def reconcile(self, namespace: str, name: str) -> float | None:
        pod = self._world.store.get(PODS, namespace, name)
        if pod is None or not node_of(pod):
            self._runs.pop((namespace, name), None)
            return None
        run = self._runs.get((namespace, name))
        if run is None or run.uid != pod["metadata"]["uid"]:
            run = self._runs[(namespace, name)] = self._accept(pod)
        if is_terminating(pod):
            return self._stop(pod, run)
        if is_finished(pod):
            return None
        self._advance(pod, run)
        self._report(pod, run)
        due = run.due()
        return due if due < math.inf else None

    def _accept(self, pod: Obj) -> PodRun:
        meta, spec = pod["metadata"], pod["spec"]
        chance = random.Random(f"{self._world.seed}/{meta['namespace']}/{meta['name']}")
        policy = spec.get("restartPolicy", "Always")
        label = f"{meta['name']}_{meta['namespace']}({meta['uid']})"
        by_job = any(owner["kind"] == "Job" for owner in meta.get("ownerReferences", ()))

        def container(one: Obj, *, ends: bool) -> Container:
            if is_sidecar(one):
                return Container(one, self._world.scenario.image(one["image"]), label, "Always", chance)
            conduct = self._world.scenario.image(one["image"])
            if ends and conduct.conduct in ("normal", "slow"):
                conduct = Image(conduct="completes", lasts=chance.uniform(0.6, 3.0))
            return Container(
                one, conduct, label, "OnFailure" if ends and policy == "Always" else policy, chance
            )

        return PodRun(
            uid=meta["uid"],
            started=self._world.stamp(),
            inits=[container(one, ends=True) for one in spec.get("initContainers") or ()],
            containers=[container(one, ends=by_job) for one in spec["containers"]],
            chance=chance,
            sandbox_due=self._world.now() + chance.uniform(*_SANDBOX_SECONDS),
        )

    def _advance(self, pod: Obj, run: PodRun) -> None:
        if run.sandbox_due <= self._world.now():
            self._make_sandbox(pod, run)
        if not run.ip:
            return
        for container in run.inits:
            self._take_steps(pod, container)
            if not container.lets_next_start:
                return
        for container in run.containers:
            self._take_steps(pod, container)
        if all(container.has_ended for container in run.containers):
            for container in run.inits:
                if is_sidecar(container.spec):
                    container.end_with_pod(self._world.now())

    def _take_steps(self, pod: Obj, container: Container) -> None:
        """Takes the steps that are due; a container whose turn has come begins."""
        now = self._world.now()
        if container.step == "prepare" and container.due == math.inf:
            container.due = now
        images = self._images.setdefault(node_of(pod), set())
        missing = partial(missing_for, self._world.store, pod["metadata"]["namespace"], container.spec)
        while container.due <= now:
            for saying in container.take_step(now, Surroundings(images, missing)):
                self._world.events.kubelet(saying.kind, pod, saying.reason, saying.message, container.name)

    def _make_sandbox(self, pod: Obj, run: PodRun) -> None:
        missing = missing_volume(self._world.store, pod)
        if missing:
            self._world.events.kubelet("Warning", pod, "FailedMount", missing)
            run.mount_backoff = min(LAST_BACKOFF, run.mount_backoff * 2)
            run.sandbox_due = self._world.now() + run.mount_backoff
            return
        run.sandbox_due = math.inf
        run.ip = self._address(node_of(pod))

    def _address(self, node: str) -> str:
        """The next free address of the node's pod network."""
        nodes = [one["metadata"]["name"] for one in self._world.store.list(NODES)]
        subnet = nodes.index(node) if node in nodes else len(nodes)
        taken = {run.ip for run in self._runs.values()}
        for _ in range(250):
            given = self._addresses[node] = self._addresses.get(node, 0) + 1
            if (address := f"10.244.{subnet}.{1 + given % 250}") not in taken:
                return address
        return f"10.244.{subnet}.253"

    def _report(self, pod: Obj, run: PodRun) -> None:
        old = pod.get("status", {})
        policy = pod["spec"].get("restartPolicy", "Always")
        now_phase = phase(run.inits, run.containers, policy)
        host = self._host_ip(node_of(pod))
        status: Obj = {
            "phase": now_phase,
            "conditions": conditions(
                old.get("conditions", ()),
                run.inits,
                run.containers,
                sandbox=bool(run.ip),
                finished=now_phase in ("Succeeded", "Failed"),
                stamp=self._world.stamp(),
            ),
            "hostIP": host,
            "hostIPs": [{"ip": host}],
        }
        if run.ip:
            status.update(podIP=run.ip, podIPs=[{"ip": run.ip}])
        status["startTime"] = run.started
        if run.inits:
            status["initContainerStatuses"] = [_init_status(container) for container in run.inits]
        status["containerStatuses"] = [container.status() for container in run.containers]
        status["qosClass"] = old.get("qosClass", "BestEffort")
        if status != old:
            self._world.store.update(PODS, {**clone(pod), "status": status}, subresource="status")

    def _host_ip(self, node: str) -> str:
        found = self._world.store.get(NODES, "", node)
        addresses = found["status"].get("addresses", ()) if found else ()
        return next((one["address"] for one in addresses if one["type"] == "InternalIP"), "127.0.0.1")

    def _stop(self, pod: Obj, run: PodRun) -> float | None:
        now, meta = self._world.now(), pod["metadata"]
        if run.stop_due == math.inf:
            running = [container for container in run.every() if container.is_running]
            for container in running:
                message = f"Stopping container {container.name}"
                self._world.events.kubelet("Normal", pod, "Killing", message, container.name)
            takes = run.chance.uniform(*_STOP_SECONDS) if running else 0.1
            run.stop_due = now + takes
        run.stop_due = min(run.stop_due, now + float(meta.get("deletionGracePeriodSeconds", 30)))
        if run.stop_due > now:
            return run.stop_due
        for container in run.every():
            container.stop(now)
        self._world.store.delete(PODS, meta["namespace"], meta["name"])
        return None
