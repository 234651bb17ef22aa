"""What every controller works with, and what a controller is."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from alfred_tui.demo.kube.objects import Change, Key, timestamp
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.scenarios import Scenario
from alfred_tui.demo.sim.recorder import Recorder

Place = tuple[str, str]
"""Namespace ("" for cluster-scoped objects) and name."""


@dataclass(frozen=True)
class World:
    """The simulated cluster as its controllers see it. `now` gives epoch seconds of the moment."""

    store: Store
    now: Callable[[], float]
    events: Recorder
    random: random.Random
    scenario: Scenario
    seed: int

    def stamp(self) -> str:
        """The moment as a Kubernetes timestamp."""
        return timestamp(self.now())


class Controller(Protocol):
    """Drives one kind of objects towards what they ask for."""

    watches: frozenset[Key]
    """The kinds whose changes it wants to hear of."""

    def touched(self, change: Change) -> Iterable[Place]:
        """The objects of its own kind that a change concerns."""
        ...

    def reconcile(self, namespace: str, name: str) -> float | None:
        """Takes one object a step on, if it exists; epoch seconds of when to look again unasked."""
        ...


def place(change: Change) -> Place:
    meta = change.obj["metadata"]
    return meta.get("namespace", ""), meta["name"]
