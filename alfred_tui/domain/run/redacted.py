"""Events without secrets: the step between what happened and what is recorded, published and reported.

Output is redacted as it comes; this is for all else that people, programs and servers say. What only the
checklist and the cockpit itself can say (ids, states, the pinned cluster) is left alone: it is what the
record hangs together by, and a checklist that holds a secret is refused before a run.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.redaction import Redactor
from alfred_tui.domain.rollback.point import WorkloadPoint
from alfred_tui.domain.run.events import AnyEvent

S = TypeVar("S", bound=msgspec.Struct)

_CUT = 1000
"""Characters. A text that long may have been cut before we saw it: events are at 1024, what a container said
last at 2048 or 4096, at whichever end."""

_OURS = frozenset(
    {
        "step", "steps", "run", "digest", "mode", "scenario", "simulated", "target", "version", "kind",
        "names", "word", "procedure", "status", "verdict", "cause", "result", "trigger", "template_hash",
        "act",
    }
)  # fmt: skip
"""Fields whose text is an id, a state or the checklist's."""


def redacting(secrets: Mapping[str, str]) -> Callable[[AnyEvent], AnyEvent]:
    """A function that takes the secrets out of an event. Raises ValueError for one that cannot be hidden."""
    redactor = Redactor(secrets)
    if not redactor.longest:
        return lambda event: event
    return _Redacting(redactor.text).struct


def hiding(secrets: Mapping[str, str]) -> Callable[[str], str]:
    """A function that takes the secrets out of a text of somebody else, before we cut or wrap it.

    Raises ValueError for a secret that cannot be hidden.
    """
    redactor = Redactor(secrets)
    return lambda text: redactor.text(text, cut=len(text) >= _CUT)


def told_without(hide: Callable[[str], str], value: S) -> S:
    """What a cluster says, as it is shown: the same value with `hide` applied to each of its texts."""
    return _Redacting(hide).struct(value)


class _Redacting:
    def __init__(self, hide: Callable[[str], str]) -> None:
        self._text = hide

    def struct(self, value: S) -> S:
        changed: dict[str, object] = {}
        for name in value.__struct_fields__:
            if name in _OURS:
                continue
            before = getattr(value, name)
            after = self._value(before)
            if after != before:
                changed[name] = after
        if isinstance(value, WorkloadPoint) and "template" in changed:
            # Put back with a marker in the secret's place, it would break what it is to bring back.
            changed["template"] = {}
        return msgspec.structs.replace(value, **changed) if changed else value

    def _value(self, value: object) -> object:
        match value:
            case str():
                return self._text(value)
            case msgspec.Struct():
                return self.struct(value)
            case dict():
                return {self._value(key): self._value(one) for key, one in value.items()}
            case tuple():
                return tuple(self._value(one) for one in value)
            case list():
                return [self._value(one) for one in value]
            case _:
                return value


def refuse_secrets(checklist: Checklist, secrets: Mapping[str, str]) -> None:
    """Raises CockpitError when the checklist itself holds a secret: it would be shown, recorded and run."""
    for name, value in secrets.items():
        redactor = Redactor({name: value})
        for place, text in _texts(checklist):
            if redactor.text(text) != text:
                raise CockpitError(
                    f"The value of the secret {name} stands in the checklist ({place}).",
                    hint=f"Take it out and name it in the step's `secrets: [{name}]`. If it is only the same "
                    "word by chance, it is too weak for a secret.",
                )


def _texts(checklist: Checklist) -> list[tuple[str, str]]:
    parts: list[tuple[str, msgspec.Struct]] = [(f"step {step.id}", step) for step in checklist.steps()]
    for procedure in checklist.rollback.procedures:
        parts += [(f"step {step.id}", step) for step in procedure.steps]
    whole = msgspec.structs.replace(checklist, phases=(), secrets=(), ask={})
    parts.append(("its vars, hosts or triggers", whole))
    return [(place, text) for place, part in parts for text in _strings(msgspec.to_builtins(part))]


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in _strings(one)]
    return []
