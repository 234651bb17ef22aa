"""An API server under strain: some reads are refused or dropped, never two of the same in a row.

Only reads of collections (lists, and the start of watches) are touched, since a client may always ask for
those again. kubectl repeats a read that was dropped and one that was answered with 429, but gives up on a
500 or 503. So those two are kept for what the document's commands do not depend on: events, nodes and the
measurements, where `kubectl top` may fail and has to be asked again.
"""

import random

_EVERY_TROUBLE = (429, 500, 503, 0)
_REPEATED_BY_KUBECTL = (429, 0)

_WITHOUT_KUBECTL = frozenset(("events", "nodes"))

SHARE = 0.12
"""How many of the reads that may fail do."""


class ApiFaults:
    """Decides by a seed. Statuses as the API server's source of faults: 0 drops the connection."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(f"faults/{seed}")
        self._failed: set[tuple[str, str]] = set()

    def fault(self, method: str, path: str) -> int | None:
        """An HTTP status to answer with, 0 to cut the connection, None to serve."""
        resource = _collection(path)
        if method != "GET" or not resource:
            return None
        if (method, path) in self._failed:
            self._failed.discard((method, path))
            return None
        if self._random.random() >= SHARE:
            return None
        self._failed.add((method, path))
        every = path.startswith("/apis/metrics.k8s.io/") or resource in _WITHOUT_KUBECTL
        return self._random.choice(_EVERY_TROUBLE if every else _REPEATED_BY_KUBECTL)


def _collection(path: str) -> str:
    """The resource whose collection a path reads; "" for a single object, discovery and everything else."""
    parts = path.strip("/").split("/")
    if parts[0] == "api":
        rest = parts[2:]
    elif parts[0] == "apis":
        rest = parts[3:]
    else:
        return ""
    if len(rest) == 3 and rest[0] == "namespaces":
        rest = rest[2:]
    return rest[0] if len(rest) == 1 else ""
