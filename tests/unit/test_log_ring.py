"""The ring: the newest lines, bounded in number and in bytes; what went is counted."""

from alfred_tui.domain.logs.lines import LogLine
from alfred_tui.present.log_ring import LINES, SIZE, LogRing


def lines(start: int, count: int, size: int = 0, **fields: str) -> list[LogLine]:
    return [LogLine(0, b"", b"%d" % n + b"x" * size, **fields) for n in range(start, start + count)]  # type: ignore[arg-type]


def test_the_newest_lines_are_kept_and_the_dropped_are_counted() -> None:
    ring = LogRing(lines=100)
    for start in range(0, 1000, 7):
        ring.extend(lines(start, min(7, 1000 - start)))
        assert len(ring.lines()) <= 100
        assert ring.total == min(start + 7, 1000)
    kept = [int(one.text) for one in ring.lines()]
    assert kept == list(range(ring.dropped, 1000))
    assert len(kept) > 80


def test_long_lines_are_dropped_sooner() -> None:
    ring = LogRing(lines=1000, size=10_000)
    for start in range(0, 500, 10):
        ring.extend(lines(start, 10, size=997))
        assert ring.size <= 10_000
    assert ring.size == sum(len(one.text) for one in ring.lines())
    assert ring.total == 500
    assert 5 < len(ring.lines()) <= 10


def test_a_batch_larger_than_the_ring_leaves_its_end() -> None:
    ring = LogRing(lines=10)
    ring.extend(lines(0, 500))
    assert int(ring.lines()[-1].text) == 499
    assert ring.dropped == 500 - len(ring.lines())
    assert len(ring.lines()) <= 10


def test_errors_stay_counted_when_their_lines_are_dropped() -> None:
    ring = LogRing(lines=10)
    ring.extend(lines(0, 5, kind="error"))
    ring.extend(lines(5, 100))
    assert ring.errors == 5
    assert ring.errors_of == {0: 5}
    assert not any(one.kind == "error" for one in ring.lines())


def test_what_was_taken_out_stands_still() -> None:
    ring = LogRing(lines=10)
    ring.extend(lines(0, 8))
    before = ring.lines()
    ring.extend(lines(8, 50))
    assert [int(one.text) for one in before] == list(range(8))


def test_a_flood_of_a_million_lines_holds_no_more_than_the_bound() -> None:
    ring = LogRing()
    batch = lines(0, 5000, size=100)
    for _ in range(200):
        ring.extend(batch)
        assert len(ring.lines()) <= LINES
        assert ring.size <= SIZE
    assert ring.total == 1_000_000
