"""The platform's simulated traffic: pure, in simulated time, following the cluster's state.

It keeps what a monitored platform would have: raw counters per service and track as the pods expose them,
their history as Prometheus would have scraped it, and the recorded series derived from that history as
the shipped recording rules derive them.
"""

from collections.abc import Iterator
from random import Random
from typing import Protocol

from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.scenarios import CANARY as CANARY_TAG
from alfred_tui.demo.scenarios import SERVICES, Scenario
from alfred_tui.demo.traffic.counters import Counters, Counts
from alfred_tui.demo.traffic.fleet import (
    CANARY,
    NO_BACKENDS,
    STABLE,
    Backends,
    Place,
    backends,
    canary_share,
)
from alfred_tui.demo.traffic.load import PROFILES, Observed, Wander, refused, served, shape_of_day
from alfred_tui.demo.traffic.series import Series

STEP = 5.0
"""Simulated seconds between samples, and between evaluations of the rules."""

CATCH_UP = 60
"""Samples one tick takes at most; a longer pause stays a gap, as it would for a stopped Prometheus."""

CANARY_SERVICE = "alfred-bot"

_CRASHING_ERRORS = 0.04
"""Added to a service's error ratio were all its pods crashing: requests are cut off with their pod."""


class Clock(Protocol):
    def now(self) -> float: ...


class Traffic:
    """Traffic of all services. `history`: seconds before the first tick that are filled in by it.

    The canary has series only while its Deployment has ready pods. A service whose pods run without being
    ready answers everything with 503. A service with no running pod cannot be scraped: it is not up, and
    its series end; so it is with all of them in the scenario's metrics gap.
    """

    def __init__(
        self, store: Store, clock: Clock, scenario: Scenario, seed: int = 0, *, history: float = 900.0
    ) -> None:
        self._store = store
        self._clock = clock
        self._scenario = scenario
        self._rng = Random(seed)
        self._history = history
        self._next: float | None = None
        self._canary_since: float | None = None
        places = [Place(service, STABLE) for service in SERVICES]
        self._counters = {place: Counters(place) for place in (*places, Place(CANARY_SERVICE, CANARY))}
        self._rates = {service: Wander(0.06) for service in SERVICES}
        self._errors = {place: Wander(0.08) for place in self._counters}
        self._delays = {place: Wander(0.05) for place in self._counters}
        self._up = {service: Series({"__name__": "up", **target_labels(service)}) for service in SERVICES}

    def tick(self) -> None:
        """Takes every sample due by now. Call it often."""
        now = self._clock.now()
        if self._next is None:
            self._next = now - self._history
        else:
            missed = int((now - self._next) // STEP) - CATCH_UP + 1
            self._next += max(0, missed) * STEP
        if now < self._next:
            return
        behind = backends(self._store)
        share = canary_share(self._store)
        while self._next <= now:
            self._sample(self._next, behind, share)
            self._next += STEP

    def series(self) -> Iterator[Series]:
        """Every series there ever was, in two hours' depth."""
        yield from self._up.values()
        for counters in self._counters.values():
            yield from counters

    def ups(self) -> Iterator[Series]:
        """The `up` series, one per scrape target."""
        yield from self._up.values()

    def exposed(self, service: str) -> dict[str, Counts] | None:
        """The raw counters a scrape of `service` finds, by track; None when it is not up."""
        up = self._up[service]
        if not up.values or not up.values[-1]:
            return None
        return {
            place.track: counters.now
            for place, counters in self._counters.items()
            if place.service == service and counters.exposed
        }

    @property
    def sampled_at(self) -> float:
        """When the last sample was taken; 0 before the first tick."""
        return 0.0 if self._next is None else self._next - STEP

    def _sample(self, time: float, behind: dict[Place, Backends], share: float) -> None:
        rates = {
            service: PROFILES[service].rate * shape_of_day(time) * wander.step(self._rng)
            for service, wander in self._rates.items()
        }
        canary = behind.get(Place(CANARY_SERVICE, CANARY), NO_BACKENDS)
        hidden = self._in_gap(canary, time)
        for place, counters in self._counters.items():
            pods = behind.get(place, NO_BACKENDS)
            rate = rates[place.service]
            if place.track == CANARY:
                rate *= share
            elif place.service == CANARY_SERVICE and canary.ready:
                rate *= 1 - share
            if place.track == CANARY and not pods.ready:
                pods = NO_BACKENDS
            self._advance(counters, self._observed(place, pods, rate * STEP), time, hidden)
        for service, up in self._up.items():
            runs = any(pods.running for place, pods in behind.items() if place.service == service)
            up.append(time, float(runs and not hidden))

    def _in_gap(self, canary: Backends, time: float) -> bool:
        if self._canary_since is None and canary.ready:
            self._canary_since = time
        gap = self._scenario.metrics_gap
        if gap is None or self._canary_since is None:
            return False
        return gap[0] <= time - self._canary_since < gap[1]

    def _advance(self, counters: Counters, seen: Observed | None, time: float, hidden: bool) -> None:
        if seen is None:
            counters.reset()
        else:
            counters.observe(seen)
        if seen is None or hidden:
            counters.end(time)
        else:
            counters.sample(time)
        counters.record(time)

    def _observed(self, place: Place, pods: Backends, expected: float) -> Observed | None:
        if not pods.running:
            return None
        if not pods.ready:
            return refused(self._rng, expected)
        normal = PROFILES[place.service]
        tried = pods.tags.count(CANARY_TAG) / len(pods.tags)
        ratio = normal.error_ratio * (1 - tried) + self._scenario.canary_error_ratio * tried
        ratio *= self._errors[place].step(self._rng)
        ratio += _CRASHING_ERRORS * pods.crashing / (pods.ready + pods.crashing)
        p95 = normal.p95 * (1 - tried) + self._scenario.canary_p95_s * tried
        return served(self._rng, expected, min(1.0, ratio), p95 * self._delays[place].step(self._rng))


def target_labels(service: str) -> dict[str, str]:
    """The labels of a service's scrape target."""
    return {"instance": f"{service}.default.svc:80", "job": "alfred", "service": service}
