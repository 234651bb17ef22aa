"""What goes on beside the engine does not end in silence, and not what was opened with it."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from alfred_tui.actions.clock import Clock
from alfred_tui.cli import headless
from alfred_tui.cli.screen import _Seat
from alfred_tui.cli.session import Session
from alfred_tui.domain.errors import CockpitError


class BrokenBesides:
    """An engine that runs until it is left, and to which nothing can be subscribed."""

    failure = None
    running = ()
    state = SimpleNamespace(
        started=SimpleNamespace(mode="live"),
        checklist=SimpleNamespace(rollback=SimpleNamespace(triggers=())),
        steps={},
    )

    def __init__(self, told: list[str]) -> None:
        self._told = told

    def subscribe(self, listener: object) -> None:
        raise RuntimeError("oops")

    async def note(self, events: object) -> None: ...

    async def run(self) -> None:
        while not self._told:
            await asyncio.sleep(0.01)

    def detach(self) -> None: ...


def session(told: list[str]) -> Session:
    nothing: Any = None
    return Session(
        folder=nothing, lock=nothing, journal=nothing, engine=cast("Any", BrokenBesides(told)),
        equipment=nothing, clock=Clock(), target=None, metrics=None, values={}, tell=told.append,
    )  # fmt: skip


async def test_a_watch_over_the_triggers_that_breaks_says_so() -> None:
    told: list[str] = []
    async with asyncio.timeout(20):
        await session(told).drive()
    assert told == [
        "The watch over the rollback triggers has ended (RuntimeError: oops). "
        "Quit and resume the run to have it again."
    ]


async def test_a_defect_of_the_engine_does_not_keep_the_lease_and_the_lock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed: list[Session] = []

    async def close(self: Session) -> None:
        closed.append(self)

    async def breaks() -> None:
        raise RuntimeError("oops")

    monkeypatch.setattr(Session, "close", close)
    seat = _Seat()
    seat.session = session([])
    seat._driving = asyncio.create_task(breaks())
    with pytest.raises(RuntimeError, match="oops"):
        await seat.leave()
    assert closed == [seat.session]


class BreaksItsLead(BrokenBesides):
    """An engine that runs until it is closed; who answers for the lead cannot subscribe to it."""

    def __init__(self) -> None:
        super().__init__([])
        self._listeners = 0
        self.state = SimpleNamespace(
            started=SimpleNamespace(mode="live"), checklist=None, steps={}, result=None, rollback=None
        )

    def subscribe(self, listener: object) -> None:
        self._listeners += 1
        if self._listeners > 1:
            raise RuntimeError("oops")

    async def run(self) -> None:
        while not self._told:
            await asyncio.sleep(0.01)

    def close(self) -> None:
        self._told.append("closed")


async def test_a_headless_run_that_breaks_says_so_and_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drive(self: Session) -> None:
        await self.engine.run()

    monkeypatch.setattr(Session, "drive", drive)
    broken = session([])
    broken.engine = cast("Any", BreaksItsLead())
    broken.folder = cast("Any", SimpleNamespace(run="r1", read=lambda: (None, [])))
    with pytest.raises(CockpitError, match=r"The run was left \(RuntimeError: oops\), a defect") as told:
        await headless._drive(broken, {}, "ann", jsonl=False, signs_all=False, on_trouble="stop")
    assert told.value.hint == "Go on with `alfred-cockpit run --resume r1 --headless`."
