"""`demo`: the same cockpit over an embedded cluster, which starts and stops with it."""

import asyncio
import shutil
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alfred_tui.cli.demo_folder import demo_folder, sweep
from alfred_tui.cli.options import (
    Options,
    brings_its_own,
    checklist_path,
    panels,
    refuse_no_soak,
    without_soak,
    word,
)
from alfred_tui.domain.errors import Usage
from alfred_tui.headless.stderr import ExitCode

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from alfred_tui.cli.opening import DemoRun
    from alfred_tui.cli.session import Session
    from alfred_tui.demo.scenarios import Scenario
    from alfred_tui.ui.ports import AskResume, Tell

_SECRETS = {
    "DATABASE_URL": "postgresql://alfred:demo-password@db.demo.invalid/alfred",
    "OPENAI_API_KEY": "sk-demo-0123456789abcdef",
    "SLACK_BOT_TOKEN": "xoxb-demo-0123456789",
}
"""Made up, so that the steps which need secrets have some to guard."""


@click.command("demo")
@click.argument("checklist", required=False, default="production")
@brings_its_own
@panels
@word("--scenario", default="healthy", metavar="NAME", help="What happens (see --list).")
@click.option(
    "--speed", default=20.0, show_default=True, type=click.FloatRange(0.1, 600), help="Of the clock."
)
@click.option("--headless", is_flag=True, help="No screen: a line per event.")
@click.option("--jsonl", is_flag=True, help="With --headless: one JSON object per line.")
@without_soak
@click.option("--list", "list_them", is_flag=True, help="Name the scenarios.")
def command(
    checklist: str,
    scenario: str,
    speed: float,
    headless: bool,
    jsonl: bool,
    no_soak: bool,
    list_them: bool,
    **shared_options: Any,
) -> int:
    """Lead a deployment on an embedded cluster: no cluster, no root, loopback only."""
    if list_them:
        for one in _scenarios().values():
            ends = (
                f"{one.failing_step}, exit {one.exit_code}" if one.failing_step else f"exit {one.exit_code}"
            )
            click.echo(f"{one.name:<18} {one.title} ({ends})")
        return 0
    if scenario not in _scenarios():
        raise Usage(f"There is no scenario {scenario}.", hint=f"There are: {', '.join(_scenarios())}.")
    refuse_no_soak(no_soak, headless=headless or jsonl)
    options = Options(**shared_options)
    options.check()  # what is wrong with it is told before a screen is opened
    if headless or jsonl:
        return _run(_headless(checklist, scenario, speed, options, jsonl=jsonl, no_soak=no_soak))
    from alfred_tui.cli import screen

    screen.require_terminal()
    return _run(_on_screen(checklist, scenario, speed, options))


def _run(demo: "Coroutine[Any, Any, int]") -> int:
    try:
        return asyncio.run(demo)
    except asyncio.CancelledError:
        return ExitCode.INTERRUPTED


def _kubectl_folder() -> tuple[str, ...]:
    """Where the wheel's kubectl is, when the machine has none of its own on PATH."""
    beside = Path(sys.executable).parent
    return (str(beside),) if shutil.which("kubectl") is None and (beside / "kubectl").exists() else ()


async def _headless(
    checklist: str, scenario: str, speed: float, options: Options, *, jsonl: bool, no_soak: bool
) -> int:
    from alfred_tui.cli.given import load
    from alfred_tui.cli.headless import run_headless

    _unwind_on_signals()
    async with AsyncExitStack() as stack:
        options, demo = await demo_world(stack, scenario, speed, options)
        loaded, values = load(checklist_path(checklist), options)
        on_trouble = _scenarios()[scenario].on_failure
        return await run_headless(
            loaded, values, options, jsonl=jsonl, demo=demo, on_trouble=on_trouble, no_soak=no_soak
        )


async def _on_screen(checklist: str, scenario: str, speed: float, options: Options) -> int:
    from alfred_tui.cli.screen import lead

    _unwind_on_signals()
    async with AsyncExitStack() as stack:

        async def opening(ask: "AskResume", tell: "Tell") -> "Session":
            await asyncio.to_thread(import_module, "alfred_tui.cli.opening")

            from alfred_tui.cli.given import load
            from alfred_tui.cli.opening import open_session

            given, demo = await demo_world(stack, scenario, speed, options)
            loaded, values = await asyncio.to_thread(load, checklist_path(checklist), given)
            session = await open_session(loaded, values, given, demo=demo, tell=tell)
            session.notices += _beside(session)
            return session

        told = f"Starting the embedded cluster, scenario {scenario}, clock ×{speed:g} …"
        return await lead(opening, options, told)


def _beside(session: "Session") -> list[str]:
    """That the embedded cluster can be looked at from another terminal."""
    from alfred_tui.present.beside import kubectl

    told = "kubectl in another terminal reaches this cluster: ? has the lines to paste."
    return [told] if kubectl(session.target) else []


def _unwind_on_signals() -> None:
    """Lets a signal that comes before anybody else takes it end the demo with all that it has begun."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def demo_world(
    stack: AsyncExitStack, scenario: str, speed: float, options: Options
) -> "tuple[Options, DemoRun]":
    """Starts the embedded cluster for as long as `stack` is open; the options that point at it."""
    from alfred_tui.cli.opening import DemoRun
    from alfred_tui.demo.process import embedded

    await asyncio.to_thread(sweep)
    folder = stack.enter_context(demo_folder())
    world = await stack.enter_async_context(embedded(scenario, speed, folder=folder))
    options = replace(
        options,
        kubeconfig=str(world.kubeconfig),
        context=world.context,
        namespace=world.namespace,
        prometheus=world.prometheus,
        workdir=str(world.workspace),
        offers={"service_url": world.service_url},
    )
    demo = DemoRun(
        scenario=scenario,
        speed=speed,
        started_at=world.started_at,
        wall_started_at=world.wall_started_at,
        simulated=("terraform",) if world.terraform == "simulated" else (),
        path_dirs=(*world.path_dirs, *_kubectl_folder()),
        secrets=_SECRETS,
    )
    return options, demo


def _scenarios() -> "dict[str, Scenario]":
    from alfred_tui.demo.scenarios import SCENARIOS

    return SCENARIOS
