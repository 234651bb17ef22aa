"""What a step would change, by a command that only looks: read when the lead is asked for the word.

It is no attempt and leaves no record; the cockpit that ends takes it along.
"""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Sequence

from alfred_tui.actions.context import Equipment
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.errors import NotAnswered, NotConfigured
from alfred_tui.domain.redaction import Redactor
from alfred_tui.domain.run.planning import in_command
from alfred_tui.process import shell_argv

WITHIN = 60.0
"""Real seconds after which a preview is given up."""
_KEPT = 200_000
"""Bytes of its output that are shown."""


_DIFF = re.compile(r"\s*kubectl\s[^|;&\n]*\bdiff\b[^|;&\n]*\n?")
"""A command that is nothing but `kubectl diff`: it ends with 1 where something differs, and with more where
it failed."""


async def preview(step: Step, equipment: Equipment) -> Sequence[str]:
    """The lines of the step's preview, secrets taken out; none when it printed nothing.

    Raises CockpitError when it could not be read: another exit status than 0 is no answer, but for that 1.
    """
    if step.on:
        raise NotConfigured(f"It would be read on {step.on}, and previews are read here only.")
    if hole := next(in_command(step.preview, ()), ""):
        raise NotConfigured(f"<{hole}> cannot stand in a preview.")
    folder = equipment.workdir / step.cwd
    if not folder.is_dir():
        raise NotConfigured(f"The folder {step.cwd or folder} to run in is not there.")
    given = {name: equipment.secrets[name] for name in step.secrets if equipment.secrets.get(name)}
    started = await asyncio.create_subprocess_exec(
        *shell_argv(step.preview),
        cwd=folder,
        env={**equipment.environ, **step.env, **given},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(WITHIN):
            output, cut = await _read(started, Redactor(equipment.secrets))
            code = await started.wait()
    except TimeoutError as error:
        raise NotAnswered(f"It did not end within {WITHIN:.0f} s.") from error
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(started.pid, signal.SIGKILL)
    lines = [line.rstrip() for line in output.decode("utf-8", "replace").splitlines()]
    if code != 0 and not (code == 1 and _DIFF.fullmatch(step.preview)):
        last = next((line for line in reversed(lines) if line), "")
        raise NotAnswered(f"It ended with exit {code}{': ' + last[:300] if last else ''}.")
    return [*lines, "… the rest is not shown"] if cut else lines


async def _read(started: asyncio.subprocess.Process, redactor: Redactor) -> tuple[bytes, bool]:
    """The first bytes of what it prints, secrets taken out, and whether there were more; all of it is read,
    so that it ends."""
    assert started.stdout is not None
    kept, cut = bytearray(), False

    def keep(done: bytes) -> None:
        nonlocal cut
        room = _KEPT - len(kept)
        kept.extend(done[:room])
        cut = cut or len(done) > room

    while chunk := await started.stdout.read(1 << 16):
        if not cut:
            keep(redactor.feed(chunk))
    keep(redactor.flush())
    return bytes(kept), cut
