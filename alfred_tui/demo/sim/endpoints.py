"""The endpoints controllers: which pods stand behind a Service, as Endpoints and as EndpointSlice."""

import random
from collections.abc import Iterable, Sequence

from alfred_tui.demo.kube.objects import Change, Obj, clone
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.sim.kinds import ENDPOINTS, PODS, SERVICES, SLICES
from alfred_tui.demo.sim.naming import suffix
from alfred_tui.demo.sim.ownership import owned, reference
from alfred_tui.demo.sim.pods import is_finished, is_ready, is_terminating, lasting
from alfred_tui.demo.sim.world import Place, World, place

_TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
_PORTS = ("name", "port", "protocol")


class Endpoints:
    """Reconciles Services with a selector."""

    watches = frozenset((SERVICES, PODS))

    def __init__(self, world: World) -> None:
        self._world = world

    def touched(self, change: Change) -> Iterable[Place]:
        if change.key == SERVICES:
            return [place(change)]
        namespace = change.obj["metadata"]["namespace"]
        labels = (change.obj["metadata"].get("labels") or {}).items()
        before = ((change.old or change.obj)["metadata"].get("labels") or {}).items()
        return [
            (namespace, service["metadata"]["name"])
            for service in self._world.store.list(SERVICES, namespace)
            if (selector := service["spec"].get("selector"))
            and (selector.items() <= labels or selector.items() <= before)
        ]

    def reconcile(self, namespace: str, name: str) -> float | None:
        store = self._world.store
        service = store.get(SERVICES, namespace, name)
        if service is None:
            # The slices belong to the Service and went with it; Endpoints are only named like it.
            if store.get(ENDPOINTS, namespace, name) is not None:
                store.delete(ENDPOINTS, namespace, name)
            return None
        if not service["spec"].get("selector"):
            return None
        pods = _behind(store, service)
        self._write_endpoints(service, pods)
        self._write_slice(service, pods)
        return None

    def _write_endpoints(self, service: Obj, pods: Sequence[Obj]) -> None:
        store, meta = self._world.store, service["metadata"]
        live = [pod for pod in pods if not is_terminating(pod)]
        ready = [_address(pod) for pod in live if is_ready(pod)]
        unready = [_address(pod) for pod in live if not is_ready(pod)]
        subset: Obj = {}
        if ready:
            subset["addresses"] = ready
        if unready:
            subset["notReadyAddresses"] = unready
        subset["ports"] = _ports(service, live)
        subsets = [subset] if live else []
        old = store.get(ENDPOINTS, meta["namespace"], meta["name"])
        if old is not None and (old.get("subsets") or []) == subsets:
            return
        labels = {**(meta.get("labels") or {}), "endpoints.kubernetes.io/managed-by": "endpoint-controller"}
        new: Obj = {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {
                "name": meta["name"],
                "namespace": meta["namespace"],
                "labels": labels,
                "annotations": {_TRIGGER: self._world.stamp()},
            },
        }
        if subsets:
            new["subsets"] = subsets
        if old is None:
            store.create(ENDPOINTS, new)
        else:
            store.update(ENDPOINTS, new)

    def _write_slice(self, service: Obj, pods: Sequence[Obj]) -> None:
        store = self._world.store
        old = next(iter(owned(store, SLICES, service)), None)
        endpoints = [_endpoint(pod) for pod in pods]
        ports = _ports(service, pods) if pods else []
        if old is None:
            store.create(SLICES, self._slice(service, endpoints, ports))
        elif (old.get("endpoints") or []) != endpoints or (old.get("ports") or []) != ports:
            new = clone(old)
            new["metadata"]["annotations"] = {_TRIGGER: self._world.stamp()}
            new.update(endpoints=endpoints or None, ports=ports or None)
            store.update(SLICES, new)

    def _slice(self, service: Obj, endpoints: list[Obj], ports: list[Obj]) -> Obj:
        meta = service["metadata"]
        source: random.Random = self._world.random
        return {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": f"{meta['name']}-{suffix(source)}",
                "generateName": f"{meta['name']}-",
                "namespace": meta["namespace"],
                "labels": {
                    **(meta.get("labels") or {}),
                    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                    "kubernetes.io/service-name": meta["name"],
                },
                "annotations": {_TRIGGER: self._world.stamp()},
                "ownerReferences": [reference(service)],
            },
            "addressType": "IPv4",
            "endpoints": endpoints or None,
            "ports": ports or None,
        }


def _behind(store: Store, service: Obj) -> list[Obj]:
    """The pods a Service selects that have an address, in the order of their creation."""
    selector = service["spec"]["selector"].items()
    pods = [
        pod
        for pod in store.list(PODS, service["metadata"]["namespace"])
        if selector <= (pod["metadata"].get("labels") or {}).items()
        and pod.get("status", {}).get("podIP")
        and not is_finished(pod)
    ]
    return sorted(pods, key=lambda pod: (pod["metadata"]["creationTimestamp"], pod["metadata"]["name"]))


def _target(pod: Obj) -> Obj:
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}


def _address(pod: Obj) -> Obj:
    return {"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": _target(pod)}


def _endpoint(pod: Obj) -> Obj:
    ready, terminating = is_ready(pod), is_terminating(pod)
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": ready and not terminating, "serving": ready, "terminating": terminating},
        "targetRef": _target(pod),
        "nodeName": pod["spec"]["nodeName"],
    }


def _ports(service: Obj, pods: Sequence[Obj]) -> list[Obj]:
    found: list[Obj] = []
    for port in service["spec"].get("ports") or ():
        number = _target_port(port, pods)
        if number is not None:
            entry = {"name": port.get("name", ""), "port": number, "protocol": port.get("protocol", "TCP")}
            found.append({field: entry[field] for field in _PORTS})
    return found


def _target_port(port: Obj, pods: Sequence[Obj]) -> int | None:
    """The number of a Service's target port; a name is looked up in the first pod that has it."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    for pod in pods:
        for container in lasting(pod):
            for offered in container.get("ports") or ():
                if offered.get("name") == target:
                    return int(offered["containerPort"])
    return None
