"""`watch`: the same picture as the lead's, read-only."""

import asyncio
import os
from typing import TYPE_CHECKING

import click

from alfred_tui.cli.options import Options

if TYPE_CHECKING:
    from alfred_tui.journal import RunFolder


@click.command("watch")
@click.argument("run", required=False)
@click.option(
    "--layout", default="oncall", metavar="NAME|PATH", help="cockpit, walkthrough, oncall or a file."
)
@click.option("--kubeconfig", metavar="PATH", help="The watcher's own kubeconfig; view rights are enough.")
@click.option("--context", metavar="NAME", help="Its context.")
@click.option("--state-dir", metavar="DIR", help="Where runs are kept (or ALFRED_COCKPIT_STATE).")
def command(
    run: str | None, layout: str, kubeconfig: str | None, context: str | None, state_dir: str | None
) -> int:
    """Follow RUN (default: the newest), without any means to act on it."""
    from alfred_tui.cli import screen
    from alfred_tui.journal import RunFolder, newest_run
    from alfred_tui.journal import state_dir as where

    state = where(state_dir, os.environ)
    folder = RunFolder.find(state, run or newest_run(state))
    screen.require_terminal()
    screen.layouts(layout)
    return asyncio.run(_watch(folder, layout, Options(kubeconfig=kubeconfig, context=context)))


async def _watch(folder: "RunFolder", layout: str, options: Options) -> int:
    from alfred_tui.cli.screen import watch
    from alfred_tui.cli.session import find_target
    from alfred_tui.cli.shared import SharedConnection

    state, _ = folder.read()
    target = state.started.target
    if options.kubeconfig or options.context or target is None:
        target, _ = find_target(options)
    connection = SharedConnection(target) if target else None
    try:
        return await watch(folder, layout, target, connection)
    finally:
        if connection:
            await connection.close()
