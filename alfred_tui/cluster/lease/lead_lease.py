"""One lead for a cluster: a Lease in the run's namespace, renewed while it is led.

Every write carries the resourceVersion that was read, so that of two only one succeeds. Whether a holder has
gone is never read off a clock: its Lease has expired when it was seen unchanged, by our own monotonic clock,
for as long as it promises (client-go's leader election does the same).

Nor does our own clock say that we still lead: whoever types the word takes over before the promise is over.
So the server is asked before every start, and while it does not answer nothing is started.
"""

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, Conflict
from alfred_tui.cluster.lease.lease_object import LEASES, NAME, Lease, LeaseObject
from alfred_tui.cluster.lease.standing import DEFAULT, Standing, Timing, Unrenewed
from alfred_tui.domain.errors import CockpitError, Refused, Usage

__all__ = ["LEASES", "NAME", "LeadLease", "Lease", "Standing", "Timing"]

_TRIES = 5


class LeadLease:
    """The Lease of one run, as one cockpit sees it. `holder` is `LEAD@HOST/RUN`.

    `clock` gives seconds and goes on while the machine sleeps: whoever slept through the promise has lost it.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        namespace: str,
        holder: str,
        *,
        clock: Callable[[], float],
        timing: Timing = DEFAULT,
    ) -> None:
        self._object = LeaseObject(connect, namespace)
        self._namespace = namespace
        self._holder = holder
        self._timing = timing
        self._clock = clock
        self._turn = asyncio.Lock()
        self._mine: Lease | None = None
        self._renewed_at = 0.0
        self._unrenewed: Unrenewed | None = None
        self._ask_sooner = asyncio.Event()
        self._other: tuple[Lease, float] | None = None
        """Another's Lease that was found late, and when it was first seen so."""
        self._lost = ""
        self._unguarded = "It was not asked for yet."

    def standing(self) -> Standing:
        """What guards this run as far as is known; nobody is asked."""
        if self._lost:
            return Standing(
                "lost", f"{self._lost} (Lease {self._object.place}); this cockpit may only watch."
            )
        if self._other:
            return Standing("doubted", self._waits_for(self._other[0], self._other[1]))
        if self._mine is None:
            return Standing(
                "unguarded", f"Only this machine is guarded against a second lead: {self._unguarded}"
            )
        if self._unrenewed is not None:
            return self._unrenewed.standing(self._object.place, self._clock(), self._timing)
        if self._clock() - self._renewed_at > self._timing.duration:
            return Standing("asking", f"The Lease {self._object.place} was not renewed in time.")
        return Standing("held", f"The Lease {self._object.place} is held by this cockpit.")

    async def leader(self) -> tuple[str, str]:
        """Who leads, in a sentence, and the word that takes over from them; empty when nobody does.

        Raises CockpitError when the server does not tell.
        """
        try:
            found = await self._object.read()
        except Absent:
            return "", ""
        return (self._leads(found), _word(found)) if found.holder else ("", "")

    async def take(self, *, over: bool | str = False, tell: Callable[[str], None] = lambda _: None) -> str:
        """Takes it: when it is free or ours, when it has expired before our eyes, or `over` its holder.

        `over` is True when a person was asked and agreed, else the word that was given for it: the id of the
        run that leads. Any other word is refused, also when somebody else has begun to lead since.

        Returns the holder that it was taken over from, or nothing. `tell` hears at once for whom it waits.
        Raises Refused with who leads. Where Leases are forbidden or cannot be asked for, nothing is held, and
        `keep` goes on trying.
        """
        try:
            for _ in range(_TRIES):
                try:
                    return await self._take(over, tell)
                except Conflict:
                    continue  # somebody else wrote in between: look again
        except (Refused, Usage):
            raise
        except CockpitError as error:
            self.put_off(error.message)
        return ""

    async def keep(self, moved: Callable[[Standing], Awaitable[None]]) -> None:
        """Renews it, or takes it as soon as that can be, until cancelled or lost to another holder.

        `moved` hears of each change of the standing.
        """
        heard = self.standing().word
        while not self._lost:
            await self._until_next()
            waited = self.standing().waits
            async with self._turn:
                await self._renew_or_take()
            now = self.standing()
            if now.word != heard or (waited and not now.waits):
                heard = now.word
                await moved(now)

    async def confirm(self) -> None:
        """Asks the server whether it is still ours, before a start; `standing` is its answer then, or waits.

        While it does not answer, `keep` asks on, and this does not.
        """
        async with self._turn:
            if self._mine is not None and not self._lost and self._unrenewed is None:
                await self._renew_or_take()

    def put_off(self, why: str) -> None:
        """The cluster cannot be asked now; `keep` tries again."""
        self._unguarded = why

    async def release(self) -> None:
        """Frees it for the next lead, if it is held. One that cannot be freed expires."""
        mine, self._mine = self._mine, None
        if mine is None or self._lost:
            return
        try:
            await self._object.free(mine)
        except CockpitError:
            return

    async def _take(self, over: bool | str, tell: Callable[[str], None]) -> str:
        asked_at = self._clock()
        try:
            found = await self._object.read()
        except Absent:
            self._hold(await self._object.create(self._holder, self._timing.duration), asked_at)
            return ""
        if found.holder in ("", self._holder):
            await self._acquire(found)
            return ""
        if over is False:
            await self._acquire(await self._expired(found, tell))
            return ""
        if over is not True and over != _word(found):
            raise self._refused(found, over)
        await self._acquire(found)
        return found.holder

    async def _expired(self, found: Lease, tell: Callable[[str], None]) -> Lease:
        """The Lease, seen unchanged for as long as it promises. Raises Refused when its holder renews it."""
        seen_at = self._clock()
        tell(self._waits_for(found, seen_at))
        while True:
            await asyncio.sleep(min(self._timing.look, self._timing.duration))
            now = await self._object.read()
            if now.holder in ("", self._holder):
                return now
            if now.version != found.version:
                raise self._refused(now)
            if self._has_expired(found, seen_at):
                return now

    def _has_expired(self, found: Lease, seen_at: float) -> bool:
        return self._clock() - seen_at > (found.spec.lease_duration_seconds or self._timing.duration)

    async def _until_next(self) -> None:
        """Until it is time for the next question."""
        self._ask_sooner.clear()
        pause = self._timing.look if self._other else self._timing.renew
        if self._unrenewed is not None:
            pause = self._unrenewed.pause(self._timing)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._ask_sooner.wait()

    async def _renew_or_take(self) -> None:
        """One question to the server, in its turn."""
        asked_at, at = self._clock(), datetime.now(UTC)
        try:
            if self._mine is not None:
                await self._renew(self._mine)
            else:
                await self._take_late()
        except CockpitError as error:
            if self._mine is not None:
                before = self._unrenewed or Unrenewed(asked_at, at)
                self._unrenewed = before.again(error)
                self._ask_sooner.set()
            elif not isinstance(error, Conflict):  # else somebody wrote in between: the next look tells
                self.put_off(error.message)

    async def _renew(self, mine: Lease) -> None:
        asked_at = self._clock()
        try:
            self._hold(await self._object.renew(mine), asked_at)
        except (Conflict, Absent):
            await self._look_again()

    async def _look_again(self) -> None:
        """The Lease was changed or deleted by somebody: is it still ours?"""
        asked_at = self._clock()
        try:
            found = await self._object.read()
        except Absent:
            self._hold(await self._object.create(self._holder, self._timing.duration), asked_at)
            return
        if found.holder == self._holder:
            self._hold(await self._object.renew(found), asked_at)
        elif found.holder:
            self._lost = f"{found.holder} leads now"
        else:
            self._lost = "Somebody else has led here since"

    async def _take_late(self) -> None:
        """Takes what could not be asked for when the run began; another's is looked at until it expires."""
        asked_at = self._clock()
        try:
            found = await self._object.read()
        except Absent:
            self._hold(await self._object.create(self._holder, self._timing.duration), asked_at)
            return
        seen, seen_at = self._other or (found, asked_at)
        if found.holder in ("", self._holder) or (
            found.version == seen.version and self._has_expired(seen, seen_at)
        ):
            await self._acquire(found)
        elif found.version != seen.version:
            self._lost = f"{found.holder} leads here"
        else:
            self._other = (seen, seen_at)

    async def _acquire(self, found: Lease) -> None:
        asked_at = self._clock()
        self._hold(await self._object.acquire(found, self._holder, self._timing.duration), asked_at)

    def _hold(self, mine: Lease, asked_at: float) -> None:
        self._mine, self._renewed_at, self._other, self._unrenewed = mine, asked_at, None, None

    def _waits_for(self, found: Lease, seen_at: float) -> str:
        """That it is another's, and until when it is looked at."""
        left = (found.spec.lease_duration_seconds or self._timing.duration) - (self._clock() - seen_at)
        until = datetime.now(UTC) + timedelta(seconds=max(0.0, left))
        return (
            f"{_run(found)} is held by {_who(found)} in {self._namespace}, last renewed "
            f"{_time(found.spec.renew_time)} (UTC); waiting until {until:%H:%M:%S} to see whether "
            "it is alive."
        )

    def _leads(self, found: Lease) -> str:
        since = _time(found.spec.acquire_time)
        return f"{_who(found)} leads {_run(found).lower()} in {self._namespace} since {since} (UTC)."

    def _refused(self, found: Lease, typed: str | None = None) -> Refused:
        """Who leads, and what takes over from them; `typed` is a word that does not."""
        wrong = "" if not typed else f" --take-over {typed} does not name that run."
        return Refused(
            f"{self._leads(found)}{wrong}",
            hint="Watch with `alfred-cockpit watch`, ask them to quit, or take over with "
            f"`--take-over {shlex.quote(_word(found))}`.",
        )


def _who(found: Lease) -> str:
    who = found.holder.rpartition("/")[0] or found.holder
    lead, _, host = who.rpartition("@")
    return f"{lead} on {host}" if lead else who


def _word(found: Lease) -> str:
    """What whoever takes over has to type: the id of the run, or the holder where it names none."""
    return found.holder.rpartition("/")[2] or found.holder


def _run(found: Lease) -> str:
    run = found.holder.rpartition("/")[2]
    return f"Run {run}" if run != found.holder else "A run"


def _time(text: str | None) -> str:
    return (text or "at an unknown time").partition(".")[0].removesuffix("Z").replace("T", " ")
