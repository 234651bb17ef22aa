"""How event recorders of Kubernetes keep quiet: similar events become one, and a source that tells too
much of one object is not heard (client-go's EventAggregator and EventSourceObjectSpamFilter).
"""

from collections import OrderedDict
from typing import TypeVar

_V = TypeVar("_V")
Group = tuple[str, ...]

SIMILAR = 10
"""As many different messages of one group within the window become one event."""
WINDOW = 600.0
BURST = 25
"""As many events of one object a source may tell at once,"""
REFILL = 300.0
"""and one more each time so many seconds have passed."""

_REMEMBERED = 4096


class Correlator:
    """Remembers the latest groups and sources. Moments are epoch seconds."""

    def __init__(self) -> None:
        self._groups: OrderedDict[Group, tuple[float, dict[str, None]]] = OrderedDict()
        self._allowances: OrderedDict[Group, tuple[float, float]] = OrderedDict()

    def is_one_of_many(self, group: Group, message: str, now: float) -> bool:
        """Whether an event is to be told together with the others of its group."""
        last, messages = self._groups.get(group, (now, {}))
        if now - last > WINDOW:
            messages = {}
        messages[message] = None
        many = len(messages) >= SIMILAR
        if many:
            messages.pop(next(iter(messages)))
        _keep(self._groups, group, (now, messages))
        return many

    def allows(self, source: Group, now: float) -> bool:
        """Whether a source may tell one more event of an object; counts it if so."""
        last, left = self._allowances.get(source, (now, float(BURST)))
        left = min(float(BURST), left + (now - last) / REFILL)
        allowed = left >= 1
        _keep(self._allowances, source, (now, left - 1 if allowed else left))
        return allowed


def _keep(cache: OrderedDict[Group, _V], key: Group, value: _V) -> None:
    cache[key] = value
    cache.move_to_end(key)
    if len(cache) > _REMEMBERED:
        cache.popitem(last=False)
