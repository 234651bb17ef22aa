"""The cluster as a deployment finds it: old nodes, the platform's own pods, and the last release running.

It is not described but lived through: the objects are created at an earlier simulated time and the
simulation is run until they stand, so ages, revisions, conditions and counters are what they would be.
"""

from collections.abc import Iterable

from alfred_tui.demo.kube.bootstrap import ensure_system_objects
from alfred_tui.demo.kube.defaults import admit
from alfred_tui.demo.kube.kinds import by_type
from alfred_tui.demo.kube.objects import Obj, timestamp
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.sim.cluster import Cluster
from alfred_tui.demo.sim.kinds import EVENTS, NAMESPACES
from alfred_tui.demo.sim.nodes import new_node

NODES = 4
DAY = 86_400.0

_CLUSTER_AGE = 90 * DAY + 7_620
_RELEASE_AGE = 12 * DAY + 11_040
_SETTLING = 90.0
"""Simulated seconds given to each part to come up."""


def seed(cluster: Cluster, release: Iterable[Obj]) -> None:
    """Fills an empty cluster: its system as of 90 days ago, `release` as applied 12 days ago."""
    now = cluster.now()
    _live_through(cluster, now - _CLUSTER_AGE, _system(timestamp(now - _CLUSTER_AGE)))
    _enforce_pod_security(cluster.store)
    _live_through(cluster, now - _RELEASE_AGE, [_secret(), *release])
    # What was told of all this was forgotten after an hour.
    for event in cluster.store.list(EVENTS):
        cluster.store.delete(EVENTS, event["metadata"]["namespace"], event["metadata"]["name"])
    cluster.skip_to(now)
    cluster.tick()


def _enforce_pod_security(store: Store) -> None:
    """As an operator of a production namespace would have it."""
    namespace = store.get(NAMESPACES, "", "default")
    if namespace is not None:
        labels = {**namespace["metadata"].get("labels", {}), "pod-security.kubernetes.io/enforce": "baseline"}
        store.update(NAMESPACES, {**namespace, "metadata": {**namespace["metadata"], "labels": labels}})


def create(store: Store, obj: Obj) -> Obj:
    """Stores an object as if it had been sent to the API server. ValueError for a kind it does not serve."""
    kind = by_type(obj["apiVersion"], obj["kind"])
    if kind is None:
        raise ValueError(f"the embedded API serves no {obj['kind']} of {obj['apiVersion']}")
    return store.create(kind.key, admit(kind.key, obj, None))


def _live_through(cluster: Cluster, moment: float, objects: Iterable[Obj]) -> None:
    cluster.skip_to(moment)
    with cluster.standing_at(moment):
        ensure_system_objects(cluster.store)
        for obj in objects:
            create(cluster.store, obj)
    until = moment + _SETTLING
    while (due := cluster.next_due()) is not None and due <= until:
        cluster.advance(until)


def _system(stamp: str) -> list[Obj]:
    return [
        *(new_node(index, stamp) for index in range(NODES)),
        _kube_proxy(),
        _deployment("coredns", "registry.k8s.io/coredns/coredns:v1.13.1", 2, cpu="100m", memory="70Mi"),
        _dns_service(),
        _deployment(
            "metrics-server",
            "registry.k8s.io/metrics-server/metrics-server:v0.8.0",
            1,
            cpu="100m",
            memory="200Mi",
        ),
    ]


def _object(version: str, kind: str, name: str, namespace: str = "kube-system") -> Obj:
    scope = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **scope}}


def _secret() -> Obj:
    """What the pods of the last release read. `kubectl create secret` finds it taken."""
    values = {
        "database-url": "postgresql://alfred@database.internal:5432/alfred",
        "openai-api-key": "of-the-release-before",
        "slack-bot-token": "of-the-release-before",
    }
    return {**_object("v1", "Secret", "alfred-secrets", "default"), "type": "Opaque", "stringData": values}


def _dns_service() -> Obj:
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
    ]
    spec = {"selector": {"k8s-app": "coredns"}, "clusterIP": "10.96.0.10", "ports": ports}
    return {**_object("v1", "Service", "kube-dns"), "spec": spec}


def _template(name: str, image: str, *, cpu: str, memory: str) -> Obj:
    container = {
        "name": name,
        "image": image,
        "resources": {"requests": {"cpu": cpu, "memory": memory}},
    }
    return {"metadata": {"labels": {"k8s-app": name}}, "spec": {"containers": [container]}}


def _deployment(name: str, image: str, replicas: int, *, cpu: str, memory: str) -> Obj:
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": {"k8s-app": name}},
        "template": _template(name, image, cpu=cpu, memory=memory),
    }
    return {**_object("apps/v1", "Deployment", name), "spec": spec}


def _kube_proxy() -> Obj:
    template = _template("kube-proxy", "registry.k8s.io/kube-proxy:v1.36.0", cpu="50m", memory="64Mi")
    spec = {"selector": {"matchLabels": {"k8s-app": "kube-proxy"}}, "template": template}
    return {**_object("apps/v1", "DaemonSet", "kube-proxy"), "spec": spec}
