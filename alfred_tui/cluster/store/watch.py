"""List, then watch, for ever: keeps one kind of one namespace in a store, whatever the network does.

The official client's watch reconnects in a hot loop, its informer lists in one, and neither asks for
bookmarks. Rules of the protocol: https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar, cast

import msgspec

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import (
    Absent,
    Broken,
    ClusterError,
    Forbidden,
    Gone,
    Invalid,
    decode_status,
    refusal,
)
from alfred_tui.cluster.access.said import saying
from alfred_tui.cluster.objects.partial import ListOf
from alfred_tui.cluster.objects.resources import Resource
from alfred_tui.cluster.store.first_list import INITIAL_EVENTS_END, STREAMED, FirstList
from alfred_tui.cluster.store.freshness import Hearing
from alfred_tui.cluster.store.kind_store import Change, Kept, Store
from alfred_tui.cluster.store.watch_events import Event, VersionOnly, read_bookmark, read_event
from alfred_tui.domain.cluster.rights import Right

T = TypeVar("T", bound=Kept)


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Real seconds, and sizes."""

    page: int = 500
    """Objects a page: a page decodes in a few milliseconds, so the screen does not wait for it."""
    watch: float = 45.0
    """After so long (a tenth more or less) the server ends a watch, and it is opened again where it stopped.
    Short enough that a half-open connection is noticed within a minute."""
    grace: float = 8.0
    """Silence beyond `watch` at which a connection is given up for dead."""
    silence: float = 30.0
    """Silence in the middle of a list at which it is begun again."""
    first_pause: float = 0.25
    longest_pause: float = 30.0
    longest_asked: float = 120.0
    """A server, or a proxy before it, that asks for a longer wait than this is asked again sooner."""
    first_refused: float = 1.0
    refused_pause: float = 30.0
    """Between questions that this account may not ask, or that this server has no answer to: the first pause,
    doubled each time, and the longest. An API server refuses everybody for some seconds after its start."""
    poll: float = 10.0
    """Between two lists where this account may list and not watch."""
    settled: float = 5.0
    """A watch that lasted so long was a good one."""
    batch: int = 200
    """Events taken between two turns of the event loop."""


GROWING = "It is asked again with growing pauses."
_LIST_TIMEOUT = 120.0
_BRIEF = 1
"""Seconds of the first watch on a connection of which nobody knows yet whether it is heard."""
_DOUBTS = 3
"""After so many unexplained answers in a row the version that we ask from may be what is wrong."""


class Watch(Generic[T]):
    """One kind of one namespace (all of them when it is empty)."""

    def __init__(
        self,
        connection: Connection,
        resource: Resource[T],
        namespace: str,
        *,
        on_changes: Callable[[Sequence[Change[T]]], None],
        on_state: Callable[[], None],
        now: Callable[[], float],
        timing: Timing,
        query: Mapping[str, str] | None = None,
    ) -> None:
        self.resource = resource
        self.namespace = namespace
        self.store: Store[T] = Store()
        self.hearing = Hearing(now, again=GROWING)
        self._connection = connection
        self._path = resource.path(namespace)
        self._doing = f"watching {resource.plural}{f' in {namespace}' if namespace else ''}"
        self._query: dict[str, str | int | bool] = dict(query or {})
        self._on_changes = on_changes
        self._on_state = on_state
        self._timing = timing
        said = saying(connection.hide)
        self._list: msgspec.json.Decoder[ListOf[T]] = msgspec.json.Decoder(
            cast(Any, ListOf)[resource.type], dec_hook=said
        )
        self._object: msgspec.json.Decoder[T] = msgspec.json.Decoder(resource.type, dec_hook=said)
        self._failures = 0
        self._gone = 0
        self._refusals = 0
        self._random = random.Random()  # noqa: S311 - spreads requests in time, guards nothing
        self._again = asyncio.Event()
        self._stream: asyncio.Task[None] | None = None
        self._streams_lists = True
        self._polls_until = 0.0
        self._listing: FirstList[T] | None = None
        self._first = True
        self._brief = False

    def rights(self) -> tuple[Right, ...]:
        """What it needs."""
        return self.resource.rights("list", "watch", namespace=self.namespace)

    async def run(self) -> None:
        """Lists and watches until cancelled. What goes wrong is not raised: it stands in `hearing`."""
        while True:
            await self._round()

    def reconnect(self) -> None:
        """Opens the watch again at once, where it stopped: its connection may be dead without saying so."""
        self._brief = True
        self._again.set()
        if self._stream is not None:
            self._stream.cancel()

    @property
    def refused(self) -> bool:
        """Whether it may not do all that it needs, as the server last said, or could not log in."""
        return self.hearing.state.connection in ("forbidden", "expired") or bool(self._polls_until)

    def ask_again(self) -> None:
        """Asks at once for what was refused."""
        if self.refused:
            # Not 0, by which it would seem allowed until it is refused once more.
            self._polls_until = min(self._polls_until, time.monotonic())
            self._again.set()

    async def _round(self) -> None:
        try:
            await self._turn()
        except Gone:
            # What we have stays on screen until the new list is whole.
            self.store.version = ""
            self._failures = max(self._failures, self._gone)
            self._gone += 1
            await self._pause(0.0)
        except ClusterError as problem:
            if self._listing is not None and self._refuses_streams(problem):
                self._streams_lists = False
                return
            await self._failed(problem)
        except Exception as problem:  # noqa: BLE001 - a task boundary: an unknown form must not end it unseen
            why = f"While {self._doing}, an answer could not be understood: {problem}."
            self.store.version = ""
            await self._failed(Broken(why, temporary=True))

    async def _turn(self) -> None:
        """A list where there is none, then a watch to its end; or the next list where none is allowed."""
        self._listing = None
        left = self._polls_until - time.monotonic()
        if left > 0:
            await self._wait(min(left, self._timing.poll))
            await self._read_list()
            return
        if not self.store.version:
            if self._streams_lists and await self._connection.streams_lists():
                self._listing = FirstList()
                self._first = not self.store.objects
            else:
                await self._read_list()
        try:
            lasted = await self._read_watch()
        except Forbidden:
            if self._listing is not None:
                raise
            # What may be listed is listed again and again, and the right asked for as any refused one is.
            self._polls_until = time.monotonic() + self._refused()
            await self._read_list()
            return
        self._polls_until = 0.0
        self._refusals = 0
        if lasted < self._timing.settled and not self._again.is_set():
            # A server that ends watches at once would otherwise be asked thousands of times a second.
            await self._pause(0.0)
        self._again.clear()

    def _refuses_streams(self, problem: ClusterError) -> bool:
        """Whether it says that it streams lists, and does not: over storage too old, behind a proxy, or to
        an account that may not watch."""
        return isinstance(problem, Invalid | Forbidden) or problem.status >= 500 or self._failures >= _DOUBTS

    async def _failed(self, problem: ClusterError) -> None:
        lasting = isinstance(problem, Forbidden | Absent)
        # One broken connection is everyday; it is worth a word when it does not come back at once.
        if self._failures or lasting or not self.hearing.state.heard_at or not problem.temporary:
            self.hearing.failed(problem)
            self._on_state()
        if isinstance(problem, Broken) and self._failures >= _DOUBTS:
            self.store.version = ""
        asked = min(problem.retry_after, self._timing.longest_asked)
        await self._pause(self._refused() if lasting else asked)

    def _refused(self) -> float:
        """Seconds until what was refused is asked again."""
        pause: float = self._timing.first_refused * 2 ** min(self._refusals, 16)
        self._refusals += 1
        return min(self._timing.refused_pause, pause)

    async def _pause(self, at_least: float) -> None:
        timing = self._timing
        grown = min(timing.longest_pause, timing.first_pause * 2 ** min(self._failures, 16))
        self._failures += 1
        # Jitter: a hundred cockpits must not come back to a restarted API server in the same moment.
        await self._wait(at_least + grown * self._random.uniform(0.6, 1.0))

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._again.wait()
        self._again.clear()

    def _heard(self) -> None:
        before = self.hearing.state
        self.hearing.heard(every=self._timing.poll if self._polls_until else 0.0)
        every = self.hearing.state.every
        # Of lists that stand in for a watch the age is shown: each of them is news.
        if every or (before.connection, before.every) != ("live", every):
            self._on_state()

    # The list

    async def _read_list(self) -> None:
        query = {**self._query, "limit": self._timing.page}
        first = not self.store.objects
        sent = time.monotonic()
        gathered: list[T] = []
        while True:
            answer = await self._connection.get(
                self._path, query, timeout=_LIST_TIMEOUT, silence=self._timing.silence
            )
            page = self._list.decode(answer.body)
            items = page.items or []
            gathered += items
            if first:
                self._tell(self.store.add_page(items))
            if not page.metadata.continue_token:
                break
            query["continue"] = page.metadata.continue_token
            await asyncio.sleep(0)
        self._tell(self.store.replace(gathered, page.metadata.resource_version))
        self._failures = 0
        self.hearing.accepted(sent)
        self._heard()

    def _tell(self, changes: Sequence[Change[T]]) -> None:
        if changes:
            self._on_changes(changes)

    # The watch

    async def _read_watch(self) -> float:
        """Follows one stream to its end. How many seconds it lasted."""
        began = time.monotonic()
        self._stream = asyncio.create_task(self._follow())
        try:
            await self._stream
        except asyncio.CancelledError:
            # Ours (a reconnect) ends only the stream; the caller's ends us too.
            task = asyncio.current_task()
            if not self._again.is_set() or task is None or task.cancelling():
                raise
        finally:
            self._stream = None
            lasted = time.monotonic() - began
            if lasted >= self._timing.settled:
                self._failures = self._gone = 0
        return lasted

    async def _follow(self) -> None:
        seconds = max(1, round(self._timing.watch * self._random.uniform(0.9, 1.1)))
        if self._brief:
            # Where nothing changes, only the agreed end of a watch says that the server is heard again.
            self._brief, seconds = False, min(_BRIEF, seconds)
        query = {
            **self._query,
            "watch": True,
            "allowWatchBookmarks": True,
            "timeoutSeconds": seconds,
            **({"resourceVersion": self.store.version} if self._listing is None else STREAMED),
        }
        silence = seconds + self._timing.grace
        begun = partial(self._allowed, time.monotonic())
        stream = self._connection.stream(self._path, query, silence=silence, begun=begun)
        async with aclosing(stream) as batches:
            async for lines in batches:
                if self._listing is None:
                    self._failures = self._gone = 0
                for start in range(0, len(lines), self._timing.batch):
                    self._take(lines[start : start + self._timing.batch])
                    await asyncio.sleep(0)
        if self._listing is not None:
            raise Broken(f"While {self._doing}, the first list ended half-way.", temporary=True)
        # It ended as agreed: the server was there until now.
        self._heard()

    def _allowed(self, sent_tick: float) -> None:
        """The server has taken the watch: whether something comes over it soon or not, it is allowed."""
        self.hearing.accepted(sent_tick)
        if self._polls_until:
            self._polls_until = 0.0
            if self._listing is None:
                self._heard()

    def _take(self, lines: Iterable[bytes]) -> None:
        changes: list[Change[T]] = []
        try:
            for line in lines:
                changes += self._read(line)
        finally:
            self._tell(changes)
        if self._listing is None:
            self._heard()

    def _read(self, line: bytes) -> Sequence[Change[T]]:
        event = read_event(line)
        if event.type in ("ADDED", "MODIFIED", "DELETED") and self._listing is not None:
            return self._list_one(self._listing, event)
        if event.type in ("ADDED", "MODIFIED", "DELETED"):
            change = self.store.apply(event.type, self._object.decode(event.object))
            return () if change is None else (change,)
        if event.type == "BOOKMARK":
            return self._bookmark(read_bookmark(event.object))
        if event.type == "ERROR":
            status = decode_status(event.object, self._connection.hide)
            raise refusal(status.code, status, doing=self._doing)
        raise ValueError(f"a watch event of the unknown type '{event.type}'")

    def _list_one(self, listing: FirstList[T], event: Event) -> Sequence[Change[T]]:
        one = self._object.decode(event.object)
        listing.take(event.type, one)
        # The very first is shown as it comes; later, what is known stays until the list is whole.
        return self.store.add_page((one,)) if self._first else ()

    def _bookmark(self, meta: VersionOnly) -> Sequence[Change[T]]:
        listing = self._listing
        if listing is None:
            self.store.advance(meta.resource_version)
            return ()
        if (meta.annotations or {}).get(INITIAL_EVENTS_END) != "true":
            return ()
        self._listing = None
        self._failures = 0
        return self.store.replace(listing.objects.values(), meta.resource_version)


AnyWatch = Watch[Any]
