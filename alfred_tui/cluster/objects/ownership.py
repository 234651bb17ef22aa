"""Which pods belong to what, which images a template has, and since when a change is watched."""

from collections.abc import Iterable
from dataclasses import dataclass

from alfred_tui.cluster.objects.partial import Meta, Pod, Template


@dataclass(frozen=True, kw_only=True)
class Since:
    """What is known of the change that is being watched. Times are epoch seconds, 0 for not known."""

    generation: int = 0
    """The generation that our own change returned: anything older says nothing about it."""
    changed_at: float = 0.0
    condition_before: float = 0.0
    """lastUpdateTime of the Progressing condition that stood there before the change."""


def controlled_by(meta: Meta, uid: str) -> bool:
    """Whether the object with that uid is its controller."""
    return any(owner.controller and owner.uid == uid for owner in meta.owner_references)


def controller_uid(meta: Meta) -> str:
    """The uid of its controller, empty when it has none."""
    for owner in meta.owner_references:  # asked several times of each of ten thousand pods
        if owner.controller:
            return owner.uid
    return ""


def live_pods_of(uid: str, pods: Iterable[Pod]) -> list[Pod]:
    """The pods that the controller with that uid has and is not ending."""
    return [
        pod for pod in pods if pod.metadata.deletion_timestamp is None and controlled_by(pod.metadata, uid)
    ]


def images_of(template: Template) -> dict[str, str]:
    """Container → image, init containers after the others."""
    spec = template.spec
    return {one.name: one.image for one in (*spec.containers, *spec.init_containers)}
