"""Text from outside is made safe, and fits into exactly the cells that it is given."""

import pytest
from alfred_tui.ui.text import (
    age,
    bar,
    chop,
    clean,
    clean_lines,
    cut,
    cut_middle,
    fit,
    memory,
    short_image,
    window,
)
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

anything = st.text(st.characters(exclude_categories=()), max_size=40)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred", "␛[31mred"),
        ("bell\x07", "bell␇"),
        ("\x7f", "␡"),
        ("\x9b31m", "�31m"),
        ("a\tb", "a b"),
        ("a\nb\r", "a␊b␍"),
        ("\u202egnp.exe", "�gnp.exe"),
        ("\u200fx", "�x"),
        ("pod\u200b-a", "pod�-a"),
        ("soft\u00adhyphen", "soft�hyphen"),
        ("\ufeffmark", "�mark"),
        ("\u2028line", "�line"),
        ("no\u00a0break", "no break"),
        ("\udcff", "�"),
        ("\ue000", "�"),
        ("\u3164", "�"),
        ("⚠\ufe0f", "⚠"),
        ("\U0001f1e9\U0001f1ea", "DE"),
        ("\U0001f44d\U0001f3fb", "\U0001f44d�"),
        ("e\u0301\u0302\u0303\u0304", "e\u0301\u0302"),
        ("\u0301lone", "◌\u0301lone"),
        ("漢字", "漢字"),
        ("[bold]markup[/bold]", "[bold]markup[/bold]"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_a_sign(given: str, shown: str) -> None:
    assert clean(given) == shown


@given(anything)
def test_clean_text_can_be_written_and_is_clean(text: str) -> None:
    safe = clean(text)
    safe.encode("utf-8")
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in safe)
    assert clean(safe) == safe


def test_the_lines_of_a_longer_text_stay() -> None:
    assert clean_lines("one\x1b\ntwo") == "one␛\ntwo"


@given(anything, st.integers(0, 30), st.sampled_from(["left", "right"]))
def test_text_is_fitted_to_exactly_its_cells(text: str, width: int, align: str) -> None:
    assert cell_len(fit(clean(text), width, align)) == width  # type: ignore[arg-type]


@given(anything, st.integers(0, 30))
def test_what_is_cut_says_so_and_is_never_wider(text: str, width: int) -> None:
    safe = clean(text)
    shown = cut(safe, width)
    assert cell_len(shown) <= width
    if width > 1:
        assert (shown == safe) == (cell_len(safe) <= width)
        assert shown == safe or shown.endswith("…")


@given(anything, st.integers(0, 40), st.integers(1, 20))
def test_a_window_into_a_line_is_never_wider(text: str, start: int, width: int) -> None:
    assert cell_len(window(clean(text), start, width)) <= width


def test_a_window_that_cuts_a_wide_character_leaves_a_space() -> None:
    assert window("漢字x", 1, 4) == " 字x"


@given(anything, st.integers(2, 20))
def test_pieces_of_a_long_text_are_all_of_it(text: str, width: int) -> None:
    pieces = chop(clean(text), width)
    assert "".join(pieces) == clean(text)
    assert all(cell_len(piece) <= width for piece in pieces)


def test_names_are_cut_in_their_middle() -> None:
    assert cut_middle("search-7f9c66b5d4-abcde", 14) == "search-7f…bcde"
    assert cut_middle("short", 14) == "short"


@pytest.mark.parametrize(
    ("image", "name", "shown"),
    [
        ("registry:5000/team/shop:2.5.0", "shop", "2.5.0"),
        ("registry/team/shop:2.5.0", "search", "shop:2.5.0"),
        ("shop", "shop", "shop"),
        ("registry/shopping:1", "shop", "shopping:1"),
        (f"registry/shop@sha256:{'ab' * 32}", "shop", "abababababab"),
        (f"registry/shop:2@sha256:{'ab' * 32}", "", "shop:2@abababa"),
        (f"registry/shop:2@sha256:{'ab' * 32}", "shop", "2@abababa"),
        ("", "shop", ""),
    ],
)
def test_an_image_is_told_by_what_tells_it_apart(image: str, name: str, shown: str) -> None:
    assert short_image(image, name) == shown


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-3, "0s"), (8, "8s"), (119, "119s"), (120, "2m"), (125, "2m5s"), (600, "10m"), (10800, "3h"),
     (11520, "3h12m"), (28800, "8h"), (172800, "2d"), (400000, "4d")],
)  # fmt: skip
def test_ages_are_told_as_kubectl_tells_them(seconds: float, told: str) -> None:
    assert age(seconds) == told


def test_memory_and_bars() -> None:
    assert memory(230 << 20) == "230Mi"
    assert memory(47 << 30) == "47.0Gi"
    assert bar(0.5, 8) == ("━━━━", "────")
    assert bar(7.0, 4) == ("━━━━", "")
    assert bar(-1.0, 4) == ("", "────")


@given(anything)
def test_clean_text_is_as_wide_as_its_characters_together(text: str) -> None:
    safe = clean(text)
    assert cell_len(safe) == sum(cell_len(char) for char in safe)
