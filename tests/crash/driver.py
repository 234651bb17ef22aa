"""The cockpit that is killed: the real session and engine, led by someone who looks before deciding.

`python -m tests.crash.driver FOLDER [RUN]` starts the run of FOLDER/list.yaml, or resumes RUN, and drives it
to its end. What a listener was shown goes to FOLDER/shown, a line each, as it comes.
"""

import asyncio
import os
import re
import sys
from pathlib import Path

from alfred_tui.cli.opening import open_session
from alfred_tui.cli.options import Options
from alfred_tui.documents import load_checklist
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.run.events import Entry
from alfred_tui.domain.run.intents import AnyIntent, Decide, Retry
from alfred_tui.domain.run.planning import troubles
from alfred_tui.domain.run.state import RunState
from alfred_tui.process import identity

from tests.crash.record import ran, shown_line

_LEAD = "crash"


async def main(folder: Path, resume: str) -> None:
    """One cockpit, from its start to the end of the run or its own."""
    loaded = None if resume else load_checklist(folder / "list.yaml", overrides={}, environ=os.environ)
    options = Options(state_dir=str(folder / "state"), workdir=str(folder), lead=_LEAD)
    session = await open_session(loaded, {}, options, resume=resume)
    engine = session.engine
    changed = asyncio.Event()
    shown = os.open(folder / "shown", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def listener(state: RunState, entries: tuple[Entry, ...]) -> None:
        for entry in entries:
            os.write(shown, shown_line(entry))
        changed.set()

    engine.subscribe(listener)
    driving = asyncio.create_task(session.drive())
    while engine.state.result is None and not driving.done():
        changed.clear()
        held = troubles(engine.state)
        for step in held:
            answer = await engine.submit(await decision(folder, step, engine.state.steps[step.id].reason))
            assert answer.accepted, answer.message
        if not held and engine.state.result is None:
            await changed.wait()
    engine.close()
    await driving
    await session.close()


async def decision(folder: Path, step: Step, reason: str) -> AnyIntent:
    """What a person does who looks first: again if it did not run, passed if it did."""
    if found := re.search(r"command itself \(process (\d+)\) still runs", reason):
        while identity.start_time(int(found[1])):
            await asyncio.sleep(0.01)
    if ran(folder, step.id):
        return Decide(by=_LEAD, step=step.id, verdict="passed", note="Its counter says that it ran.")
    return Retry(by=_LEAD, step=step.id, note="Its counter says that it did not run.")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
