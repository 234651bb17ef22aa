"""Lines are whole, whatever the network makes of them."""

from itertools import pairwise

import pytest
from alfred_tui.cluster.access.lines import LineSplitter
from hypothesis import given
from hypothesis import strategies as st


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_lines_do_not_depend_on_where_the_network_cut_them(text: bytes, cuts: list[int]) -> None:
    splitter = LineSplitter()
    points = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    lines: list[bytes] = []
    for begin, end in pairwise(points):
        lines += splitter.feed(text[begin:end])
    assert [*lines, splitter.held] == text.split(b"\n")


@pytest.mark.parametrize("size", [1, 3, 50])
def test_of_a_line_without_end_only_its_begin_is_kept(size: int) -> None:
    splitter = LineSplitter(10)
    text = b"x" * 100 + b"\nshort\n" + b"y" * 11
    lines: list[bytes] = []
    for start in range(0, len(text), size):
        lines += splitter.feed(text[start : start + size])
        assert len(splitter.held) <= 10 + size
    assert lines == [b"x" * 10, b"short", b"y" * 10]
