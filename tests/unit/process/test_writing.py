"""The spool on disk: plain files, a cap with its gap stated, and an index of who wrote what when."""

from pathlib import Path

import pytest
from alfred_tui.process.reading import Index, parts
from alfred_tui.process.writing import EITHER, STDERR, STDOUT, SpoolWriter


def lines(low: int, high: int) -> bytes:
    return b"".join(b"line %06d\n" % number for number in range(low, high))


def records(folder: Path) -> list[tuple[int, int, float]]:
    return [(one.start, one.stream, one.at) for one in Index(folder).records()]


def test_output_is_one_plain_file_as_long_as_it_is_below_the_cap(tmp_path: Path) -> None:
    writer = SpoolWriter(str(tmp_path), 1000)
    writer.write(STDOUT, b"one\n", 10.0)
    writer.write(STDERR, b"two\n", 11.0)
    writer.close()
    assert (tmp_path / "output").read_bytes() == b"one\ntwo\n"
    assert records(tmp_path) == [(0, STDOUT, 10.0), (4, STDERR, 11.0)]


def test_a_stream_that_goes_on_at_once_needs_no_new_record(tmp_path: Path) -> None:
    writer = SpoolWriter(str(tmp_path), 1000)
    for at in (10.0, 10.002, 10.009, 10.02):
        writer.write(STDOUT, b"x", at)
    assert [start for start, _, _ in records(tmp_path)] == [0, 3]


def test_beyond_the_cap_the_beginning_and_the_end_are_kept_and_the_gap_is_stated(tmp_path: Path) -> None:
    writer = SpoolWriter(str(tmp_path), 4000)
    for number in range(1000):
        writer.write(STDOUT, lines(number, number + 1), 10.0)
    writer.close()
    kept = parts(tmp_path)
    assert sum(part.size for part in kept) <= 4000
    assert kept[0].size == 2000 - 2000 % 12
    assert kept[-1].path.read_bytes().endswith(b"line 000999\n")
    assert sum(part.size for part in kept[1:]) >= 1000
    assert kept[-1].end == writer.size == 12_000
    assert writer.dropped == kept[1].start - kept[0].end
    assert f"{writer.dropped:,} bytes" in (tmp_path / "output.gap").read_text()
    text = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("output*")))
    assert text.startswith(b"line 000000\n")


def test_one_big_write_is_cut_at_the_ends_of_lines(tmp_path: Path) -> None:
    writer = SpoolWriter(str(tmp_path), 4000)
    writer.write(STDOUT, lines(0, 1000), 10.0)
    for part in parts(tmp_path):
        assert part.path.read_bytes().startswith(b"line ")
        assert part.path.read_bytes().endswith(b"\n")


def test_a_line_longer_than_the_cap_is_cut_anywhere(tmp_path: Path) -> None:
    writer = SpoolWriter(str(tmp_path), 100)
    writer.write(STDOUT, b"x" * 1000, 10.0)
    assert sum(part.size for part in parts(tmp_path)) <= 100
    assert writer.size == 1000


def test_a_writer_goes_on_where_another_ended(tmp_path: Path) -> None:
    for number in range(100):
        writer = SpoolWriter(str(tmp_path), 400)
        writer.write(STDOUT, lines(number, number + 1), 10.0)
        writer.close()
    whole = SpoolWriter(str(tmp_path), 400)
    assert whole.size == 1200
    assert whole.dropped == 1200 - sum(part.size for part in parts(tmp_path))


def test_a_full_disk_stops_nothing_and_what_is_lost_is_counted_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno
    import os

    writer = SpoolWriter(str(tmp_path), 10_000)
    writer.write(STDOUT, b"before\n", 10.0)
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    writer.write(STDOUT, b"lost line\n", 11.0)
    writer.write(STDERR, b"another\n", 12.0)
    monkeypatch.setattr(os, "write", real)
    writer.write(STDOUT, b"after\n", 13.0)
    assert writer.dropped == 18
    assert writer.trouble == "No space left on device"
    text = (tmp_path / "output").read_text()
    assert text == "before\n\n[18 bytes of output could not be written: No space left on device]\nafter\n"
    assert records(tmp_path)[-2:] == [(7, 0, 13.0), (len(text) - 6, STDOUT, 13.0)]


def test_streams_that_alternate_for_ever_do_not_make_the_index_endless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.process.writing._FINE", 10)
    writer = SpoolWriter(str(tmp_path), 1 << 20)
    for number in range(1000):
        writer.write(STDOUT if number % 2 else STDERR, b"x", 10 + number / 100_000)
    found = records(tmp_path)
    assert len(found) < 15
    assert found[-1][1] == EITHER
