"""All that goes to standard error, and the exit codes. The codes are a contract."""

import sys
from enum import IntEnum

from alfred_tui.domain.errors import CockpitError, Refused, Usage
from alfred_tui.domain.plain import plain
from alfred_tui.domain.run.state import RunState
from alfred_tui.domain.run.watching import fired, pending


class ExitCode(IntEnum):
    """What a shell or a pipeline may rely on."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    ROLLED_BACK = 3
    REFUSED = 4
    INTERRUPTED = 130


def say(text: str) -> None:
    """A sentence for a person. It may quote a file or a server, whose escape sequences have no effect."""
    print(plain(text), file=sys.stderr, flush=True)


def error(problem: CockpitError) -> ExitCode:
    """Tells an error and gives its exit code."""
    say(f"alfred-cockpit: {problem.message}")
    if problem.hint:
        say(f"  {problem.hint}")
    if isinstance(problem, Usage):
        return ExitCode.USAGE
    if isinstance(problem, Refused):
        return ExitCode.REFUSED
    return ExitCode.FAILED


def exit_code(state: RunState) -> ExitCode:
    """How a run that has ended, or was left, counts. A trigger that calls for the way back is no success, and
    neither is one of which nobody knows whether it would have called."""
    unseen = state.soak_ended.unseen if state.soak_ended else ""
    if state.result == "done" and (fired(state) or pending(state) or unseen):
        return ExitCode.FAILED
    return {
        "done": ExitCode.DONE,
        "rolled_back": ExitCode.ROLLED_BACK,
        "failed": ExitCode.FAILED,
        "stopped": ExitCode.FAILED,
        None: ExitCode.FAILED,
    }[state.result]
