"""What is to be reconciled when, and the moment the simulation is at.

Work is taken in order of its due time, and while a piece of work runs the simulation's time stands at
that due time. So what happens does not depend on how often or how late somebody looks, and a fast clock
gives the same history as a slow one.
"""

import heapq
from itertools import count
from typing import NamedTuple, Protocol


class Clock(Protocol):
    def now(self) -> float: ...


class Task(NamedTuple):
    """One object to be looked at by one controller (its index)."""

    controller: int
    namespace: str
    name: str


class Timeline:
    """The simulation's moment: the clock's, unless it stands at an earlier one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._moment: float | None = None

    def now(self) -> float:
        """Epoch seconds of the simulated moment."""
        return self._clock.now() if self._moment is None else self._moment

    def stand_at(self, moment: float) -> None:
        self._moment = moment

    def run(self) -> None:
        """Follows the clock again."""
        self._moment = None


class Agenda:
    """Tasks by due time; each stands in it at most once, at the earliest time asked for."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Task]] = []
        self._due: dict[Task, float] = {}
        self._order = count()

    def add(self, task: Task, due: float) -> None:
        known = self._due.get(task)
        if known is None or due < known:
            self._due[task] = due
            heapq.heappush(self._heap, (due, next(self._order), task))

    def next_due(self) -> float | None:
        """When the first task is due; None when there is none."""
        while self._heap and self._due.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop(self, until: float) -> tuple[float, Task] | None:
        """Takes the first task due by `until`, with its due time."""
        due = self.next_due()
        if due is None or due > until:
            return None
        task = heapq.heappop(self._heap)[2]
        del self._due[task]
        return due, task

    def postpone(self, moment: float) -> None:
        """Makes what was due before `moment` due then, once each: nothing happened in between."""
        self._due = {task: max(due, moment) for task, due in self._due.items()}
        self._heap = [(due, next(self._order), task) for task, due in self._due.items()]
        heapq.heapify(self._heap)
