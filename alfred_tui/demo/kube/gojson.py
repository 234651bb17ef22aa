"""Go's words: what its JSON decoder says of a text that is no JSON, and how it prints values.

Clients show the API server's sentences as they are.
"""

import json
from typing import Any

_LITERALS = {"t": "true", "f": "false", "n": "null"}


def parse(text: str) -> Any:
    """The value in a text; ValueError in Go's words when it is no JSON."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        raise ValueError(_sentence(text, problem)) from problem


def _sentence(text: str, problem: json.JSONDecodeError) -> str:
    at, said = problem.pos, problem.msg
    if said.startswith("Unterminated string") or at >= len(text):
        return "unexpected end of JSON input"
    if said.startswith("Invalid control"):
        return f"invalid character {_shown(text[at])} in string literal"
    if said.startswith("Invalid \\"):
        return f"invalid character {_shown(text[at + 1 : at + 2])} in string escape code"
    if said.startswith("Expecting value"):
        literal = _literal(text, at)
        if literal:
            return literal
    return f"invalid character {_shown(text[at])} {_place(text, at, said)}"


def _shown(character: str) -> str:
    if character == '"':
        return "'\"'"
    return "'\\''" if character == "'" else f"'{json.dumps(character, ensure_ascii=False)[1:-1]}'"


def _literal(text: str, at: int) -> str:
    word = _LITERALS.get(text[at], "")
    for n, wanted in enumerate(word):
        if at + n >= len(text):
            return "unexpected end of JSON input"
        if text[at + n] != wanted:
            return f"invalid character {_shown(text[at + n])} in literal {word} (expecting '{wanted}')"
    return ""


def _place(text: str, at: int, said: str) -> str:
    if said.startswith(("Expecting property name", "Illegal trailing comma before end of o")):
        return "looking for beginning of object key string"
    if said.startswith("Expecting ':'"):
        return "after object key"
    if said.startswith("Expecting ','"):
        return "after array element" if _inside(text[:at]) == "[" else "after object key:value pair"
    if said.startswith("Extra data"):
        return "after top-level value"
    return "looking for beginning of value"


def _inside(text: str) -> str:
    """The innermost bracket still open."""
    stack, quoted, skip = list[str](), False, False
    for one in text:
        if quoted:
            quoted, skip = skip or one != '"', one == "\\" and not skip
        elif one == '"':
            quoted = True
        elif one in "[{":
            stack.append(one)
        elif one in "]}" and stack:
            stack.pop()
    return stack[-1] if stack else ""


def go_text(value: Any) -> str:
    """A value as Go prints it with %v."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{go_text(item)}' for key, item in sorted(value.items()))}]"
    if isinstance(value, list):
        return f"[{' '.join(go_text(item) for item in value)}]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)
