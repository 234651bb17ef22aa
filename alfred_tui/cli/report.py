"""`report`: any run, finished or not, as Markdown with the boxes ticked, as HTML or as JSON."""

import json
import os
import time

import click

from alfred_tui.cli.options import word
from alfred_tui.headless.encoding import utf_8
from alfred_tui.headless.stderr import say


@click.command("report")
@click.argument("run", required=False)
@click.option("--format", "form", type=click.Choice(["md", "html", "json"]), default="md", show_default=True)
@word("--state-dir", metavar="DIR", help="Where runs are kept.")
def command(run: str | None, form: str, state_dir: str | None) -> None:
    """Write a run (default: the newest) with the boxes ticked and the evidence under them."""
    from alfred_tui.cli.options import host_name
    from alfred_tui.journal import Broken, RunFolder, is_led, newest_run, verify
    from alfred_tui.journal import state_dir as where
    from alfred_tui.present.report import data, markdown

    state_folder = where(state_dir, os.environ)
    folder = RunFolder.find(state_folder, newest_run(state_folder) if run is None else run)
    state, _ = folder.read()
    broken = ""
    try:
        verify(folder.journal)
    except Broken as damage:
        broken = f"does not hold from event {damage.seq} on: {damage.why}"
        say(str(damage))
    led = is_led(folder.path, host_name())
    # As of its last event, unless it goes on; a demo's clock runs faster than the wall's.
    now = time.time() if led and not state.result and state.started.speed == 1 else state.at
    utf_8()
    if form == "json":
        click.echo(json.dumps(data(state, now, led=led, broken=broken), indent=2, ensure_ascii=False))
    elif form == "html":
        from markdown_it import MarkdownIt

        body = MarkdownIt("commonmark", {"html": False}).render(markdown(state, now, led=led, broken=broken))
        title = "".join(char for char in state.started.title if char.isalnum() or char in " -")
        click.echo(
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            "<style>body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
            "code,pre{background:#f2f3f5}li{margin:.15rem 0}</style></head><body>\n"
            f"{body}</body></html>"
        )
    else:
        click.echo(markdown(state, now, led=led, broken=broken), nl=False)
