"""The volume controller: binds claims to volumes, and makes volumes where the class says so."""

from collections.abc import Iterable

from alfred_tui.demo.kube.objects import Change, Obj, clone
from alfred_tui.demo.kube.quantities import parse_quantity
from alfred_tui.demo.sim.kinds import CLAIMS, PODS, STORAGE_CLASSES, VOLUMES
from alfred_tui.demo.sim.pods import node_of
from alfred_tui.demo.sim.world import Place, World, place

_COMPONENT = "persistentvolume-controller"
_BY_HAND = "kubernetes.io/no-provisioner"


class Claims:
    """Reconciles PersistentVolumeClaims."""

    watches = frozenset((CLAIMS, VOLUMES, PODS))

    def __init__(self, world: World) -> None:
        self._world = world

    def touched(self, change: Change) -> Iterable[Place]:
        if change.key == CLAIMS:
            return [] if change.type == "DELETED" else [place(change)]
        if change.key == PODS:
            meta = change.obj["metadata"]
            return (
                [(meta["namespace"], name) for name in _claims_of(change.obj)] if node_of(change.obj) else []
            )
        unbound = [claim for claim in self._world.store.list(CLAIMS) if not _is_bound(claim)]
        return [(claim["metadata"]["namespace"], claim["metadata"]["name"]) for claim in unbound]

    def reconcile(self, namespace: str, name: str) -> float | None:
        store = self._world.store
        claim = store.get(CLAIMS, namespace, name)
        if claim is None or _is_bound(claim):
            return None
        volume = self._volume_for(claim)
        if volume is not None:
            self._bind(claim, volume)
            return None
        if claim["spec"].get("volumeName"):
            return None
        used = any(name in _claims_of(pod) and node_of(pod) for pod in store.list(PODS, namespace))
        kind = store.get(STORAGE_CLASSES, "", claim["spec"].get("storageClassName", ""))
        wanted = claim["spec"].get("storageClassName", "")
        if kind is None and wanted:
            message = f'storageclass.storage.k8s.io "{wanted}" not found'
            self._world.events.warning(claim, _COMPONENT, "ProvisioningFailed", message)
        elif kind is not None and kind.get("volumeBindingMode") == "WaitForFirstConsumer" and not used:
            message = "waiting for first consumer to be created before binding"
            self._world.events.normal(claim, _COMPONENT, "WaitForFirstConsumer", message)
        elif kind is not None and kind["provisioner"] != _BY_HAND:
            self._bind(claim, self._provision(claim, kind))
        else:
            message = "no persistent volumes available for this claim and no storage class is set"
            self._world.events.normal(claim, _COMPONENT, "FailedBinding", message)
        return None

    def _volume_for(self, claim: Obj) -> Obj | None:
        """The volume a claim names, or the smallest that is free and large enough."""
        store, spec = self._world.store, claim["spec"]
        if spec.get("volumeName"):
            named = store.get(VOLUMES, "", spec["volumeName"])
            return named if named is not None and _is_free_for(named, claim) else None
        kind = store.get(STORAGE_CLASSES, "", spec.get("storageClassName", ""))
        if kind is not None and kind.get("volumeBindingMode") == "WaitForFirstConsumer":
            return None
        wanted = parse_quantity(spec["resources"]["requests"]["storage"])
        fitting = [
            volume
            for volume in store.list(VOLUMES)
            if _is_free_for(volume, claim)
            and volume["spec"].get("storageClassName", "") == spec.get("storageClassName", "")
            and parse_quantity(volume["spec"]["capacity"]["storage"]) >= wanted
        ]
        return min(fitting, key=lambda one: parse_quantity(one["spec"]["capacity"]["storage"]), default=None)

    def _provision(self, claim: Obj, kind: Obj) -> Obj:
        spec, meta = claim["spec"], claim["metadata"]
        name = f"pvc-{meta['uid']}"
        message = f"Successfully provisioned volume {name}"
        self._world.events.normal(claim, kind["provisioner"], "ProvisioningSucceeded", message)
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                "capacity": {"storage": spec["resources"]["requests"]["storage"]},
                "accessModes": spec["accessModes"],
                "persistentVolumeReclaimPolicy": kind.get("reclaimPolicy", "Delete"),
                "storageClassName": kind["metadata"]["name"],
                "volumeMode": spec.get("volumeMode", "Filesystem"),
            },
            "status": {"phase": "Available"},
        }
        return self._world.store.create(VOLUMES, volume)

    def _bind(self, claim: Obj, volume: Obj) -> None:
        store, meta = self._world.store, claim["metadata"]
        held = clone(volume)
        held["spec"]["claimRef"] = {
            "kind": "PersistentVolumeClaim",
            "namespace": meta["namespace"],
            "name": meta["name"],
            "uid": meta["uid"],
            "apiVersion": "v1",
        }
        taken = clone(store.update(VOLUMES, held))
        taken["status"] = {"phase": "Bound"}
        store.update(VOLUMES, taken, subresource="status")
        new = clone(claim)
        new["spec"]["volumeName"] = volume["metadata"]["name"]
        bound = clone(store.update(CLAIMS, new))
        bound["status"] = {
            "phase": "Bound",
            "accessModes": claim["spec"]["accessModes"],
            "capacity": volume["spec"]["capacity"],
        }
        store.update(CLAIMS, bound, subresource="status")


def _is_bound(claim: Obj) -> bool:
    return bool(claim.get("status", {}).get("phase") == "Bound")


def _is_free_for(volume: Obj, claim: Obj) -> bool:
    holder = volume["spec"].get("claimRef")
    meta = claim["metadata"]
    return holder is None or (holder.get("namespace"), holder["name"]) == (meta["namespace"], meta["name"])


def _claims_of(pod: Obj) -> list[str]:
    volumes = pod["spec"].get("volumes") or ()
    return [v["persistentVolumeClaim"]["claimName"] for v in volumes if "persistentVolumeClaim" in v]
