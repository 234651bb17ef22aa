"""What the screen's panels are fed from: the live cluster, the canary, the journal of a run led elsewhere."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from alfred_tui import garbage
from alfred_tui.actions.context import Equipment
from alfred_tui.domain.cluster.named import NamedObject
from alfred_tui.domain.cluster.pod_detail import PodDetail
from alfred_tui.domain.cluster.workloads import ClusterView, Connection, Freshness, RevisionView, Target
from alfred_tui.domain.document.actions import Canary
from alfred_tui.domain.errors import CockpitError, NotAnswered, in_words, one_after_another
from alfred_tui.domain.redaction import Redactor
from alfred_tui.domain.rollback.pins import Pin
from alfred_tui.domain.rollback.point import WorkloadPoint
from alfred_tui.domain.run.events import Entry
from alfred_tui.domain.run.folding import fold
from alfred_tui.domain.run.redacted import hiding, told_without
from alfred_tui.domain.run.state import RunState
from alfred_tui.journal import RunFolder, is_led, read_entries
from alfred_tui.present.canary import CanaryView, asks_prometheus, canary_step, run_marks
from alfred_tui.present.judged import canary_view

if TYPE_CHECKING:
    from alfred_tui.cli.shared import SharedLive
    from alfred_tui.cluster.live.live_cluster import LiveCluster

_POLL = 0.25
_AGAIN, _SELDOM = 5.0, 60.0
"""Real seconds until a cluster that could not be connected is tried again: at first, and at most."""
_GROWING = "It is tried again with growing pauses."
_LOOKS = 4
"""How many polls pass between two looks at whether somebody leads the run."""


class ClusterFeed:
    """The live cluster, opened after the first paint; before that it says that it is connecting."""

    def __init__(
        self,
        target: Target | None,
        shared: "SharedLive | None",
        now: Callable[[], float],
        secrets: Mapping[str, str] | None = None,
        *,
        no_target: str = "",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`no_target` says why there is no target, where more is known than that none was found."""
        self._sleep = sleep
        self._redact = hiding(secrets or {})
        self._shared = shared
        self._now = now
        self.live: LiveCluster | None = None
        self._listeners: list[Callable[[], None]] = []
        self._problem = Freshness(
            connection="connecting" if target else "not-configured",
            since=now(),
            message="" if target else no_target or "No kubeconfig was found: name one with --kubeconfig.",
        )

    async def open(self) -> None:
        """Connects and starts to watch, as often as it takes. What goes wrong is shown in the panels."""
        pause = _AGAIN
        while self._shared is not None and self.live is None:
            try:
                live = await self._shared()
                live.subscribe(self._changed)
                _keep_the_first_list(live)
                self.live = live
            except CockpitError as error:
                self._troubled(_word(error), one_after_another(str(error), _GROWING))
            except Exception as error:  # noqa: BLE001 - the panels tell it; the run goes on without them
                told = f"The cluster cannot be shown ({in_words(error)}), a defect."
                self._troubled("error", one_after_another(told, _GROWING))
            self._changed()
            if self.live is None:
                await self._sleep(pause)
                pause = min(2 * pause, _SELDOM)

    def _troubled(self, word: Connection, told: str) -> None:
        before = self._problem
        since = before.since if before.connection == word else self._now()
        self._problem = Freshness(connection=word, since=since, message=told)

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def view(self) -> ClusterView:
        if self.live is not None:
            return self.live.view()
        state = self._problem
        return ClusterView(pods_freshness=state, rollouts_freshness=state, usage_freshness=state)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _there(self) -> "LiveCluster":
        if self.live is None:
            why = self._problem.message or "it is being connected"
            raise CockpitError(f"The cluster cannot be asked: {why}.".replace("..", "."))
        return self.live

    async def history(self, kind: str, namespace: str, name: str) -> Sequence[RevisionView]:
        """The revisions that a workload can go back to, newest first. Raises CockpitError."""
        from alfred_tui.cluster.live.histories import history

        found = await history(self._there(), kind, namespace, name)
        return [msgspec.structs.replace(one, change_cause=self._redact(one.change_cause)) for one in found]

    async def diff(self, kind: str, namespace: str, name: str, before: int, after: int) -> Sequence[str]:
        """What differs between two revisions' pod templates, without secrets. Raises CockpitError."""
        from alfred_tui.cluster.live.histories import template_diff

        return await template_diff(self._there(), kind, namespace, name, before, after)

    async def pod(self, namespace: str, name: str) -> PodDetail:
        """A pod in full, without secrets. Raises CockpitError."""
        from alfred_tui.cluster.live.pod_detail import pod_detail

        detail = await pod_detail(self._there(), namespace, name)
        hide = partial(told_without, self._redact)
        return msgspec.structs.replace(
            detail,
            containers=tuple(map(hide, detail.containers)),
            conditions=tuple(map(hide, detail.conditions)),
            events=tuple(map(hide, detail.events)),
        )

    async def yaml(self, kind: str, namespace: str, name: str) -> Sequence[str]:
        """An object's YAML lines without managedFields and secrets. Raises CockpitError."""
        from alfred_tui.cluster.live.shown_yaml import shown_yaml

        return await shown_yaml(self._there().connection, kind, namespace, name, self._redact)

    async def named(self, kind: str, namespace: str, name: str) -> Sequence[NamedObject]:
        """The objects that a pod or a workload names, without secrets. Raises CockpitError."""
        from alfred_tui.cluster.live.named_objects import named_objects

        found = await named_objects(self._there().connection, kind, namespace, name)
        return [told_without(self._redact, one) for one in found]


def _keep_the_first_list(live: "LiveCluster") -> None:
    """Once it has come: of a large cluster it is most of what there is, and is not looked through again."""
    from alfred_tui.cluster.objects.resources import PODS

    def look() -> None:
        if live.complete(PODS):
            garbage.keep()
            leave()

    leave = live.subscribe(look)


def overlay_offers(workdir: str) -> Callable[[str, Sequence[Pin]], Awaitable[Sequence[str]]]:
    """What pinning images would change in an overlay of the work folder."""

    async def offers(overlay: str, pins: Sequence[Pin]) -> Sequence[str]:
        def read() -> Sequence[str]:
            from alfred_tui.actions.pinning import offer

            return offer(Path(workdir), overlay, pins)

        return await asyncio.to_thread(read)

    return offers


def rehearsals(
    state: Callable[[], RunState], equipment: Equipment, secrets: Mapping[str, str]
) -> Callable[[str, int], Awaitable[str | None]]:
    """Why the server would refuse to put a deployment back to a revision: empty when it would not, None when
    it did not answer."""
    redact = Redactor(secrets).text

    async def rehearse(name: str, revision: int) -> str | None:
        if equipment.connect is None or equipment.target is None:
            return None
        from alfred_tui.cluster.changes import deployment_undo

        point = state().point
        saved = point.workload(name) if point else None
        saved = saved or WorkloadPoint(namespace=equipment.target.namespace, name=name, revision=revision)
        try:
            connection = await equipment.connect()
            await deployment_undo.undo(connection, saved, revision, resume=True, rehearse=True)
        except CockpitError as error:
            unheard = isinstance(error, NotAnswered) and error.temporary
            return None if unheard else redact(str(error))
        return ""

    return rehearse


def previews(
    state: Callable[[], RunState], equipment: Equipment
) -> Callable[[str], Awaitable[Sequence[str]]]:
    """What a step's preview prints, with everything filled in that the run knows."""

    async def read(step_id: str) -> Sequence[str]:
        from alfred_tui.actions.previewing import preview

        return await preview(state().step(step_id), equipment)

    return read


_WORDS: tuple[Connection, ...] = ("unreachable", "expired", "forbidden", "absent", "throttled")


def _word(error: CockpitError) -> Connection:
    """A kubeconfig that cannot be used says nothing of the server."""
    return next((one for one in _WORDS if one == getattr(error, "word", "")), "error")


class RunCanary:
    """The canary panel: the run's own measurements, and whether Prometheus can be asked."""

    def __init__(
        self,
        state: Callable[[], RunState],
        now: Callable[[], float],
        prometheus: Callable[[], Freshness | None] = lambda: None,
    ) -> None:
        self._state = state
        self._now = now
        self._prometheus = prometheus
        self._seen: object = None
        self._view = CanaryView()

    def view(self) -> CanaryView:
        state = self._state()
        step = canary_step(state)
        heard = self._prometheus() if asks_prometheus(state.checklist) else None
        if step is None or not isinstance(step.action, Canary):
            return CanaryView(freshness=heard)
        own = state.steps[step.id]
        events = run_marks(state, own)
        key = (own, heard, events)
        if key != self._seen:
            self._seen = key
            view = canary_view(step.action, own, self._now(), speed=state.started.speed, events=events)
            self._view = msgspec.structs.replace(view, freshness=heard)
        return self._view

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        return lambda: None


class JournalSource:
    """A run that another process drives, read from its journal: the same states by the same fold."""

    def __init__(self, folder: RunFolder, state: RunState) -> None:
        self._folder = folder
        self._state = state
        self._listeners: list[Callable[[RunState, tuple[Entry, ...]], None]] = []
        self._led = True

    def led(self) -> bool:
        """Whether a process drives the run, as far as can be told from here; True while it cannot."""
        return self._led

    @property
    def state(self) -> RunState:
        return self._state

    def subscribe(self, listener: Callable[[RunState, tuple[Entry, ...]], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def follow(self, tell: Callable[[str], None]) -> None:
        """Reads what is new, for ever; what cannot be read is told once, and tried again."""
        told = ""
        for turn in count():
            try:
                await self._look(whether_led=turn % _LOOKS == 0)
                told = ""
            except Exception as error:  # noqa: BLE001 - a task boundary: events that do not fit would end it unseen
                why = str(error) if isinstance(error, OSError) else in_words(error)
                if why != told:
                    told = why
                    tell(f"The run's record cannot be followed, so what is shown stands still: {told}")
            await asyncio.sleep(_POLL)

    async def _look(self, *, whether_led: bool) -> None:
        if whether_led:
            led = await asyncio.to_thread(is_led, self._folder.path, socket.gethostname())
            self._led = led is not False
        entries = tuple(await asyncio.to_thread(read_entries, self._folder.journal, self._state.seq))
        if entries:
            self._state = fold(self._state, entries)
            for listener in tuple(self._listeners):
                listener(self._state, entries)
