"""PromQL's tokens.

All of the language is tokenised, so that a query which is PromQL but outside of the small part evaluated
here is told from one which is none.
"""

import ast
import re
from typing import NamedTuple

from alfred_tui.demo.promapi.errors import parse_error


class Token(NamedTuple):
    """`kind` is name, number, string, duration or the operator itself; `text` as written."""

    kind: str
    text: str
    at: int


END = "end"

_NUMBER = r"0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_DURATION = r"(?:\d+(?:ms|[smhdwy]))+"
_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_STRING = r'"(?:[^"\\\n]|\\.)*"|' + r"'(?:[^'\\\n]|\\.)*'" + r"|`[^`]*`"
_OPERATOR = r"=~|!~|==|!=|>=|<=|[(){}\[\],=<>+\-*/%^@:]"
_TOKEN = re.compile(
    rf"(?P<space>\s+|\#[^\n]*)|(?P<duration>{_DURATION})(?!\w)|(?P<number>{_NUMBER})(?!\w)"
    rf"|(?P<name>{_NAME})|(?P<string>{_STRING})|(?P<operator>{_OPERATOR})"
)
_DEEPEST = 50
_CLOSING = {")": "(", "]": "[", "}": "{"}
_UNCLOSED = {
    "(": "unclosed left parenthesis",
    "[": "unexpected end of input in duration",
    "{": "unexpected end of input inside braces",
}


def tokens(text: str) -> list[Token]:
    """All tokens and an `end`. Raises 400 for characters PromQL has not, and for unmatched brackets."""
    found: list[Token] = []
    opened: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            where = " inside braces" if opened and opened[-1] == "{" else ""
            if text[position] in "\"'`":
                raise parse_error(position, "unterminated quoted string")
            raise parse_error(position, f"unexpected character{where}: {text[position]!r}")
        kind, written = str(match.lastgroup), match.group()
        if kind == "operator":
            kind = written
            _balance(opened, written, position)
        if kind != "space":
            found.append(Token(kind, written, position))
        position = match.end()
    if opened:
        raise parse_error(len(text), _UNCLOSED[opened[-1]])
    return [*found, Token(END, "", len(text))]


def _balance(opened: list[str], written: str, position: int) -> None:
    if written in "([{":
        opened.append(written)
        if len(opened) > _DEEPEST:
            raise parse_error(position, f"more than {_DEEPEST} brackets are open")
    elif written in _CLOSING and (not opened or opened.pop() != _CLOSING[written]):
        raise parse_error(position, f"unexpected character: {written!r}")


def number(token: Token) -> float:
    if token.text[:2] in ("0x", "0X"):
        return float(int(token.text, 16))
    return float(token.text)


def string(token: Token) -> str:
    """The string meant; Go's and Python's escapes agree on those in use."""
    if token.text[0] == "`":
        return token.text[1:-1]
    try:
        return str(ast.literal_eval(token.text))
    except (SyntaxError, ValueError):
        raise parse_error(token.at, f"invalid quoted string {token.text}") from None


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
_PART = re.compile(r"(\d+)(ms|[smhdwy])")


def seconds(duration: str) -> float | None:
    """Seconds of a Prometheus duration such as `1h30m`; None when it is none."""
    if not re.fullmatch(_DURATION, duration):
        return None
    return sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(duration))
