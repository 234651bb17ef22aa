"""What is left of a command that was stopped: for the evidence of a cancelled or timed-out step."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TypeVar

from alfred_tui.domain.command import Result
from alfred_tui.domain.evidence import Evidence

T = TypeVar("T")


@dataclass
class Stop:
    """Filled in by an action whose command was stopped; read when its attempt is recorded."""

    evidence: list[Evidence] = field(default_factory=list)
    uncertain: str = ""
    """Why it is not known that the command has ended."""
    killed: bool = False
    """Whether it had to be killed, and so could not put its things in order."""

    @property
    def is_told(self) -> bool:
        """Whether it is known what became of the command, or known that it is not."""
        return bool(self.evidence or self.uncertain)

    def told(self, result: Result) -> None:
        """Notes by which signal the command ended, and what it left running."""
        if result.status == "interrupted":
            self.uncertain = result.reason
        elif result.cancelled:
            self.killed = result.cancelled == "SIGKILL"
            self.evidence.append(Evidence(label="stopped by", value=_by(result)))
        else:
            self.evidence.append(Evidence(label="ended by itself", value=f"exit {result.exit_code}"))
        self.evidence += [Evidence(label="left running", value=one, ok=False) for one in result.left_behind]
        if result.unseen:
            self.evidence.append(Evidence(label="left running", value=f"not known: {result.unseen}"))


def _by(result: Result) -> str:
    if result.cancelled == "SIGKILL":
        return "SIGKILL to its process group, which had not ended by SIGTERM in time"
    return "SIGTERM to its process group"


async def see_through(detached: Callable[[], bool], stopping: Coroutine[object, object, T]) -> T:
    """Awaits the stop although the step is cancelled again: what is half-stopped is worse than what runs.

    Only a cockpit that leaves lets go of it; the order to stop has been given by then.
    """
    task = asyncio.ensure_future(stopping)
    while True:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled() or detached():
                raise
