"""YAML's syntax errors in the words of someone who writes checklists."""

import re

import yaml

_QUOTE = 'put the text in "quotes"'
_PLAIN: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a second “: ” stands in this line, or the line is indented too far",
        _QUOTE,
    ),
    (
        "did not find expected key",
        "this line is indented otherwise than those it belongs to",
        "line the keys up",
    ),
    ("expected <block end>", "this line is indented otherwise than those it belongs to", "line the keys up"),
    ("did not find expected '-' indicator", 'a list goes on here without "- "', "line the items up"),
    (
        "sequence entries are not allowed",
        "a list cannot start in the line of its key",
        "start it in the next line",
    ),
    (
        "unknown escape character",
        "this \\ starts no escape that YAML knows",
        "use 'single quotes', or write \\\\",
    ),
    ("expected <document start>", "text stands after the end of the document", 'remove the "..." before it'),
    ("tab character that violates indentation", "a tab is used for indentation", "use spaces"),
    ("unknown directive name", "a line starts with %", _QUOTE),
)


def in_words(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str, str]:
    """Index, message and suggestion."""
    problem = error.problem or "it cannot be read"
    at = error.problem_mark.index if error.problem_mark else 0
    began = error.context_mark.index if error.context_mark else at
    if "cannot start any token" in problem:
        return _bad_start(at, text)
    if "unexpected end of stream" in problem and "quoted scalar" in (error.context or ""):
        return began, "the quote that opens here is never closed", "close it"
    if "could not find expected ':'" in problem:
        return began, 'this line is neither "key: value" nor the rest of a text', 'add the ":" or indent it'
    if "',' or" in problem:
        return _open_flow(began, at, text)
    if "mapping values are not allowed" in problem:
        return _bad_colon(at, text)
    for words, message, suggestion in _PLAIN:
        if words in problem:
            return at, message, suggestion
    return at, f"this is not YAML: {problem}", ""


def _bad_start(at: int, text: str) -> tuple[int, str, str]:
    char = text[at : at + 1]
    if char == "\t":
        return at, "a tab is used for indentation", "use spaces"
    return at, f"a text cannot start with {char}", _QUOTE


def _bad_colon(at: int, text: str) -> tuple[int, str, str]:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    if ": " in line:
        return at, 'a second ": " stands in this line', _QUOTE
    return at, 'this line is indented too far, or the line before it has no ":"', "line the keys up"


def _open_flow(began: int, at: int, text: str) -> tuple[int, str, str]:
    opened = text[began : began + 1]
    if re.search(r"\$\{?$", text[began : at + 1]):
        return at, f'"${{…}}" inside {opened} needs quotes: its {{ starts a mapping there', 'write "${name}"'
    closing = {"[": "]", "{": "}"}.get(opened, "bracket")
    return (
        at,
        f"the {opened} of line {text.count(chr(10), 0, began) + 1} is not closed before this",
        f"add , or {closing}",
    )
