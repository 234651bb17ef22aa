"""Rollback triggers: conditions that call for the way back, and where each of them stands."""

from typing import Literal

import msgspec

from alfred_tui.domain.canary import Sample

TriggerStatus = Literal["armed", "pending", "fired", "cleared"]


class TriggerState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one trigger stands, for the subject that is worst."""

    status: TriggerStatus = "armed"
    since: float = 0.0
    """When it came into this status, epoch seconds."""
    value: float | None = None
    gap: bool = False
    """Whether the last samples were no numbers: the countdown then stands still."""
    subject: str = ""
    """The service that is worst, where the rule watches several."""
    message: str = ""
    samples: tuple[Sample, ...] = ()
    """Those that made it fire."""
