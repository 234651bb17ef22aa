"""The simulated cluster: all controllers over one store, driven by one clock.

`tick` does what has come due and nothing else. Between two ticks nothing happens by itself, and with no
writes from outside and nothing due a tick costs nothing.
"""

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager

from alfred_tui.demo.kube.errors import ApiError
from alfred_tui.demo.kube.objects import Change, Key
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.scenarios import Scenario
from alfred_tui.demo.sim.agenda import Agenda, Clock, Task, Timeline
from alfred_tui.demo.sim.autoscalers import PERIOD, Autoscalers
from alfred_tui.demo.sim.budgets import Budgets
from alfred_tui.demo.sim.daemonsets import DaemonSets
from alfred_tui.demo.sim.deployments import Deployments
from alfred_tui.demo.sim.endpoints import Endpoints
from alfred_tui.demo.sim.expiry import EventExpiry
from alfred_tui.demo.sim.jobs import Jobs
from alfred_tui.demo.sim.kubelet import Kubelets
from alfred_tui.demo.sim.logs import Line, LogBook
from alfred_tui.demo.sim.nodes import HEARTBEAT, Heartbeats
from alfred_tui.demo.sim.quota import Quotas
from alfred_tui.demo.sim.recorder import Recorder
from alfred_tui.demo.sim.replicasets import ReplicaSets
from alfred_tui.demo.sim.scheduler import Scheduler
from alfred_tui.demo.sim.statefulsets import StatefulSets
from alfred_tui.demo.sim.taints import Taints
from alfred_tui.demo.sim.usage import Amount, Usage
from alfred_tui.demo.sim.volumes import Claims
from alfred_tui.demo.sim.world import Controller, World

_log = logging.getLogger(__name__)

# A tick ends after so many steps even if more is due, so that it cannot hold up the servers beside it.
_STEPS_PER_TICK = 4000

# A controller that asks for "now" again is heard a moment later, or time would never go on.
_SHORTEST_WAIT = 0.01

_RETRY_AFTER_FAULT = 30.0


class Cluster:
    """Reconciles everything in `store`; serves as the API server's source of logs and usage.

    The store's time becomes the simulation's own: the moment of the step that writes.
    """

    available = True
    """Whether metrics-server answers."""

    def __init__(self, store: Store, clock: Clock, scenario: Scenario, seed: int = 0) -> None:
        self._clock = clock
        self._time = Timeline(clock)
        self._agenda = Agenda()
        store.now = self._time.now
        self._world = World(
            store=store,
            now=self._time.now,
            events=Recorder(store, self._time.now),
            random=random.Random(f"cluster/{seed}"),
            scenario=scenario,
            seed=seed,
        )
        self.store = store
        kubelets = Kubelets(self._world)
        self._usage = Usage(store, self._time.now)
        self._logs = LogBook(kubelets, self._time.now)
        self._controllers = self._all_controllers(kubelets)
        self._watching: dict[Key, list[int]] = {}
        for index, controller in enumerate(self._controllers):
            for key in controller.watches:
                self._watching.setdefault(key, []).append(index)
        self.faults = 0
        """How many reconciliations failed; each is in the log with its object."""
        store.subscribe(self._heard)

    def _all_controllers(self, kubelets: Kubelets) -> list[Controller]:
        world = self._world
        # What recurs for ever is stretched on a fast clock, to a bearable number a real second.
        speed = getattr(self._clock, "speed", 1.0)
        heartbeat, period = HEARTBEAT * max(1.0, speed / 10), PERIOD * max(1.0, speed / 60)
        return [
            Deployments(world),
            ReplicaSets(world),
            StatefulSets(world),
            DaemonSets(world),
            Jobs(world),
            Claims(world),
            Scheduler(world),
            kubelets,
            Endpoints(world),
            Budgets(world),
            Quotas(world),
            Autoscalers(world, self._usage, lambda: self.available, period),
            Heartbeats(world, heartbeat),
            Taints(world),
            EventExpiry(world),
        ]

    def now(self) -> float:
        """Simulated epoch seconds."""
        return self._time.now()

    def tick(self) -> None:
        """Does all that is due by now."""
        self.advance(self._clock.now())

    def advance(self, until: float) -> None:
        """Does all that is due until a moment, each step at its own."""
        try:
            for _ in range(_STEPS_PER_TICK):
                found = self._agenda.pop(until)
                if found is None:
                    return
                self._take(*found)
        finally:
            self._time.run()

    def skip_to(self, moment: float) -> None:
        """Lets what was due before a moment come due at it, as if the time until then were not lived."""
        self._agenda.postpone(moment)

    @contextmanager
    def standing_at(self, moment: float) -> Iterator[None]:
        """Writes made within happen at that moment."""
        self._time.stand_at(moment)
        try:
            yield
        finally:
            self._time.run()

    def next_due(self) -> float | None:
        """When there is something to do again, by simulated time; None when nothing is planned."""
        return self._agenda.next_due()

    def lines(self, namespace: str, pod: str, container: str, *, previous: bool) -> list[Line]:
        """A container's log so far: time and text of each line."""
        return self._logs.lines(namespace, pod, container, previous=previous)

    def pod(self, namespace: str, name: str) -> dict[str, Amount] | None:
        """A pod's usage by container, in millicores and bytes."""
        return self._usage.pod(namespace, name)

    def node(self, name: str) -> Amount | None:
        """A node's usage, in millicores and bytes."""
        return self._usage.node(name)

    def _heard(self, change: Change) -> None:
        for index in self._watching.get(change.key, ()):
            for namespace, name in self._controllers[index].touched(change):
                self._agenda.add(Task(index, namespace, name), self._time.now())

    def _take(self, due: float, task: Task) -> None:
        self._time.stand_at(due)
        controller = self._controllers[task.controller]
        try:
            again = controller.reconcile(task.namespace, task.name)
        except (ApiError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            # An object that passed admission and still makes no sense must not end everybody's cluster.
            name = type(controller).__name__
            _log.exception("%s could not reconcile %s/%s", name, task.namespace, task.name)
            self.faults += 1
            again = due + _RETRY_AFTER_FAULT
        if again is not None:
            self._agenda.add(task, max(again, due + _SHORTEST_WAIT))
