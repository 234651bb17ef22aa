"""Printers of what the cluster is made of: nodes, namespaces, events, configuration, storage, rights."""

from typing import Any

from alfred_tui.demo.kube.objects import Key, Obj
from alfred_tui.demo.kube.tables.model import (
    NONE,
    UNKNOWN,
    UNSET,
    Column,
    Printer,
    age,
    columns,
    joined,
    name,
    since,
)


def _node(obj: Obj, now: float) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    info = status.get("nodeInfo") or {}
    addresses = {a["type"]: a["address"] for a in reversed(status.get("addresses") or [])}
    return [
        name(obj),
        _node_status(spec, status),
        joined(_roles(obj["metadata"].get("labels") or {}), NONE),
        age(obj, now),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP", NONE),
        addresses.get("ExternalIP", NONE),
        info.get("osImage") or UNKNOWN,
        info.get("kernelVersion") or UNKNOWN,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _node_status(spec: Obj, status: Obj) -> str:
    ready = next((c for c in status.get("conditions") or () if c.get("type") == "Ready"), None)
    parts = ["Unknown"]
    if ready is not None:
        parts = ["Ready" if ready.get("status") == "True" else "NotReady"]
    if spec.get("unschedulable"):
        parts.append("SchedulingDisabled")
    return ",".join(parts)


def _roles(labels: Obj) -> list[str]:
    prefix = "node-role.kubernetes.io/"
    found = {label.removeprefix(prefix) for label in labels if label.startswith(prefix) and label != prefix}
    if labels.get("kubernetes.io/role"):
        found.add(labels["kubernetes.io/role"])
    return sorted(found)


def _phase(obj: Obj, now: float) -> list[Any]:
    return [name(obj), (obj.get("status") or {}).get("phase", ""), age(obj, now)]


def _event(obj: Obj, now: float) -> list[Any]:
    about = obj.get("involvedObject") or {}
    first = obj.get("firstTimestamp") or obj.get("eventTime")
    series = obj.get("series") or {}
    last = series.get("lastObservedTime") or obj.get("lastTimestamp") or first
    kind, target = str(about.get("kind", "")).lower(), str(about.get("name", ""))
    return [
        since(last, now),
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{kind}/{target}" if kind else target,
        about.get("fieldPath", ""),
        _source(obj),
        str(obj.get("message", "")).strip(),
        since(first, now),
        series.get("count") or obj.get("count") or 1,
        name(obj),
    ]


def _source(obj: Obj) -> str:
    source = obj.get("source") or {}
    component = source.get("component") or obj.get("reportingComponent") or ""
    host = source.get("host") or obj.get("reportingInstance") or ""
    return f"{component}, {host}" if host else str(component)


def _secret(obj: Obj, now: float) -> list[Any]:
    return [name(obj), obj.get("type", ""), len(obj.get("data") or ()), age(obj, now)]


def _config_map(obj: Obj, now: float) -> list[Any]:
    count = len(obj.get("data") or ()) + len(obj.get("binaryData") or ())
    return [name(obj), count, age(obj, now)]


def _named(obj: Obj, now: float) -> list[Any]:
    return [name(obj), age(obj, now)]


_ACCESS = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def _access(modes: list[str] | None) -> str:
    found = set(modes or ())
    return joined(short for mode, short in _ACCESS.items() if mode in found)


def _volume(obj: Obj, now: float) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    claim = spec.get("claimRef")
    phase = "Terminating" if obj["metadata"].get("deletionTimestamp") else status.get("phase", "")
    return [
        name(obj),
        (spec.get("capacity") or {}).get("storage", ""),
        _access(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        phase,
        f"{claim['namespace']}/{claim['name']}" if claim else "",
        spec.get("storageClassName", ""),
        spec.get("volumeAttributesClassName") or UNSET,
        status.get("reason", ""),
        age(obj, now),
        spec.get("volumeMode") or UNSET,
    ]


def _volume_claim(obj: Obj, now: float) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    bound = bool(spec.get("volumeName"))
    phase = "Terminating" if obj["metadata"].get("deletionTimestamp") else status.get("phase", "")
    return [
        name(obj),
        phase,
        spec.get("volumeName", ""),
        (status.get("capacity") or {}).get("storage", "") if bound else "",
        _access(status.get("accessModes")) if bound else "",
        spec.get("storageClassName", ""),
        spec.get("volumeAttributesClassName") or UNSET,
        age(obj, now),
        spec.get("volumeMode") or UNSET,
    ]


def _storage_class(obj: Obj, now: float) -> list[Any]:
    notes = obj["metadata"].get("annotations") or {}
    default = notes.get("storageclass.kubernetes.io/is-default-class") == "true"
    return [
        name(obj) + (" (default)" if default else ""),
        obj.get("provisioner", ""),
        obj.get("reclaimPolicy", "Delete"),
        obj.get("volumeBindingMode", "Immediate"),
        bool(obj.get("allowVolumeExpansion")),
        age(obj, now),
    ]


def _lease(obj: Obj, now: float) -> list[Any]:
    return [name(obj), (obj.get("spec") or {}).get("holderIdentity", ""), age(obj, now)]


def _role_binding(obj: Obj, now: float) -> list[Any]:
    reference = obj.get("roleRef") or {}
    subjects: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in obj.get("subjects") or ():
        shown = str(subject.get("name", ""))
        if subject.get("kind") == "ServiceAccount":
            shown = f"{subject.get('namespace', '')}/{shown}"
        subjects.setdefault(str(subject.get("kind")), []).append(shown)
    return [
        name(obj),
        f"{reference.get('kind', '')}/{reference.get('name', '')}",
        age(obj, now),
        ", ".join(subjects["User"]),
        ", ".join(subjects["Group"]),
        ", ".join(subjects["ServiceAccount"]),
    ]


def _quota(obj: Obj, now: float) -> list[Any]:
    status = obj.get("status") or {}
    requests: list[str] = []
    limits: list[str] = []
    for resource, hard in sorted((status.get("hard") or (obj.get("spec") or {}).get("hard") or {}).items()):
        text = f"{resource}: {(status.get('used') or {}).get(resource, 0)}/{hard}"
        (limits if resource.startswith("limits") else requests).append(text)
    return [name(obj), ", ".join(requests), ", ".join(limits), age(obj, now)]


def _metrics(obj: Obj, now: float) -> list[Any]:
    usages = [c["usage"] for c in obj["containers"]] if "containers" in obj else [obj["usage"]]
    return [
        name(obj),
        joined(usage["cpu"] for usage in usages),
        joined(usage["memory"] for usage in usages),
        obj.get("window", ""),
    ]


_EVENT_COLUMNS = (
    *(Column(n) for n in ("Last Seen", "Type", "Reason", "Object")),
    Column("Subobject", priority=1),
    Column("Source", priority=1),
    Column("Message"),
    Column("First Seen", priority=1),
    Column("Count", priority=1),
    Column("Name", priority=1, format="name"),
)

PRINTERS = {
    Key("", "nodes"): Printer(
        columns(
            "Name,Status,Roles,Age,Version",
            "Internal-IP,External-IP,OS-Image,Kernel-Version,Container-Runtime",
        ),
        _node,
    ),
    Key("", "namespaces"): Printer(columns("Name,Status,Age"), _phase),
    Key("", "events"): Printer(_EVENT_COLUMNS, _event),
    Key("", "secrets"): Printer(columns("Name,Type,Data,Age"), _secret),
    Key("", "configmaps"): Printer(columns("Name,Data,Age"), _config_map),
    Key("", "serviceaccounts"): Printer(columns("Name,Age"), _named),
    Key("", "persistentvolumes"): Printer(
        columns(
            "Name,Capacity,Access Modes,Reclaim Policy,Status,Claim,StorageClass,VolumeAttributesClass,"
            "Reason,Age",
            "VolumeMode",
        ),
        _volume,
    ),
    Key("", "persistentvolumeclaims"): Printer(
        columns(
            "Name,Status,Volume,Capacity,Access Modes,StorageClass,VolumeAttributesClass,Age", "VolumeMode"
        ),
        _volume_claim,
    ),
    Key("", "resourcequotas"): Printer(columns("Name,Request,Limit,Age"), _quota),
    Key("storage.k8s.io", "storageclasses"): Printer(
        columns("Name,Provisioner,ReclaimPolicy,VolumeBindingMode,AllowVolumeExpansion,Age"), _storage_class
    ),
    Key("coordination.k8s.io", "leases"): Printer(columns("Name,Holder,Age"), _lease),
    Key("rbac.authorization.k8s.io", "rolebindings"): Printer(
        columns("Name,Role,Age", "Users,Groups,ServiceAccounts"), _role_binding
    ),
    Key("rbac.authorization.k8s.io", "clusterrolebindings"): Printer(
        columns("Name,Role,Age", "Users,Groups,ServiceAccounts"), _role_binding
    ),
    Key("metrics.k8s.io", "pods"): Printer(columns("Name,CPU,Memory,Window"), _metrics),
    Key("metrics.k8s.io", "nodes"): Printer(columns("Name,CPU,Memory,Window"), _metrics),
}
