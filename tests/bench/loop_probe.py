"""The cockpit with a clock in its event loop: how long the loop was away, and a lead that signs everything.

`python -m tests.bench.loop_probe FOLDER ARGS…` writes FOLDER/lags: a line for each block above 10 ms, with
`opening` or `leading`, its seconds by the wall's clock, and those of them that the loop's own thread had the
processor. FOLDER/done is there when the run has a result.
"""

import asyncio
import sys
import time
from pathlib import Path

from alfred_tui.cli import main, screen, session
from alfred_tui.headless.lead import HeadlessLead
from alfred_tui.ui.app import CockpitApp

_BEAT = 0.005


class _Probe:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.phase = "opening"
        self.tasks: list[asyncio.Task[None]] = []

    async def beat(self) -> None:
        with (self.folder / "lags").open("a", buffering=1) as file:
            while True:
                began, used = time.perf_counter(), time.thread_time()
                await asyncio.sleep(_BEAT)
                away = time.perf_counter() - began - _BEAT
                if away > 0.01:
                    file.write(f"{self.phase} {away:.4f} {time.thread_time() - used:.4f}\n")

    async def sign(self, held: session.Session) -> None:
        lead = HeadlessLead(
            held.engine, "demo", attestations={}, values={}, signs_all=True, now=held.clock.now
        )
        await lead.lead()
        (self.folder / "done").touch()


def run(folder: Path, args: list[str]) -> int:
    """The cockpit, measured from the moment at which its run is open; `leading` once it is drawn."""
    probe = _Probe(folder)
    take, painted = screen._Seat.take, CockpitApp._after_first_paint

    async def taken(self: screen._Seat, *given: object) -> object:
        cockpit = await take(self, *given)  # type: ignore[arg-type]
        assert self.session is not None
        probe.tasks += [asyncio.create_task(probe.beat()), asyncio.create_task(probe.sign(self.session))]
        return cockpit

    def drawn(self: CockpitApp) -> None:
        painted(self)
        probe.phase = "leading"

    screen._Seat.take = taken  # type: ignore[method-assign,assignment]
    CockpitApp._after_first_paint = drawn  # type: ignore[method-assign]
    return main.run(args)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
