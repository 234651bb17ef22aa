"""The run's clock. In a demo it runs faster than the wall's, in step with the simulation's.

Durations of the checklist's own waits (a bake, a rollout's patience, a retry's delay) are told in this
time; a command's timeout is told in real seconds, because real programs run at their own pace.
"""

import asyncio
import time


class Clock:
    """Epoch seconds that were `started_at` when the wall had `wall_started_at`, `speed` times as fast."""

    def __init__(
        self, speed: float = 1.0, *, started_at: float | None = None, wall_started_at: float | None = None
    ) -> None:
        self.speed = speed
        wall = time.time()
        anchor = wall if started_at is None else started_at
        passed = 0.0 if wall_started_at is None else wall - wall_started_at
        self._epoch = anchor + passed * speed
        self._mono = time.monotonic()

    def now(self) -> float:
        """The run's epoch seconds. Monotonic: a change of the wall clock does not move it."""
        return self._epoch + (time.monotonic() - self._mono) * self.speed

    def elapsed(self) -> float:
        """Seconds of the run's time since the cockpit began, while the machine was awake. For deadlines."""
        return (time.monotonic() - self._mono) * self.speed

    def slept(self, seconds: float) -> None:
        """The machine slept: the run's time, which stood still with it, goes on where the wall's is now.

        A demo's cluster slept, too.
        """
        if self.speed == 1:
            self._epoch += seconds

    async def sleep(self, seconds: float) -> None:
        """Waits so many seconds of the run's time."""
        await asyncio.sleep(max(0.0, seconds) / self.speed)
