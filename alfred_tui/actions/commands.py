"""Shell commands under supervision: started, or found again after a crash, and held to what they expect."""

import asyncio
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alfred_tui.actions.context import StepContext
from alfred_tui.actions.stopping import see_through
from alfred_tui.actions.terraform_words import error_in
from alfred_tui.domain.command import GRACE
from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Expect, NumberExpectation
from alfred_tui.domain.duration import format_duration
from alfred_tui.domain.errors import CockpitError, NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome, Status
from alfred_tui.process import (
    Alive,
    CommandSpec,
    Ended,
    Lost,
    Result,
    Running,
    Spool,
    find,
    launch,
    shell_argv,
)

_CAPTURED = 4 * 1024 * 1024
"""Bytes of standard output that captures and numbers are searched in: the last of them."""


@dataclass(frozen=True)
class Finished:
    """A command that ended, and its output."""

    result: Result
    spool: Spool


async def run(ctx: StepContext) -> Outcome:
    """The step's command, judged by what it expects and not by having ended."""
    action = ctx.step.action
    assert isinstance(action, Run)
    if ctx.step.on:
        return await judge(ctx, await _far(ctx, action.command))
    require(ctx)
    return await judge(ctx, await supervise(ctx, action.command))


async def _far(ctx: StepContext, command: str) -> Finished:
    from alfred_tui.actions.far import far_spec, run_far

    result = await run_far(ctx, far_spec(ctx, command, _own(ctx), _stdin(ctx)))
    return Finished(result, Spool(ctx.folder))


def require(ctx: StepContext) -> None:
    """Raises NotConfigured when a program that the step needs is not on PATH."""
    path = ctx.equipment.environ.get("PATH", "")
    missing = [name for name in ctx.step.requires if shutil.which(name, path=path) is None]
    if missing:
        raise NotConfigured(f"{not_on_path(missing)} here.")


def not_on_path(programs: Sequence[str]) -> str:
    """The sentence's beginning: "trivy is not on PATH", "trufflehog and trivy are not on PATH"."""
    *others, last = programs
    names = f"{', '.join(others)} and {last}" if others else last
    return f"{names} {'are' if others else 'is'} not on PATH"


def interrupted(why: str = "The command's supervisor ended without leaving a result.") -> Outcome:
    """The outcome of a command whose end nobody saw."""
    return Outcome(
        status="interrupted",
        reason=f"{why} Whether it did its work is not known.",
        evidence=(Evidence(label="interrupted", value=why, ok=False),),
    )


def environment(ctx: StepContext) -> dict[str, str]:
    """What the command gets: the run's environment, the step's own, and the secrets it names."""
    return dict(ctx.equipment.environ) | _own(ctx)


def _own(ctx: StepContext) -> dict[str, str]:
    return dict(ctx.step.env) | {name: secret(ctx, name) for name in ctx.step.secrets}


def _stdin(ctx: StepContext) -> str:
    return secret(ctx, ctx.step.stdin) if ctx.step.stdin else ""


def secret(ctx: StepContext, name: str) -> str:
    """A secret's value. Raises NotConfigured when there is none."""
    value = ctx.equipment.secrets.get(name)
    if not value:
        raise NotConfigured(
            f"The cockpit was given no secret {name}.",
            hint=f"Set {name}, {name}_FILE or {name}_COMMAND before it starts.",
        )
    return value


async def execute(ctx: StepContext, command: str, *, part: str = "", grace: float = GRACE) -> Finished | None:
    """The same as `supervise`, but None when nobody saw the command's end."""
    finished = await supervise(ctx, command, part=part, grace=grace)
    return None if finished.result.status == "interrupted" else finished


async def supervise(ctx: StepContext, command: str, *, part: str = "", grace: float = GRACE) -> Finished:
    """Runs a command in this attempt's folder (or `part` of it), or takes up the one that runs there already.

    The result is `interrupted` when nobody saw its end. Cancelled by a person or a timeout, it is stopped,
    and killed where it has not ended `grace` seconds later; when the cockpit leaves, it is left to itself.
    """
    folder = ctx.folder / part if part else ctx.folder
    try:
        found = await asyncio.to_thread(find, folder)
    except asyncio.CancelledError:
        await _stop_started(ctx, folder)
        raise
    match found:
        case Ended(result=result):
            return Finished(result, Spool(folder))
        case Lost(reason=reason):
            return Finished(Result(status="interrupted", reason=reason), Spool(folder))
        case Alive(running=running):
            pass
        case _:
            try:
                running = await _launch(folder, spec(ctx, command, grace))
            except asyncio.CancelledError:
                await _stop_started(ctx, folder)
                raise
    return Finished(await _follow(ctx, running), Spool(folder))


async def stop_left(ctx: StepContext) -> None:
    """Stops the command that another cockpit began, where the cancelled action had not come to it."""
    if ctx.step.on:
        from alfred_tui.actions.far import stop_far

        await stop_far(ctx)
    else:
        await _stop_started(ctx, ctx.folder)


async def _stop_started(ctx: StepContext, folder: Path) -> None:
    """Stops what a cancelled launch has started all the same: cancelled may not mean left running."""
    if ctx.detached():
        return
    found = await see_through(ctx.detached, asyncio.to_thread(find, folder))
    match found:
        case Alive(running=running):
            ctx.stop.told(await see_through(ctx.detached, _stop(ctx, running)))
        case Ended(result=result):
            ctx.stop.told(result)
        case Lost(reason=reason):
            ctx.stop.uncertain = reason


async def _launch(folder: Path, order: CommandSpec) -> Running:
    try:
        return await launch(folder, order)
    except CockpitError:
        # A supervisor that a cockpit started before it died may have come first: then its command is ours.
        found = await asyncio.to_thread(find, folder)
        if isinstance(found, Alive):
            return found.running
        raise


def spec(ctx: StepContext, command: str, grace: float = GRACE) -> CommandSpec:
    """How the command is started."""
    workdir = ctx.equipment.workdir / ctx.step.cwd
    if not workdir.is_dir():
        raise NotConfigured(f"The folder {ctx.step.cwd or workdir} to run in is not there.")
    return CommandSpec(
        argv=shell_argv(command),
        cwd=str(workdir),
        env=environment(ctx),
        stdin=_stdin(ctx),
        secrets=dict(ctx.equipment.secrets),
        cap=ctx.checklist.limits.output_mib << 20,
        grace=grace,
    )


async def _follow(ctx: StepContext, running: Running) -> Result:
    try:
        return await running.wait()
    except asyncio.CancelledError:
        if not ctx.detached():
            ctx.stop.told(await see_through(ctx.detached, _stop(ctx, running)))
        raise


async def _stop(ctx: StepContext, running: Running) -> Result:
    """Stops it, and says so first: it may take the time that it has to end by itself."""
    with suppress(CockpitError):  # a record that cannot be written is told by the engine
        await ctx.progress("stopping; it is killed if SIGTERM does not end it")
    return await running.cancel()


async def judge(ctx: StepContext, finished: Finished) -> Outcome:
    """The outcome by the step's expectations, with its captures as outputs."""
    if finished.result.status == "interrupted":
        return interrupted(finished.result.reason)
    expect = ctx.step.expect or Expect()
    told, bad, unsure = await asyncio.to_thread(_check, expect, finished)
    outputs: dict[str, str] = {}
    if not bad and ctx.step.capture:
        text = await asyncio.to_thread(finished.spool.stdout_text, _CAPTURED)
        for name, pattern in ctx.step.capture.items():
            found = list(re.finditer(pattern, text, re.MULTILINE))
            if found:
                last = found[-1]
                outputs[name] = last[1] if last.re.groups else last[0]
                told.append(Evidence(label=name, value=outputs[name]))
            else:
                bad.append(f"nothing in its output is the {name} (/{pattern}/)")
                told.append(Evidence(label=name, value="not found in the output", ok=False))
    if bad or unsure:
        reason = "; ".join(bad or unsure)
        reason = reason[0].upper() + reason[1:] + ("" if reason.endswith((".", "…")) else ".")
        status: Status = "failed" if bad else "inconclusive"
        return Outcome(status=status, reason=reason, evidence=tuple(told))
    return Outcome(status="passed", evidence=tuple(told), outputs=outputs)


def _check(expect: Expect, finished: Finished) -> tuple[list[Evidence], list[str], list[str]]:
    """The facts, what is not as expected, and what cannot be known: a lost line may have been the one."""
    result, spool = finished.result, finished.spool
    told, bad, unsure = [], [], list[str]()
    ended = _ended(result)
    good = result.status == "exited" and result.exit_code in expect.exit
    told.append(
        Evidence(label="ended", value=f"{ended} after {format_duration(round(result.duration, 1))}", ok=good)
    )
    if not good:
        why = f": {result.reason.rstrip('.')}" if result.reason else _last_line(spool)
        bad.append(f"it ended with {ended}{why}")
    elif result.reason:
        told.append(Evidence(label="output", value=result.reason))
    if result.unkept:
        told.append(Evidence(label="output", value=_missing(0, result)))
    told += [Evidence(label="left running", value=name, ok=False) for name in result.left_behind]
    patterns = _patterns(expect)
    found = spool.scan(*(pattern for _, pattern, _ in patterns))
    for (label, pattern, wanted), match in zip(patterns, found.first, strict=True):
        held = (match is not None) == wanted
        sure = match is not None or not (found.missing or result.unkept)
        said = (
            _line_with(spool, pattern, match)
            if match is not None
            else _no_line(label, pattern, wanted=wanted)
        )
        lost = "" if sure else f"; {_missing(found.missing, result)}"
        told.append(Evidence(label=label, value=f"{said}{lost}", ok=held if sure else None))
        if not sure:
            unsure.append(f"whether {_SAYS[label]} is not known{lost.replace(';', ':', 1)}")
        elif not held:
            bad.append(_broken(label, pattern, said))
    if expect.number:
        fact, why = _number(expect.number, spool)
        told.append(fact)
        bad += [why] if why else []
    return told, bad, unsure


def _missing(size: int, result: Result) -> str:
    return f"{size:,} bytes of its output are not kept" if size else f"output may be missing: {result.unkept}"


_OUTPUT, _MUST, _MUST_NOT = "output", "must match", "must not match"
_SAYS = {_OUTPUT: "it printed nothing", _MUST: "its output matches", _MUST_NOT: "its output is free of it"}


def _patterns(expect: Expect) -> list[tuple[str, str, bool]]:
    """What the whole output is held against: label, pattern, and whether it must be there."""
    wanted = (
        (_OUTPUT, r"\S" if expect.no_output else "", False),
        (_MUST, expect.match, True),
        (_MUST_NOT, expect.not_match, False),
    )
    return [one for one in wanted if one[1]]


def _line_with(spool: Spool, pattern: str, match: str) -> str:
    """The line of a match as it is shown; the match alone where it stands in no such line."""
    at = spool.search(pattern, 0)
    return (spool.lines(at, 1)[0] if at is not None else match)[:200]


def _no_line(label: str, pattern: str, *, wanted: bool) -> str:
    if wanted:
        return f"no line matches /{pattern}/"
    return "no such line" if label == _MUST_NOT else "none"


def _broken(label: str, pattern: str, said: str) -> str:
    if label == _MUST:
        return f"nothing in its output matches /{pattern}/"
    if label == _OUTPUT:
        return f"it printed something where nothing was expected: {said[:120]}"
    return f"its output has: {said[:120]}"


def _ended(result: Result) -> str:
    if result.status == "signalled":
        # Here no cancellation of ours ends: it may have been a machine that goes down.
        by = " (its supervisor was asked to stop it)" if result.cancelled else ""
        return f"signal {result.signal}{by}"
    # So a far shell tells a signal, and only it waits there; a command may also have chosen the number.
    by = f" (128 + {result.signal})" if result.signal else ""
    return f"exit {result.exit_code}{by}"


def _last_line(spool: Spool) -> str:
    """The error that stands apart at the end, else the last line."""
    lines = [line.strip() for line in spool.tail(40)]
    last = error_in(lines) or next((line for line in reversed(lines[-5:]) if line), "")
    if not last:
        return ""
    return ": " + (last if len(last) <= 160 else last[:159] + "…")


def _number(wanted: NumberExpectation, spool: Spool) -> tuple[Evidence, str]:
    found = list(re.finditer(wanted.find, spool.stdout_text(_CAPTURED), re.MULTILINE))
    try:
        value = float(found[-1][1].replace(",", "").rstrip("%")) if found else None
    except (ValueError, IndexError):
        value = None
    if value is None:
        why = f"no number was found in its output (/{wanted.find}/)"
        return Evidence(label="number", value=why, ok=False), why
    bounds = (
        (wanted.above, value.__gt__, "above"),
        (wanted.below, value.__lt__, "below"),
        (wanted.at_least, value.__ge__, "at least"),
        (wanted.at_most, value.__le__, "at most"),
    )
    broken = [f"{word} {bound:g}" for bound, holds, word in bounds if bound is not None and not holds(bound)]
    asked = ", ".join(f"{word} {bound:g}" for bound, _, word in bounds if bound is not None)
    fact = Evidence(label="number", value=f"{value:g} ({asked})", kind="number", ok=not broken)
    return fact, f"the number is {value:g}, not {', '.join(broken)}" if broken else ""
