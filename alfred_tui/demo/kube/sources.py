"""What the API serves but does not store: the simulation behind it provides these."""

from typing import Protocol


class LogSource(Protocol):
    """The containers' output."""

    def lines(self, namespace: str, pod: str, container: str, *, previous: bool) -> list[tuple[float, str]]:
        """All lines so far of a container's current (or previous) run: epoch seconds and text."""


class UsageSource(Protocol):
    """What the metrics server measures."""

    @property
    def available(self) -> bool:
        """Whether metrics.k8s.io answers at all; when not, it says 503."""

    def pod(self, namespace: str, name: str) -> dict[str, tuple[int, int]] | None:
        """CPU (millicores) and memory (bytes) by container; None when nothing is measured yet."""

    def node(self, name: str) -> tuple[int, int] | None:
        """CPU (millicores) and memory (bytes) of a node; None when nothing is measured yet."""


class Faults(Protocol):
    """Trouble on the way."""

    def fault(self, method: str, path: str) -> int | None:
        """A status to answer with (429, 500, 503, …), 0 to cut the connection, None to serve."""


class NoUsage:
    """A cluster without a metrics server."""

    available = False

    def pod(self, namespace: str, name: str) -> dict[str, tuple[int, int]] | None:
        return None

    def node(self, name: str) -> tuple[int, int] | None:
        return None


class NoLogs:
    """A cluster whose containers say nothing."""

    def lines(self, namespace: str, pod: str, container: str, *, previous: bool) -> list[tuple[float, str]]:
        return []
