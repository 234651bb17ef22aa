"""Why a container cannot be configured, from what the kubelet says of it."""

import re

from alfred_tui.cluster.diagnosis.look_at import kubectl
from alfred_tui.cluster.diagnosis.warnings import one_line
from alfred_tui.domain.cluster.workloads import Diagnosis

_KEY = re.compile(r"couldn't find key (\S+) in (Secret|ConfigMap) (?:\S+/)?(\S+)", re.I)
_OBJECT = re.compile(r"\b(secrets?|configmaps?) \"([^\"]+)\" (?:not found|is forbidden)", re.I)
_KINDS = {"secret": "Secret", "configmap": "ConfigMap"}


def config_trouble(who: str, namespace: str, message: str) -> Diagnosis:
    """Which key of which Secret or ConfigMap is missing. `who` is `Container app`."""
    said = one_line(message)
    look_at = "The environment and volumes of the pod template."
    if key := _KEY.search(message):
        kind, name = _KINDS[key[2].lower()], key[3]
        sentence = f"{who} needs the key {key[1]} of the {kind} {name}, which has no such key."
        look_at = kubectl("describe", kind.lower(), name, namespace=namespace)
    elif found := _OBJECT.search(message):
        kind = _KINDS[found[1].lower().rstrip("s")]
        sentence = f"{who} needs the {kind} {found[2]}, which does not exist here."
        look_at = kubectl("get", kind.lower(), namespace=namespace)
    elif "runAsNonRoot" in message:
        sentence = f"{who} must not run as root, and its image does: {said}."
        look_at = "securityContext.runAsUser, or the image's USER."
    else:
        sentence = f"{who} cannot be configured{f': {said}' if said else ''}."
    # A cache that has not synced yet repairs itself within seconds; everything else needs a change.
    doomed = not ("failed to sync" in message and "cache" in message)
    return Diagnosis(
        cause="CreateContainerConfigError",
        sentence=sentence,
        look_at=look_at,
        doomed=doomed,
        group=f"CreateContainerConfigError {said}",
    )
