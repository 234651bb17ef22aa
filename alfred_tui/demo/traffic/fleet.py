"""What stands behind each service: its pods in the simulated cluster, by track.

Traffic and the services' endpoints follow the cluster through this one reading of it, so that a service
cannot answer on a page while its numbers say it is gone.
"""

from typing import NamedTuple

from alfred_tui.demo.kube.objects import Key, Obj
from alfred_tui.demo.kube.store import Store

PODS = Key("", "pods")
DEPLOYMENTS = Key("apps", "deployments")
NAMESPACE = "default"
STABLE = "stable"
CANARY = "canary"
CANARY_DEPLOYMENT = "alfred-bot-canary"
WEIGHT_ANNOTATION = "traffic.alfred.example.com/weight"


class Place(NamedTuple):
    """One service's pods of one track."""

    service: str
    track: str


class Backends(NamedTuple):
    """Pods of one place. `running`: containers run; `ready`: they also take requests."""

    running: int = 0
    ready: int = 0
    crashing: int = 0
    tags: tuple[str, ...] = ()
    """The image tag of each ready pod."""


NO_BACKENDS = Backends()


def backends(store: Store, namespace: str = NAMESPACE) -> dict[Place, Backends]:
    """The pods of every service and track that has any; a pod without a track counts as stable."""
    found: dict[Place, Backends] = {}
    for pod in store.list(PODS, namespace):
        labels = pod["metadata"].get("labels", {})
        if "app" not in labels:
            continue
        place = Place(labels["app"], labels.get("track", STABLE))
        found[place] = _with(found.get(place, NO_BACKENDS), pod)
    return found


def service_backends(store: Store, service: str, namespace: str = NAMESPACE) -> Backends:
    """The pods behind a service's address: those of all its tracks."""
    found = [pods for place, pods in backends(store, namespace).items() if place.service == service]
    return Backends(
        sum(pods.running for pods in found),
        sum(pods.ready for pods in found),
        sum(pods.crashing for pods in found),
        tuple(tag for pods in found for tag in pods.tags),
    )


def canary_share(store: Store, namespace: str = NAMESPACE) -> float:
    """The fraction (0 to 1) of the canary's service that goes to the canary while it has ready pods."""
    deployment = store.get(DEPLOYMENTS, namespace, CANARY_DEPLOYMENT)
    notes = {} if deployment is None else deployment["metadata"].get("annotations", {})
    try:
        percent = float(notes.get(WEIGHT_ANNOTATION, "10"))
    except ValueError:
        percent = 0.0  # the gateway ignores a weight it cannot read
    return min(1.0, max(0.0, percent / 100))


def tag_of(image: str) -> str:
    """The tag of an image reference, "" when it has none."""
    name = image.partition("@")[0].rpartition("/")[2]
    return name.partition(":")[2]


def _with(count: Backends, pod: Obj) -> Backends:
    status = pod.get("status", {})
    containers = status.get("containerStatuses", [])
    running = bool(containers) and all("running" in item.get("state", {}) for item in containers)
    ready = running and "deletionTimestamp" not in pod["metadata"] and _is_ready(status)
    tag = tag_of(pod["spec"]["containers"][0].get("image", ""))
    return Backends(
        count.running + running,
        count.ready + ready,
        count.crashing + (not ready and any(_crashed(item) for item in containers)),
        (*count.tags, tag) if ready else count.tags,
    )


def _is_ready(status: Obj) -> bool:
    return any(
        condition["type"] == "Ready" and condition["status"] == "True"
        for condition in status.get("conditions", [])
    )


def _crashed(container: Obj) -> bool:
    waiting = container.get("state", {}).get("waiting", {})
    return bool(waiting.get("reason") == "CrashLoopBackOff" or container.get("restartCount", 0) > 0)
