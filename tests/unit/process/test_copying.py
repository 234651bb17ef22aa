"""A far spool's copy: nothing twice, nothing lost, no secret, wherever it was broken off."""

import os
from pathlib import Path

import pytest
from alfred_tui.domain.command import Result
from alfred_tui.domain.errors import CockpitError
from alfred_tui.process.copying import SpoolCopy
from alfred_tui.process.running import Absent, Ended, find
from alfred_tui.process.spool import Spool
from hypothesis import given, settings
from hypothesis import strategies as st

SECRETS = {"TOKEN": "hunter22"}


def copy_on(folder: Path, far: dict[int, bytes], takes: list[tuple[int, int]]) -> SpoolCopy:
    """Goes on with the copy, a take at a time, from where it has come."""
    copy = SpoolCopy(folder, SECRETS, 1 << 20)
    for stream, size in takes:
        at = copy.wanted[stream - 1]
        copy.take(stream, far[stream][at : at + size])
    return copy


@settings(max_examples=40, deadline=None)
@given(
    sessions=st.lists(
        st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(0, 15)), max_size=8), max_size=6
    )
)
def test_broken_off_anywhere_the_copy_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, sessions: list[list[tuple[int, int]]]
) -> None:
    folder = tmp_path_factory.mktemp("copy")
    far = {1: b"out hunter22 hunter2 end\n" * 4, 2: b"hunhunter22ter22 err\n" * 4}
    for takes in sessions:
        copy_on(folder, far, takes).close()
        (folder / "output").open("ab").write(b"what was written before the crash, but not noted")
    copy = copy_on(folder, far, [(1, 1000), (2, 1000)])
    copy.finish(Result(status="exited", exit_code=0))
    text = (folder / "output").read_bytes()
    assert b"hunter22" not in text
    spool = Spool(folder)
    assert spool.stdout_text(1000) == "out ‹TOKEN› hunter2 end\n" * 4
    assert "".join(spool.scan("(?s).*", stream="stderr").first[0] or "") == "hun‹TOKEN›ter22 err\n" * 4


def text(folder: Path) -> str:
    return (folder / "output").read_bytes().decode()


def test_one_stream_does_not_begin_inside_the_other_s_line(tmp_path: Path) -> None:
    """The far side sends pieces that end anywhere."""
    copy = SpoolCopy(tmp_path, SECRETS)
    copy.take(1, b"out 1\nout")
    copy.take(2, b"err 1\nerr")
    assert text(tmp_path) == "out 1\nout"
    assert copy.reached == (9, 0)
    copy.take(1, b" 2\nout 3\n")
    assert text(tmp_path) == "out 1\nout 2\nerr 1\nerr"
    assert copy.reached == (12, 9)
    copy.take(2, b" 2\n")
    copy.finish(Result(status="exited", exit_code=0))
    assert text(tmp_path) == "out 1\nout 2\nerr 1\nerr 2\nout 3\n"


def test_a_prompt_or_a_progress_bar_holds_the_other_stream_up_for_a_moment_only(tmp_path: Path) -> None:
    copy = SpoolCopy(tmp_path, {})
    copy.take(1, b"Go on? ")
    copy.take(2, b"warned\n")
    copy.quiet()
    assert text(tmp_path) == "Go on? warned\n"
    copy.take(1, b"10 %\r")
    copy.take(2, b"slow\n")
    assert text(tmp_path) == "Go on? warned\n10 %\rslow\n"
    for _ in range(30):
        copy.take(1, b".")
        copy.take(2, b"x\n")
    assert 0 < text(tmp_path).count("x") < 30
    copy.close()


def test_what_waited_is_not_lost_with_the_cockpit(tmp_path: Path) -> None:
    copy = SpoolCopy(tmp_path, {})
    copy.take(1, b"out")
    copy.take(2, b"err\n")
    copy.close()
    again = SpoolCopy(tmp_path, {})
    assert again.wanted == (3, 0)
    again.take(1, b" on\n")
    again.take(2, b"err\n")
    again.finish(Result(status="exited", exit_code=0))
    assert text(tmp_path) == "out on\nerr\n"


def test_its_result_is_found_like_any_other(tmp_path: Path) -> None:
    copy = SpoolCopy(tmp_path, SECRETS)
    copy.take(1, b"fine\n")
    copy.finish(Result(status="exited", exit_code=3, left_behind=("12 hunter22",)))
    found = find(tmp_path)
    assert isinstance(found, Ended)
    assert found.result == Result(
        status="exited", exit_code=3, left_behind=("12 ‹TOKEN›",), output=5, dropped=0
    )


def test_what_is_closed_is_not_closed_again_under_somebody_else_s_number(tmp_path: Path) -> None:
    copy = SpoolCopy(tmp_path, SECRETS)
    copy.take(1, b"fine\n")
    copy.finish(Result(status="exited", exit_code=0))
    others = [os.open(os.devnull, os.O_RDONLY) for _ in range(3)]  # gets the numbers that were let go
    copy.close()
    for other in others:
        os.fstat(other)
        os.close(other)


def test_a_result_that_finds_no_room_says_that_it_waits_on_the_far_side(tmp_path: Path) -> None:
    copy = SpoolCopy(tmp_path, SECRETS)
    copy.take(1, b"fine\n")
    (tmp_path / f"result.json.{os.getpid()}").mkdir()  # as good as a full disk: it cannot be written
    with pytest.raises(CockpitError, match="It waits on the far side"):
        copy.finish(Result(status="exited", exit_code=0))
    assert isinstance(find(tmp_path), Absent)
    copy.close()


def test_a_mark_that_finds_no_room_does_not_end_the_copy(tmp_path: Path) -> None:
    copy = SpoolCopy(tmp_path, SECRETS)
    copy.take(1, b"one\n")
    (tmp_path / f"copy.json.{os.getpid()}").mkdir()
    copy.take(1, b"two\n")
    copy.close()
    again = SpoolCopy(tmp_path, SECRETS)
    assert again.wanted == (4, 0)
    again.close()


def test_a_copy_whose_files_are_damaged_begins_anew(tmp_path: Path) -> None:
    copy = SpoolCopy(tmp_path, SECRETS)
    copy.take(1, b"one\ntwo\n")
    copy.close()
    (tmp_path / "output").write_bytes(b"on")
    again = SpoolCopy(tmp_path, SECRETS)
    assert again.wanted == (0, 0)
    assert (tmp_path / "output").read_bytes() == b""
