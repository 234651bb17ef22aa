"""The nodes' own reports: a heartbeat now and then, and nothing else changes."""

from collections.abc import Iterable
from datetime import UTC, datetime

from alfred_tui.demo.kube.objects import Change, Obj, clone
from alfred_tui.demo.sim.kinds import LEASES, NODES
from alfred_tui.demo.sim.world import Place, World, place

HEARTBEAT = 40.0
"""Simulated seconds between two heartbeats of a node."""

_LEASE_NAMESPACE = "kube-node-lease"
_LEASE_SECONDS = 40

KUBELET_VERSION = "v1.36.0"

_HEALTHY = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


def new_node(index: int, stamp: str) -> Obj:
    """One of the cluster's nodes: 16 CPUs, 64 GiB."""
    name = f"node-{index}"
    capacity = {"cpu": "16", "ephemeral-storage": "206292644Ki", "memory": "64Gi", "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "topology.kubernetes.io/zone": f"zone-{index % 2}",
            },
        },
        "spec": {"podCIDR": f"10.244.{index}.0/24", "podCIDRs": [f"10.244.{index}.0/24"]},
        "status": {
            "capacity": capacity,
            "allocatable": {**capacity, "cpu": "15800m", "memory": "63Gi"},
            "conditions": [_condition(*words, stamp) for words in _HEALTHY],
            "addresses": [
                {"type": "InternalIP", "address": f"10.0.0.{11 + index}"},
                {"type": "Hostname", "address": name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "machineID": f"{index:032x}",
                "systemUUID": f"{index:08x}-0000-4000-8000-000000000000",
                "bootID": f"{index:08x}-0000-4000-8000-000000000001",
                "kernelVersion": "6.12.0",
                "osImage": "Debian GNU/Linux 13 (trixie)",
                "containerRuntimeVersion": "containerd://2.1.4",
                "kubeletVersion": KUBELET_VERSION,
                "kubeProxyVersion": "",
                "operatingSystem": "linux",
                "architecture": "amd64",
            },
        },
    }


def _condition(kind: str, status: str, reason: str, message: str, stamp: str) -> Obj:
    return {
        "type": kind,
        "status": status,
        "lastHeartbeatTime": stamp,
        "lastTransitionTime": stamp,
        "reason": reason,
        "message": message,
    }


class Heartbeats:
    """Reconciles nodes."""

    watches = frozenset((NODES,))

    def __init__(self, world: World, interval: float = HEARTBEAT) -> None:
        self._world = world
        self._interval = interval
        self._due: dict[str, float] = {}

    def touched(self, change: Change) -> Iterable[Place]:
        return [place(change)] if change.type == "ADDED" else []

    def reconcile(self, namespace: str, name: str) -> float | None:
        node = self._world.store.get(NODES, namespace, name)
        if node is None:
            self._due.pop(name, None)
            return None
        now = self._world.now()
        if name not in self._due:
            self._renew_lease(node)
            # The nodes report one after the other, not all at once.
            self._due[name] = now + self._world.random.uniform(0.1, 1.0) * self._interval
        if now >= self._due[name]:
            self._due[name] = now + self._interval
            new = clone(node)
            for condition in new["status"]["conditions"]:
                condition["lastHeartbeatTime"] = self._world.stamp()
            self._world.store.update(NODES, new, subresource="status")
            self._renew_lease(new)
        return self._due[name]

    def _renew_lease(self, node: Obj) -> None:
        """By the lease in kube-node-lease, Kubernetes knows that a node is there."""
        name, store = node["metadata"]["name"], self._world.store
        moment = datetime.fromtimestamp(self._world.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        old = store.get(LEASES, _LEASE_NAMESPACE, name)
        if old is not None:
            store.update(LEASES, {**old, "spec": {**old["spec"], "renewTime": moment}})
            return
        owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": node["metadata"]["uid"]}
        lease = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": name, "namespace": _LEASE_NAMESPACE, "ownerReferences": [owner]},
            "spec": {"holderIdentity": name, "leaseDurationSeconds": _LEASE_SECONDS, "renewTime": moment},
        }
        store.create(LEASES, lease)
