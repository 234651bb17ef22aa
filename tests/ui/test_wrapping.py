"""Toned lines: wrapped at spaces, indented alike, cropped, and never wider than they may be."""

from alfred_tui.ui.look import Piece
from alfred_tui.ui.wrapping import TonedLine, crop, width_of_line, wrap
from hypothesis import given
from hypothesis import strategies as st

words = st.text(st.sampled_from("ab漢 -"), max_size=30)
lines = st.lists(words, max_size=4).map(lambda parts: tuple((part, "plain") for part in parts))


def texts(line: TonedLine, width: int) -> list[str]:
    return ["".join(text for text, _ in one) for one in wrap(line, width)]


def test_a_line_that_fits_stays_as_it_is() -> None:
    assert texts((("short", "plain"),), 20) == ["short"]
    assert list(wrap((), 20)) == [()]


def test_a_line_is_broken_at_spaces() -> None:
    assert texts((("one two three four", "plain"),), 9) == ["one two ", "three ", "four"]


def test_what_stands_after_a_label_is_indented_alike() -> None:
    line: TonedLine = (("why   ", "muted"), ("one two three", "plain"))
    assert [one.rstrip() for one in texts(line, 14)] == ["why   one two", "      three"]


def test_leading_spaces_are_an_indent() -> None:
    assert [one.rstrip() for one in texts((("  one two three", "plain"),), 9)] == ["  one two", "  three"]


def test_a_word_longer_than_a_line_is_broken() -> None:
    assert texts((("abcdefghij", "plain"),), 4) == ["abcd", "efgh", "ij"]


def test_tones_stay_with_their_words() -> None:
    line: TonedLine = (("good ", "good"), ("bad words here", "bad"))
    for row in wrap(line, 8):
        for text, tone in row:
            assert tone == ("good" if "good" in text else "bad")


@given(lines, st.integers(4, 20))
def test_no_wrapped_line_is_wider_than_it_may_be_and_no_word_is_lost(line: TonedLine, width: int) -> None:
    rows = list(wrap(line, width))
    assert all(width_of_line(row) <= width for row in rows)
    before = "".join(text for text, _ in line).replace(" ", "")
    after = "".join(text for row in rows for text, _ in row).replace(" ", "")
    assert after == before


@given(lines, st.integers(0, 20))
def test_a_cropped_line_is_never_wider_and_says_that_it_was_cut(line: TonedLine, width: int) -> None:
    shown = crop(line, width)
    assert width_of_line(shown) <= width
    text = "".join(part for part, _ in shown)
    whole = "".join(part for part, _ in line)
    assert text == whole or width == 0 or text.endswith("…") or width_of_line(line) <= width


def test_a_cropped_line_keeps_its_first_tones() -> None:
    pieces: list[Piece] = [("TITLE ", "strong"), ("and more", "muted")]
    assert crop(pieces, 9) == [("TITLE ", "strong"), ("an…", "muted")]
