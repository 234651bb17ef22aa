"""A cluster of realistic size for measurements: pods of about 7 KB, nodes, Deployments, ReplicaSets."""

import copy
import json
import time
from pathlib import Path
from typing import Any

from alfred_tui.demo.kube.objects import Key, timestamp
from alfred_tui.demo.kube.store import Store

NAMESPACE = "default"
PODS_EACH = 20
"""Pods of one Deployment."""
_RECORDED = Path(__file__).parents[1] / "data" / "kube" / "ready-pod.json"
_VARIABLES = 14

Json = dict[str, Any]


def recorded_pod() -> Json:
    """A ready pod as a real control plane told it, without what the store sets, and as large as pods are."""
    found: Json = json.loads(_RECORDED.read_text())
    for name in ("uid", "resourceVersion", "creationTimestamp"):
        found["metadata"].pop(name, None)
    _enlarge(found)
    return found


def _enlarge(pod: Json) -> None:
    """What pods of most platforms have besides: variables, an account's token, the kubelet's fields."""
    container = pod["spec"]["containers"][0]
    container["env"] = [
        {
            "name": f"SERVICE_SETTING_{number}",
            "valueFrom": {"secretKeyRef": {"name": "alfred-secrets", "key": f"setting-{number}"}},
        }
        for number in range(_VARIABLES)
    ]
    mounted = "/var/run/secrets/kubernetes.io/serviceaccount"
    container["volumeMounts"] = [{"name": "kube-api-access-x7k2p", "readOnly": True, "mountPath": mounted}]
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    ]
    projected = {"sources": sources, "defaultMode": 420}
    pod["spec"]["volumes"] = [{"name": "kube-api-access-x7k2p", "projected": projected}]
    again = copy.deepcopy(pod["metadata"]["managedFields"][-1])
    pod["metadata"]["managedFields"].append({**again, "manager": "kubelet"})


def owner(kind: str, name: str, uid: str) -> list[Json]:
    """The owner references of what that controller made."""
    version = "apps/v1"
    return [{"apiVersion": version, "kind": kind, "name": name, "uid": uid, "controller": True}]


def fill(store: Store, pods: int, nodes: int) -> None:
    """Puts all of it into a store."""
    for number in range(nodes):
        store.create(Key("", "nodes"), _node(f"node-{number:04}"))
    pattern = recorded_pod()
    for number in range(0, pods, PODS_EACH):
        name = f"service-{number // PODS_EACH:04}"
        count = min(PODS_EACH, pods - number)
        deployment = store.create(Key("apps", "deployments"), _controller("Deployment", name, count, []))
        above = owner("Deployment", name, deployment["metadata"]["uid"])
        hashed = f"{name}-6745446c84"
        made = store.create(Key("apps", "replicasets"), _controller("ReplicaSet", hashed, count, above))
        for turn in range(count):
            pod = copy.deepcopy(pattern)
            pod["metadata"] |= {
                "name": f"{hashed}-{turn:05}",
                "namespace": NAMESPACE,
                "ownerReferences": owner("ReplicaSet", hashed, made["metadata"]["uid"]),
                "labels": {"app": name, "pod-template-hash": "6745446c84", "track": "stable"},
            }
            pod["spec"]["nodeName"] = f"node-{(number + turn) % max(1, nodes):04}"
            store.create(Key("", "pods"), pod)


def _controller(kind: str, name: str, count: int, owners: list[Json]) -> Json:
    labels = {"app": name.removesuffix("-6745446c84")}
    container = {"name": "alfred-bot", "image": "registry.local/alfred-bot:v1"}
    counts = {"replicas": count, "readyReplicas": count, "availableReplicas": count, "observedGeneration": 1}
    if kind == "Deployment":
        counts["updatedReplicas"] = count
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "labels": labels,
            "annotations": {"deployment.kubernetes.io/revision": "1"},
            "ownerReferences": owners,
        },
        "spec": {
            "replicas": count,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
        "status": counts,
    }


def _node(name: str) -> Json:
    room = {"cpu": "16", "memory": "64Gi", "pods": "110"}
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
    ready["lastTransitionTime"] = timestamp(time.time())
    status = {"capacity": room, "allocatable": room, "conditions": [ready]}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": {}, "status": status}
