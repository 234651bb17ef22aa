"""A step that is stopped says by which signal, and what its command left running."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from alfred_tui.actions import terraform
from alfred_tui.actions.clock import Clock
from alfred_tui.actions.commands import run, spec
from alfred_tui.actions.context import Equipment, Performer, StepContext
from alfred_tui.actions.registry import performers
from alfred_tui.domain.canary import Measurement
from alfred_tui.domain.document.actions import Action, Run, TerraformPlan
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.run import planning
from alfred_tui.domain.run.events import Entry, RunStarted, StepFinished
from alfred_tui.domain.run.folding import begin
from alfred_tui.engine.performing import perform
from alfred_tui.process import CommandSpec, Ended, Running, Spool, find, launch

from tests.integration.process.commands import state, until


async def _no_progress(
    note: str, measurements: Sequence[Measurement] = (), *, mark: str = "", aloud: bool = False
) -> None:
    """No step here tells any."""


async def _no_point(point: object) -> None:
    """No step here captures a rollback point."""


def context(folder: Path, command: str, timeout: float | None = None) -> StepContext:
    step = Step(id="a", title="A", action=Run(command=command), timeout=timeout)
    checklist = Checklist(
        title="T", phases=(Phase(id="p", title="P", sections=(Section(id="s", title="S", steps=(step,)),)),)
    )
    started = RunStarted(run="r", title="T", digest="d", lead="ann", host="h")
    current = begin(checklist, Entry(seq=1, at=1.0, event=started))
    environ = {"PATH": os.environ["PATH"]}
    return StepContext(
        step=step, attempt=1, folder=folder / "step", checklist=checklist, state=lambda: current,
        equipment=Equipment(clock=Clock(), workdir=folder, environ=environ),
        progress=_no_progress, capture=_no_point, detached=lambda: False,
    )  # fmt: skip


async def outcome(task: "asyncio.Task[object]") -> Outcome:
    async with asyncio.timeout(20):
        event = await task
    assert isinstance(event, StepFinished)
    return event.outcome


async def begun(ctx: StepContext) -> None:
    await until(lambda: ctx.folder.exists() and Spool(ctx.folder).size, "the first output")


async def test_a_cancelled_command_says_by_which_signal_it_went(tmp_path: Path) -> None:
    ctx = context(tmp_path, "echo begin; sleep 60")
    task = asyncio.create_task(perform(ctx, {Run: run}))
    await begun(ctx)
    task.cancel()
    done = await outcome(task)
    assert done.status == "cancelled"
    assert [(one.label, one.value) for one in done.evidence] == [
        ("stopped by", "SIGTERM to its process group")
    ]


async def test_a_command_whose_launch_was_cancelled_is_stopped_and_not_left_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(folder: Path, spec: CommandSpec) -> Running:
        await launch(folder, spec)
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr("alfred_tui.actions.commands.launch", slow)
    ctx = context(tmp_path, "echo begin; exec sleep 60")
    task = asyncio.create_task(perform(ctx, {Run: run}))
    await begun(ctx)
    task.cancel()
    done = await outcome(task)
    assert done.status == "cancelled"
    assert [one.value for one in done.evidence] == ["SIGTERM to its process group"]
    assert isinstance(find(ctx.folder), Ended)


@pytest.mark.parametrize("cancelled_in", ["its import", "the action before its command"])
async def test_what_another_cockpit_started_is_stopped_however_early_the_cancellation_comes(
    tmp_path: Path, cancelled_in: str
) -> None:
    """A run is resumed in which a step was to be cancelled: the command has run since before."""

    async def looks_first(ctx: StepContext) -> Outcome:
        await asyncio.sleep(0)
        return await run(ctx)

    ctx = replace(context(tmp_path, "echo begin; exec sleep 60"), taken_up=True)
    await launch(ctx.folder, spec(ctx, "echo begin; exec sleep 60"))
    await begun(ctx)
    by: Mapping[type[Action], Performer] = {Run: looks_first}
    if cancelled_in == "its import":
        by = performers()
    task = asyncio.create_task(perform(ctx, by))
    asyncio.get_running_loop().call_soon(task.cancel)
    done = await outcome(task)
    assert done.status == "cancelled"
    assert [one.value for one in done.evidence] == ["SIGTERM to its process group"]
    assert isinstance(find(ctx.folder), Ended)


async def test_a_timed_out_command_says_what_left_its_group(tmp_path: Path) -> None:
    ctx = context(tmp_path, "setsid sleep 60 & echo begin; sleep 60", timeout=1.0)
    done = await outcome(asyncio.create_task(perform(ctx, {Run: run})))
    assert done.status == "error"
    told = [(one.label, one.value) for one in done.evidence]
    assert told[:2] == [("timeout", "1s"), ("stopped by", "SIGTERM to its process group")]
    ((label, left),) = told[2:]
    pid, name = left.split()
    os.kill(int(pid), signal.SIGKILL)
    assert (label, name) == ("left running", "sleep")


async def test_while_a_command_takes_its_time_to_end_the_step_says_that_it_is_stopped(tmp_path: Path) -> None:
    said: list[str] = []

    async def progress(
        note: str, measurements: Sequence[Measurement] = (), *, mark: str = "", aloud: bool = False
    ) -> None:
        said.append(note)

    ctx = replace(
        context(tmp_path, "trap 'echo asked; sleep 0.3; exit 3' TERM; echo begin; sleep 60 & wait"),
        progress=progress,
    )
    task = asyncio.create_task(perform(ctx, {Run: run}))
    await begun(ctx)
    task.cancel()
    await until(lambda: "asked" in Spool(ctx.folder).lines(0, 9), "the signal")
    assert said == ["stopping; it is killed if SIGTERM does not end it"]
    assert (await outcome(task)).status == "cancelled"


async def test_a_second_cancellation_does_not_cut_the_stop_short(tmp_path: Path) -> None:
    ctx = context(tmp_path, "trap 'sleep 0.5; echo cleaned; exit 3' TERM; echo begin; sleep 60 & wait")
    task = asyncio.create_task(perform(ctx, {Run: run}))
    await begun(ctx)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    done = await outcome(task)
    assert done.status == "cancelled"
    assert Spool(ctx.folder).lines(0, 9) == ["begin", "cleaned"]


def with_terraform(folder: Path, script: str) -> StepContext:
    """A plan by a terraform that is this script."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "terraform"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    ctx = context(folder, "true")
    environ = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    step = Step(id="a", title="A", action=TerraformPlan(dir="."))
    return replace(ctx, step=step, equipment=replace(ctx.equipment, environ=environ))


async def test_a_terraform_that_had_to_be_killed_may_have_left_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform, "_GRACE", 0.2)
    ctx = with_terraform(tmp_path, "trap '' TERM; echo begin; while :; do sleep 0.05; done")
    task = asyncio.create_task(perform(ctx, {TerraformPlan: terraform.plan}))
    await begun(ctx)
    task.cancel()
    done = await outcome(task)
    assert done.status == "cancelled"
    told = {one.label: one.value for one in done.evidence}
    assert told["stopped by"].startswith("SIGKILL")
    assert told["state lock"].startswith("may remain")
    assert "terraform force-unlock" in told["state lock"]


async def test_a_terraform_that_ended_when_it_was_asked_to_has_let_go_of_its_lock(tmp_path: Path) -> None:
    ctx = with_terraform(tmp_path, "trap 'exit 1' TERM; echo begin; sleep 60 & wait")
    task = asyncio.create_task(perform(ctx, {TerraformPlan: terraform.plan}))
    await begun(ctx)
    task.cancel()
    assert "state lock" not in {one.label for one in (await outcome(task)).evidence}


def test_a_rollback_waits_longer_than_terraform_has_to_end() -> None:
    assert terraform._GRACE < planning._ENDS_WITHIN


async def test_a_stop_that_nobody_saw_succeed_is_interrupted(tmp_path: Path) -> None:
    ctx = context(tmp_path, "echo begin; exec sleep 60")
    task = asyncio.create_task(perform(ctx, {Run: run}))
    await begun(ctx)
    told = state(ctx.folder)
    os.kill(told["pid"], signal.SIGSTOP)
    task.cancel()
    await asyncio.sleep(0.1)
    os.kill(told["pid"], signal.SIGKILL)
    done = await outcome(task)
    os.kill(told["command_pid"], signal.SIGKILL)
    assert done.status == "interrupted"
    assert "still runs" in done.reason


async def test_a_supervisor_that_somebody_else_stops_does_not_say_it_was_the_cockpit(tmp_path: Path) -> None:
    """As all processes are that a machine goes down with."""
    ctx = context(tmp_path, "echo begin; exec sleep 60")
    task = asyncio.create_task(perform(ctx, {Run: run}))
    await begun(ctx)
    os.kill(state(ctx.folder)["pid"], signal.SIGTERM)
    done = await outcome(task)
    assert done.status == "failed"
    assert done.reason == "It ended with signal SIGTERM (its supervisor was asked to stop it): begin."
