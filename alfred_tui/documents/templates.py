"""The references in a text: `${name}`, `${env.NAME}`, `${steps.ID.NAME}`, and `$${` for a literal `${`."""

import re
from typing import Literal

import msgspec

from alfred_tui.documents.limits import NAME

_PART = re.compile(r"\$\$\{|\$\{([^{}\n]*)(\}?)")
_ENV = re.compile(r"env\.([A-Za-z_][A-Za-z0-9_]*)")
_OUTPUT = re.compile(r"steps\.([a-z0-9][a-z0-9-]*)\.([A-Za-z0-9_-]+)")

Kind = Literal["literal", "variable", "environment", "output", "broken", "unclosed"]


class Part(msgspec.Struct, frozen=True):
    """A stretch of a template. `nth` counts the `${` before it, to find its place in the file."""

    kind: Kind
    text: str
    """A literal's text; else what stands between the braces."""
    name: str = ""
    step: str = ""
    nth: int = 0


def has_references(text: str) -> bool:
    """Whether there is anything to fill in, or an escape to undo."""
    return "${" in text


def parts_of(text: str) -> list[Part]:
    """The literals and references of a text, in order. Neighbouring literals may be several parts."""
    found: list[Part] = []
    end = 0
    for nth, match in enumerate(_PART.finditer(text)):
        if match.start() > end:
            found.append(Part("literal", text[end : match.start()]))
        found.append(Part("literal", "${") if match[0] == "$${" else _reference(match[1], match[2], nth))
        end = match.end()
    if end < len(text):
        found.append(Part("literal", text[end:]))
    return found


def _reference(inner: str, closing: str, nth: int) -> Part:
    if not closing:
        return Part("unclosed", inner, nth=nth)
    if NAME.fullmatch(inner):
        return Part("variable", inner, inner, nth=nth)
    env = _ENV.fullmatch(inner)
    if env:
        return Part("environment", inner, env[1], nth=nth)
    output = _OUTPUT.fullmatch(inner)
    if output:
        return Part("output", inner, output[2], output[1], nth=nth)
    return Part("broken", inner, nth=nth)


def whole_reference(text: str) -> Part | None:
    """The reference that a text consists of, if it is one and nothing else."""
    parts = parts_of(text.strip())
    return parts[0] if len(parts) == 1 and parts[0].kind != "literal" else None
