"""The last measurements of each pod and node, in rings of a fixed length.

Memory grows with what there is, not with time.
"""

from array import array
from collections.abc import Hashable, Iterable

LENGTH = 24
"""Measurements that are kept of each: six minutes at the metrics server's usual 15 s."""
Series = tuple[tuple[float, ...], tuple[float, ...]]
"""Cpu in millicores and memory in bytes, the oldest first."""


class _Ring:
    """The values of one, in single precision: a third of what Python's numbers take."""

    __slots__ = ("at", "cpu", "memory")

    def __init__(self) -> None:
        self.at = 0.0
        self.cpu = array("f")
        self.memory = array("f")

    def add(self, at: float, cpu: float, memory: float) -> None:
        # Asked more often than it is measured, the server gives the same measurement again.
        if at and at <= self.at:
            return
        self.at = at
        for values, value in ((self.cpu, cpu), (self.memory, memory)):
            values.append(value)
            if len(values) > LENGTH:
                del values[0]


class UsageHistory:
    """Rings by name."""

    def __init__(self) -> None:
        self._rings: dict[Hashable, _Ring] = {}

    def add(self, key: Hashable, at: float, cpu: float, memory: float) -> None:
        """A measurement of the time `at` (epoch seconds; 0 where the server tells none)."""
        ring = self._rings.get(key)
        if ring is None:
            ring = self._rings[key] = _Ring()
        ring.add(at, cpu, memory)

    def keep(self, keys: Iterable[Hashable]) -> None:
        """Forgets all others: they are gone."""
        there = set(keys)
        for key in [one for one in self._rings if one not in there]:
            del self._rings[key]

    def of(self, key: Hashable) -> Series:
        """What is kept of one; empty when nothing is."""
        ring = self._rings.get(key)
        return (tuple(ring.cpu), tuple(ring.memory)) if ring is not None else ((), ())

    def __len__(self) -> int:
        return len(self._rings)
