"""Opens the cockpit over a run: paints first, connects behind it, leaves commands running when closed."""

import asyncio
import os
import shlex
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui import garbage
from alfred_tui.cli.layouts import layouts
from alfred_tui.cli.terminal_gone import let_go, when_gone
from alfred_tui.cli.terminal_out import TerminalOut
from alfred_tui.domain.errors import CockpitError, Usage
from alfred_tui.headless.stderr import ExitCode, exit_code, say
from alfred_tui.present.soak import fired_told, not_known_told

if TYPE_CHECKING:
    from alfred_tui.cli.feeds import JournalSource
    from alfred_tui.cli.options import Options
    from alfred_tui.cli.session import Session
    from alfred_tui.cli.shared import SharedConnection
    from alfred_tui.domain.cluster.workloads import Target
    from alfred_tui.journal import RunFolder
    from alfred_tui.process import Spool
    from alfred_tui.ui.app import CockpitApp
    from alfred_tui.ui.ports import AskResume, Cockpit, OutputSource, Tell

    OpenRun = Callable[[AskResume, Tell], Awaitable[Session]]

_LAST_WORDS = 2.0
"""Seconds in which the terminal may take what gives it back to the shell."""


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


async def lead(open_run: "OpenRun", options: "Options", told: str) -> int:
    """The lead's cockpit, until it is quit. The exit code.

    It is painted before anything is opened: `open_run` gives the session, and may ask about a resume.
    """
    garbage.look_later()
    from alfred_tui.ui.app import CockpitApp

    seat = _Seat()
    app = CockpitApp(opening=lambda ask, tell: seat.take(open_run, ask, tell, options.layout), told=told)
    try:
        await _show(app, lambda: seat.resume_command(options))
    finally:
        running = await seat.leave()
    session = seat.session
    if app.refused is not None:
        raise app.refused
    if session is None:
        return ExitCode.INTERRUPTED
    state = session.engine.state
    if session.engine.failure:
        say(f"alfred-cockpit: {session.engine.failure}")
        if state.started.mode != "demo":
            say(f"Run {session.folder.run} is unfinished. Resume it with:\n  {seat.resume_command(options)}")
        return ExitCode.FAILED
    if state.result is None and state.started.mode != "demo":
        still = f" Still running: {', '.join(running)}." if running else ""
        again = seat.resume_command(options)
        say(f"Run {session.folder.run} is unfinished.{still} Resume it with:\n  {again}")
    else:
        where = f" --state-dir {shlex.quote(options.state_dir)}" if options.state_dir else ""
        ended = (state.result or "left unfinished").replace("_", " ")
        doubt = fired_told(state) or not_known_told(state) if state.result == "done" else ""
        say(
            f"Run {session.folder.run}: {ended}{', but ' + doubt if doubt else ''}. Its record:\n"
            f"  alfred-cockpit report {session.folder.run}{where}"
        )
    return exit_code(state)


class _Seat:
    """What is opened behind the screen, and let go of when it closes."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self._driving: asyncio.Task[None] | None = None

    async def take(self, open_run: "OpenRun", ask: "AskResume", tell: "Tell", layout: str) -> "Cockpit":
        """Opens the session and starts to drive it; the cockpit over it."""
        known, first = await asyncio.to_thread(layouts, layout)
        session = self.session = await open_run(ask, tell)
        await session.give_values()

        from alfred_tui.cli.feeds import ClusterFeed, RunCanary, overlay_offers, previews, rehearsals
        from alfred_tui.cli.logs import ClusterLogs
        from alfred_tui.cli.prometheus_feed import PrometheusFeed
        from alfred_tui.ui.ports import Cockpit

        engine, clock = session.engine, session.clock
        cluster = ClusterFeed(
            session.target,
            session.live,
            clock.now,
            session.secrets,
            no_target=session.equipment.no_target,
        )
        prometheus = PrometheusFeed(session.metrics, engine.state.started.prometheus, clock.now)

        async def connect() -> None:
            await asyncio.gather(cluster.open(), prometheus.watch())

        self._driving = asyncio.create_task(_driven(session))
        return Cockpit(
            run=engine,
            now=clock.now,
            layouts=known,
            layout=first,
            submit=engine.submit,
            cluster=cluster,
            logs=ClusterLogs(cluster, lambda: engine.state, session.secrets, Path.cwd()),
            canary=RunCanary(lambda: engine.state, clock.now, prometheus.freshness),
            output=outputs(session.folder),
            lead=engine.state.lead,
            pin=overlay_offers(engine.state.started.workdir),
            preview=previews(lambda: engine.state, session.equipment),
            rehearse=rehearsals(lambda: engine.state, session.equipment, session.secrets),
            unguarded=session.unguarded,
            silent=session.silent,
            overtaken=session.overtaken,
            failed=lambda: engine.failure is not None,
            notices=session.notices,
            connect=connect,
        )

    def resume_command(self, options: "Options") -> str:
        """What to paste to go on with the run; to begin, when none was opened."""
        from alfred_tui.cli.resuming import layout_word, resume_command

        if self.session is None:
            return "alfred-cockpit run"
        more = ["--layout", layout_word(options.layout)] if options.layout != "cockpit" else []
        more += ["--show-namespaces", options.show_namespaces] if options.show_namespaces else []
        more += ["--all-namespaces"] if options.all_namespaces else []
        return resume_command(self.session.folder.run, options, os.environ, *more, values=self.session.values)

    async def leave(self) -> tuple[str, ...]:
        """Lets go of everything. The titles of what was running."""
        session = self.session
        if session is None:
            return ()
        engine = session.engine
        running = tuple(engine.state.step(step).title for step in engine.running)
        # A demo's cluster ends with its screen, and so do its commands; a real run's go on.
        engine.close() if engine.state.started.mode == "demo" else engine.detach()
        try:
            if self._driving is not None:
                await self._driving
        finally:
            await session.close()
        return running


async def _driven(session: "Session") -> None:
    """Drives the run until it is left; when its record cannot be written, says so while it is shown."""
    await session.drive()
    if session.engine.failure:
        session.tell(str(session.engine.failure))


async def watch(
    folder: "RunFolder",
    layout: str,
    target: "Target | None",
    connect: "SharedConnection | None",
    secrets: Mapping[str, str],
    namespaces: Sequence[str] | None = None,
    notices: Sequence[str] = (),
) -> int:
    """A watcher's screen over another process's run: the same picture, and no way to act.

    `secrets` are those that are known here. `namespaces` are those that the panels show: None for the run's,
    an empty sequence for all.
    """
    garbage.look_later()
    from alfred_tui.cli.feeds import ClusterFeed, JournalSource, RunCanary
    from alfred_tui.cli.logs import ClusterLogs
    from alfred_tui.cli.shared import SharedLive
    from alfred_tui.domain.logs.rule import error_rule
    from alfred_tui.ui.app import CockpitApp
    from alfred_tui.ui.ports import Cockpit

    known, first = layouts(layout)
    state, _ = await asyncio.to_thread(folder.read)
    source = JournalSource(folder, state)
    clock = watchers_clock(source)
    live = (
        SharedLive(
            connect,
            clock,
            speed=state.started.speed,
            began_at=state.began_at,
            namespaces=namespaces,
            looks_bad=error_rule(state.checklist),
        )
        if connect
        else None
    )
    cluster = ClusterFeed(target, live, clock, secrets)
    cockpit = Cockpit(
        run=source,
        now=clock,
        layouts=known,
        layout=first,
        cluster=cluster,
        logs=ClusterLogs(cluster, lambda: source.state, secrets, Path.cwd()),
        canary=RunCanary(lambda: source.state, clock),
        output=outputs(folder),
        lead=state.lead,
        led=source.led,
        notices=list(notices),
        connect=cluster.open,
    )
    app = CockpitApp(cockpit)
    following = asyncio.create_task(source.follow(app.tell))
    try:
        await _show(app, lambda: f"alfred-cockpit watch {folder.run}")
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        if live:
            await live.close()
    return ExitCode.DONE


def watchers_clock(source: "JournalSource") -> Callable[[], float]:
    """The run's time as a watcher can know it: a demo's clock runs faster than this machine's."""
    started = source.state.started
    speed = started.speed
    if speed == 1:
        return time.time
    if started.wall_began_at:
        from alfred_tui.actions.clock import Clock

        return Clock(speed, started_at=started.began_at, wall_started_at=started.wall_began_at).now
    # A journal from before the start told it: reckoned from the last event.
    anchor = [source.state.at, time.monotonic(), source.state.seq]

    def now() -> float:
        if source.state.seq != anchor[2]:
            anchor[:] = [source.state.at, time.monotonic(), source.state.seq]
        return anchor[0] + (time.monotonic() - anchor[1]) * speed

    return now


def outputs(folder: "RunFolder") -> "OutputSource":
    """Opens the spool of an attempt."""
    from alfred_tui.process import Spool

    def open_output(step: str, attempt: int) -> "Spool | None":
        path = folder.attempt(step, attempt)
        return Spool(path) if path.exists() else None

    return open_output


async def _show(app: "CockpitApp", again: "Callable[[], str]") -> None:
    """Runs the app in our own loop, so that what is not the screen's outlives it.

    `again` is the command that goes on, told when the screen breaks.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.exit)
    stderr = sys.__stderr__
    assert stderr is not None
    out = TerminalOut(stderr, lambda: loop.call_soon_threadsafe(app.draw_anew))
    sys.__stderr__ = out  # type: ignore[assignment,misc]
    try:
        with when_gone(0, lambda: loop.call_soon_threadsafe(app.exit)):
            await app.run_async()
    finally:
        garbage.look_seldom()
        sys.__stderr__ = stderr  # type: ignore[misc]
        await asyncio.to_thread(out.drain, _LAST_WORDS)
        let_go()
    if app.broke is None:
        return
    if os.environ.get("ALFRED_COCKPIT_TRACEBACK"):
        raise app.broke
    raise CockpitError(
        f"The screen broke ({type(app.broke).__name__}: {app.broke}), a defect; the record is whole.",
        hint=f"Go on with `{again()}`; ALFRED_COCKPIT_TRACEBACK=1 shows where it broke.",
    )
