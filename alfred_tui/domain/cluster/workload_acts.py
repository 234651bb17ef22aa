"""What a lead does to a workload beside the checklist's steps: restart, pause, resume, undo."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from alfred_tui.domain.evidence import Outcome

ActKind = Literal["restart", "pause", "resume", "undo"]
WorkloadKind = Literal["Deployment", "StatefulSet", "DaemonSet"]

ACT_WORDS: Mapping[ActKind, str] = {"restart": "restart", "undo": "undo"}
"""What must be typed before those that replace running pods."""


class WorkloadAct(msgspec.Struct, frozen=True, kw_only=True):
    """One act as the run's record has it."""

    number: int
    """From 1, in the order of the run."""
    kind: WorkloadKind
    namespace: str
    name: str
    act: ActKind
    by: str
    at: float
    revision: int = 0
    """Of an undo: where it goes back to."""
    note: str = ""
    outcome: Outcome | None = None
    """None while it is under way. `failed`: refused, and nothing was changed; `error`: whether it was done is
    not known; `interrupted`: the cockpit ended before it was known."""
    ended_at: float = 0.0


def elsewhere(what: str, namespace: str, led_in: str) -> str:
    """Why nothing is done to a workload outside of the run's namespace; empty inside of it."""
    if namespace == led_in:
        return ""
    return f"{what} is in {namespace}; this run leads in {led_in} and changes nothing else."
