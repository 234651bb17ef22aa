"""The part of PromQL that the cockpit's queries need, parsed into values.

Selectors, numbers, strings, a selector with a range, and a selector compared with a number. Everything
else is refused in words: as unsupported where it is PromQL, as a parse error where it is not.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import NamedTuple

from alfred_tui.demo.promapi.errors import QueryError, bad_parameter, parse_error, unsupported
from alfred_tui.demo.promapi.lexer import END, Token, number, seconds, string, tokens


class Matcher(NamedTuple):
    """A condition on one label; `value` is a text or a pattern that must match all of it."""

    label: str
    op: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        actual = labels.get(self.label, "")
        if self.op in ("=", "!="):
            return (actual == self.value) == (self.op == "=")
        return (re.fullmatch(self.value, actual) is not None) == (self.op == "=~")


class Selector(NamedTuple):
    matchers: tuple[Matcher, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(matcher.matches(labels) for matcher in self.matchers)


class Ranged(NamedTuple):
    selector: Selector
    seconds: float


class Number(NamedTuple):
    value: float


class Text(NamedTuple):
    value: str


class Comparison(NamedTuple):
    """`selector op limit`. `as_bool`: gives 0 or 1 for every series instead of keeping those that hold."""

    selector: Selector
    op: str
    limit: float
    as_bool: bool

    def holds(self, value: float) -> bool:
        return COMPARES[self.op](value, self.limit)


Expression = Selector | Ranged | Number | Text | Comparison

COMPARES: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_MIRRORED = {"==": "==", "!=": "!=", ">": "<", "<": ">", ">=": "<=", "<=": ">="}
_MATCH_OPS = ("=", "!=", "=~", "!~")
_ARITHMETIC = ("+", "-", "*", "/", "%", "^", "@", ":")
_WORDS = frozenset({"and", "or", "unless", "offset", "on", "ignoring", "group_left", "group_right", "atan2"})
_LITERALS = {"inf": math.inf, "nan": math.nan}


def parse(text: str) -> Expression:
    """The expression of a query. Raises QueryError 400 bad_data or 422 execution."""
    found = tokens(text)
    if found[0].kind == END:
        raise parse_error(0, "no expression found in input")
    parser = _Parser(found)
    try:
        expression = parser.comparison()
        parser.expect_end()
    except QueryError as error:
        # What lies outside of the part evaluated here is recognised by its operators and calls.
        beyond = _beyond(found)
        if beyond and error.code == 400 and not parser.certain:
            raise unsupported(beyond) from None
        raise
    return expression


def parse_selector(text: str, parameter: str) -> Selector:
    """The selector of a match[] parameter."""
    try:
        found = parse(text)
    except QueryError as error:
        at_least_one = "vector selector must contain at least one non-empty matcher"
        if error.message.endswith(at_least_one):
            raise bad_parameter(parameter, "match[] must contain at least one non-empty matcher") from None
        raise QueryError(400, "bad_data", f'invalid parameter "{parameter}": {error.message}') from None
    if not isinstance(found, Selector):
        raise bad_parameter(parameter, "1:1: parse error: a series selector is needed")
    return found


def _beyond(found: list[Token]) -> str:
    for token, following in pairwise(found):
        if token.kind == "name" and token.text in _WORDS:
            return f'"{token.text}"'
        if token.kind == "name" and (following.kind == "(" or following.text in ("by", "without")):
            return f'"{token.text}(…)"'
        if token.kind == "name" and token.text.startswith(":"):
            return "a subquery"
        if token.kind in _ARITHMETIC:
            return f'the operator "{token.text}"'
    return ""


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._index = 0
        self.certain = False
        """Whether an error is one in any PromQL, whatever else the query holds."""

    @property
    def _now(self) -> Token:
        return self._tokens[self._index]

    def _take(self, *kinds: str) -> Token | None:
        token = self._now
        if token.kind not in kinds:
            return None
        self._index += 1
        return token

    def _wrong(self, message: str, at: int | None = None) -> QueryError:
        self.certain = True
        return parse_error(self._now.at if at is None else at, message)

    def _unexpected(self) -> QueryError:
        token = self._now
        if token.kind == END:
            return parse_error(token.at, "unexpected end of input")
        kinds = {"name": "identifier ", "number": "number ", "string": "string ", "duration": "duration "}
        return parse_error(token.at, f'unexpected {kinds.get(token.kind, "")}"{token.text}"')

    def expect_end(self) -> None:
        if self._now.kind != END:
            raise self._unexpected()

    def comparison(self) -> Expression:
        left = self._operand()
        op = self._take(*COMPARES)
        if op is None:
            return left
        as_bool = self._now.kind == "name" and self._now.text == "bool"
        self._index += as_bool
        right = self._operand()
        if isinstance(left, Number) and isinstance(right, Number):
            if not as_bool:
                raise self._wrong("comparisons between scalars must use BOOL modifier", op.at)
            return Number(float(COMPARES[op.text](left.value, right.value)))
        if isinstance(left, Selector) and isinstance(right, Number):
            return Comparison(left, op.text, right.value, as_bool)
        if isinstance(left, Number) and isinstance(right, Selector):
            return Comparison(right, _MIRRORED[op.text], left.value, as_bool)
        if isinstance(left, Selector) and isinstance(right, Selector):
            raise unsupported("two selectors compared with each other")
        raise self._wrong("binary expression must contain only scalar and instant vector types", op.at)

    def _operand(self) -> Expression:
        if self._take("("):
            inside = self.comparison()
            if not self._take(")"):
                raise self._unexpected()
            return inside
        if token := self._take("string"):
            return Text(string(token))
        sign = self._take("+", "-")
        if (value := self._number()) is not None:
            return Number(-value if sign and sign.kind == "-" else value)
        if sign or self._now.kind not in ("name", "{"):
            raise self._unexpected()
        return self._selector()

    def _number(self) -> float | None:
        if token := self._take("number"):
            return number(token)
        if self._now.kind == "name" and self._now.text.lower() in _LITERALS:
            literal = _LITERALS[self._now.text.lower()]
            self._index += 1
            return literal
        return None

    def _selector(self) -> Selector | Ranged:
        start = self._now
        matchers: list[Matcher] = []
        if name := self._take("name"):
            matchers.append(Matcher("__name__", "=", name.text))
        if self._take("{"):
            matchers += self._matchers()
        names = [matcher.value for matcher in matchers if matcher.label == "__name__" and matcher.op == "="]
        if name and len(names) > 1:
            twice = f'metric name must not be set twice: "{names[0]}" or "{names[1]}"'
            raise self._wrong(twice, start.at)
        if all(matcher.matches({}) for matcher in matchers):
            raise self._wrong("vector selector must contain at least one non-empty matcher", start.at)
        selector = Selector(tuple(matchers))
        if not self._take("["):
            return selector
        span = self._take("duration")
        length = None if span is None else seconds(span.text)
        if length is None:
            raise self._wrong("missing unit character in duration")
        if not self._take("]"):
            raise self._unexpected()
        return Ranged(selector, length)

    def _matchers(self) -> list[Matcher]:
        found: list[Matcher] = []
        while not self._take("}"):
            label = self._take("name")
            if label is None:
                what = f'unexpected "{self._now.text}" in label matching, expected identifier or "}}"'
                raise self._wrong(what)
            op = self._take(*_MATCH_OPS)
            if op is None:
                raise self._wrong(
                    f'unexpected "{self._now.text}" in label matching, expected label matching operator'
                )
            value = self._take("string")
            if value is None:
                raise self._wrong(f'unexpected "{self._now.text}" in label matching, expected string')
            found.append(self._matcher(label.text, op, string(value)))
            if not self._take(",") and self._now.kind != "}":
                what = f'unexpected "{self._now.text}" in label matching, expected "," or "}}"'
                raise self._wrong(what)
        return found

    def _matcher(self, label: str, op: Token, value: str) -> Matcher:
        if op.text in ("=~", "!~"):
            try:
                re.compile(value)
            except re.error as error:
                raise self._wrong(f"error parsing regexp: {error}: `^(?:{value})$`", op.at) from None
        return Matcher(label, op.text, value)
