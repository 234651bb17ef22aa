"""Text from outside has no effect on a screen."""

import pytest
from alfred_tui.domain.plain import as_text, is_text, plain, without_escapes
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;unterminated\nnext line", "\nnext line"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x9b31mred", "red"),
        ("a\tb", "a       b"),
        ("bell\x07 back\x08", "bell␇ back␈"),
        ("\x7f", "␡"),
        ("evil\u202egnp.exe", "evil<U+202E>gnp.exe"),
        ("half\ud83d", "half<U+D83D>"),
        ("two\nlines", "two\nlines"),
        ("[bold]markup[/bold]", "[bold]markup[/bold]"),
    ],
)
def test_effects_become_text(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text())
def test_nothing_that_a_terminal_would_obey_is_left(text: str) -> None:
    assert not [one for one in plain(text) if (ord(one) < 0x20 and one != "\n") or 0x7F <= ord(one) < 0xA0]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_text_without_escapes_is_left_alone(text: str) -> None:
    assert without_escapes(text) == text


@pytest.mark.parametrize(("given", "text"), [("plain", True), ("日本 🚀", True), ("caf\udce9", False)])
def test_what_is_text_stays_and_the_rest_is_marked(given: str, text: bool) -> None:
    assert is_text(given) is text
    assert (as_text(given) == given) is text
    as_text(given).encode()
