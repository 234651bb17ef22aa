"""For how long a limit was broken."""

from alfred_tui.domain.judging.limit import Breach, followed, kept


def series(*values: float | None, every: float = 15.0) -> list[tuple[float, float | None]]:
    return [(1000 + index * every, value) for index, value in enumerate(values)]


def test_each_sample_over_the_limit_stands_for_its_interval() -> None:
    held = kept(series(0.4, 1.2, 1.6, 1.4), 1.0, 15)
    assert held.last == Breach(broken_for=45, since=1015, worst=1.6, seen_at=1045)
    assert held.longest == held.last


def test_the_limit_itself_is_not_beyond_it() -> None:
    assert kept(series(1.0, 1.0), 1.0, 15).last.broken_for == 0


def test_a_sample_within_the_limit_ends_the_breach_and_the_longest_is_remembered() -> None:
    held = kept(series(2, 2, 2, 0.5, 3), 1.0, 15)
    assert (held.longest.broken_for, held.longest.worst) == (45, 2)
    assert (held.last.broken_for, held.last.worst) == (15, 3)


def test_a_gap_neither_ends_a_breach_nor_adds_to_it() -> None:
    held = kept(series(2, None, None, None, 2), 1.0, 15)
    assert held.last.broken_for == 30
    assert not held.last.gap
    assert kept(series(2, None), 1.0, 15).last == Breach(
        broken_for=15, since=1000, worst=2, seen_at=1015, gap=True
    )


def test_time_in_which_nobody_asked_does_not_count_either() -> None:
    assert kept([(0, 2.0), (600, 2.0)], 1.0, 15).last.broken_for == 30


def test_samples_that_come_closer_count_for_what_lies_between_them() -> None:
    assert kept([(0, 2.0), (5, 2.0), (10, 2.0)], 1.0, 15).last.broken_for == 25
    assert followed(Breach(seen_at=20), 10, 2.0, 1.0, 15, False).broken_for == 0


def test_a_limit_from_below_is_broken_by_small_values() -> None:
    held = kept(series(99.9, 98, 97), 99.0, 15, below=True)
    assert (held.last.broken_for, held.last.worst) == (30, 97)
