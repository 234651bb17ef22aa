"""The series selectors of a PromQL query, read as far as telling which of them finds nothing.

Follows Prometheus' lexer (promql/parser/lex.go): strings, comments, durations in brackets and label lists are
passed over; an identifier that opens a parenthesis is a function or an aggregation.
"""

import re

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)"""
    r"""|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)"""
    r"""|(?P<range>\[[^\]]*\])"""
    r"""|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+|[a-zA-Z]\w*)?)"""
    r"""|(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"""
    r"""|(?P<braces>\{(?:[^{}"'`]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*\})"""
    r"""|(?P<space>\s+)"""
    r"""|(?P<other>.)""",
    re.DOTALL,
)
_LISTS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS = _LISTS | {"and", "or", "unless", "atan2", "bool", "offset", "inf", "nan", "start", "end"}


def selectors(promql: str) -> tuple[str, ...]:
    """Each selector once, without its range: `rate(a{b="c"}[1m]) / d` has `a{b="c"}` and `d`."""
    tokens = [
        (match.lastgroup or "", match[0])
        for match in _TOKEN.finditer(promql)
        if match.lastgroup not in ("comment", "space")
    ]
    found: list[str] = []
    at = 0
    while at < len(tokens):
        kind, text = tokens[at]
        after = tokens[at + 1] if at + 1 < len(tokens) else ("", "")
        if kind == "name" and text.lower() in _LISTS and after[1] == "(":
            at = _closing(tokens, at + 1)
        elif (
            kind == "name" and text.lower() not in _WORDS and after[1] != "(" and not _aggregates(tokens, at)
        ):
            braces = after[1] if after[0] == "braces" else ""
            found.append(text + braces)
            at += 1 if braces else 0
        elif kind == "braces" and text.strip("{} \n\t"):
            found.append(text)
        at += 1
    return tuple(dict.fromkeys(found))


def _aggregates(tokens: list[tuple[str, str]], at: int) -> bool:
    """Whether the name is an aggregation whose labels come first: `sum by (le) (…)`."""
    after = tokens[at + 1] if at + 1 < len(tokens) else ("", "")
    return after[0] == "name" and after[1].lower() in ("by", "without")


def _closing(tokens: list[tuple[str, str]], at: int) -> int:
    """Where the parenthesis at `at` closes; the last token when it does not."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place][1], 0)
        if not depth:
            return place
    return len(tokens) - 1
