"""A cluster under an injected clock, and what kubectl does to it, for the controllers' tests."""

from typing import Any

from alfred_tui.demo.kube.defaults import admit
from alfred_tui.demo.kube.objects import Change, Key, Obj, clone, timestamp
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.scenarios import Image, Scenario
from alfred_tui.demo.sim.cluster import Cluster
from alfred_tui.demo.sim.kinds import DEPLOYMENTS, EVENTS, NODES, PODS, REPLICA_SETS
from alfred_tui.demo.sim.nodes import new_node
from alfred_tui.demo.sim.ownership import owned
from alfred_tui.demo.sim.pods import is_ready
from alfred_tui.demo.sim.revisions import HASH_LABEL, revision
from alfred_tui.demo.sim.seeding import create

START = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> float:
        return self.time


def scenario(**images: Image) -> Scenario:
    """Images by tag: `crashing=Image(…)` is what registry.local/web:crashing does."""
    named = {f"registry.local/web:{tag.replace('_', '-')}": image for tag, image in images.items()}
    return Scenario(name="test", title="", about="", images=named)


class Lab:
    """Four nodes and whatever the test adds."""

    def __init__(self, story: Scenario | None = None, *, nodes: int = 4) -> None:
        self.clock = Clock()
        self.store = Store(self.clock.now)
        self.changes: list[tuple[float, Change]] = []
        self.cluster = Cluster(self.store, self.clock, story or scenario())
        self.store.subscribe(lambda change: self.changes.append((self.cluster.now() - START, change)))
        for index in range(nodes):
            self.store.create(NODES, new_node(index, timestamp(START)))

    # Time

    def run(self, seconds: float, step: float | None = None) -> None:
        """Lets simulated time pass, in one tick or in ticks of `step` seconds."""
        until = self.clock.time + seconds
        while self.clock.time < until:
            self.clock.time = min(until, self.clock.time + (step or seconds))
            self.cluster.tick()

    @property
    def elapsed(self) -> float:
        return self.clock.time - START

    # What clients do

    def deploy(self, image: str = "v1", *, name: str = "web", replicas: int = 3, **spec: Any) -> Obj:
        """kubectl apply of a Deployment that is not there yet."""
        return self.add(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": name},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": {"app": name}},
                    "template": pod_template(image, app=name),
                    **spec,
                },
            }
        )

    def add(self, obj: Obj) -> Obj:
        return create(self.store, obj)

    def edit(self, key: Key, name: str, namespace: str = "default") -> "Edit":
        return Edit(self.store, key, namespace, name)

    def set_image(self, image: str, name: str = "web") -> Obj:
        with self.edit(DEPLOYMENTS, name) as deployment:
            deployment["spec"]["template"]["spec"]["containers"][0]["image"] = f"registry.local/web:{image}"
        return self.deployment(name)

    def undo(self, name: str = "web", to_revision: int = 0) -> None:
        """kubectl rollout undo: the template of the given, or else the second-highest, revision."""
        by_revision = {revision(one): one for one in self.replica_sets(name)}
        wanted = to_revision or sorted(by_revision)[-2]
        template = clone(by_revision[wanted]["spec"]["template"])
        del template["metadata"]["labels"][HASH_LABEL]
        with self.edit(DEPLOYMENTS, name) as deployment:
            deployment["spec"]["template"] = template

    def scale(self, replicas: int, name: str = "web") -> None:
        with self.edit(DEPLOYMENTS, name) as deployment:
            deployment["spec"]["replicas"] = replicas

    # What is there

    def deployment(self, name: str = "web") -> Obj:
        found = self.store.get(DEPLOYMENTS, "default", name)
        assert found is not None
        return found

    def replica_sets(self, name: str = "web") -> list[Obj]:
        return sorted(owned(self.store, REPLICA_SETS, self.deployment(name)), key=revision)

    def pods(self) -> list[Obj]:
        return self.store.list(PODS, "default")

    def pod(self) -> Obj:
        (found,) = self.pods()
        return found

    def ready(self) -> list[Obj]:
        return [pod for pod in self.pods() if is_ready(pod)]

    def images(self) -> set[str]:
        """The tags of the pods that are not being deleted."""
        return {tag(pod) for pod in self.pods() if "deletionTimestamp" not in pod["metadata"]}

    def events(self, reason: str = "") -> list[Obj]:
        return [event for event in self.store.list(EVENTS) if reason in ("", event["reason"])]

    def messages(self, reason: str) -> list[str]:
        """The messages of a reason's events in the order in which they first happened."""
        return [
            change.obj["message"]
            for _, change in self.changes
            if change.key == EVENTS and change.type == "ADDED" and change.obj["reason"] == reason
        ]

    def condition(self, kind: str, name: str = "web") -> Obj:
        return condition(self.deployment(name), kind)


class Edit:
    """Read, change, update: `with lab.edit(KEY, name) as obj: obj[…] = …`."""

    def __init__(self, store: Store, key: Key, namespace: str, name: str) -> None:
        self._store, self._key = store, key
        found = store.get(key, namespace, name)
        assert found is not None
        self._old = found
        self._new: Obj = clone(found)

    def __enter__(self) -> Obj:
        return self._new

    def __exit__(self, *_: object) -> None:
        self._store.update(self._key, admit(self._key, self._new, self._old))


def pod_template(image: str = "v1", **labels: str) -> Obj:
    return {
        "metadata": {"labels": labels},
        "spec": {
            "containers": [
                {
                    "name": "web",
                    "image": f"registry.local/web:{image}",
                    "ports": [{"name": "http", "containerPort": 8080}],
                    "resources": {"requests": {"cpu": "500m", "memory": "128Mi"}},
                    "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
                }
            ]
        },
    }


def condition(obj: Obj, kind: str) -> Obj:
    """The condition of a type; empty when there is none."""
    found = [one for one in obj.get("status", {}).get("conditions", ()) if one["type"] == kind]
    return found[0] if found else {}


def container(pod: Obj) -> Obj:
    """The status of a pod's only container."""
    (found,) = pod["status"]["containerStatuses"]
    return dict(found)


def waiting(pod: Obj) -> str:
    return str(container(pod)["state"].get("waiting", {}).get("reason", ""))


def tag(pod: Obj) -> str:
    return str(pod["spec"]["containers"][0]["image"].rpartition(":")[2])


def secret(name: str, **data: str) -> Obj:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}
