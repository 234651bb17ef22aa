"""A run without a screen: the same engine, led by what was signed beforehand."""

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING, Literal

from alfred_tui.cli.given import signed as signed_before
from alfred_tui.cli.opening import DemoRun, open_session
from alfred_tui.cli.options import Options
from alfred_tui.cli.resuming import headless_words, resume_command
from alfred_tui.cli.session import Session
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.errors import CockpitError, Usage, in_words
from alfred_tui.domain.run.state import RunState
from alfred_tui.domain.run.triggers import is_watched
from alfred_tui.domain.run.watching import fired, soak_left
from alfred_tui.headless.lead import HeadlessLead, Signed
from alfred_tui.headless.soak import Soak
from alfred_tui.headless.stderr import ExitCode, error, exit_code, say
from alfred_tui.headless.stdout import EventLines
from alfred_tui.journal import RunFolder, state_dir
from alfred_tui.present.beside import kubectl
from alfred_tui.present.soak import fired_told, not_known_told

if TYPE_CHECKING:
    from alfred_tui.documents import Loaded
    from alfred_tui.domain.document.checklist import Checklist


async def run_headless(
    loaded: "Loaded | None",
    values: dict[str, str],
    options: Options,
    *,
    jsonl: bool,
    attestations: str | None = None,
    resume: str = "",
    scope: dict[str, str] | None = None,
    demo: DemoRun | None = None,
    on_trouble: Literal["stop", "rollback"] = "stop",
    no_soak: bool = False,
) -> int:
    """The whole run, and the soak after it. The exit code."""
    checklist = loaded.checklist if loaded else await asyncio.to_thread(_begun, resume, options)
    signed = signed_before(attestations, checklist) if attestations else {}
    session = await open_session(loaded, values, options, resume=resume, scope=scope, demo=demo, tell=say)
    if demo:
        for line in kubectl(session.target)[:1]:
            say(f"The embedded cluster, from another terminal while this runs: {line}")
    for notice in session.notices if session.target else ():
        say(notice)
    try:
        lead = "demo" if demo else options.lead_name()
        soak = Soak(
            session.engine.submit,
            lead,
            left_out=_no_soak(session, no_soak),
            speed=session.clock.speed,
            tell=say,
        )
        code = await _drive(
            session, signed, lead, jsonl=jsonl, signs_all=demo is not None, on_trouble=on_trouble, soak=soak
        )
        state = session.engine.state
        if state.started.mode != "demo" and (so_far := _so_far(state, session.clock.now())):
            # What failed or fired is decided on the screen: retried, skipped, taken back or rolled back.
            decided = state.result == "failed" or fired(state)
            open_end = bool(not_known_told(state)) and not soak_left(state, session.clock.now())
            alone = not decided and not open_end
            more = headless_words(jsonl=jsonl, attestations=attestations) if alone else ()
            again = resume_command(session.folder.run, options, os.environ, *more, values=session.values)
            say(f"Run {session.folder.run} {so_far}:\n  {again}")
        return code
    finally:
        await session.close()


def _begun(run: str, options: Options) -> "Checklist":
    """The checklist of a run that goes on. Raises Usage when nothing of it is left to do."""
    folder = RunFolder.find(state_dir(options.state_dir, os.environ), run)
    state, _ = folder.read()
    if state.result is not None and not state.was_stopped and not soak_left(state, time.time()):
        raise Usage(
            f"The run {folder.run} is over ({state.result.replace('_', ' ')}): nothing is left to do in it.",
            hint=f"`alfred-cockpit report {folder.run}` tells what was done; without --headless the cockpit "
            "opens it, also to roll back.",
        )
    return state.checklist


def _so_far(state: RunState, now: float) -> str:
    """What is left to do of a run that this process leaves, and how; empty when nothing is."""
    if state.result == "done":
        if fired(state):
            return f"is done, but {fired_told(state)} and nothing was rolled back. Decide on the screen"
        told = not_known_told(state)
        if left := round(soak_left(state, now)):
            but = f" ({told})" if told else ""
            return (
                f"is done; nobody watches the triggers any more{but}, with {format_elapsed(left)}"
                " of the soak to go. Go on with"
            )
        return f"is done, but {told}: whether it is good is not known. Decide on the screen" if told else ""
    if state.result == "failed":
        return "has failed. Decide on the screen, where p goes on with it"
    words = {"stopped": "was stopped. Go on with", None: "is unfinished. Go on with"}
    return words.get(state.result, "")


async def _drive(
    session: Session,
    signed: dict[str, tuple[Signed, ...]],
    lead: str,
    *,
    jsonl: bool,
    signs_all: bool,
    on_trouble: Literal["stop", "rollback"],
    soak: Soak | None = None,
) -> int:
    engine = session.engine
    lines = EventLines(jsonl=jsonl)
    _, entries = await asyncio.to_thread(session.folder.read)
    lines(engine.state, tuple(entries))
    engine.subscribe(lines)
    who = HeadlessLead(
        engine,
        lead,
        attestations=signed,
        values=session.values,
        signs_all=signs_all,
        on_trouble=on_trouble,
        now=session.clock.now,
        soak=soak,
    )
    driving = asyncio.create_task(session.drive())
    leading = asyncio.create_task(who.lead())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, leading.cancel)
    await asyncio.wait({driving, leading}, return_when=asyncio.FIRST_COMPLETED)
    interrupted = leading.cancelled()
    # A demo's cluster ends with it, and so do its commands; a real run's go on.
    goes_on = interrupted and engine.state.started.mode != "demo"
    engine.detach() if goes_on else engine.close()
    leading.cancel()
    await asyncio.gather(driving, leading, return_exceptions=True)
    if engine.failure:
        return error(engine.failure)
    for task in (driving, leading):
        if not task.cancelled() and (broke := task.exception()) is not None:
            raise CockpitError(
                f"The run was left ({in_words(broke)}), a defect; the record is whole.",
                hint=f"Go on with `alfred-cockpit run --resume {session.folder.run} --headless`.",
            ) from broke
    return ExitCode.INTERRUPTED if interrupted else exit_code(engine.state)


def _no_soak(session: Session, asked: bool) -> str:
    """Why the triggers are not watched after the last step; empty when they are."""
    if asked:
        return "--no-soak"
    if not any(is_watched(rule) for rule in session.engine.state.checklist.rollback.triggers):
        return "no trigger is measured by a query, and nobody is there to declare one"
    return "" if session.metrics else "no Prometheus is named, so no trigger can be measured"
