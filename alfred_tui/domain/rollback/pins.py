"""The images that a rollback returned to, as a kustomize overlay pins them."""

from collections.abc import Iterable, Mapping

import msgspec

from alfred_tui.domain.rollback.point import WorkloadPoint


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of `images:`: the image of that name is to be this one."""

    name: str
    """Repository with its registry, without tag and digest."""
    tag: str = ""
    digest: str = ""


def pin_of(image: str, digest: str = "") -> Pin:
    """The pin of an image as a manifest writes it (`registry:5000/name:tag@sha256:…`)."""
    rest, _, own = image.partition("@")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:  # what follows is a registry's port
        name, tag = rest, ""
    return Pin(name=name, tag=tag, digest=own or digest)


def pins_of(points: Iterable[tuple[Mapping[str, str], Mapping[str, str]]]) -> tuple[Pin, ...]:
    """The pins of workloads, each told as container → image and container → digest; each image once."""
    found: dict[str, Pin] = {}
    for images, digests in points:
        for container, image in images.items():
            pin = pin_of(image, digests.get(container, ""))
            found.setdefault(pin.name, pin)
    return tuple(found.values())


def digests_at(point: WorkloadPoint | None, target: int, images: Mapping[str, str]) -> Mapping[str, str]:
    """The digests that are known of a target: those of the rollback point, if that is the target."""
    same = point is not None and point.revision == target and point.images == dict(images)
    return point.digests if point and same else {}
