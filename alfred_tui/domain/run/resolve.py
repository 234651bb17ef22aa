"""Fills in what only the run knows: `<placeholders>` that were asked for and earlier steps' outputs."""

import re
from typing import Any

import msgspec

from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.document.shell_text import ShellText
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.run.planning import PLACEHOLDER, is_placeholder
from alfred_tui.domain.run.state import RunState

HOLE = re.compile(r"\$\{steps\.(?P<step>[a-z0-9-]+)\.(?P<output>[A-Za-z0-9_-]+)\}|" + PLACEHOLDER.pattern)
"""An output of an earlier step (groups `step`, `output`), or a placeholder."""


def resolve(step: Step, state: RunState) -> Step:
    """The step with every value in place; in a shell command each is exactly itself, wherever it stands.

    Raises NotConfigured when an earlier step left no such output (it was skipped, or failed), or when a
    value cannot stand where the command has it. A placeholder without a value stays as it is.
    """
    action = step.action
    if isinstance(action, Run):
        action = msgspec.structs.replace(action, command=_command(action.command, state))
    else:
        action = msgspec.convert(_walk(msgspec.to_builtins(action), state), type=type(action))
    return msgspec.structs.replace(
        step,
        action=action,
        cwd=_text(step.cwd, state),
        env={name: _text(value, state) for name, value in step.env.items()},
    )


def _value(found: re.Match[str], state: RunState) -> str | None:
    """What stands for the hole; None where it stays open."""
    if found["step"] is None:
        return state.values.get(found[3])
    one = state.steps.get(found["step"])
    if one is None or found["output"] not in one.outputs:
        left = f" ({one.status})" if one else ""
        raise NotConfigured(
            f"It needs “{found['output']}” of the step {found['step']}, which left none{left}."
        )
    return one.outputs[found["output"]]


def _is_hole(found: re.Match[str], inside: str, state: RunState) -> bool:
    return found["step"] is not None or is_placeholder(found[3], inside, found.string, state.checklist.ask)


def _command(text: str, state: RunState) -> str:
    shell = ShellText()
    end = 0
    for found in HOLE.finditer(text):
        shell.literal(text[end : found.start()])
        value = _value(found, state) if _is_hole(found, shell.inside, state) else None
        if value is None:
            shell.literal(found[0])
        else:
            refused = shell.value([value])
            if refused:
                raise NotConfigured(f"{found[0]} cannot be filled in: {refused}.")
        end = found.end()
    shell.literal(text[end:])
    return str(shell)


def _text(text: str, state: RunState) -> str:
    def fill(found: re.Match[str]) -> str:
        value = _value(found, state)
        return found[0] if value is None else value

    return HOLE.sub(fill, text)


def _walk(value: Any, state: RunState) -> Any:
    if isinstance(value, str):
        return _text(value, state)
    if isinstance(value, dict):
        return {key: one if key == "kind" else _walk(one, state) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(one, state) for one in value]
    return value
