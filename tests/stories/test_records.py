"""What a run leaves to read: reports in three forms, the list of runs, a record that can be verified."""

import json
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.stories import given, when

STEPS = (
    "id: works, title: It works, run: echo fine",
    "id: said, title: 'Said with *stars* and <b>tags</b>', attest: {prompt: say it, people: 2}",
    "id: fits, title: It fits, run: echo has 7, expect: {number: {find: 'has (\\d+)', at_most: 9}}",
    "id: wrong, title: It goes wrong, run: 'echo no such thing >&2; exit 3'",
    "id: after, title: It comes after, run: 'true'",
)


@pytest.fixture
def run(state: Path, tmp_path: Path) -> str:
    """A run that failed in its fourth step."""
    signed = tmp_path / "signed.yaml"
    signed.write_text("said: [{by: Ann, note: looked}, {by: Bob}]\n")
    ran = when.cockpit(
        "run", given.a_checklist(tmp_path, *STEPS), "--headless", "--jsonl",
        "--attestations", signed, "--lead", "Maria Keller", state=state,
    )  # fmt: skip
    assert ran.code == 1, ran
    return ran.run


def test_the_report_ticks_what_was_done_and_shows_the_evidence(run: str, state: Path) -> None:
    told = when.cockpit("report", run, state=state)
    assert told.code == 0
    boxes = re.findall(r"^- \[(.)\] (.*?) —", told.out, re.MULTILINE)
    assert [box for box, _ in boxes] == ["x", "x", "x", " ", " "]
    assert "signed by Ann" in told.out
    assert "signed by Bob" in told.out
    assert "Result: **failed**" in told.out
    assert "Maria Keller" in told.out
    assert "Settled: 3 of 5" in told.out
    assert re.search(r"7.*held", told.out)
    assert "exit 3" in told.out


def test_what_others_wrote_is_inert_in_every_form(run: str, state: Path) -> None:
    page = when.cockpit("report", run, "--format", "html", state=state)
    assert page.code == 0
    assert page.out.startswith("<!doctype html>")
    assert "<b>tags</b>" not in page.out
    assert "&lt;b&gt;tags" in page.out
    assert "<em>stars</em>" not in page.out


def test_as_json_it_holds_every_step_with_its_outcome(run: str, state: Path) -> None:
    data = when.report(state, run)
    assert data["run"] == run
    assert (data["result"], data["settled"], data["total"]) == ("failed", 3, 5)
    steps = when.reported_steps(data)
    assert [one["status"] for one in steps.values()] == ["passed", "passed", "passed", "failed", "pending"]
    assert [one["by"] for one in steps["said"]["signatures"]] == ["Ann", "Bob"]
    assert "exit 3" in steps["wrong"]["reason"]


def test_the_list_has_each_run_newest_first(run: str, state: Path, tmp_path: Path) -> None:
    good = given.a_checklist(tmp_path, "id: one, title: One, run: 'true'", name="good.yaml")
    second = when.cockpit("run", good, "--headless", "--jsonl", state=state).run
    listed = json.loads(when.cockpit("runs", "--json", state=state).out)
    assert {one["run"]: one["result"] for one in listed} == {second: "done", run: "failed"}
    assert [one["began_at"] for one in listed] == sorted((one["began_at"] for one in listed), reverse=True)
    assert all(one["led_by"] is None for one in listed)
    lines = when.cockpit("runs", state=state).out.splitlines()
    assert [line.split()[0] for line in lines] == [one["run"] for one in listed]


def test_the_beginning_of_an_id_names_a_run(run: str, state: Path) -> None:
    assert when.cockpit("verify", run[:-1], state=state).code == 0
    assert f"run {run}" in when.cockpit("report", run[:13], state=state).out


def test_an_unfinished_run_is_reported_as_it_stands(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(
        tmp_path, "id: one, title: One, run: 'true'", "id: slow, title: Slow, run: sleep 30"
    )
    with when.cockpit_going("run", checklist, "--headless", state=state) as going:
        going.until("slow", "running")
        data = when.report(state)
        told = when.cockpit("report", state=state)
        assert going.interrupted().code == 130
    assert data["result"] == "unfinished"
    assert {name: one["status"] for name, one in when.reported_steps(data).items()} == {
        "one": "passed",
        "slow": "running",
    }
    assert told.code == 0
    assert "- Result: **running**" in told.out
    assert "- [ ] Slow — **running**" in told.out


def test_a_report_of_a_record_that_was_changed_says_so(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, "id: one, title: One, run: 'true'")
    run = when.cockpit("run", checklist, "--headless", "--jsonl", state=state).run
    with closing(sqlite3.connect(state / "runs" / run / "journal.db", isolation_level=None)) as journal:
        journal.execute("UPDATE events SET at = at - 60 WHERE seq = 3")
    told = when.cockpit("report", state=state)
    why = "does not hold from event 3 on: its hash does not follow from the events before it"
    assert f"- Record: **{why}**" in told.out
    assert why in told.err
    assert when.report(state)["broken"] == why


def test_a_run_whose_lead_was_killed_is_told_as_one_that_nobody_leads(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, "id: slow, title: Slow, run: sleep 3")
    with when.cockpit_going("run", checklist, "--headless", state=state) as going:
        going.until("slow", "running")
        assert "led now by" in when.cockpit("runs", state=state).out
        going.interrupted(signal.SIGKILL)
    assert "  nobody leads it, last event 2" in when.cockpit("runs", state=state).out
    told = when.cockpit("report", state=state)
    assert "- Result: **unfinished, and nobody leads it** — running at its last event, 2" in told.out
    assert when.report(state)["led"] is False
    assert when.cockpit("run", "--headless", "--resume", going.run, state=state).code == 0
    assert "nobody leads" not in when.cockpit("runs", state=state).out


def test_the_newest_run_is_the_one_that_began_last(state: Path, tmp_path: Path) -> None:
    """Also within one minute, in which ids do not sort by time."""
    checklist = given.a_checklist(tmp_path, "id: one, title: One, run: 'true'")
    for _ in range(4):
        newest = when.cockpit("run", checklist, "--headless", "--jsonl", state=state).run
        assert when.report(state)["run"] == newest
