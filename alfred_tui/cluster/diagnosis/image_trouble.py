"""Why an image cannot be had, from what kubelet and the container runtime say of it.

Wordings are containerd's, CRI-O's and the registries'; anything else is told as it was said.
"""

import re
from collections.abc import Sequence

from alfred_tui.cluster.diagnosis.warnings import Warned, one_line
from alfred_tui.cluster.objects.partial import Container
from alfred_tui.domain.cluster.workloads import Diagnosis

IMAGE = frozenset(
    {
        "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError",
        "RegistryUnavailable", "SignatureValidationFailed",
    }
)  # fmt: skip

_AT_REST = {"ErrImagePull": "ImagePullBackOff"}
"""What is told of several pods: each turns from one into the other and back, for one and the same cause."""
_NOT_THERE = re.compile(r"manifest unknown|not found|does not exist|no such image|name unknown", re.I)
_DENIED = re.compile(r"unauthorized|denied|authentication required|no basic auth|403 Forbidden", re.I)
_LIMITED = re.compile(r"toomanyrequests|rate limit|429", re.I)
_AWAY = re.compile(r"no such host|timeout|timed out|connection refused|i/o|TLS|x509|unreachable|EOF", re.I)
_PLATFORM = re.compile(r"no match(ing manifest)? for platform", re.I)


def image_trouble(spec: Container, reason: str, message: str, warned: Sequence[Warned]) -> Diagnosis:
    """Why an image cannot be had. While it backs off, the cause stands in the warning of the last try."""
    told = next((w.message for w in warned if w.reason == "Failed" and "ull image" in w.message), "")
    said = f"{message} {told}"
    began = min((w.first_at for w in warned if w.reason == "Failed" and w.first_at), default=0.0)
    why, look_at, doomed = _image_cause(reason, said)
    # krane: a registry that is away or refuses may let us in later; a tag that it lacks stays away.
    return Diagnosis(
        cause=reason,
        sentence=f"Image {spec.image} of {spec.name} cannot be pulled: {why}.",
        look_at=look_at,
        began_at=began,
        doomed=doomed,
        group=f"{_AT_REST.get(reason, reason)} {spec.image} ({_image_key(said) or reason})",
    )


def _image_cause(reason: str, said: str) -> tuple[str, str, bool]:
    if reason == "InvalidImageName":
        return "its name is not valid", "The image in the manifest.", True
    if reason == "ErrImageNeverPull":
        return (
            "it is not on the node, and imagePullPolicy is Never",
            "Load it onto the nodes, or change imagePullPolicy.",
            True,
        )
    if _PLATFORM.search(said):
        return "it was not built for this node's platform", "The image's platforms, the node's labels.", True
    if _NOT_THERE.search(said):
        key = _image_key(said)
        return f"the registry has no such image or tag ({key})", "The tag; has the build pushed it?", True
    if _DENIED.search(said):
        return (
            "the registry does not let this cluster in",
            "imagePullSecrets of the pod and its service account.",
            False,
        )
    if _LIMITED.search(said):
        return "the registry limits the rate of pulls", "Wait, or pull with a logged-in account.", False
    if _AWAY.search(said):
        return "the registry cannot be reached from the node", "Network and DNS of the node.", False
    detail = one_line(said)
    return detail or "the registry has not said why", "The pod's events.", False


def _image_key(said: str) -> str:
    found = _PLATFORM.search(said) or _NOT_THERE.search(said) or _DENIED.search(said) or _LIMITED.search(said)
    return found[0].lower() if found else ""
