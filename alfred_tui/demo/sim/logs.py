"""What the containers write: a few lines at the start, then one for every request that is told of.

The lines follow from the container's name and its times, so they need not be produced until they are
read, and reading twice gives the same.
"""

import random
import zlib
from collections.abc import Callable

from alfred_tui.demo.kube.objects import timestamp
from alfred_tui.demo.scenarios import Image
from alfred_tui.demo.sim.containers import Container, Life
from alfred_tui.demo.sim.kubelet import Kubelets

Line = tuple[float, str]

SECONDS_PER_LINE = 2.0
_KEPT = 500
"""So many lines are still there of a container that has long been running; older ones were rotated away."""


class _Writing:
    """The lines of one life of a container so far. They only ever grow."""

    def __init__(self, pod: str, container: Container, life: Life) -> None:
        self._pod = pod
        self._conduct = container.conduct
        self._tag = container.image.rsplit(":", 1)[-1]
        self._start = life.start
        self._pace = SECONDS_PER_LINE * (0.8 + 0.4 * (zlib.crc32(pod.encode()) % 100) / 100)
        self._lines: list[Line] = []
        self._next = -1

    def until(self, now: float, life: Life) -> list[Line]:
        end = now if life.end is None else min(now, life.end)
        if self._next < 0:
            # Rotation is taken into account once, so that a reader who counts lines stays right.
            self._next = max(0, self._index(end) - _KEPT)
            if self._next == 0:
                self._lines += self._opening()
        while (at := self._time(self._next)) < end:
            if line := _request(self._pod, self._conduct, self._next):
                self._lines.append(_line(at, *line))
            self._next += 1
        closing = _CLOSING.get(self._conduct.conduct)
        if closing and life.end is not None and life.exit_code:
            return [*self._lines, *(_line(life.end, level, self._pod, text) for level, text in closing)]
        return self._lines

    def _index(self, end: float) -> int:
        return int((end - self._start - 1.0) / self._pace)

    def _time(self, index: int) -> float:
        return self._start + 1.0 + index * self._pace

    def _opening(self) -> list[Line]:
        starting = _line(self._start, "INFO", self._pod, f"starting version={self._tag}")
        if self._conduct.conduct in _CLOSING:
            return [starting]
        return [starting, _line(self._start + 0.4, "INFO", self._pod, "listening on :8080")]


_CLOSING = {
    "crash": (
        ("ERROR", "cannot start: configuration key TAX_TABLE_VERSION has no value"),
        ("ERROR", "exiting with code 1"),
    ),
}


def _request(pod: str, conduct: Image, index: int) -> tuple[str, str, str] | None:
    """Level, pod and text of the line with a running number; None for a container that serves nothing."""
    if conduct.conduct == "never-ready":
        return "WARN", pod, "not ready: waiting for the dashboard index to load"
    if conduct.conduct not in ("normal", "slow"):
        return None
    if conduct.error_ratio and random.Random(f"{pod}/{index}").random() < conduct.error_ratio:
        return "ERROR", pod, f"request failed id={index} status=500 cause=NullReply"
    return "INFO", pod, f"handled request id={index} status=200"


def _line(at: float, level: str, pod: str, text: str) -> Line:
    return at, f"{timestamp(at)} {level} {pod} {text}"


class LogBook:
    """The logs of all containers that are still there. `now` gives simulated epoch seconds."""

    def __init__(self, kubelets: Kubelets, now: Callable[[], float]) -> None:
        self._kubelets = kubelets
        self._now = now
        self._written: dict[tuple[str, str, float], _Writing] = {}

    def lines(self, namespace: str, pod: str, container: str, *, previous: bool) -> list[Line]:
        """All lines so far of the container's present life, or of the one before; [] when there is none."""
        run = self._kubelets.run_of(namespace, pod)
        found = run.container(container) if run is not None else None
        if run is None or found is None:
            return []
        # While it waits for its next start the run that ended is the previous one already, and still the one
        # that is shown without asking for the previous: a kubelet has no other.
        at = -2 if previous and not found.is_waiting else -1
        if len(found.lives) < -at:
            return []
        life = found.lives[at]
        key = (run.uid, container, life.start)
        if key not in self._written:
            self._forget()
            self._written[key] = _Writing(pod, found, life)
        return self._written[key].until(self._now(), life)

    def _forget(self) -> None:
        """Drops the lines of pods that are gone."""
        uids = self._kubelets.uids()
        self._written = {key: writing for key, writing in self._written.items() if key[0] in uids}
