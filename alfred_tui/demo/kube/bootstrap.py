"""What every cluster has from its start: the system namespaces and the API's own service."""

from alfred_tui.demo.kube.defaults import admit
from alfred_tui.demo.kube.objects import Key, Obj
from alfred_tui.demo.kube.store import NAMESPACES, Store

_API = {"component": "apiserver", "provider": "kubernetes"}


def _meta(namespace: str, name: str, labels: dict[str, str] | None = None) -> Obj:
    return {"namespace": namespace, "name": name, **({"labels": labels} if labels else {})}


def ensure_system_objects(store: Store) -> None:
    """Creates what is missing; objects that are already there are left as they are."""
    wanted: list[tuple[Key, Obj]] = [
        (NAMESPACES, {"metadata": {"name": name}})
        for name in ("default", "kube-node-lease", "kube-public", "kube-system")
    ]
    account = Key("", "serviceaccounts")
    wanted += [(account, {"metadata": _meta(ns, "default")}) for ns in ("default", "kube-system")]
    port = {"name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443}
    service = {"metadata": _meta("default", "kubernetes", _API)}
    service["spec"] = {"clusterIP": "10.96.0.1", "ports": [port]}
    wanted.append((Key("", "services"), service))
    endpoint = {"name": "https", "protocol": "TCP", "port": 6443}
    labels = {"kubernetes.io/service-name": "kubernetes"}
    endpoints = {
        "metadata": _meta("default", "kubernetes", labels),
        "addressType": "IPv4",
        "ports": [endpoint],
    }
    endpoints["endpoints"] = [{"addresses": ["127.0.0.1"], "conditions": {"ready": True}}]
    wanted.append((Key("discovery.k8s.io", "endpointslices"), endpoints))
    for key, obj in wanted:
        meta = obj["metadata"]
        if store.get(key, meta.get("namespace", ""), meta["name"]) is None:
            store.create(key, admit(key, obj, None))
