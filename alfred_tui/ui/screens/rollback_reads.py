"""What the rollback screen reads behind itself: histories, what going back changes, the overlay's pin."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from alfred_tui.domain.cluster.workloads import RevisionView
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.rollback.pins import Pin
from alfred_tui.present.rollback import RollbackView
from alfred_tui.present.way_back import WayBack
from alfred_tui.ui.ports import Cockpit

_TRIES = 5
"""How often a history is read for a revision that is not in it."""


class RollbackReads:
    """Each is read once until it is forgotten; `changed` is called when something has come."""

    def __init__(self, cockpit: Cockpit, changed: Callable[[], None]) -> None:
        self._cockpit = cockpit
        self._changed = changed
        self.history: dict[str, Sequence[RevisionView]] = {}
        """Deployment → its revisions, newest first."""
        self.trouble = ""
        """Why something could not be read; empty while all could."""
        self._diffs: dict[tuple[str, int, int], Sequence[str]] = {}
        self._failed: set[tuple[str, int, int]] = set()
        self._stale: set[str] = set()
        self._sought: Counter[tuple[str, int]] = Counter()
        self._rehearsed: dict[tuple[str, int, int], str | None] = {}
        self._offers: dict[tuple[str, tuple[Pin, ...]], Sequence[str]] = {}

    async def histories(self, names: Iterable[str]) -> None:
        """Reads the revisions of Deployments."""
        cluster = self._cockpit.cluster
        self.trouble = ""
        for name in names:
            if cluster is None or (name in self.history and name not in self._stale):
                continue
            try:
                self.history[name] = await cluster.history("Deployment", self._namespace(), name)
                self._stale.discard(name)
            except CockpitError as error:
                self.trouble = str(error)
            self._changed()

    def diff(self, way: WayBack) -> Sequence[str]:
        """What going back changes in the pod template, as far as it was read."""
        return self._diffs.get((way.name, way.revision, way.target), ())

    async def read_diff(self, way: WayBack) -> None:
        """Reads it, where both revisions are known."""
        key = (way.name, way.revision, way.target)
        known = {one.number for one in way.choices}
        if self._cockpit.cluster is None or key in self._diffs or not {*key[1:]} <= known:
            return
        self._diffs[key] = ()
        try:
            self._diffs[key] = await self._cockpit.cluster.diff("Deployment", self._namespace(), *key)
        except CockpitError as error:
            self._failed.add(key)
            self.trouble = str(error)
        self._changed()

    def forget_failed(self) -> None:
        """What could not be read may be there now."""
        for key in self._failed:
            self._diffs.pop(key, None)
        self._failed.clear()
        self._rehearsed = {key: told for key, told in self._rehearsed.items() if told == ""}

    async def renumbered(self, ways: Iterable[WayBack]) -> None:
        """Reads the history anew of what runs a revision that is not in it: an undo gives it a new number.
        The old history stands until then.
        """
        runs = {(one.name, one.revision) for one in ways if one.choices and one.revision}
        # The Deployment may tell its new number before its ReplicaSet does.
        new = {one for one in runs if not self._knows(*one) and self._sought[one] < _TRIES}
        if new:
            self._sought.update(new)
            self._stale |= {name for name, _ in new}
            await self.histories(tuple(self._stale))

    def _knows(self, name: str, number: int) -> bool:
        return any(one.number == number for one in self.history.get(name, ()))

    def rehearsed(self, way: WayBack) -> str | None:
        """What the server's dry run of going back said: empty where it would take it; None: nothing yet."""
        return self._rehearsed.get((way.name, way.revision, way.target))

    async def rehearse(self, ways: Iterable[WayBack]) -> None:
        """Has the server go through what is there and would go back, each once; nothing is changed."""
        await asyncio.gather(
            *(
                self._rehearse(way)
                for way in ways
                if way.standing == "there"
                and way.target
                and not (way.at_target or way.left_out or way.refused)
            )
        )

    async def _rehearse(self, way: WayBack) -> None:
        key = (way.name, way.revision, way.target)
        if self._cockpit.rehearse is None or key in self._rehearsed:
            return
        self._rehearsed[key] = None
        self._rehearsed[key] = await self._cockpit.rehearse(way.name, way.target)
        self._changed()

    def offer(self, view: RollbackView) -> Sequence[str]:
        """The overlay with the point's images pinned, as a diff, as far as it was read."""
        return self._offers.get((view.overlay, view.pins), ())

    async def read_offer(self, view: RollbackView) -> None:
        """Reads it from the work folder, which only a lead has."""
        key = (view.overlay, view.pins)
        if self._cockpit.pin is None or not view.overlay or not view.pins or key in self._offers:
            return
        self._offers[key] = ()
        self._offers[key] = await self._cockpit.pin(*key)
        self._changed()

    def forget_offers(self) -> None:
        """The overlay may have been written since."""
        self._offers.clear()

    def _namespace(self) -> str:
        target = self._cockpit.run.state.started.target
        return target.namespace if target else ""
