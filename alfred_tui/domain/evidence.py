"""What a step leaves behind: an outcome, with evidence that another person can check."""

from typing import Literal

import msgspec

Status = Literal[
    "pending", "running", "waiting",
    "passed", "failed", "error", "inconclusive", "skipped", "cancelled", "interrupted",
]  # fmt: skip
"""`failed` answered no, `error` could not answer, `inconclusive` leaves it to a person, `interrupted` ended
unseen, `skipped` was settled without being done (its reason says by whom or by which branch)."""

END_STATES: frozenset[str] = frozenset(
    {"passed", "failed", "error", "inconclusive", "skipped", "cancelled", "interrupted"}
)
GOOD: frozenset[str] = frozenset({"passed", "skipped"})

_SEVERITY = ("passed", "skipped", "inconclusive", "cancelled", "interrupted", "error", "failed")


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact. `ok` is None for what was only told, else whether this fact held."""

    label: str
    value: str
    kind: Literal["text", "number", "link", "file", "command", "note"] = "text"
    ok: bool | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an attempt ended."""

    status: Status
    reason: str = ""
    """One sentence. Required for everything but `passed`."""
    evidence: tuple[Evidence, ...] = ()
    outputs: dict[str, str] = {}


def worst(statuses: "list[Status] | tuple[Status, ...]") -> Status:
    """The one that decides: failed over error over interrupted over cancelled over inconclusive over good.

    Nothing at all is inconclusive, never passed.
    """
    if not statuses:
        return "inconclusive"
    return max(statuses, key=_SEVERITY.index)
