"""Terraform: the plan that was reviewed is the plan that is applied.

A plan step leaves the plan file's SHA-256 among its outputs; the apply step refuses a file with another.
"""

import asyncio
import hashlib
import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import msgspec

from alfred_tui.actions.commands import Finished, execute, interrupted, judge
from alfred_tui.actions.context import StepContext
from alfred_tui.actions.terraform_words import advice, left_by_a_kill
from alfred_tui.domain.document.actions import TerraformApply, TerraformPlan
from alfred_tui.domain.errors import NotAnswered, NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.process import Absent, Spool, find

_SHOWN = 40
_GRACE = 25.0
"""Seconds in which it is to end when it is stopped: it waits for what is under way, writes the state and lets
go of the lock. A rollback waits 30 s for what it stops (`domain/run/planning.py`)."""


def program(ctx: StepContext) -> str:
    """terraform, or tofu in its place. Raises NotConfigured when neither is there."""
    path = ctx.equipment.environ.get("PATH", "")
    for name in ("terraform", "tofu"):
        if shutil.which(name, path=path):
            return name
    raise NotConfigured("Neither terraform nor tofu is on PATH here.")


def _simulated(ctx: StepContext) -> tuple[Evidence, ...]:
    if "terraform" in ctx.equipment.simulated:
        return (
            Evidence(label="simulated", value="a stand-in served for terraform; nothing real was changed"),
        )
    return ()


async def _locking(ctx: StepContext, tool: str, command: str) -> Finished | None:
    """Runs a command that holds the state's lock; where it was killed, or lost, that lock may remain."""
    try:
        return await execute(ctx, command, grace=_GRACE)
    except asyncio.CancelledError:
        if ctx.stop.killed or ctx.stop.uncertain:
            ctx.stop.evidence.append(_lock_may_remain(tool))
        raise


def _lost(tool: str) -> Outcome:
    unseen = interrupted()
    return msgspec.structs.replace(unseen, evidence=(*unseen.evidence, _lock_may_remain(tool)))


def _lock_may_remain(tool: str) -> Evidence:
    return Evidence(label="state lock", value=left_by_a_kill(tool))


async def plan(ctx: StepContext) -> Outcome:
    """`init`, `plan -out`, `show -json`: what would be added, changed and destroyed."""
    action = ctx.step.action
    assert isinstance(action, TerraformPlan)
    tool = program(ctx)
    folder = ctx.equipment.workdir / action.dir
    if not folder.is_dir():
        raise NotConfigured(f"The folder {action.dir} is not there.")
    targets = "".join(f" {shlex.quote(f'-target={one}')}" for one in action.target)
    out = shlex.quote(action.out)
    command = (
        f"cd {shlex.quote(action.dir)}\n"
        f"{tool} init -input=false -no-color\n"
        f"{tool} plan -input=false -no-color{targets} -out={out}\n"
    )
    finished = await _locking(ctx, tool, command)
    if finished is None:
        return _lost(tool)
    outcome = await judge(ctx, finished)
    if outcome.status != "passed":
        return _advised(outcome, finished.spool)
    shown = await execute(
        ctx, f"cd {shlex.quote(action.dir)}\n{tool} show -json -no-color {out}", part="show"
    )
    if shown is None or shown.result.exit_code != 0:
        raise NotAnswered("The plan was made, but `show -json` could not read it.")
    counts, changes = read_plan(shown.spool.stdout_text(64 * 1024 * 1024))
    digest = await asyncio.to_thread(_digest, folder / action.out)
    evidence = (
        *_simulated(ctx),
        *(Evidence(label=name, value=str(counts[name]), kind="number") for name in counts),
        *(Evidence(label=kind, value=address) for kind, address in changes[:_SHOWN]),
        Evidence(label="plan file", value=f"{action.out} sha256 {digest[:12]}", kind="file"),
    )
    outputs = {name: str(count) for name, count in counts.items()}
    outputs |= {"digest": digest, "file": action.out, "dir": action.dir}
    return Outcome(status="passed", evidence=evidence, outputs=outputs)


def read_plan(text: str) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Counts of add, change and destroy, and the addresses, from a plan's JSON.

    Format: Terraform's JSON output, `resource_changes[].change.actions`; a replacement counts as both a
    destroy and an add, as Terraform's own summary does.
    """
    try:
        # Some versions print warnings before the document.
        document: Any = json.loads(text[text.index("{") :])
        changes = document.get("resource_changes") or []
        found = [(tuple(one["change"]["actions"]), str(one["address"])) for one in changes]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAnswered(f"The plan's JSON could not be read ({type(error).__name__}: {error}).") from error
    counts = {"add": 0, "change": 0, "destroy": 0}
    told: list[tuple[str, str]] = []
    words = {"create": "add", "update": "change", "delete": "destroy"}
    for actions, address in found:
        known = [words[one] for one in actions if one in words]
        for word in known:
            counts[word] += 1
        if known:
            told.append(("replace" if len(known) == 2 else known[0], address))
    told.sort(key=lambda one: ("destroy", "replace", "change", "add").index(one[0]))
    return counts, told


async def apply(ctx: StepContext) -> Outcome:
    """Applies the plan file of the plan step, if it is still the one that was seen."""
    action = ctx.step.action
    assert isinstance(action, TerraformApply)
    seen = ctx.state().steps[action.plan]
    if seen.status != "passed" or "digest" not in seen.outputs:
        raise NotConfigured(f"There is no reviewed plan to apply: the step {action.plan} is {seen.status}.")
    tool = program(ctx)
    folder, file = seen.outputs["dir"], seen.outputs["file"]
    now = await asyncio.to_thread(_digest, ctx.equipment.workdir / folder / file)
    running = not isinstance(await asyncio.to_thread(find, ctx.folder), Absent)
    if now != seen.outputs["digest"] and not running:
        return Outcome(
            status="failed",
            reason=f"{file} is not the plan that was reviewed (its digest has changed); nothing was applied.",
            evidence=(Evidence(label="plan file", value=f"sha256 {now[:12]}", ok=False),),
        )
    command = f"cd {shlex.quote(folder)}\n{tool} apply -input=false -no-color {shlex.quote(file)}"
    finished = await _locking(ctx, tool, command)
    if finished is None:
        return _lost(tool)
    outcome = await judge(ctx, finished)
    outcome = _advised(outcome, finished.spool, ctx.state().step(action.plan).title)
    told = tuple(Evidence(label="terraform", value=line) for line in _summary(finished.spool))
    return Outcome(
        status=outcome.status,
        reason=outcome.reason,
        evidence=(*_simulated(ctx), *outcome.evidence, *told),
        outputs=outcome.outputs,
    )


def _advised(outcome: Outcome, spool: Spool, plan: str = "") -> Outcome:
    """With what a person can do about it, where that is known."""
    said = advice(spool.tail(40), plan) if outcome.status != "passed" else ""
    return msgspec.structs.replace(outcome, reason=f"{outcome.reason} {said}") if said else outcome


def _summary(spool: Spool) -> list[str]:
    return [line.strip() for line in spool.tail(40) if line.startswith(("Apply complete", "Error:"))]


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise NotAnswered(f"The plan file {path.name} could not be read: {error.strerror}.") from error
