"""`run`: leads a deployment, on the screen or headless."""

import asyncio
import os
import time
from collections.abc import Collection
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alfred_tui.cli.options import (
    Options,
    checklist_path,
    panels,
    parse_vars,
    refuse_no_soak,
    shared,
    without_soak,
    word,
)
from alfred_tui.domain.errors import CockpitError, Usage

if TYPE_CHECKING:
    from alfred_tui.cli.session import Session
    from alfred_tui.documents import Loaded
    from alfred_tui.ui.ports import AskResume, Tell


@click.command("run")
@click.argument("checklist", required=False)
@shared
@panels
@click.option("--headless", is_flag=True, help="No screen: a line per event.")
@click.option("--jsonl", is_flag=True, help="With --headless or --dry-run: one JSON object per line.")
@without_soak
@word("--attestations", metavar="FILE", help="Sign-offs given beforehand: step id → {by, note, link, file}.")
@word("--resume", metavar="RUN", help="Go on with an unfinished run.")
@click.option(
    "--take-over",
    metavar="[RUN]",
    is_flag=False,
    flag_value="",
    help="Lead although somebody else leads RUN in this namespace; without RUN, the screen asks.",
)
@click.option("--new", is_flag=True, help="Start a new run without offering to resume.")
@word("--only", metavar="ID", help="Only this phase, section or step.")
@word("--from", "from_step", metavar="STEP", help="Begin at this step.")
@click.option("--dry-run", is_flag=True, help="Show every step's exact effect; change nothing.")
def command(
    checklist: str | None,
    headless: bool,
    jsonl: bool,
    no_soak: bool,
    attestations: str | None,
    resume: str | None,
    take_over: str | None,
    new: bool,
    only: str | None,
    from_step: str | None,
    dry_run: bool,
    **shared_options: Any,
) -> int:
    """Lead a run of CHECKLIST (default: the shipped production checklist)."""
    if resume and (only or from_step):
        raise Usage(
            "--only and --from choose the steps of a new run; --resume goes on with all of an old one's.",
            hint="Leave one of them out.",
        )
    if resume and checklist is not None:
        raise Usage(
            f"--resume goes on with the run's checklist as it was when it began, not with {checklist}.",
            hint="Leave the checklist out, or leave --resume out to begin a new run.",
        )
    checklist = "production" if checklist is None else checklist
    if attestations and not (headless or jsonl or dry_run):
        raise Usage(
            "--attestations is for runs without a screen; on the screen people sign as they go.",
            hint="Leave it out, or give --headless.",
        )
    refuse_no_soak(no_soak, headless=headless or jsonl or dry_run)
    if take_over:
        _refuse_checklist(take_over)
    over: bool | str = False if take_over is None else take_over
    if over == "" and not (headless or jsonl or dry_run):
        over = _confirm_take_over(Options(**shared_options), resume or "")
    options = Options(**shared_options, take_over=over)
    options.check()  # what is wrong with it is told before a screen is opened
    if not (headless or jsonl or dry_run):
        from alfred_tui.cli import screen

        screen.require_terminal()
        opening = Opening(checklist, options, resume or "", new=new, only=only, from_step=from_step)
        return asyncio.run(screen.lead(opening, options, f"Opening {checklist} …"))
    from alfred_tui.cli.given import load

    if resume:
        loaded, values = None, parse_vars(options.variables)
    else:
        loaded, values = load(checklist_path(checklist), options)
    if dry_run:
        if loaded is None:
            raise Usage("--dry-run shows a checklist, not a run that has begun.", hint="Leave --resume out.")
        _show(loaded, values, _scope(loaded, only, from_step), attestations, jsonl=jsonl)
        return 0
    from alfred_tui.cli.headless import run_headless

    return asyncio.run(
        run_headless(
            loaded,
            values,
            options,
            jsonl=jsonl,
            attestations=attestations,
            resume=resume or "",
            scope=_scope(loaded, only, from_step),
            no_soak=no_soak,
        )
    )


def _show(
    loaded: "Loaded", values: dict[str, str], scope: dict[str, str], attestations: str | None, *, jsonl: bool
) -> None:
    """The dry run. Raises Invalid where what was signed beforehand is."""
    from alfred_tui.cli.given import signed
    from alfred_tui.domain.plain import plain
    from alfred_tui.headless.dry_run import dry_run_jsonl, dry_run_text
    from alfred_tui.headless.encoding import utf_8

    before = signed(attestations, loaded.checklist) if attestations else None
    if jsonl:
        utf_8()
        click.echo(dry_run_jsonl(loaded.checklist, values, scope, before, at=time.time()), nl=False)
    else:
        click.echo(plain(dry_run_text(loaded.checklist, values, scope, before)), nl=False)


class Opening:
    """Opens the run behind the screen: reads the checklist, offers a resume, takes the lead."""

    def __init__(
        self,
        checklist: str,
        options: Options,
        resume: str,
        *,
        new: bool = False,
        only: str | None = None,
        from_step: str | None = None,
    ) -> None:
        self._checklist = checklist
        self._options = options
        self._resume = resume
        self._new = new
        self._only = only
        self._from = from_step

    async def __call__(self, ask: "AskResume", tell: "Tell") -> "Session":
        await asyncio.to_thread(import_module, "alfred_tui.cli.opening")  # it takes longer than a frame may

        from alfred_tui.cli.given import load
        from alfred_tui.cli.opening import open_session

        loaded, values, resume = None, parse_vars(self._options.variables), self._resume
        if not resume:
            path = checklist_path(self._checklist)
            loaded, values = await asyncio.to_thread(load, path, self._options)
            if not self._new:
                run, told = await asyncio.to_thread(_offer, loaded.digest, self._options)
                resume = run if run and await ask(told) else ""
        scope = _scope(loaded, self._only, self._from)
        return await open_session(loaded, values, self._options, resume=resume, scope=scope, tell=tell)


def _refuse_checklist(word: str) -> None:
    """Raises Usage where the checklist was read as the run that is taken over: another one would be led."""
    from alfred_tui.documents.shipped import shipped

    if word.endswith((".yaml", ".yml")) or Path(word).is_file() or word in shipped("checklists"):
        raise Usage(
            f"--take-over {word} names a checklist, and it takes the id of the run that is led.",
            hint=f"Write the checklist before it: `alfred-cockpit run {word} --take-over RUN`.",
        )


def _confirm_take_over(options: Options, resume: str) -> bool | str:
    """Says from whom, and asks for the typed word; what takes over is the id of the run that was named.

    Raises Usage without the word.
    """
    from alfred_tui.cli.leading import leader
    from alfred_tui.domain.plain import plain

    try:
        told, word = asyncio.run(leader(options, resume))
    except Usage:
        raise
    except CockpitError as error:
        told, word = f"Who leads in this namespace is not known: {error.message}", ""
    if not told:
        click.echo("Nobody leads in this namespace: there is nobody to take over from.")
        return False
    click.echo(plain(f"{told} Whoever leads now may start nothing more there then; what runs goes on."))
    if click.prompt("Type “take over” to lead", default="", show_default=False).strip() != "take over":
        raise Usage("Nothing was taken over.", hint="Type the words, or watch with `alfred-cockpit watch`.")
    return word or True


def _scope(loaded: Any, only: str | None, from_step: str | None) -> dict[str, str]:
    """Steps that are not part of this run, each with the reason."""
    if loaded is None:
        return {}
    ids = [step.id for step in loaded.checklist.steps()]
    left_out: dict[str, str] = {}
    if from_step:
        if from_step not in ids:
            raise Usage(f"--from {from_step}: there is no step of that id.", hint=_meant(from_step, ids))
        left_out |= dict.fromkeys(ids[: ids.index(from_step)], f"not in this run (--from {from_step})")
    if only:
        inside: dict[str, set[str]] = {}
        for phase, section in loaded.checklist.sections():
            for step in section.steps:
                for name in (phase.id, section.id, step.id):
                    inside.setdefault(name, set()).add(step.id)
        if only not in inside:
            told = f"--only {only}: there is no phase, section or step of that id."
            raise Usage(told, hint=_meant(only, inside))
        left_out |= {one: f"not in this run (--only {only})" for one in ids if one not in inside[only]}
    if len(left_out) == len(ids):
        raise Usage(f"No step of {only} comes at {from_step} or after it: nothing would be done.")
    return left_out


def _meant(name: str, known: Collection[str]) -> str:
    from alfred_tui.documents.wording import did_you_mean

    near = did_you_mean(name, known)
    return f"D{near[1:]}" if near else "`alfred-cockpit run --dry-run` shows them all."


def _offer(digest: str, options: Options) -> tuple[str, str]:
    """The newest unfinished run of this checklist and a sentence about it; empty when there is none."""
    from alfred_tui.cli.options import host_name
    from alfred_tui.domain.duration import format_elapsed
    from alfred_tui.journal import list_runs
    from alfred_tui.journal import state_dir as where

    found, _ = list_runs(where(options.state_dir, os.environ), host_name())
    mine = [
        one for one in found if one.result == "unfinished" and one.digest == digest and one.mode == "live"
    ]
    mine = [one for one in mine if one.led_by is None]
    if not mine:
        return "", ""
    one = mine[0]
    return one.run, (
        f"Run {one.run} of “{one.title}” is unfinished: {one.settled} of {one.steps} settled, "
        f"last event {format_elapsed(time.time() - one.at)} ago, led by {one.lead}."
        + (f" It is in the middle of a rollback ({one.rolling_back})." if one.rolling_back else "")
    )
