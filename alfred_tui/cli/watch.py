"""`watch`: the same picture as the lead's, read-only."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alfred_tui.cli.options import Options, shown_namespaces, word

if TYPE_CHECKING:
    from alfred_tui.domain.cluster.workloads import Target
    from alfred_tui.domain.run.state import RunState
    from alfred_tui.journal import RunFolder


@click.command("watch")
@click.argument("run", required=False)
@word("--layout", default="oncall", metavar="NAME|PATH", help="cockpit, walkthrough, oncall or a file.")
@word("--kubeconfig", metavar="PATH", help="The watcher's own kubeconfig; view rights are enough.")
@word("--context", metavar="NAME", help="Its context.")
@word("--state-dir", metavar="DIR", help="Where runs are kept (or ALFRED_COCKPIT_STATE).")
@click.option("--namespace", metavar="A,B", help="Namespaces that the panels show (default: the run's).")
@click.option("-A", "--all-namespaces", is_flag=True, help="The panels show all namespaces.")
def command(
    run: str | None,
    layout: str,
    kubeconfig: str | None,
    context: str | None,
    state_dir: str | None,
    namespace: str | None,
    all_namespaces: bool,
) -> int:
    """Follow RUN (default: the newest), without any means to act on it."""
    from alfred_tui.cli import screen
    from alfred_tui.cli.layouts import layouts
    from alfred_tui.journal import RunFolder, newest_run
    from alfred_tui.journal import state_dir as where

    state = where(state_dir, os.environ)
    folder = RunFolder.find(state, newest_run(state) if run is None else run)
    screen.require_terminal()
    layouts(layout)
    options = Options(kubeconfig=kubeconfig, context=context)
    return asyncio.run(
        _watch(folder, layout, options, shown_namespaces(namespace, "--namespace", everywhere=all_namespaces))
    )


def watched(led: "Target | None", options: Options) -> tuple["Target | None", tuple[str, ...]]:
    """Where the panels look: the namespace of the run, as the watcher's own account when one is named.

    A notice says when that account's server is not the one the run was started on. Raises Usage.
    """
    from alfred_tui.cli.given import find_target

    if led is not None and not (options.kubeconfig or options.context):
        return led, ()
    own, _ = find_target(replace(options, namespace=led.namespace if led is not None else None))
    if led is None or own is None or own.server == led.server:
        return own, ()
    told = f"The run is led on {led.server}, and the panels show {own.server}: this may be another cluster."
    return own, (told,)


def ended_demo(state: "RunState") -> tuple[str, ...]:
    """Says that a demo's cluster is no more; otherwise the panels would seem to have lost one."""
    target = state.started.target
    if state.started.mode != "demo" or target is None or all(Path(one).exists() for one in target.kubeconfig):
        return ()
    return ("The demo is over, and its cluster ended with it: what was recorded is all there is to see.",)


async def _watch(
    folder: "RunFolder", layout: str, options: Options, namespaces: tuple[str, ...] | None
) -> int:
    from alfred_tui.cli.logs import secrets_around
    from alfred_tui.cli.screen import watch
    from alfred_tui.cli.shared import SharedConnection
    from alfred_tui.domain.run.redacted import hiding

    state, _ = folder.read()
    secrets = secrets_around(state.checklist.secrets, os.environ)
    target, notices = watched(state.started.target, options)
    notices += ended_demo(state)
    connection = SharedConnection(target, hiding(secrets)) if target else None
    try:
        return await watch(folder, layout, target, connection, secrets, namespaces, notices)
    finally:
        if connection:
            await connection.close()
