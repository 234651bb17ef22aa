"""For how long a limit has been broken without a break.

One rule for the canary's limits and for the rollback triggers: each sample stands for the interval before
it, a gap neither ends a breach nor adds to it, and one sample on the good side ends it.
"""

from collections.abc import Iterable

import msgspec


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """Where a limit stands after a number of samples. Times are seconds."""

    broken_for: float = 0.0
    """How long it has been broken now; 0 when it is kept."""
    since: float = 0.0
    """When the sample came that began it."""
    worst: float | None = None
    """The value farthest beyond the limit, in this breach."""
    seen_at: float | None = None
    """When the last sample came, a gap or not."""
    gap: bool = False
    """Whether the last sample was none."""


def followed(
    before: Breach, at: float, value: float | None, limit: float, interval: float, below: bool
) -> Breach:
    """The breach after one more sample; None is a gap. `below`: values under the limit break it."""
    if value is None:
        return msgspec.structs.replace(before, seen_at=at, gap=True)
    if not (value < limit if below else value > limit):
        return Breach(seen_at=at)
    stands_for = interval if before.seen_at is None else max(0.0, min(interval, at - before.seen_at))
    worst = value if before.worst is None else (min if below else max)(value, before.worst)
    return Breach(
        broken_for=before.broken_for + stands_for,
        since=before.since if before.broken_for else at,
        worst=worst,
        seen_at=at,
    )


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How well a limit was kept over a series of samples."""

    longest: Breach
    last: Breach
    """As it stands after the last sample."""


def kept(
    samples: Iterable[tuple[float, float | None]], limit: float, interval: float, *, below: bool = False
) -> Kept:
    """Follows samples (when, value; None is a gap), in order of time."""
    last = longest = Breach()
    for at, value in samples:
        last = followed(last, at, value, limit, interval, below)
        if last.broken_for > longest.broken_for:
            longest = last
    return Kept(longest=longest, last=last)
