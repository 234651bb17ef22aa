"""Where a followed log goes on: exactly behind what was read, also among lines with one stamp."""

import random

import pytest
from alfred_tui.cluster.logs.log_resume import Resume, stamp_of

SECOND = "2027-01-15T12:00:"


def line(second: int, part: int, text: str) -> bytes:
    return f"{SECOND}{second:02}.{part:09}Z {text}".encode()


def again(log: list[bytes], since: str) -> list[bytes]:
    """What a kubelet sends: every line that is not before the whole second."""
    return [one for one in log if one[:19].decode() >= since[:19]]


def test_lines_of_one_stamp_are_told_apart_by_their_text_and_their_number() -> None:
    log = [line(1, 5, text) for text in ("a", "a", "b", "a")]
    resume = Resume()
    assert resume.fresh(log[:2]) == log[:2]
    resume.begin()
    assert resume.fresh(again(log, resume.since)) == log[2:]


def test_a_line_whose_stamp_is_older_than_the_last_one_read_is_not_lost() -> None:
    log = [line(1, 20, "out"), line(1, 10, "err"), line(1, 30, "out")]
    resume = Resume()
    resume.fresh(log[:1])
    resume.begin()
    assert resume.fresh(again(log, resume.since)) == log[1:]


def test_lines_before_the_first_that_was_read_do_not_come_back() -> None:
    log = [line(1, n, str(n)) for n in range(10)]
    resume = Resume()
    resume.fresh(log[7:9])  # the last lines that were asked for
    resume.begin()
    assert resume.fresh(again(log, resume.since)) == log[9:]


def test_a_second_with_more_lines_than_are_remembered_is_resumed_by_stamp() -> None:
    log = [line(1, n, "x") for n in range(5000)]
    resume = Resume()
    resume.fresh(log[:4000])
    resume.begin()
    assert resume.fresh(again(log, resume.since)) == log[4000:]


def test_what_was_rotated_away_meanwhile_hides_nothing_new() -> None:
    log = [line(1, n, str(n)) for n in range(10)]
    resume = Resume()
    resume.fresh(log[:5])
    resume.begin()
    assert resume.fresh(log[7:]) == log[7:]


def test_the_kubelets_own_sentence_is_told_once() -> None:
    resume = Resume()
    resume.fresh([line(1, 1, "a")])
    for _ in range(2):
        resume.begin()
        told = resume.fresh([line(1, 1, "a"), b"unable to retrieve container logs for containerd://1"])
        assert told == ([] if _ else [b"unable to retrieve container logs for containerd://1"])


def test_the_zone_of_a_stamp_is_kept() -> None:
    resume = Resume()
    resume.fresh([b"2027-01-15T12:00:01.123456789+02:00 a"])
    assert resume.since == "2027-01-15T12:00:01+02:00"


@pytest.mark.parametrize("text", [b"", b" ", b"no stamp here", b"2027-01-15 a", b"x" * 100])
def test_what_is_no_stamp_is_not_taken_for_one(text: bytes) -> None:
    assert stamp_of(text) == b""


@pytest.mark.parametrize("seed", range(30))
def test_however_often_it_is_cut_each_line_comes_once(seed: int) -> None:
    chance = random.Random(seed)
    log: list[bytes] = []
    at = 0
    for _ in range(400):
        at += chance.choice((0, 0, 1, 400_000_000))
        jitter = chance.choice((0, 0, -3))
        when = max(0, at + jitter)
        log.append(line(when // 10**9, when % 10**9, chance.choice("ab")))
    resume = Resume()
    got: list[bytes] = []
    here = 0
    while len(got) < len(log):
        here = min(len(log), here + chance.randrange(1, 60))
        resume.begin()
        stream = again(log[:here], resume.since) if resume.since else log[:here]
        cut = chance.randrange(len(stream) + 1)
        for start in range(0, cut, 7):
            got += resume.fresh(stream[start : min(cut, start + 7)])
    assert got == log
