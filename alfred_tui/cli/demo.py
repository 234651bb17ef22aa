"""`demo`: the same cockpit over an embedded cluster, which starts and stops with it."""

import asyncio
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from alfred_tui.cli.options import Options, checklist_path, shared
from alfred_tui.domain.errors import Usage

_SECRETS = {
    "DATABASE_URL": "postgresql://alfred:demo-password@db.demo.invalid/alfred",
    "OPENAI_API_KEY": "sk-demo-0123456789abcdef",
    "SLACK_BOT_TOKEN": "xoxb-demo-0123456789",
}
"""Made up, so that the steps which need secrets have some to guard."""


@click.command("demo")
@click.argument("checklist", required=False, default="production")
@shared
@click.option("--scenario", default="healthy", metavar="NAME", help="What happens (see --list).")
@click.option(
    "--speed", default=20.0, show_default=True, type=click.FloatRange(0.1, 600), help="Of the clock."
)
@click.option("--headless", is_flag=True, help="No screen: a line per event.")
@click.option("--jsonl", is_flag=True, help="With --headless: one JSON object per line.")
@click.option("--list", "list_them", is_flag=True, help="Name the scenarios.")
def command(
    checklist: str,
    scenario: str,
    speed: float,
    headless: bool,
    jsonl: bool,
    list_them: bool,
    **shared_options: Any,
) -> int:
    """Lead a deployment on an embedded cluster: no cluster, no network, no root needed."""
    from alfred_tui.demo.scenarios import SCENARIOS

    if list_them:
        for one in SCENARIOS.values():
            ends = (
                f"{one.failing_step}, exit {one.exit_code}" if one.failing_step else f"exit {one.exit_code}"
            )
            click.echo(f"{one.name:<18} {one.title} ({ends})")
        return 0
    if scenario not in SCENARIOS:
        raise Usage(f"There is no scenario {scenario}.", hint=f"There are: {', '.join(SCENARIOS)}.")
    options = Options(**shared_options)
    if not (headless or jsonl):
        from alfred_tui.cli import screen

        screen.require_terminal()
        screen.layouts(options.layout)
    return asyncio.run(_demo(checklist, scenario, speed, options, headless=headless or jsonl, jsonl=jsonl))


def _kubectl_folder() -> tuple[str, ...]:
    """Where the wheel's kubectl is, when the machine has none of its own on PATH."""
    beside = Path(sys.executable).parent
    return (str(beside),) if shutil.which("kubectl") is None and (beside / "kubectl").exists() else ()


async def _demo(
    checklist: str, scenario: str, speed: float, options: Options, *, headless: bool, jsonl: bool
) -> int:
    from alfred_tui.cli.session import DemoRun, load, open_session
    from alfred_tui.demo.process import embedded
    from alfred_tui.demo.scenarios import SCENARIOS

    with tempfile.TemporaryDirectory(prefix="alfred-demo-", ignore_cleanup_errors=True) as folder:
        async with embedded(scenario, speed, folder=Path(folder)) as world:
            options = replace(
                options,
                kubeconfig=str(world.kubeconfig),
                context=world.context,
                namespace=world.namespace,
                prometheus=world.prometheus,
                workdir=str(world.workspace),
                variables=(f"service_url={world.service_url}", *options.variables),
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
            loaded, values = load(checklist_path(checklist), options)
            if headless:
                from alfred_tui.cli.headless import run_headless

                on_trouble = SCENARIOS[scenario].on_failure
                return await run_headless(
                    loaded, values, options, jsonl=jsonl, demo=demo, on_trouble=on_trouble
                )
            from alfred_tui.cli.screen import lead

            session = await open_session(loaded, values, options, demo=demo)
            try:
                return await lead(session, options.layout)
            finally:
                await session.close()
