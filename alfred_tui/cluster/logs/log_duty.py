"""Reading logs beside a screen: a share of the event loop's time, and whether that is too little."""

import asyncio
import time

from alfred_tui.cluster.access.connect import CHUNK


class Duty:
    """How much of the event loop's time reading may take, all logs together: the rest is the screen's."""

    SHARE = 0.4
    _CREDIT = 0.1
    """Seconds that were not used and may be made up for: a busy machine wakes us late."""
    _SHORT = 0.5
    """A turn of full streams must last so long until it is told."""

    def __init__(self) -> None:
        self._free_at = 0.0
        self._full_since = 0.0
        self._full_at = 0.0

    @property
    def held_back(self) -> bool:
        """Whether more is waiting than is read."""
        return self._full_at - self._full_since >= self._SHORT and time.monotonic() - self._full_at < 1.0

    def came(self, size: int) -> None:
        """A stream gave so many bytes in one go: as many as it may, when more is waiting."""
        if size >= CHUNK:
            now = time.monotonic()
            if now - self._full_at > self._SHORT:
                self._full_since = now
            self._full_at = now

    async def rest(self, spent: float) -> None:
        """Waits as long as `spent` seconds of processor time call for."""
        now = time.monotonic()
        self._free_at = max(self._free_at, now - self._CREDIT) + spent / self.SHARE
        await asyncio.sleep(max(0.0, self._free_at - now))
