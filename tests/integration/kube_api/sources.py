"""What a simulation would provide, fixed by the test."""


class FixedLogs:
    """The log of every container; a test may add lines."""

    def __init__(self) -> None:
        self.written: list[tuple[float, str]] = []
        self.before: list[tuple[float, str]] = []

    def lines(self, namespace: str, pod: str, container: str, *, previous: bool) -> list[tuple[float, str]]:
        return self.before if previous else self.written


class FixedUsage:
    """The same usage for every pod and node."""

    available = True

    def pod(self, namespace: str, name: str) -> dict[str, tuple[int, int]] | None:
        return {"c": (250, 64 << 20)}

    def node(self, name: str) -> tuple[int, int] | None:
        return 1500, 3 << 30


class Trouble:
    """Faults for the next requests whose path ends in what the test says."""

    def __init__(self) -> None:
        self.path = ""
        self.faults: list[int] = []

    def fault(self, method: str, path: str) -> int | None:
        if self.path and path.endswith(self.path) and self.faults:
            return self.faults.pop(0)
        return None
