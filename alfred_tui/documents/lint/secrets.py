"""T6: secrets that everyone who lists processes can read, and a create that works once."""

import re
from collections.abc import Iterator

from alfred_tui.documents.lint.clusters import is_kubectl
from alfred_tui.documents.lint.scripts import Script
from alfred_tui.documents.lint.shell import Command

_BUILTINS = frozenset(
    {
        "echo",
        "printf",
        "test",
        "[",
        "[[",
        "export",
        ":",
        "read",
        "local",
        "declare",
        "typeset",
        "readonly",
        "unset",
        "return",
        "exit",
        "set",
    }
)
"""The shell's own: their arguments are in no process list."""
_SECRET_NAME = re.compile(
    r"PASS(WORD|WD)?$|PASSPHRASE|TOKEN|SECRET|API_?KEY|PRIVATE_?KEY|CREDENTIAL|ACCESS_?KEY", re.IGNORECASE
)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_SINGLE = re.compile(r"'[^']*'")


def in_arguments(script: Script) -> None:
    """A secret's value among the arguments of a program."""
    known = {*script.outline.checklist.secrets, *script.step.secrets}
    for command in script.commands():
        if command.name in _BUILTINS:
            continue
        for name in dict.fromkeys(_secrets(command, known)):
            text = f"the value of {name} stands on the command line, where every process list shows it"
            script.warn("T6", command, text, _advice(command, name))


def _secrets(command: Command, known: set[str]) -> Iterator[str]:
    makes_one = is_kubectl(command, "create", "secret")
    for word in command.words[1:]:
        value = makes_one and word.text.lstrip("'\"").startswith("--from-literal")
        for match in _VARIABLE.finditer(_SINGLE.sub("", word.text) if '"' not in word.text else word.text):
            if value or match[1] in known or _SECRET_NAME.search(match[1]):
                yield match[1]


def _advice(command: Command, name: str) -> str:
    if is_kubectl(command, "create", "secret"):
        return f"use secret_apply: {{name: ..., data: {{key: {name}}}}}"
    return f"let the program read it from its environment (secrets: [{name}]) or its input (stdin: {name})"


def create(script: Script) -> None:
    """`kubectl create secret` refuses a Secret that exists, unless it only prints one to be applied."""
    for command in script.commands():
        if is_kubectl(command, "create", "secret") and not command.has("--dry-run"):
            text = "create secret fails with AlreadyExists the second time: it cannot be retried or resumed"
            script.warn("T6", command, text, "use secret_apply, which creates or updates")
