"""How a state looks: a glyph, a word and a style name. The glyph and the word carry it; colour only helps."""

from typing import Literal

from alfred_tui.domain.evidence import Status
from alfred_tui.domain.workloads import Connection, RolloutPhase

Tone = Literal["good", "bad", "warn", "busy", "muted", "plain", "accent"]
"""Named by meaning; a theme gives each its colour."""

STATUS: dict[Status, tuple[str, Tone]] = {
    "pending": ("·", "muted"),
    "running": ("▶", "busy"),
    "waiting": ("◆", "accent"),
    "passed": ("✔", "good"),
    "failed": ("✘", "bad"),
    "error": ("!", "bad"),
    "inconclusive": ("?", "warn"),
    "skipped": ("↷", "muted"),
    "cancelled": ("■", "warn"),
    "interrupted": ("↯", "warn"),
}

ROLLOUT: dict[RolloutPhase, tuple[str, Tone]] = {
    "progressing": ("▶", "busy"),
    "complete": ("✔", "good"),
    "failed": ("✘", "bad"),
    "doomed": ("✘", "bad"),
    "paused": ("‖", "warn"),
    "unknown": ("?", "warn"),
}

CONNECTION: dict[Connection, tuple[str, Tone]] = {
    "connecting": ("…", "busy"),
    "live": ("●", "good"),
    "stale": ("◐", "warn"),
    "unreachable": ("✘", "bad"),
    "expired": ("✘", "bad"),
    "forbidden": ("✘", "bad"),
    "absent": ("○", "muted"),
    "not-configured": ("○", "muted"),
}
