"""How long to leave something alone that has failed, where each further try costs somebody else.

A dozen watches and the Lease ask for credentials again and again. A login that is over must not run a plugin,
which may open a browser each time, nor ask a provider, which may lock the account, at that pace.
"""

import time
from collections.abc import Callable


class Patience:
    """The pause after a failure, longer with each that follows soon. `tick` is real seconds."""

    PAUSES = (2.0, 5.0, 10.0, 20.0, 30.0)
    """Real seconds after the first failure, the second, and so on."""
    FORGOTTEN = 60.0
    """Real seconds without a failure after which the next one counts as the first."""

    def __init__(self, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        self._failures = 0
        self._until = float("-inf")

    def failed(self) -> None:
        """It has failed just now."""
        now = self._tick()
        self._failures = self._failures + 1 if now < self._until + self.FORGOTTEN else 1
        self._until = now + self.PAUSES[min(self._failures, len(self.PAUSES)) - 1]

    @property
    def resting(self) -> bool:
        """Whether it is not to be tried again yet."""
        return self._tick() < self._until
