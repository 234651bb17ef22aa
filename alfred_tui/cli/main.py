"""The command's entry: finds the subcommand, loads only its module, and turns errors into sentences."""

import importlib
import os
import sys
from typing import Any

import click

from alfred_tui import interrupts
from alfred_tui.domain.errors import CockpitError, Usage, in_words
from alfred_tui.headless.encoding import lossless
from alfred_tui.headless.stderr import ExitCode, error, say

_COMMANDS = {
    "run": "lead a deployment: the cockpit, or --headless",
    "demo": "the same cockpit over an embedded cluster; needs nothing else",
    "watch": "follow a run, read-only",
    "doctor": "look at all that a run needs here, and say what is missing",
    "check": "validate checklists: every error at once",
    "runs": "list runs",
    "report": "write a run as Markdown, HTML or JSON",
    "verify": "check a run's journal, event by event",
    "judge": "judge canary metrics given as JSON",
    "schema": "print the checklist's JSON Schema",
}


class Commands(click.Group):
    """Subcommands by name; without one, `run`. A module is imported when its command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(f"alfred_tui.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        interrupts.raise_again()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in _COMMANDS and args[0] not in ("--help", "-h", "--version")):
            if args:
                _refuse_misspelt(args[0])
            args = ["run", *args]
        return super().parse_args(ctx, args)


def _refuse_misspelt(word: str) -> None:
    """A first word that is no command names a checklist. Raises Usage when it looks like a command's name
    and there is no such checklist.
    """
    if word.startswith("-") or "/" in word or "." in word or os.path.exists(word):
        return
    from difflib import get_close_matches

    from alfred_tui.documents import shipped

    checklists = shipped("checklists")
    near = get_close_matches(word.lower(), [*_COMMANDS, *checklists], n=2, cutoff=0.55)
    if near and near[0] in _COMMANDS and word not in checklists:
        raise Usage(
            f"There is no command and no checklist {word}.",
            hint=f"Did you mean {' or '.join(near)}? `alfred-cockpit --help` lists the commands.",
        )


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version

        click.echo(f"alfred-cockpit {version('alfred-cockpit')}")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
def cockpit() -> None:
    """Lead a production deployment from one screen: the checklist, the cluster and the way back.

    Exit codes: 0 done · 1 a step failed or the run stopped · 2 usage or an invalid checklist ·
    3 rolled back · 4 another lead holds the run · 130 interrupted.
    """


def main() -> None:
    """The command line. Every error ends as a sentence and an exit code."""
    code = run()
    interrupts.end_process()
    sys.exit(code)


def run(args: list[str] | None = None) -> int:
    """The command line as a function: the exit code."""
    lossless()
    try:
        result: Any = cockpit.main(args=args, prog_name="alfred-cockpit", standalone_mode=False)
    except click.exceptions.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as problem:
        problem.show()
        return ExitCode.USAGE
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except CockpitError as problem:
        return error(problem)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has left (`… | head`): nothing more can be told there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except OSError as problem:
        if os.environ.get("ALFRED_COCKPIT_TRACEBACK"):
            raise
        where = f" for {problem.filename}" if problem.filename else " while something was read or written"
        say(f"alfred-cockpit: The system said “{problem.strerror or problem}”{where}.")
        say("  Make room, or give the right that is missing, and try again.")
        return ExitCode.FAILED
    except Exception as problem:  # the last boundary: a person never meets a traceback
        if os.environ.get("ALFRED_COCKPIT_TRACEBACK"):
            raise
        say(f"alfred-cockpit broke ({in_words(problem)}). This is a defect.")
        say("  Run it again with ALFRED_COCKPIT_TRACEBACK=1 to see where, and report it.")
        return ExitCode.FAILED
    return result if isinstance(result, int) else ExitCode.DONE


if __name__ == "__main__":
    main()
