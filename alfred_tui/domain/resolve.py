"""Fills in what only the run knows: `<placeholders>` that were asked for and earlier steps' outputs."""

import re
import shlex
from collections.abc import Callable
from typing import Any

import msgspec

from alfred_tui.domain.actions import Run
from alfred_tui.domain.checklist import Step
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.planning import PLACEHOLDER
from alfred_tui.domain.state import RunState

OUTPUT = re.compile(r"\$\{steps\.([a-z0-9-]+)\.([A-Za-z0-9_-]+)\}")


def resolve(step: Step, state: RunState) -> Step:
    """The step with every value in place; in a shell command each is quoted as one word.

    Raises NotConfigured when an earlier step left no such output (it was skipped, or failed).
    """
    action = step.action
    if isinstance(action, Run):
        action = msgspec.structs.replace(action, command=_fill(action.command, state, shlex.quote))
    else:
        plain = _walk(msgspec.to_builtins(action), state)
        action = msgspec.convert(plain, type=type(action))
    return msgspec.structs.replace(
        step,
        action=action,
        cwd=_fill(step.cwd, state, str),
        env={name: _fill(value, state, str) for name, value in step.env.items()},
    )


def _walk(value: Any, state: RunState) -> Any:
    if isinstance(value, str):
        return _fill(value, state, str)
    if isinstance(value, dict):
        return {key: one if key == "kind" else _walk(one, state) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(one, state) for one in value]
    return value


def _fill(text: str, state: RunState, quote: Callable[[str], str]) -> str:
    def output(found: re.Match[str]) -> str:
        step_id, name = found[1], found[2]
        one = state.steps.get(step_id)
        if one is None or name not in one.outputs:
            raise NotConfigured(
                f"It needs “{name}” of the step {step_id}, which left none"
                + (f" ({one.status})." if one else ".")
            )
        return quote(one.outputs[name])

    filled = OUTPUT.sub(output, text)
    return PLACEHOLDER.sub(
        lambda found: quote(state.values[found[1]]) if found[1] in state.values else found[0], filled
    )
