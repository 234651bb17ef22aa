"""A run without a screen: the same engine, led by what was signed beforehand."""

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from alfred_tui.cli.opening import DemoRun, open_session
from alfred_tui.cli.options import Options
from alfred_tui.cli.resuming import headless_words, resume_command
from alfred_tui.cli.session import Session
from alfred_tui.domain.errors import CockpitError, Usage, in_words
from alfred_tui.domain.state import RunState
from alfred_tui.headless.lead import HeadlessLead, Signed
from alfred_tui.headless.stderr import ExitCode, error, exit_code, say
from alfred_tui.headless.stdout import EventLines
from alfred_tui.journal import RunFolder, state_dir
from alfred_tui.present.beside import kubectl

if TYPE_CHECKING:
    from alfred_tui.documents import Loaded


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
) -> int:
    """The whole run. The exit code."""
    signed = _signed(attestations, loaded) if attestations else {}
    if resume:
        await asyncio.to_thread(_refuse_what_is_through, resume, options)
    session = await open_session(loaded, values, options, resume=resume, scope=scope, demo=demo, tell=say)
    if demo:
        for line in kubectl(session.target)[:1]:
            say(f"The embedded cluster, from another terminal while this runs: {line}")
    for notice in session.notices if session.target else ():
        say(notice)
    try:
        lead = "demo" if demo else options.lead_name()
        code = await _drive(
            session, signed, lead, jsonl=jsonl, signs_all=demo is not None, on_trouble=on_trouble
        )
        state = session.engine.state
        if (state.result is None or state.was_stopped) and state.started.mode != "demo":
            # What failed is decided on the screen: retried, skipped or taken back.
            alone = state.result != "failed"
            more = headless_words(jsonl=jsonl, attestations=attestations) if alone else ()
            again = resume_command(session.folder.run, options, os.environ, *more, values=session.values)
            what = "Go on with" if alone else "Decide on the screen, where p goes on with it"
            say(f"Run {session.folder.run} {_so_far(state)}. {what}:\n  {again}")
        return code
    finally:
        await session.close()


def _refuse_what_is_through(run: str, options: Options) -> None:
    """Raises Usage when nothing of the run is left to do."""
    folder = RunFolder.find(state_dir(options.state_dir, os.environ), run)
    state, _ = folder.read()
    if state.result is not None and not state.was_stopped:
        raise Usage(
            f"The run {folder.run} is over ({state.result.replace('_', ' ')}): nothing is left to do in it.",
            hint=f"`alfred-cockpit report {folder.run}` tells what was done; without --headless the cockpit "
            "opens it, also to roll back.",
        )


def _so_far(state: RunState) -> str:
    return {"stopped": "was stopped", "failed": "has failed"}.get(state.result or "", "is unfinished")


async def _drive(
    session: Session,
    signed: dict[str, tuple[Signed, ...]],
    lead: str,
    *,
    jsonl: bool,
    signs_all: bool,
    on_trouble: Literal["stop", "rollback"],
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


def _signed(path: str, loaded: "Loaded | None") -> dict[str, tuple[Signed, ...]]:
    """What was signed beforehand. Raises Invalid."""
    from alfred_tui.documents.attestations import load_attestations

    steps: set[str] = set()
    if loaded is not None:
        checklist = loaded.checklist
        steps = {step.id for step in checklist.steps()}
        steps |= {step.id for one in checklist.rollback.procedures for step in one.steps}
    return load_attestations(Path(path), Signed, steps)
