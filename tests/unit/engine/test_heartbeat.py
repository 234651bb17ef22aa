"""A machine that slept and a clock that was set are told apart, told, and do not count as work."""

import asyncio
from collections.abc import Sequence

import pytest
from alfred_tui.actions.clock import Clock
from alfred_tui.domain.run.events import AnyEvent, ClockGap
from alfred_tui.engine.heartbeat import Clocks, beat, gaps, look

BEFORE = Clocks(awake=100.0, boot=150.0, wall=1_000.0)


def after(awake: float, asleep: float = 0.0, stepped: float = 0.0) -> Clocks:
    passed = awake + asleep
    return Clocks(BEFORE.awake + awake, BEFORE.boot + passed, BEFORE.wall + passed + stepped)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (after(2.0), []),
        (after(60.0), []),  # a busy machine is neither asleep nor wrong
        (after(2.0, asleep=3600.0), [("asleep", 3600.0)]),
        (after(2.0, stepped=-120.0), [("set", -120.0)]),
        (after(2.0, asleep=30.0, stepped=5.0), [("asleep", 30.0), ("set", 5.0)]),
        (after(2.0, stepped=0.2), []),
    ],
)
def test_gaps_are_told_apart(now: Clocks, told: list[tuple[str, float]]) -> None:
    assert [(str(one.kind), round(one.seconds, 3)) for one in gaps(BEFORE, now)] == told


async def test_a_gap_is_recorded_and_puts_the_run_s_time_right() -> None:
    looks = iter([BEFORE, after(2.0), after(4.0, asleep=100.0)])
    recorded: list[AnyEvent] = []
    slept: list[float] = []
    turns = 0

    async def note(events: Sequence[AnyEvent]) -> None:
        recorded.extend(events)

    async def pause() -> None:
        nonlocal turns
        turns += 1
        if turns > 2:
            await asyncio.Event().wait()

    task = asyncio.create_task(beat(note, slept.append, clocks=lambda: next(looks), pause=pause))
    async with asyncio.timeout(5):
        while not recorded:
            await asyncio.sleep(0)
    task.cancel()
    (gap,) = recorded
    assert isinstance(gap, ClockGap)
    assert (gap.kind, round(gap.seconds, 3)) == ("asleep", 100.0)
    assert slept == [pytest.approx(100.0)]


def test_time_asleep_moves_the_run_s_time_and_not_what_has_elapsed() -> None:
    clock = Clock()
    now, elapsed = clock.now(), clock.elapsed()
    clock.slept(3600.0)
    assert clock.now() - now == pytest.approx(3600.0, abs=1)
    assert clock.elapsed() - elapsed == pytest.approx(0.0, abs=1)


def test_the_machine_s_clocks_can_be_read() -> None:
    assert gaps(look(), look()) == []
