"""`verify`: whether a run's record is whole."""

import os

import click

from alfred_tui.cli.options import word


@click.command("verify")
@click.argument("run", required=False)
@word("--state-dir", metavar="DIR", help="Where runs are kept.")
def command(run: str | None, state_dir: str | None) -> None:
    """Check the journal of RUN (default: the newest): names the first event that does not hold."""
    from alfred_tui.journal import RunFolder, newest_run, unfinished_bytes, verify
    from alfred_tui.journal import state_dir as where

    state_folder = where(state_dir, os.environ)
    folder = RunFolder.find(state_folder, newest_run(state_folder) if run is None else run)
    last = verify(folder.journal)
    click.echo(f"{folder.run}: {last} events, every one follows from those before it.")
    if left := unfinished_bytes(folder.journal):
        click.echo(f"  A last write of {left} bytes is not whole; it does not count, and had no effect yet.")
