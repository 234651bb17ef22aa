"""The cockpit with a clock in its event loop: how long the loop was away, and a lead that signs everything.

`python -m tests.bench.loop_probe FOLDER ARGS…` writes FOLDER/lags (the blocks above 10 ms, in seconds) and
FOLDER/done when the run has a result.
"""

import asyncio
import sys
import time
from pathlib import Path

from alfred_tui.cli import main, screen, session
from alfred_tui.headless.lead import HeadlessLead

_BEAT = 0.005


async def _beats(told: Path) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_BEAT)
        away = time.perf_counter() - began - _BEAT
        if away > 0.01:
            with told.open("a") as file:
                file.write(f"{away:.4f}\n")


async def _sign(held: session.Session, folder: Path) -> None:
    lead = HeadlessLead(held.engine, "demo", attestations={}, values={}, signs_all=True, now=held.clock.now)
    await lead.lead()
    (folder / "done").touch()


def run(folder: Path, args: list[str]) -> int:
    """The cockpit, measured from its first whole frame on."""
    folder.mkdir(parents=True, exist_ok=True)
    take = screen._Seat.take
    tasks: list[asyncio.Task[None]] = []

    async def taken(self: screen._Seat, *given: object) -> object:
        cockpit = await take(self, *given)  # type: ignore[arg-type]
        assert self.session is not None
        tasks.append(asyncio.create_task(_beats(folder / "lags")))
        tasks.append(asyncio.create_task(_sign(self.session, folder)))
        return cockpit

    screen._Seat.take = taken  # type: ignore[method-assign,assignment]
    return main.run(args)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
