"""The soak of a run without a screen, as who wrote the pipeline sees it."""

import signal
from pathlib import Path

import pytest

from tests.stories import given, when

ONE = "id: one, title: The first, run: echo one"
WATCHED = """
rollback:
  soak: 1h
  triggers:
    - {id: errors, title: Errors, promql: vector(0), above: 1, sustained: 5m, interval: 15s}
"""
NOWHERE = ("--prometheus", "http://127.0.0.1:9")


def test_it_is_waited_for_and_who_interrupts_it_is_told_what_is_left(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, ONE, rest=WATCHED)
    with when.cockpit_going("run", checklist, "--headless", *NOWHERE, state=state) as going:
        going.until("one", "passed")
        assert going.process.stderr is not None
        assert "The triggers are watched for" in going.process.stderr.readline()
        ran = going.interrupted(signal.SIGTERM)
    assert ran.code == 130
    assert "of the soak to go" in ran.err
    assert f"--resume {going.run}" in ran.err
    assert when.report(state)["soak"] is None


@pytest.mark.parametrize(
    ("options", "why"),
    [((*NOWHERE, "--no-soak"), "--no-soak"), ((), "no Prometheus is named, so no trigger can be measured")],
    ids=["asked for", "nothing to measure"],
)
def test_one_that_is_left_out_is_in_the_record(
    options: tuple[str, ...], why: str, state: Path, tmp_path: Path
) -> None:
    ran = when.cockpit(
        "run", given.a_checklist(tmp_path, ONE, rest=WATCHED), "--headless", *options, state=state
    )
    assert ran.code == 0, ran
    assert f"soak: ended 1:00:00 early: {why}" in ran.out
    assert when.report(state)["soak"]["reason"] == why


def test_one_in_which_prometheus_stayed_away_is_no_success_and_names_the_screen(
    state: Path, tmp_path: Path
) -> None:
    short = WATCHED.replace("1h", "4s").replace("5m", "1s").replace("15s", "1s")
    ran = when.cockpit(
        "run", given.a_checklist(tmp_path, ONE, rest=short), "--headless", *NOWHERE, state=state
    )
    assert ran.code == 1, ran
    assert "soak: the triggers were watched to its end, but trigger errors was not seen for 0:0" in ran.out
    assert "(Prometheus at 127.0.0.1:9 refuses the connection)" in ran.out
    assert "whether it is good is not known. Decide on the screen" in ran.err
    assert "--headless" not in ran.err
    assert when.report(state)["soak"]["unseen"].startswith("trigger errors was not seen")


def test_on_the_screen_there_is_nothing_to_leave_out(state: Path, tmp_path: Path) -> None:
    ran = when.cockpit("run", given.a_checklist(tmp_path, ONE), "--no-soak", state=state)
    assert ran.code == 2
    assert "--no-soak is for runs without a screen" in ran.err
