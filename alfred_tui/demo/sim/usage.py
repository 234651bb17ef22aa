"""What pods and nodes use, as metrics-server would report it: a steady load that wanders slowly.

The numbers follow from names and the time alone, so nobody has to sample them.
"""

import math
import zlib
from collections.abc import Callable

from alfred_tui.demo.kube.objects import Obj, epoch
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.sim.kinds import NODES, PODS
from alfred_tui.demo.sim.pods import container_request, lasting, node_of

RESOLUTION = 15.0
"""Seconds between two samples of metrics-server; in between it answers the same."""

_MIDDLE, _SHARED, _OWN = 0.42, 0.08, 0.08
_DEFAULT_CPU, _DEFAULT_MEMORY = 0.1, 64 * 2**20
_SYSTEM_CPU, _SYSTEM_MEMORY = 310, 2900 * 2**20

Amount = tuple[int, int]
"""CPU in millicores and memory in bytes."""


class Usage:
    """Usage by pod and node. `now` gives simulated epoch seconds."""

    available = True

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    def pod(self, namespace: str, name: str) -> dict[str, Amount] | None:
        """By container; None until the pod has run for one sample, and while none of it runs."""
        pod = self._store.get(PODS, namespace, name)
        if pod is None:
            return None
        at = self._now() // RESOLUTION * RESOLUTION
        return self._of(pod, at) or None

    def node(self, name: str) -> Amount | None:
        """The sum of the node's pods and its own system; None for a node that does not exist."""
        if self._store.get(NODES, "", name) is None:
            return None
        at = self._now() // RESOLUTION * RESOLUTION
        used = [
            amount
            for pod in self._store.list(PODS)
            if node_of(pod) == name
            for amount in self._of(pod, at).values()
        ]
        share = _wander(f"node/{name}", at)
        return (
            sum(cpu for cpu, _ in used) + round(_SYSTEM_CPU * (0.6 + share)),
            sum(memory for _, memory in used) + round(_SYSTEM_MEMORY * (0.8 + share / 4)),
        )

    def _of(self, pod: Obj, at: float) -> dict[str, Amount]:
        specs = {container["name"]: container for container in lasting(pod)}
        status = pod.get("status", {})
        found: dict[str, Amount] = {}
        for one in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
            running = one["state"].get("running")
            spec = specs.get(one["name"])
            if not running or spec is None or epoch(running["startedAt"]) > at:
                continue
            who = f"{pod['metadata']['name']}/{one['name']}"
            cpu = float(container_request(spec, "cpu")) or _DEFAULT_CPU
            memory = float(container_request(spec, "memory")) or _DEFAULT_MEMORY
            # Memory hardly moves: a slower wave of half the height around a pod's own level.
            steady = (_wander(who, at) + 3 * _wander(f"{who}/memory", at / 8)) / 4
            found[one["name"]] = (round(1000 * cpu * _wander(who, at)), round(memory * steady))
        return found


def _wander(who: str, at: float) -> float:
    """A share between 0.26 and 0.58 that moves over minutes; a part of it is the load that all share."""
    phase = zlib.crc32(who.encode()) / 2**32 * 2 * math.pi
    shared = math.sin(at / 700) * _SHARED
    own = (0.7 * math.sin(at / 240 + phase) + 0.3 * math.sin(at / 71 + 3 * phase)) * _OWN
    return _MIDDLE + shared + own
