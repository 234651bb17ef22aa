"""Warning Events about an object, without repetitions and newest first."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from alfred_tui.cluster.objects.partial import Event
from alfred_tui.cluster.objects.pod_status import epoch

_MAX = 300
_FIELD = re.compile(r"spec\.(?:initContainers|containers|ephemeralContainers)\{([^}]+)\}")


class Warned(NamedTuple):
    """One warning. Times are epoch seconds; `container` is empty when it is about the whole object."""

    reason: str
    message: str
    container: str
    first_at: float
    last_at: float
    times: int


def one_line(text: str) -> str:
    """External text as one line of at most 300 characters, without control characters or a full stop."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return (flat if len(flat) <= _MAX else flat[: _MAX - 1] + "…").rstrip(". ")


def seen_at(event: Event) -> tuple[float, float]:
    """When it was first and last seen, whichever of the API's three ways says so."""
    first = epoch(event.first_timestamp or event.event_time or event.metadata.creation_timestamp)
    series = event.series.last_observed_time if event.series else None
    last = epoch(series or event.last_timestamp or event.event_time or event.metadata.creation_timestamp)
    return first, max(first, last)


def warnings_of(events: Iterable[Event]) -> tuple[Warned, ...]:
    """The warnings, one for each reason, message and container, newest first."""
    found: dict[tuple[str, str, str], Warned] = {}
    for event in events:
        if event.type == "Normal":
            continue
        first, last = seen_at(event)
        field = _FIELD.search(event.involved_object.field_path)
        message = one_line(event.message)
        key = (event.reason, message, field[1] if field else "")
        count = max(event.count, event.series.count if event.series else 0, 1)
        known = found.get(key)
        if known is not None:
            first, last = min(first, known.first_at), max(last, known.last_at)
            count += known.times
        found[key] = Warned(*key, first, last, count)
    return tuple(sorted(found.values(), key=lambda one: (-one.last_at, one.reason, one.message)))
