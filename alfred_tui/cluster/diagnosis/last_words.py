"""What a crashed container wrote last: its log's end, read once for each run of it that ended.

A cause is mostly that of many pods, so few of them are read: the others are told what those said. A kubelet
keeps the log of a run that ended only until the next one has ended, so it is read as soon as it is seen.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

import msgspec

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, ClusterError, Forbidden, Invalid
from alfred_tui.cluster.objects.ownership import controller_uid
from alfred_tui.cluster.objects.partial import ContainerStatus, Pod, Terminated
from alfred_tui.cluster.objects.resources import PODS
from alfred_tui.cluster.store.permissions import Permissions
from alfred_tui.domain.cluster.needs import LOGS
from alfred_tui.domain.cluster.workloads import Diagnosis
from alfred_tui.domain.logs.quotes import telling

TAIL = 20
LONGEST = 32 * 1024
"""Bytes of one answer. The limit cuts a log's end off, not its begin: of longer lines fewer are asked for."""
_FEWER = 3
AT_ONCE = 3
"""Logs read side by side."""
SPEAKERS = 2
"""Pods that are read of all those with one cause."""
CAUSES = 256
"""Causes of which logs are read, at most."""
AGAIN = 30.0
"""Real seconds until a log that could not be read is asked for again."""
_TIMEOUT = 10.0
_UNKEPT = b"unable to retrieve container logs for"
"""What a kubelet answers, with status 200, in place of a log that it has removed."""


class Cause(NamedTuple):
    """What pods of one controller have in common that ended in the same way."""

    controller: str
    container: str
    exit_code: int
    signal: int
    reason: str


class Run(NamedTuple):
    """A run of a container that has ended."""

    namespace: str
    pod: str
    uid: str
    number: int
    """How many runs were before it."""
    previous: bool
    """Whether its log is the previous one for the API, or the present one."""
    cause: Cause

    @property
    def place(self) -> tuple[str, str]:
        """The pod's uid and the container."""
        return self.uid, self.cause.container


class Words(msgspec.Struct, frozen=True):
    """Lines that say why; or why there are none, as the rest of a sentence."""

    lines: tuple[str, ...] = ()
    missing: str = ""
    of: str = ""
    """The pod that said so, when it is another one with the same cause."""


_NONE = Words()


def ended_run(pod: Pod, container: str) -> Run | None:
    """The last run of the container whose log can be asked for; None when there is none yet.

    A container that has just ended and will be started again has still the log of the run before as its
    previous one; which of the two an answer would be about is a race, so its waiting is waited for.
    """
    status = _status(pod, container)
    if status is None:
        return None
    state, last = status.state, status.last_state.terminated
    if state.terminated is not None and _is_final(pod):
        end, number, previous = state.terminated, status.restart_count, False
    elif last is None or (state.terminated is not None and _how(state.terminated) != _how(last)):
        return None
    else:
        # While it waits it has already ended once more than it was started again.
        end, number, previous = last, status.restart_count - (state.waiting is None), True
    cause = Cause(controller_uid(pod.metadata) or pod.metadata.uid, container, *_how(end))
    return Run(pod.metadata.namespace, pod.metadata.name, pod.metadata.uid, number, previous, cause)


def _status(pod: Pod, container: str) -> ContainerStatus | None:
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    return next((one for one in statuses if one.name == container), None)


def _is_final(pod: Pod) -> bool:
    return pod.status.phase == "Failed" or pod.spec.restart_policy == "Never"


def _how(end: Terminated) -> tuple[int, int, str]:
    return end.exit_code, end.signal, end.reason


class _Heard(NamedTuple):
    run: Run
    words: Words
    again_at: float
    """When it may be asked for again, monotonic; 0: it is known."""


class LastWords:
    """Adds to diagnoses of crashes what the containers wrote last.

    `hide` takes the run's secrets out of a text, `looks_bad` tells lines that look like errors, `on_heard` is
    called with namespace and name of a pod whose diagnosis is to be made again.
    """

    def __init__(
        self,
        connection: Connection,
        permissions: Permissions,
        *,
        hide: Callable[[str], str],
        looks_bad: Callable[[bytes], bool],
        on_heard: Callable[[str, str], None],
    ) -> None:
        self._connection = connection
        self._permissions = permissions
        self._hide = hide
        self._looks_bad = looks_bad
        self._on_heard = on_heard
        self._heard: dict[tuple[str, str], _Heard] = {}
        self._speakers: dict[Cause, dict[str, str]] = {}
        self._places: dict[str, dict[str, Cause]] = {}
        self._wanted: dict[tuple[str, str], Run] = {}
        self._queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._idle = asyncio.Event()
        self._idle.set()

    # What is told

    def added(self, pod: Pod, diagnosis: Diagnosis) -> Diagnosis:
        """The diagnosis with the last words of the container that it is about, if it is about a crash.

        What the kubelet has as the termination message counts first. Neither holds the run's secrets.
        """
        shown = msgspec.structs.replace(
            diagnosis, sentence=self._hide(diagnosis.sentence), group=self._hide(diagnosis.group)
        )
        if not diagnosis.container:
            return shown
        if diagnosis.last_words:
            words = Words(self._telling(_message(pod, diagnosis.container)))
        else:
            words = self._words(pod, diagnosis.container)
        if words.missing:
            sentence = f"{shown.sentence.removesuffix('.')}; {words.missing}."
            return msgspec.structs.replace(shown, sentence=sentence)
        return msgspec.structs.replace(shown, last_words=words.lines, words_of=words.of)

    def _telling(self, text: str) -> tuple[str, ...]:
        return telling(self._hide(text), self._looks_bad)

    def _words(self, pod: Pod, container: str) -> Words:
        run = ended_run(pod, container)
        if run is None:
            return _NONE
        if self._refused(run.namespace):
            return Words(missing="its log may not be read (no right to get pods/log)")
        speakers = self._joined(run)
        if speakers is None:
            return Words(missing="its log was not read, as too many others crash for other causes")
        own = _NONE
        if run.uid in speakers:
            self._want(run)
            heard = self._heard.get(run.place)
            own = heard.words if heard is not None and heard.run.cause == run.cause else _NONE
        if own.lines:
            return own
        return next(self._of_others(run, speakers), own)

    def _refused(self, namespace: str) -> bool:
        rights = self._permissions.rights
        return rights.namespace in ("", namespace) and bool(rights.missing(LOGS))

    def _joined(self, run: Run) -> dict[str, str] | None:
        """The pods that speak for the cause, this one among them if it is needed; None: too many causes."""
        container = run.cause.container
        places = self._places.get(run.uid, {})
        before = places.get(container)
        if before not in (None, run.cause):
            self._leave(run.uid, container)
        speakers = self._speakers.get(run.cause)
        if speakers is None:
            if len(self._speakers) >= CAUSES:
                return None
            speakers = self._speakers[run.cause] = {}
        if run.uid not in speakers and len(speakers) < SPEAKERS:
            speakers[run.uid] = run.pod
            self._places.setdefault(run.uid, {})[container] = run.cause
        return speakers

    def _of_others(self, run: Run, speakers: dict[str, str]) -> Iterator[Words]:
        for uid, pod in speakers.items():
            heard = self._heard.get((uid, run.cause.container))
            if uid != run.uid and heard and heard.run.cause == run.cause and heard.words.lines:
                yield Words(heard.words.lines, of=pod)

    def forget(self, uid: str) -> None:
        """Drops what is known of a pod that is gone."""
        for container in list(self._places.get(uid, ())):
            self._leave(uid, container)

    def _leave(self, uid: str, container: str) -> None:
        cause = self._places[uid].pop(container)
        if not self._places[uid]:
            del self._places[uid]
        speakers = self._speakers.get(cause, {})
        speakers.pop(uid, None)
        if not speakers:
            self._speakers.pop(cause, None)
        self._heard.pop((uid, container), None)
        self._wanted.pop((uid, container), None)
        self._rest()

    # Reading

    def _want(self, run: Run) -> None:
        """Asks for the log of a run once; again after a while where there was no answer."""
        heard = self._heard.get(run.place)
        known = heard is not None and (heard.run.number, heard.run.cause) == (run.number, run.cause)
        if known and heard and (not heard.again_at or time.monotonic() < heard.again_at):
            return
        if run.place not in self._wanted:
            self._queue.put_nowait(run.place)
        self._wanted[run.place] = run
        self._idle.clear()

    def _rest(self) -> None:
        if not self._wanted:
            self._idle.set()

    async def settled(self, within: float) -> None:
        """Waits until all that is wanted has been read, for so many real seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._idle.wait()

    async def run(self) -> None:
        """Reads what is wanted until cancelled, once it was asked whether it may."""
        await self._permissions.asked.wait()
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            place = await self._queue.get()
            run = self._wanted.get(place)
            if run is None:
                continue  # its pod went away meanwhile
            words, again = _NONE, True
            try:
                if not self._refused(run.namespace):
                    words, again = await self._read(run)
            finally:  # what is read without end, or ends in a defect, is wanted again by whoever asks next
                wanted = self._wanted.pop(place, None)
                self._rest()
            if wanted is not None:
                self._heard[place] = _Heard(run, words, time.monotonic() + AGAIN if again else 0.0)
                self._on_heard(run.namespace, run.pod)

    async def _read(self, run: Run) -> tuple[Words, bool]:
        """What was heard, and whether to ask again. Never raises ClusterError: a gap is told in a word."""
        try:
            body = await self._log(run)
        except Forbidden:
            return Words(missing="its log may not be read (no right to get pods/log)"), True
        except Absent:
            return _NONE, False
        except Invalid:
            return Words(missing="its last log is not there any more"), False
        except ClusterError as problem:
            return Words(missing=f"its last log could not be read ({problem.word})"), True
        if body.startswith(_UNKEPT):
            return Words(missing="its last log is not there any more"), False
        lines = self._telling(body.decode("utf-8", "replace"))
        return (Words(lines) if lines else Words(missing="it has written no log")), False

    async def _log(self, run: Run) -> bytes:
        body = b""
        for tail in (TAIL, _FEWER):
            query: dict[str, str | int | bool] = {
                "container": run.cause.container,
                "tailLines": tail,
                "limitBytes": LONGEST,
            }
            if run.previous:
                query["previous"] = True
            path = f"{PODS.path(run.namespace, run.pod)}/log"
            body = (await self._connection.get(path, query, timeout=_TIMEOUT, silence=_TIMEOUT)).body
            if len(body) < LONGEST:
                break
        return body


def _message(pod: Pod, container: str) -> str:
    """The termination message that the container's present diagnosis is about."""
    status = _status(pod, container)
    if status is None:
        return ""
    end = status.state.terminated or status.last_state.terminated
    return end.message if end is not None else ""
