"""Reading a spool: any line of a file of any size, as it is shown, while it grows."""

import asyncio
import re
from pathlib import Path

import pytest
from alfred_tui.process.line_index import BLOCK
from alfred_tui.process.reading import LONG_LINE
from alfred_tui.process.spool import Spool
from alfred_tui.process.writing import STDERR, STDOUT, SpoolWriter
from hypothesis import given, settings
from hypothesis import strategies as st


def spooled(folder: Path, *chunks: bytes | tuple[int, bytes], cap: int = 1 << 30) -> Spool:
    folder.mkdir(exist_ok=True)
    writer = SpoolWriter(str(folder), cap)
    for number, chunk in enumerate(chunks):
        stream, data = chunk if isinstance(chunk, tuple) else (STDOUT, chunk)
        writer.write(stream, data, 100.0 + number)
    writer.close()
    return Spool(folder)


def numbered(count: int) -> bytes:
    return b"".join(b"line %07d\n" % number for number in range(count))


def test_nothing_printed_is_no_line(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "never")
    assert (spool.lines(0, 5), spool.tail(5), spool.size, spool.line_count) == ([], [], 0, 0)
    assert spool.search("x") is None
    assert spool.stdout_text(10) == ""


def test_the_last_line_counts_before_it_ends(tmp_path: Path) -> None:
    spool = spooled(tmp_path, b"one\ntwo\nthr")
    assert spool.lines(0, 10) == ["one", "two", "thr"]
    assert spool.line_count == 3
    spooled(tmp_path, b"ee\n")
    assert spool.refresh()
    assert spool.lines(2, 10) == ["three"]
    assert spool.line_count == 3


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.text("ab\n", max_size=9), max_size=30),
    start=st.integers(0, 60),
    count=st.integers(0, 60),
)
def test_any_window_is_the_same_as_of_the_whole_text(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], start: int, count: int
) -> None:
    spool = spooled(tmp_path_factory.mktemp("spool"), *(text.encode() for text in texts if text))
    whole = "".join(texts).removesuffix("\n").split("\n") if any(texts) else []
    assert spool.lines(start, count) == whole[start : start + count]
    assert spool.tail(count) == (whole[-count:] if count else [])


def test_a_place_in_the_middle_of_a_long_file_is_found(tmp_path: Path) -> None:
    spool = spooled(tmp_path, numbered(200_000))
    assert spool.lines(123_456, 2) == ["line 0123456", "line 0123457"]
    assert spool.lines(199_999, 5) == ["line 0199999"]
    assert spool.line_count == 200_000


def test_counting_is_done_in_portions(tmp_path: Path) -> None:
    spool = spooled(tmp_path, numbered(100_000))
    assert not spool.refresh(BLOCK)
    assert 5_000 < spool.line_count < 6_000
    assert spool.tail(1) == ["line 0099999"]
    while not spool.refresh(BLOCK * 4):
        pass
    assert spool.line_count == 100_000


def test_the_gap_is_a_line_that_says_what_is_missing(tmp_path: Path) -> None:
    spool = spooled(tmp_path, *(b"line %06d\n" % number for number in range(1000)), cap=4000)
    shown = spool.lines(0, 10_000)
    gap = next(number for number, line in enumerate(shown) if not line.startswith("line"))
    assert (
        shown[gap]
        == f"[… {spool.missing:,} bytes of output are not kept: the output is longer than its cap …]"
    )
    assert shown[gap - 1] == f"line {gap - 1:06d}"
    assert shown[-1] == "line 000999"
    assert spool.lines(gap, 2) == shown[gap : gap + 2]
    assert spool.tail(len(shown)) == shown
    assert spool.search("line 000999") == len(shown) - 1
    assert spool.search(f"^line {gap - 1:06d}", len(shown), backwards=True) == gap - 1
    assert spool.detail(gap, 1)[0].stream == ""


def test_a_progress_bar_is_one_line_with_its_last_state(tmp_path: Path) -> None:
    spool = spooled(tmp_path, b"start\r\n 10%\r 50%\r100%\r\ndone\n 1%\r 2%")
    assert spool.lines(0, 9) == ["start", "100%", "done", " 2%"]


def test_a_progress_bar_of_many_megabytes_shows_its_last_state(tmp_path: Path) -> None:
    bar = b"".join(b"%7d of 99999\r" % number for number in range(99_999))
    spool = spooled(tmp_path, b"begin\n" + bar + b"\nend\n")
    assert spool.lines(0, 9) == ["begin", "  99998 of 99999", "end"]
    assert spool.tail(2) == ["  99998 of 99999", "end"]


@pytest.mark.parametrize("size", [LONG_LINE, LONG_LINE + 1, 10 * BLOCK, 10 * BLOCK + 77])
def test_an_endless_line_shows_its_beginning_and_its_length(tmp_path: Path, size: int) -> None:
    spool = spooled(tmp_path, b"a\n" + b"x" * size + b"\nb\n", b"y" * size)
    shown = spool.lines(0, 9)
    more = f" [… {size - LONG_LINE:,} more bytes in this line]" if size > LONG_LINE else ""
    assert shown == ["a", "x" * LONG_LINE + more, "b", "y" * LONG_LINE + more]
    assert spool.lines(2, 1) == ["b"]


def test_escape_sequences_are_text_without_effect(tmp_path: Path) -> None:
    spool = spooled(tmp_path, b"\x1b[31mred\x1b[0m \x1b]0;title\x07[bold]x\x07\xff\n")
    assert spool.lines(0, 1) == ["red [bold]x␇�"]


def test_each_line_tells_its_stream_and_time(tmp_path: Path) -> None:
    spool = spooled(tmp_path, (STDOUT, b"one\ntwo\n"), (STDERR, b"oops\n"), (STDOUT, b"three\n"))
    told = [(line.text, line.stream, line.at) for line in spool.detail(1, 3)]
    assert told == [("two", "stdout", 100.0), ("oops", "stderr", 101.0), ("three", "stdout", 102.0)]


def test_search_goes_both_ways_and_finds_what_is_shown(tmp_path: Path) -> None:
    spool = spooled(tmp_path, numbered(50_000) + b"er\x1b[31mror here\n" + numbered(50_000))
    assert spool.search("error") == 50_000
    assert spool.search("0049999$", 0) == 49_999
    assert spool.search("0049999$", 50_000) == 100_000
    assert spool.search("0049999$", 99_999, backwards=True) == 49_999
    assert spool.search("error", 49_999, backwards=True) is None
    assert spool.search("error", 10**9, backwards=True) == 50_000
    assert spool.search("31m") is None


def test_search_finds_each_line_in_turn(tmp_path: Path) -> None:
    spool = spooled(tmp_path, b"".join(b"x\n" if n % 977 else b"hit\n" for n in range(20_000)))
    found, line = [], 0
    while (at := spool.search("hit", line)) is not None:
        found.append(at)
        line = at + 1
    assert found == list(range(0, 20_000, 977))


def test_standard_output_alone_is_captured(tmp_path: Path) -> None:
    spool = spooled(
        tmp_path, (STDOUT, b'{"a":'), (STDERR, b"warning\n"), (STDOUT, b"\t1}\x1b[0m\n"), (STDERR, b"x")
    )
    assert spool.stdout_text(1000) == '{"a":\t1}\n'
    assert spool.stdout_text(4) == "[0m\n"


def test_a_scan_sees_the_whole_output_by_stream(tmp_path: Path) -> None:
    spool = spooled(
        tmp_path, (STDOUT, numbered(60_000)), (STDERR, b"FATAL: no\n"), (STDOUT, b"fine 1%\rfine 100%\n")
    )
    scan = spool.scan("^FATAL", "^fine 1%$", "absent", "0059999\\nFATAL")
    assert scan.first == ("FATAL", "fine 1%", None, "0059999\nFATAL")
    assert scan.missing == 0
    assert spool.scan("FATAL", stream="stdout").first == (None,)
    assert spool.scan("^FATAL", "line", stream="stderr").first == ("FATAL", None)


def test_a_scan_of_a_cut_output_says_that_it_is_not_whole(tmp_path: Path) -> None:
    spool = spooled(tmp_path, *(b"line %06d\n" % number for number in range(1000)), cap=4000)
    scan = spool.scan("line 000500", "line 000999")
    assert scan.first == (None, "line 000999")
    assert scan.missing == spool.missing > 0


def test_a_match_over_the_border_of_two_pieces_is_found(tmp_path: Path) -> None:
    spool = spooled(tmp_path, b"x\n" * 131_070 + b"begin\nend\n" + b"x\n" * 200_000)
    assert spool.scan(r"begin\nend").first == ("begin\nend",)


async def test_a_follower_gets_every_line_once_and_ends_with_the_result(tmp_path: Path) -> None:
    writer = SpoolWriter(str(tmp_path), 1 << 20)
    got: list[str] = []

    async def follow() -> None:
        async for batch in Spool(tmp_path).follow():
            got.extend(batch)

    following = asyncio.create_task(follow())
    for number in range(50):
        writer.write(STDOUT, b"line %d\nhalf" % number, 10.0)
        await asyncio.sleep(0.002)
        writer.write(STDOUT, b" of it\n", 10.0)
    writer.write(STDOUT, b"no end", 10.0)
    (tmp_path / "result.json").write_text("{}")
    async with asyncio.timeout(5):
        await following
    assert got == [text for n in range(50) for text in (f"line {n}", "half of it")] + ["no end"]


async def test_a_follower_that_begins_later_gets_the_rest(tmp_path: Path) -> None:
    spool = spooled(tmp_path, numbered(100_000))
    (tmp_path / "result.json").write_text("{}")
    got = [line async for batch in spool.follow(13 * 40_000) for line in batch]
    assert (got[0], got[-1], len(got)) == ("line 0040000", "line 0099999", 60_000)


def test_a_line_that_is_searched_for_is_a_line_as_a_pattern_says(tmp_path: Path) -> None:
    text = numbered(3000).decode()
    spool = spooled(tmp_path, text.encode())
    for pattern in ("^line 0001234$", "1234", "9{3}$", "^$", "nothing"):
        expected = next((n for n, line in enumerate(text.splitlines()) if re.search(pattern, line)), None)
        assert spool.search(pattern) == expected
