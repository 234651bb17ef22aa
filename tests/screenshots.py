"""Pictures of the real screen for the README: `python -m tests.screenshots DIR` writes SVGs.

They show the demo: its embedded cluster, a canary going bad, what the commands printed, and what was signed.
"""

import asyncio
import os
import re
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from alfred_tui.cli.demo import demo_world
from alfred_tui.cli.given import load
from alfred_tui.cli.opening import open_session
from alfred_tui.cli.options import Options, checklist_path
from alfred_tui.cli.screen import _Seat as LeadsSeat
from alfred_tui.cli.session import Session
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.headless.lead import HeadlessLead, Signed
from alfred_tui.ui.app import CockpitApp

from tests.ui.seat import Seat

_FONT = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""A picture asks no other host for its font."""

SCENARIO, SPEED = "canary-errors", 20.0
BAKED = 320.0
"""Seconds of the bake, on the run's clock, after which the pictures are taken."""

_NOTES = {
    "merge-conflicts": "git says the tree is clean",
    "rollback-documentation": "walked through it with Sam yesterday",
    "on-call-assigned": "Sam until 06:00, Ines after",
    "maintenance-window": "22:00 to 00:00, no customer jobs",
}


@dataclass(frozen=True)
class Picture:
    """What is shown, in which layout, at which size, after which keys."""

    name: str
    size: tuple[int, int]
    step: str = ""
    focus: str = ""
    keys: tuple[str, ...] = ()
    layout: str = "cockpit"


PICTURES = (
    Picture("cockpit", (200, 55), "deploy-canary"),
    Picture("narrow", (80, 24)),
    Picture("walkthrough", (140, 42), "deploy-canary", layout="walkthrough"),
    Picture("chart", (140, 42), focus="CanaryPanel", keys=("z",)),
    Picture("rollback", (140, 42), keys=("ctrl+r",)),
)


def signatures(checklist: Checklist) -> dict[str, tuple[Signed, ...]]:
    """Maria signs everything, and Sam where two are asked for."""
    return {
        step.id: tuple(Signed(by=by, note=_NOTES.get(step.id, "seen")) for by in ("maria", "sam"))
        for step in checklist.steps()
    }


async def led_to_the_bake(session: Session, checklist: Checklist) -> None:
    """Signs what is asked until the canary has baked long enough to be seen."""
    engine = session.engine
    lead = HeadlessLead(
        engine,
        "maria",
        attestations=signatures(checklist),
        values={name: asked.default or "registry.example" for name, asked in checklist.ask.items()},
        now=session.clock.now,
    )
    leading = asyncio.create_task(lead.lead())
    try:
        while not _baked(session):
            assert not leading.done(), engine.state.result_why
            await asyncio.sleep(0.2)
    finally:
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)


def _baked(session: Session) -> bool:
    step = next(one for one in session.engine.state.checklist.steps() if isinstance(one.action, a.Canary))
    at = session.engine.state.steps[step.id]
    return at.status == "running" and session.clock.now() - at.started_at >= BAKED


async def take(person: Seat, picture: Picture, folder: Path) -> None:
    """One picture."""
    await person.resize(*picture.size)
    await person.app.use_layout(picture.layout)
    await person.settle()
    if picture.step and picture.layout == "cockpit":
        await person.go(picture.step)
    if picture.focus:
        await person.focus(picture.focus)
    await person.press(*picture.keys)
    for _ in range(4):
        await asyncio.sleep(0.3)  # a frame or two, and what is read behind them
        await person.settle()
    svg = _FONT.sub("", person.app.export_screenshot(simplify=True))
    (folder / f"{picture.name}.svg").write_text(svg, encoding="utf-8")
    if len(person.app.screen_stack) > 1 and picture.keys:
        await person.press("escape")


async def main(folder: Path) -> None:
    """All pictures, of one run."""
    folder.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        state = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        given = Options(lead="maria", state_dir=state)
        options, demo = await demo_world(stack, SCENARIO, SPEED, given)
        loaded, values = load(checklist_path("production"), options)
        session = await open_session(loaded, values, options, demo=demo)
        ours = LeadsSeat()
        stack.push_async_callback(ours.leave)
        cockpit = await ours.take(lambda ask, tell: _ready(session), _declined, lambda told: None, "cockpit")
        app = CockpitApp(cockpit)
        async with app.run_test(size=PICTURES[0].size, notifications=False) as pilot:
            await led_to_the_bake(session, loaded.checklist)
            for picture in PICTURES:
                await take(Seat(app, pilot), picture, folder)


async def _ready(session: Session) -> Session:
    return session


async def _declined(told: str) -> bool:
    del told
    return False


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    os.environ.pop("NO_COLOR", None)
    time.tzset()
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")))
