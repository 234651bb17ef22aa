"""A run without a screen: the same engine, led by what was signed beforehand."""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from alfred_tui.cli.options import Options
from alfred_tui.cli.session import DemoRun, Session, open_session
from alfred_tui.domain.errors import Usage
from alfred_tui.headless.lead import HeadlessLead, Signed
from alfred_tui.headless.stderr import ExitCode, error, exit_code
from alfred_tui.headless.stdout import EventLines

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
    signed = read_attestations(attestations) if attestations else {}
    session = await open_session(loaded, values, options, resume=resume, scope=scope, demo=demo)
    try:
        lead = "demo" if demo else options.lead_name()
        return await _drive(
            session, signed, lead, jsonl=jsonl, signs_all=demo is not None, on_trouble=on_trouble
        )
    finally:
        await session.close()


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
    engine.detach() if interrupted else engine.close()
    leading.cancel()
    await asyncio.gather(driving, leading, return_exceptions=True)
    if engine.failure:
        return error(engine.failure)
    return ExitCode.INTERRUPTED if interrupted else exit_code(engine.state)


def read_attestations(path: str) -> dict[str, tuple[Signed, ...]]:
    """Step id → who signed it, from a YAML file: `{by, note}`, or a list of them. Raises Usage."""
    import msgspec
    import yaml

    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise Usage(f"The attestations {path} could not be read: {problem}.") from problem
    if not isinstance(data, dict):
        raise Usage(
            f"The attestations {path} are no mapping of step ids.", hint="Write: step-id: {by: Ann, note: …}"
        )
    found: dict[str, tuple[Signed, ...]] = {}
    for step, given in data.items():
        with contextlib.suppress(TypeError):
            given = [given] if isinstance(given, dict) else list(given)
        try:
            found[str(step)] = tuple(msgspec.convert(given, type=list[Signed]))
        except msgspec.ValidationError as problem:
            raise Usage(
                f"The attestation of {step} in {path} is wrong: {problem}.", hint="Write {by: Ann, note: …}."
            ) from problem
    return found
