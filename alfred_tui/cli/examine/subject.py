"""What every examination is given, and how long it may take."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alfred_tui.cli.options import Options
from alfred_tui.domain.cluster.needs import every_step
from alfred_tui.domain.document.checklist import Checklist, Step

PATIENCE = 8.0
"""Seconds for one question."""
ALTOGETHER = 14.0
"""Seconds after which what has not answered is told as unknown."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A checklist and how its run would be started; without a checklist, what watching needs."""

    options: Options
    environ: Mapping[str, str]
    checklist: Checklist | None

    @property
    def workdir(self) -> Path:
        """Where commands would run."""
        return Path(self.options.workdir or ".").absolute()

    def steps(self) -> tuple[Step, ...]:
        """Of the checklist and its rollback procedures."""
        return tuple(every_step(self.checklist)) if self.checklist else ()


def named(steps: tuple[str, ...] | list[str]) -> str:
    """Which steps, in words: `step a`, `steps a, b`, `7 steps (a, b, …)`."""
    some = list(dict.fromkeys(steps))
    if len(some) > 3:
        return f"{len(some)} steps ({', '.join(some[:2])}, …)"
    return f"step{'s' if len(some) > 1 else ''} {', '.join(some)}"
