"""Opens the cockpit over a run: paints first, connects behind it, leaves commands running when closed."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui.cli.feeds import ClusterFeed, JournalSource, RunCanary
from alfred_tui.domain.errors import CockpitError, Usage
from alfred_tui.domain.layout import Layout
from alfred_tui.domain.workloads import Target
from alfred_tui.headless.stderr import ExitCode, exit_code, say
from alfred_tui.journal import RunFolder

if TYPE_CHECKING:
    from alfred_tui.cli.session import Session, SharedConnection
    from alfred_tui.process import Spool
    from alfred_tui.ui.app import CockpitApp
    from alfred_tui.ui.ports import OutputSource

_SHIPPED = ("cockpit", "walkthrough", "oncall")


def require_terminal() -> None:
    """Raises Usage when there is no terminal to draw on."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Usage(
            "The cockpit draws on a terminal, and standard input or output is none.",
            hint="Use --headless in a pipeline, or `alfred-cockpit report` to read a run.",
        )
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise Usage(
            f"The terminal (TERM={os.environ.get('TERM', '') or 'unset'}) cannot be drawn on.",
            hint="Set TERM, for example TERM=xterm-256color, or use --headless.",
        )


def layouts(chosen: str) -> tuple[dict[str, Layout], str]:
    """The shipped layouts and a user's own, and the name of the one to begin with. Raises Invalid, Usage."""
    from alfred_tui.documents import find, load_layout

    known = {name: load_layout(find(name, kind="layouts")) for name in _SHIPPED}
    if chosen in known:
        return known, chosen
    path = Path(chosen)
    if not path.exists():
        raise Usage(
            f"There is no layout {chosen}.", hint=f"Shipped are {', '.join(_SHIPPED)}; or name a file."
        )
    own = load_layout(path)
    return {own.title: own, **known}, own.title


async def lead(session: "Session", layout: str) -> int:
    """The lead's cockpit over a session, until it is quit. The exit code."""
    from alfred_tui.ui.app import CockpitApp
    from alfred_tui.ui.ports import Cockpit

    known, first = layouts(layout)
    engine = session.engine
    cluster = ClusterFeed(session.target, session.connection, session.clock.now, speed=session.clock.speed)
    cockpit = Cockpit(
        run=engine,
        now=session.clock.now,
        layouts=known,
        layout=first,
        submit=engine.submit,
        cluster=cluster,
        canary=RunCanary(lambda: engine.state, session.clock.now, engine.state.started.prometheus),
        output=outputs(session.folder),
        lead=engine.state.lead,
        notices=session.notices,
        connect=cluster.open,
    )
    driving = asyncio.create_task(session.drive())
    try:
        await _show(CockpitApp(cockpit))
    finally:
        running = [engine.state.step(step).title for step in engine.running]
        # A demo's cluster ends with its screen, and so do its commands; a real run's go on.
        is_demo = engine.state.started.mode == "demo"
        engine.close() if is_demo else engine.detach()
        await driving
        await cluster.close()
    if engine.failure:
        say(f"alfred-cockpit: {engine.failure}")
        return ExitCode.FAILED
    if engine.state.result is None and not is_demo:
        told = f" Still running: {', '.join(running)}." if running else ""
        say(f"Run {session.folder.run} is unfinished.{told} Resume it with `alfred-cockpit run`.")
    return exit_code(engine.state)


async def watch(
    folder: RunFolder, layout: str, target: Target | None, connect: "SharedConnection | None"
) -> int:
    """A watcher's screen over another process's run: the same picture, and no way to act."""
    from alfred_tui.ui.app import CockpitApp
    from alfred_tui.ui.ports import Cockpit

    known, first = layouts(layout)
    state, _ = await asyncio.to_thread(folder.read)
    source = JournalSource(folder, state)
    clock = _watchers_clock(source)
    cluster = ClusterFeed(target, connect, clock, speed=state.started.speed)
    cockpit = Cockpit(
        run=source,
        now=clock,
        layouts=known,
        layout=first,
        cluster=cluster,
        canary=RunCanary(lambda: source.state, clock, state.started.prometheus),
        output=outputs(folder),
        lead=state.lead,
        connect=cluster.open,
    )
    following = asyncio.create_task(source.follow())
    try:
        await _show(CockpitApp(cockpit))
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await cluster.close()
    return ExitCode.DONE


def _watchers_clock(source: JournalSource) -> Callable[[], float]:
    """The run's time as a watcher can know it: a demo's clock runs faster than this machine's."""
    speed = source.state.started.speed
    if speed == 1:
        return time.time
    anchor = [source.state.at, time.monotonic(), source.state.seq]

    def now() -> float:
        if source.state.seq != anchor[2]:
            anchor[:] = [source.state.at, time.monotonic(), source.state.seq]
        return anchor[0] + (time.monotonic() - anchor[1]) * speed

    return now


def outputs(folder: RunFolder) -> "OutputSource":
    """Opens the spool of an attempt."""
    from alfred_tui.process import Spool

    def open_output(step: str, attempt: int) -> "Spool | None":
        path = folder.attempt(step, attempt)
        return Spool(path) if path.exists() else None

    return open_output


async def _show(app: "CockpitApp") -> None:
    """Runs the app in our own loop, so that what is not the screen's outlives it."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.exit)
    await app.run_async()
    if app.broke is None:
        return
    if os.environ.get("ALFRED_COCKPIT_TRACEBACK"):
        raise app.broke
    raise CockpitError(
        f"The screen broke ({type(app.broke).__name__}: {app.broke}), a defect; the record is whole.",
        hint="Go on with `alfred-cockpit run`; ALFRED_COCKPIT_TRACEBACK=1 shows where it broke.",
    )
