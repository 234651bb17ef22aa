"""The simulation's clock.

Everything the embedded cluster serves (timestamps, deadlines, probes, samples) is told in this one
time, which runs `speed` times as fast as the wall clock, so that a 15-minute bake fits in seconds and
no two parts of the demo disagree about when something happened.
"""

import time


class SimClock:
    """Epoch seconds that start at the wall clock's now and run `speed` times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("speed is a factor greater than 0")
        self.speed = speed
        self._wall_start = time.time()
        self._mono_start = time.monotonic()

    def now(self) -> float:
        """Simulated epoch seconds."""
        return self._wall_start + (time.monotonic() - self._mono_start) * self.speed

    def wall(self, simulated_seconds: float) -> float:
        """How many real seconds a simulated span takes."""
        return simulated_seconds / self.speed
