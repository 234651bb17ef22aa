"""The shell that a step's text is given to."""

import shutil


def shell_argv(command: str, *, path: str | None = None) -> tuple[str, ...]:
    """Runs `command` fail-fast: by bash where there is one on `path` (the own PATH if None), else by sh.

    The text stays as its author wrote it; what makes it fail fast stands on a line before it. Where
    a login over SSH started it, bash would read ~/.bashrc although nobody types: what that prints is not the
    step's.
    """
    if bash := shutil.which("bash", path=path):
        return (bash, "--norc", "-c", f"set -euo pipefail\n{command}")
    return (shutil.which("sh", path=path) or "/bin/sh", "-c", f"set -eu\n{command}")


def far_shell_argv(command: str) -> tuple[str, ...]:
    """The same for a machine whose shells are not known: the choice is made there."""
    choice = (
        "if command -v bash >/dev/null 2>&1; "
        "then exec bash --norc -c 'set -euo pipefail\n'\"$1\"; else exec sh -c 'set -eu\n'\"$1\"; fi"
    )
    return ("sh", "-c", choice, "sh", command)
