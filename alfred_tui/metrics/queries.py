"""Query templates: `{service}` and `{track}` in PromQL, filled in so that a value stays a value."""

import re
from collections.abc import Mapping

from alfred_tui.domain.document.query_presets import resolve
from alfred_tui.domain.errors import Usage

_LITERAL = re.compile(r"""(?P<op>=~|!~)?(?P<gap>\s*)(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)""")
_SELECTOR = re.compile(
    r"""\s*[a-zA-Z_:][a-zA-Z0-9_:]*\s*"""
    r"""(\{(?:[^{}"'`]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*\})?\s*"""
)
_IDENTIFIER = re.compile(r"[a-zA-Z0-9_:]+")
_PLACEHOLDER = re.compile(r"\{(service|track)\}")
_REGEX_SIGNS = re.compile(r"[\\.+*?()|\[\]{}^$]")


def fill(promql: str, *, service: str, track: str = "") -> str:
    """The query, or that of the preset it names, for one service and side.

    Inside a string the value is escaped as PromQL needs it, and as a regular expression where the string is
    one; outside of strings it may only continue a name. Raises Usage where it cannot be written, or where
    there is no such preset.
    """
    promql = resolve(promql)
    values = {"service": service, "track": track}
    filled, end = [], 0
    for literal in _LITERAL.finditer(promql):
        filled.append(_outside(promql[end : literal.start()], values))
        filled.append((literal["op"] or "") + literal["gap"])
        filled.append(_inside(literal["text"], values, is_regex=literal["op"] is not None))
        end = literal.end()
    filled.append(_outside(promql[end:], values))
    return "".join(filled)


def _outside(text: str, values: Mapping[str, str]) -> str:
    def name(match: re.Match[str]) -> str:
        value = values[match[1]]
        if not _IDENTIFIER.fullmatch(value):
            raise Usage(f"“{value}” cannot stand for {match[0]} outside of quotes in a query: {text.strip()}")
        return value

    return _PLACEHOLDER.sub(name, text)


def _inside(literal: str, values: Mapping[str, str], *, is_regex: bool) -> str:
    quote = literal[0]

    def escaped(match: re.Match[str]) -> str:
        value = values[match[1]]
        if is_regex:
            value = _REGEX_SIGNS.sub(r"\\\g<0>", value)
        if quote == "`":
            if "`" in value:
                raise Usage(f"“{value}” cannot stand for {match[0]} inside backticks")
            return value
        value = value.replace("\\", "\\\\").replace(quote, "\\" + quote)
        return value.replace("\n", "\\n").replace("\r", "\\r")

    return _PLACEHOLDER.sub(escaped, literal)


def is_selector(promql: str) -> bool:
    """Whether a query is a series selector and nothing more, so that its samples' own times can be asked."""
    return _SELECTOR.fullmatch(promql) is not None
