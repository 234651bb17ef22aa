"""Admission: what the API server fills into an object, and what it refuses, before it is stored.

Used by the HTTP layer for every write and by the seeding, so that seeded objects look like applied ones.
"""

import base64
import zlib
from collections.abc import Callable

from alfred_tui.demo.kube import schema
from alfred_tui.demo.kube.decode import decode
from alfred_tui.demo.kube.jobdefaults import default_cron_job, default_job
from alfred_tui.demo.kube.kinds import BY_KEY
from alfred_tui.demo.kube.objects import Key, Obj, clone
from alfred_tui.demo.kube.podspec import default_pod, default_template_spec
from alfred_tui.demo.kube.validation import validate

_Default = Callable[[Obj, Obj | None], None]
_TEMPLATE_COUNT = "deprecated.daemonset.template.generation"


def admit(key: Key, obj: Obj, old: Obj | None) -> Obj:
    """A defaulted copy of `obj`, to be created (`old` None) or to replace `old`; its status is left alone.

    Fills in apiVersion and kind. ApiError 422 Invalid with every problem found, 400 for a value of the
    wrong type. Fields the kind does not have are dropped.
    """
    kind = BY_KEY.get(key)
    if kind is None:
        return clone_object(obj)
    definition = schema.definition(kind.definition)
    new = decode(obj, kind.kind, definition).obj if definition is not None else clone_object(obj)
    new["apiVersion"], new["kind"] = kind.api_version, kind.kind
    meta = new.setdefault("metadata", {})
    if kind.namespaced:
        meta.setdefault("namespace", "default")
    else:
        meta.pop("namespace", None)
    fill = _DEFAULTS.get(key)
    if fill is not None:
        fill(new, old)
    validate(kind, new, old)
    return new


def clone_object(obj: Obj) -> Obj:
    copied: Obj = clone(obj)
    return copied


def _template(obj: Obj) -> None:
    spec = (obj["spec"].get("template") or {}).get("spec")
    if isinstance(spec, dict):
        obj["spec"]["template"].setdefault("metadata", {})
        default_template_spec(spec)


def _pod(obj: Obj, old: Obj | None) -> None:
    status = obj.get("status")
    default_pod(obj)
    if old is not None:
        # Priority and tolerations are admission's on creation only; the status is never a client's.
        obj.pop("status", None)
        if status is not None:
            obj["status"] = status


def _deployment(obj: Obj, old: Obj | None) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    _template(obj)
    strategy = spec.setdefault("strategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    obj.setdefault("status", {})


def _replica_set(obj: Obj, old: Obj | None) -> None:
    obj.setdefault("spec", {}).setdefault("replicas", 1)
    _template(obj)
    obj.setdefault("status", {"replicas": 0})


def _stateful_set(obj: Obj, old: Obj | None) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    _template(obj)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)
    spec.setdefault("revisionHistoryLimit", 10)
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    retention.setdefault("whenDeleted", "Retain")
    retention.setdefault("whenScaled", "Retain")
    obj.setdefault("status", {"replicas": 0, "availableReplicas": 0})


def _daemon_set(obj: Obj, old: Obj | None) -> None:
    spec = obj.setdefault("spec", {})
    _template(obj)
    strategy = spec.setdefault("updateStrategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    spec.setdefault("revisionHistoryLimit", 10)
    _count_template(obj, old)
    counts = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
    obj.setdefault("status", dict.fromkeys(counts, 0))


def _count_template(obj: Obj, old: Obj | None) -> None:
    """The annotation in which a DaemonSet's templates are counted, for clients of its first API."""
    if old is None:
        count = 1
    else:
        told = (old["metadata"].get("annotations") or {}).get(_TEMPLATE_COUNT, "1")
        same = obj["spec"].get("template") == old["spec"].get("template")
        count = (int(told) if told.isdecimal() else 1) + (not same)
    obj["metadata"].setdefault("annotations", {})[_TEMPLATE_COUNT] = str(count)


def _service(obj: Obj, old: Obj | None) -> None:
    spec = obj.setdefault("spec", {})
    before = (old or {}).get("spec", {})
    spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    meta = obj["metadata"]
    seed = f"{meta.get('namespace', '')}/{meta.get('name', '')}"
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
        if spec["type"] in ("NodePort", "LoadBalancer"):
            port.setdefault("nodePort", 30000 + zlib.crc32(f"{seed}:{port.get('port')}".encode()) % 2768)
    if spec["type"] == "ExternalName":
        obj.setdefault("status", {"loadBalancer": {}})
        return
    address = before.get("clusterIP") or _cluster_ip(seed)
    spec.setdefault("clusterIP", address)
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    spec.setdefault("internalTrafficPolicy", "Cluster")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec["type"] == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    obj.setdefault("status", {"loadBalancer": {}})


def _cluster_ip(seed: str) -> str:
    """An address in 10.96.0.0/16 from the service's name alone, so that every run shows the same."""
    number = 256 + zlib.crc32(seed.encode()) % (65536 - 512)
    return f"10.96.{number // 256}.{number % 256}"


def _autoscaler(obj: Obj, old: Obj | None) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("minReplicas", 1)
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
    spec.setdefault("metrics", [{"type": "Resource", "resource": cpu}])
    behavior = spec.get("behavior")
    if behavior:
        percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
        up = behavior.setdefault("scaleUp", {})
        up.setdefault("stabilizationWindowSeconds", 0)
        up.setdefault("policies", [{"type": "Pods", "value": 4, "periodSeconds": 15}, percent])
        behavior.setdefault("scaleDown", {}).setdefault("policies", [dict(percent)])
        for rules in behavior.values():
            rules.setdefault("selectPolicy", "Max")
    obj.setdefault("status", {"desiredReplicas": 0, "currentMetrics": None})


def _network_policy(obj: Obj, old: Obj | None) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    if "policyTypes" not in spec:
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for rule in (*(spec.get("ingress") or ()), *(spec.get("egress") or ())):
        for port in rule.get("ports") or ():
            port.setdefault("protocol", "TCP")


def _load_balanced(obj: Obj, old: Obj | None) -> None:
    obj.setdefault("status", {"loadBalancer": {}})


def _storage_class(obj: Obj, old: Obj | None) -> None:
    obj.setdefault("reclaimPolicy", "Delete")
    obj.setdefault("volumeBindingMode", "Immediate")


def _volume_claim(obj: Obj, old: Obj | None) -> None:
    obj.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
    obj.setdefault("status", {"phase": "Pending"})


def _volume(obj: Obj, old: Obj | None) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    spec.setdefault("volumeMode", "Filesystem")
    obj.setdefault("status", {"phase": "Pending"})


def _secret(obj: Obj, old: Obj | None) -> None:
    plain = obj.pop("stringData", None) or {}
    if plain:
        data = obj.setdefault("data", {})
        for name, value in plain.items():
            data[name] = base64.b64encode(value.encode()).decode()
    obj.setdefault("type", "Opaque")


def _namespace(obj: Obj, old: Obj | None) -> None:
    meta = obj["metadata"]
    meta.setdefault("labels", {})["kubernetes.io/metadata.name"] = meta.get("name", "")
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    obj.setdefault("status", {"phase": "Active"})


def _endpoint_ports(obj: Obj, old: Obj | None) -> None:
    subsets = obj.get("subsets") or [{"ports": obj.get("ports")}]
    for subset in subsets:
        for port in subset.get("ports") or ():
            port.setdefault("protocol", "TCP")


def _role(obj: Obj, old: Obj | None) -> None:
    obj.setdefault("rules", None)


def _binding(obj: Obj, old: Obj | None) -> None:
    group = "rbac.authorization.k8s.io"
    if "roleRef" in obj:
        obj["roleRef"].setdefault("apiGroup", group)
    for subject in obj.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            subject.setdefault("apiGroup", group)


def _limit_range(obj: Obj, old: Obj | None) -> None:
    """A default limit from the maximum; a default request from the default limit or the minimum."""
    for limit in (obj.get("spec") or {}).get("limits") or ():
        if limit.get("type") != "Container":
            continue
        for name, value in (limit.get("max") or {}).items():
            limit.setdefault("default", {}).setdefault(name, value)
        for source in ("default", "min"):
            for name, value in (limit.get(source) or {}).items():
                limit.setdefault("defaultRequest", {}).setdefault(name, value)


def _empty_status(obj: Obj, old: Obj | None) -> None:
    obj.setdefault("spec", {})
    obj.setdefault("status", {})


_DEFAULTS: dict[Key, _Default] = {
    Key("", "pods"): _pod,
    Key("", "services"): _service,
    Key("", "secrets"): _secret,
    Key("", "namespaces"): _namespace,
    Key("", "nodes"): _empty_status,
    Key("", "endpoints"): _endpoint_ports,
    Key("", "persistentvolumeclaims"): _volume_claim,
    Key("", "persistentvolumes"): _volume,
    Key("", "resourcequotas"): _empty_status,
    Key("", "limitranges"): _limit_range,
    Key("", "replicationcontrollers"): _replica_set,
    Key("apps", "deployments"): _deployment,
    Key("apps", "replicasets"): _replica_set,
    Key("apps", "statefulsets"): _stateful_set,
    Key("apps", "daemonsets"): _daemon_set,
    Key("batch", "jobs"): default_job,
    Key("batch", "cronjobs"): default_cron_job,
    Key("autoscaling", "horizontalpodautoscalers"): _autoscaler,
    Key("networking.k8s.io", "networkpolicies"): _network_policy,
    Key("networking.k8s.io", "ingresses"): _load_balanced,
    Key("storage.k8s.io", "storageclasses"): _storage_class,
    Key("discovery.k8s.io", "endpointslices"): _endpoint_ports,
    Key("rbac.authorization.k8s.io", "roles"): _role,
    Key("rbac.authorization.k8s.io", "clusterroles"): _role,
    Key("rbac.authorization.k8s.io", "rolebindings"): _binding,
    Key("rbac.authorization.k8s.io", "clusterrolebindings"): _binding,
}
