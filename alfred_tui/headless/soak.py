"""The soak of a run without a screen: the triggers are watched on after the last step, and a script waits.

Without it a pipeline would be told "done" while the minutes in which a release shows its faults have begun.
"""

from collections.abc import Awaitable, Callable

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.run.automatic import calling
from alfred_tui.domain.run.intents import Answer, AnyIntent, EndSoak
from alfred_tui.domain.run.state import RunState
from alfred_tui.domain.run.watching import has_soak, soak_left
from alfred_tui.present.soak import fired_told, not_known_told

_AT_LEAST = 0.05
"""Real seconds between two looks at the clock at the soak's end."""
GRACE = 60.0
"""Real seconds in which the watch says how the soak ended: its last questions may have to run into their
time limits. After that it does not watch any more, and nothing of the end is known."""


class Soak:
    """Looked at again and again once the run is done."""

    def __init__(
        self,
        submit: Callable[[AnyIntent], Awaitable[Answer]],
        by: str,
        *,
        left_out: str = "",
        speed: float = 1.0,
        tell: Callable[[str], None],
        grace: float = GRACE,
    ) -> None:
        """`left_out` says why there is none; empty: it is watched to its end."""
        self._submit = submit
        self._by = by
        self._left_out = left_out
        self._speed = speed
        self._tell = tell
        self._begun = False
        self._longer = False
        self._over_at = 0.0
        self._grace = grace

    async def look(self, state: RunState, now: float) -> float | None:
        """Real seconds after which to look again, if nothing changes before; None: it is over."""
        if calling(state) and not state.paused_by:
            return 60.0  # its countdown begins, and the rollback with its end: both are changes
        left = soak_left(state, now)
        why = fired_told(state) or self._left_out
        if left and not why:
            self._begin(state, left, now)
            return max(_AT_LEAST, left / self._speed)
        if left:
            await self._submit(EndSoak(by=self._by, reason=why))
        # Who comes back to a run whose soak has run out has not watched it.
        elif self._begun and has_soak(state) and not state.soak_ended:
            return await self._told_by_the_watch(now)
        return None

    async def _told_by_the_watch(self, now: float) -> float | None:
        self._over_at = self._over_at or now
        wait = self._over_at / self._speed + self._grace - now / self._speed
        if wait > 0:
            return wait
        await self._submit(EndSoak(by=self._by, reason="the watch over the triggers broke off"))
        return None

    def _begin(self, state: RunState, left: float, now: float) -> None:
        if not self._begun:
            self._begun = True
            self._tell(
                f"All steps are settled. The triggers are watched for {format_elapsed(round(left))} more,"
                " the soak; --no-soak leaves it out."
            )
        elif not self._longer and now >= state.ended_at + state.checklist.rollback.soak:
            self._longer = True
            self._tell(
                f"The soak is over, and {not_known_told(state)}:"
                f" it is watched on, for at most {format_elapsed(round(left))}."
            )
