"""What is different from pod to pod in one trouble, taken out of the words by which it is known.

A probe's answer names the pod's address, a sandbox's failure its id: twelve pods with them have one trouble.
"""

import re

from alfred_tui.cluster.objects.partial import Pod

_ID = re.compile(
    r"(?<!sha256:)\b(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?=[a-f]*\d)[0-9a-f]{12,})\b", re.I
)
"""A UUID, or what a container runtime calls its things. A digest names an image, and stays."""


def alike(pod: Pod, group: str) -> str:
    """`group` with `…` for what is this pod's alone."""
    for own in (pod.metadata.name, pod.status.pod_ip):
        if own:
            group = re.sub(rf"(?<![\w.-]){re.escape(own)}(?![\w-]|\.\w)", "…", group)
    return _ID.sub("…", group)
