"""The words that are looked for first never change what a pattern finds."""

import re

import pytest
from alfred_tui.documents import find
from alfred_tui.domain.logs.rule import USUAL_ERROR, LogRule, words_of
from hypothesis import given
from hypothesis import strategies as st

SHIPPED = re.findall(r"must_not_match: >-\n\s+(\S.*)", find("production").read_text(encoding="utf-8"))
PATTERNS = [
    *SHIPPED, USUAL_ERROR, r"err(or)?|panic", r"erro?r x", r"a{0}bcd", r"fatal+ end", r"\berror\b",
    r"[|]error", r"[\]|]error", r"[^]|]error", r"(?:a|b)error", r"error\|x", r"(?i)Fatal", r"FATAL",
    r"\x45RROR", r"(p)anic\1|\105RROR",
    r"(?<!no )error", r"err.*end|x", r"^error$", r"(?x) err or", r"(?s:error)",
]  # fmt: skip


def test_the_shipped_scan_for_errors_has_its_words() -> None:
    assert words_of(SHIPPED[0]) == (b"error", b"exception", b"traceback", b"fatal", b"panic")


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"err(or)?|panic", (b"err", b"panic")),
        (r"erro?r x", (b"err",)),
        (r"a{0}bcd", (b"bcd",)),
        (r"ab{1000}", ()),
        (r"ab|panic", ()),
        (r"[|]error", (b"error",)),
        (r"(?x) err or", ()),
        (r"\x45RROR", ()),
        (r"\105RROR", ()),
        ("", ()),
    ],
)
def test_words_are_told_only_where_each_match_has_one(pattern: str, words: tuple[bytes, ...]) -> None:
    assert words_of(pattern) == words


_PIECES = [
    "err",
    "or",
    "ERROR",
    "Fatal",
    " ",
    "panic",
    "no ",
    "|",
    "]",
    "x",
    "bcd",
    ": null",
    "end",
    "l",
    "a",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(line=st.lists(st.sampled_from(_PIECES), max_size=6).map("".join))
def test_a_line_is_bad_exactly_when_the_pattern_finds_something(pattern: str, line: str) -> None:
    assert LogRule(pattern)(line.encode()) == bool(re.search(pattern.encode(), line.encode()))
