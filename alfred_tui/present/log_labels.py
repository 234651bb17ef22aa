"""What stands before a log line: the pod's name, and the container's where there are several."""

from collections.abc import Sequence

from alfred_tui.domain.logs.lines import LogOrigin

_SHORTEST = 12


def log_labels(origins: Sequence[LogOrigin], width: int) -> dict[int, str]:
    """By number. Where a sixth of `width` is too little for the names, what all begin with is left out."""
    several = len({one.container for one in origins}) > 1
    labels = {one.number: f"{one.pod}/{one.container}" if several else one.pod for one in origins}
    room = max(_SHORTEST, width // 6)
    if max(map(len, labels.values()), default=0) <= room:
        return labels
    pods = sorted({one.pod for one in origins})
    shared = _shared(pods)
    if shared:
        labels = {number: f"…{label[shared:]}" for number, label in labels.items()}
    return {number: _cut(label, room) for number, label in labels.items()}


def _shared(pods: Sequence[str]) -> int:
    """How many characters, up to a dash, all names begin with; of one name, all but its last part."""
    first, last = pods[0], pods[-1]
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:same].rfind("-") + 1


def _cut(label: str, room: int) -> str:
    """The end is kept: it is what tells one pod from another."""
    return label if len(label) <= room else f"…{label[len(label) - room + 1 :]}"
