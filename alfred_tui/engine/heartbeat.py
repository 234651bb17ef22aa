"""Notices that the machine slept, or that somebody set its clock: the record says so, and the run's time is
put right.

Timeouts and durations come from the monotonic clock, which stands still while the machine sleeps: a step's
timeout is armed again by itself. What must be told is the gap, because the record's times jump there.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from alfred_tui.domain.run.events import AnyEvent, ClockGap

BEAT = 2.0
"""Seconds between two looks."""
_NOTED = 1.5
"""Seconds: what is smaller is the ordinary correction of a clock."""
_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The clock that goes on while the machine sleeps. On macOS it is CLOCK_MONOTONIC, not `monotonic()`."""


class Clocks(NamedTuple):
    """One look at the three clocks, in seconds."""

    awake: float
    """Stands still while the machine sleeps."""
    boot: float
    """Goes on while the machine sleeps."""
    wall: float
    """Can be set."""


def boot_seconds() -> float:
    """Seconds that nobody can set and that go on while the machine sleeps."""
    return time.clock_gettime(_BOOT)


def look() -> Clocks:
    """The machine's clocks now."""
    return Clocks(time.monotonic(), boot_seconds(), time.time())


def gaps(before: Clocks, after: Clocks) -> list[ClockGap]:
    """What happened to the clocks between two looks."""
    passed = after.boot - before.boot
    asleep = passed - (after.awake - before.awake)
    stepped = after.wall - before.wall - passed
    found = []
    if asleep >= _NOTED:
        found.append(ClockGap(kind="asleep", seconds=asleep))
    if abs(stepped) >= _NOTED:
        found.append(ClockGap(kind="set", seconds=stepped))
    return found


async def beat(
    note: Callable[[Sequence[AnyEvent]], Awaitable[None]],
    woke: Callable[[float], None],
    *,
    clocks: Callable[[], Clocks] = look,
    pause: Callable[[], Awaitable[None]] = lambda: asyncio.sleep(BEAT),
) -> None:
    """Until cancelled: tells `woke` how long the machine slept, and records every gap."""
    before = clocks()
    while True:
        await pause()
        after = clocks()
        found = gaps(before, after)
        before = after
        for gap in found:
            if gap.kind == "asleep":
                woke(gap.seconds)
        if found:
            await note(found)
