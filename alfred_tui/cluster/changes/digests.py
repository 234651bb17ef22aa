"""What pods run, by the content of their images: a tag can be pushed again, a digest cannot."""

import re
from collections.abc import Sequence

import msgspec

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import ClusterError
from alfred_tui.cluster.objects.ownership import controller_uid
from alfred_tui.cluster.objects.partial import Meta, Partial
from alfred_tui.cluster.objects.resources import Resource
from alfred_tui.cluster.store.reads import list_all

_DIGEST = re.compile(r".+@(sha256:[0-9a-f]{64})")
"""A status' `imageID`. Without a name before it, it is an id of the node's own, which no registry knows."""


class _Status(Partial, frozen=True, gc=False):
    name: str = ""
    image_id: str = msgspec.field(name="imageID", default="")


class _PodStatus(Partial, frozen=True, gc=False):
    container_statuses: list[_Status] = msgspec.field(default_factory=list)
    init_container_statuses: list[_Status] = msgspec.field(default_factory=list)


class ImagePod(Partial, frozen=True, gc=False):
    """A pod, as far as its owner and its images' contents."""

    metadata: Meta = Meta()
    status: _PodStatus = _PodStatus()


_PODS = Resource("v1", "pods", "Pod", ImagePod)


async def image_pods(connection: Connection, namespace: str) -> Sequence[ImagePod]:
    """The namespace's pods; none when they cannot be read: then no digest is known."""
    try:
        return await list_all(connection, _PODS, namespace)
    except ClusterError:
        return ()


def digests(pods: Sequence[ImagePod], owner: str) -> dict[str, str]:
    """Container → digest, of the pods of one ReplicaSet, as far as all that run have the same."""
    found: dict[str, set[str]] = {}
    for pod in pods:
        if controller_uid(pod.metadata) != owner:
            continue
        for one in (*pod.status.container_statuses, *pod.status.init_container_statuses):
            if one.image_id:
                told = _DIGEST.fullmatch(one.image_id)
                found.setdefault(one.name, set()).add(told[1] if told else "")
    return {name: min(all_) for name, all_ in found.items() if len(all_) == 1 and all_ != {""}}
