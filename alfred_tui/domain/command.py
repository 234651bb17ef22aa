"""A command as a value, and how it ended: the same here and on a far host."""

from typing import Literal

import msgspec

GRACE = 10.0
"""Seconds between SIGTERM and SIGKILL for a command that nothing else is known of."""


class CommandSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What is run, and with what. Handed over in memory or through a pipe; never written anywhere."""

    argv: tuple[str, ...]
    cwd: str
    env: dict[str, str]
    """All of it: nothing is added. On a far host it is added to what the login there has."""
    stdin: str = ""
    """A secret for the command's standard input, which is empty otherwise."""
    secrets: dict[str, str] = {}
    """Name → value of what must not appear in the output. Giving them to the command is `env`'s work."""
    cap: int = 1 << 30
    """Bytes of output that are kept: the first half of it, and at least the last quarter."""
    grace: float = GRACE
    """Seconds between SIGTERM and SIGKILL when it is cancelled."""


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a command ended. `interrupted` means that nobody saw it end: nothing is known of its success."""

    status: Literal["exited", "signalled", "interrupted"]
    exit_code: int | None = None
    signal: str = ""
    """The name of the signal that ended it, such as SIGKILL."""
    reason: str = ""
    """A sentence, where the rest does not say it: why it could not start, or was interrupted."""
    started: float = 0.0
    """Epoch seconds."""
    ended: float = 0.0
    """Epoch seconds."""
    duration: float = 0.0
    """Seconds by a clock that never jumps."""
    cancelled: Literal["", "SIGTERM", "SIGKILL"] = ""
    """The last signal that a cancellation needed; empty when nobody cancelled it."""
    left_behind: tuple[str, ...] = ()
    """`PID NAME` of processes that it started and that still ran when it had ended."""
    unseen: str = ""
    """Why processes left behind could not be looked for; empty when they were."""
    unkept: str = ""
    """Why output may be missing that nobody could count; empty when none is."""
    output: int = 0
    """Bytes of output, redacted, including those that are not kept."""
    dropped: int = 0
    """Bytes of output that are not kept, because of the cap or a full disk."""
