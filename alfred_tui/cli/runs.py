"""`runs`: every run in the state folder, newest first."""

import os
from datetime import datetime
from typing import TYPE_CHECKING

import click
import msgspec

from alfred_tui.cli.options import word
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.plain import plain
from alfred_tui.headless.encoding import utf_8
from alfred_tui.headless.stderr import say

if TYPE_CHECKING:
    from alfred_tui.journal.runs import RunSummary


@click.command("runs")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@word("--state-dir", metavar="DIR", help="Where runs are kept (ALFRED_COCKPIT_STATE overrides the default).")
def command(as_json: bool, state_dir: str | None) -> None:
    """List runs."""
    from alfred_tui.cli.options import host_name
    from alfred_tui.journal import list_runs
    from alfred_tui.journal import state_dir as where

    state = where(state_dir, os.environ)
    found, broken = list_runs(state, host_name())
    for sentence in broken:
        say(sentence)
    if as_json:
        utf_8()
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    if not found:
        click.echo(f"No run in {state} can be read." if broken else f"No runs in {state}.")
    for one in found:
        when = datetime.fromtimestamp(one.began_at).astimezone().strftime("%Y-%m-%d %H:%M")
        took = format_elapsed(one.at - one.began_at)
        click.echo(
            f"{one.run}  {when}  {took:>8}  {one.settled:>3}/{one.steps:<3}  {one.result:<11} {one.mode:<4} "
            + plain(f"{one.lead}  {one.title}{_led(one)}")
        )


def _led(one: "RunSummary") -> str:
    """Who leads it now, as far as can be told from here; nothing of a run that is over."""
    if one.led:
        return f"  led now by {one.led_by.lead}" if one.led_by else "  led now"
    if one.result != "unfinished":
        return ""
    since = datetime.fromtimestamp(one.at).astimezone().strftime("%Y-%m-%d %H:%M")
    if one.led is False:
        return f"  nobody leads it, last event {since}"
    return f"  whether it is led is known on {one.host} only, last event {since}"
