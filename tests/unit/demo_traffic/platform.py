"""A small cluster of bare pods, and a clock that is set by hand."""

from alfred_tui.demo.kube.objects import Key, Obj, clone
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.scenarios import SCENARIOS, SERVICES
from alfred_tui.demo.traffic import Traffic
from alfred_tui.demo.traffic.series import Series

PODS = Key("", "pods")
START = 1_790_000_000.0


class SetClock:
    def __init__(self, time: float = START) -> None:
        self.time = time

    def now(self) -> float:
        return self.time


def pod(app: str, number: int, *, track: str = "stable", tag: str = "2.4.0", ready: bool = True) -> Obj:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "namespace": "default",
            "name": f"{app}-{track}-{number}",
            "labels": {"app": app, "track": track},
        },
        "spec": {"containers": [{"name": app, "image": f"registry.local/{app}:{tag}"}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"name": app, "state": {"running": {}}, "restartCount": 0}],
        },
    }


class Platform:
    """Three ready pods per service, and the traffic over them."""

    def __init__(
        self, scenario: str = "healthy", *, seed: int = 1, history: float = 60.0, start: float = START
    ) -> None:
        self.clock = SetClock(start)
        self.store = Store(self.clock.now)
        for service in SERVICES:
            for number in range(3):
                self.store.create(PODS, pod(service, number))
        self.traffic = Traffic(self.store, self.clock, SCENARIOS[scenario], seed, history=history)
        self.traffic.tick()

    def run(self, seconds: float) -> None:
        """Lets simulated time pass, ticking as the demo's process does."""
        end = self.clock.time + seconds
        while self.clock.time < end:
            self.clock.time = min(end, self.clock.time + 5)
            self.traffic.tick()

    def start_canary(self) -> None:
        self.store.create(PODS, pod("alfred-bot", 0, track="canary", tag="2.6.0"))

    def end_canary(self) -> None:
        self.store.delete(PODS, "default", "alfred-bot-canary-0")

    def change(self, name: str, **status: object) -> None:
        """Replaces fields of a pod's status."""
        found = self.store.get(PODS, "default", name)
        assert found is not None
        changed = clone(found)
        changed["status"] |= status
        self.store.update(PODS, changed, subresource="status")

    def unready(self, service: str) -> None:
        for number in range(3):
            self.change(f"{service}-stable-{number}", conditions=[{"type": "Ready", "status": "False"}])

    def remove(self, service: str) -> None:
        for number in range(3):
            self.store.delete(PODS, "default", f"{service}-stable-{number}")

    def series(self, name: str, service: str, track: str = "stable") -> Series:
        wanted = {"__name__": name, "service": service}
        if name != "up":
            wanted["track"] = track
        (found,) = (one for one in self.traffic.series() if wanted.items() <= one.labels.items())
        return found

    def now(self, name: str, service: str, track: str = "stable") -> float | None:
        return self.series(name, service, track).at(self.clock.time)
