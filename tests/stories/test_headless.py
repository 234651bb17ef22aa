"""Runs without a screen: what is done and what is left out, how they end, and how they go on."""

import json
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.stories import given, when

ONE = "id: one, title: The first, run: echo one >> trace"
SLOW = "id: slow, title: The slow one, run: echo begin >> trace; sleep 2; echo end >> trace"
SAID = "id: said, title: It was said, attest: say it"
LAST = "id: last, title: The last, run: echo last >> trace"
FAILS = "id: fails, title: It fails, run: echo wrong >&2; exit 7"


def trace(folder: Path) -> list[str]:
    """What the steps have left, in order."""
    path = folder / "trace"
    return path.read_text().split() if path.exists() else []


def test_a_run_signed_beforehand_ends_with_0_and_tells_each_event(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, ONE, SAID, LAST)
    signed = given.attestations(tmp_path, said="Ann Lee")

    ran = when.cockpit("run", checklist, "--headless", "--jsonl", "--attestations", signed, state=state)

    assert ran.code == 0, ran
    assert ran.statuses == dict.fromkeys(("one", "said", "last"), "passed")
    assert [one["seq"] for one in ran.events] == list(range(1, len(ran.events) + 1))
    assert ran.events[0]["type"] == "run_started"
    assert ran.events[-1]["type"] == "run_finished"
    assert all({"seq", "at", "type"} <= set(one) for one in ran.events)
    assert all("status" in one for one in ran.events if "step" in one)
    (signature,) = [one for one in ran.events if one["type"] == "step_signed"]
    assert (signature["by"], signature["note"]) == ("Ann Lee", "I looked")
    assert trace(tmp_path) == ["one", "last"]


def test_an_address_that_refuses_is_told_in_the_systems_words(state: Path, tmp_path: Path) -> None:
    asks = "id: asks, title: It answers, http: {url: 'http://127.0.0.1:1/'}"
    unknown = "id: unknown, title: It answers, http: {url: 'http://nowhere.invalid/'}"
    for step, said in ((asks, "did not answer: Connection refused"), (unknown, "name is not known here")):
        ran = when.cockpit("run", given.a_checklist(tmp_path, step), "--headless", state=state)
        assert ran.code == 1
        assert said in ran.out


LINKED = "id: linked, title: It is linked, attest: {prompt: link it, evidence: required}"


def test_what_was_signed_beforehand_names_links_and_files(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, LINKED, SAID)
    (tmp_path / "notes.txt").write_text("all well")
    signed = tmp_path / "signed.yaml"
    signed.write_text(
        "linked: {by: Ann, link: 'https://wiki/1'}\nsaid: {by: Bob, note: read it, file: notes.txt}\n"
    )
    command = ("run", checklist, "--headless", "--jsonl", "--workdir", tmp_path, "--attestations", signed)

    ran = when.cockpit(*command, state=state)

    assert ran.code == 0, ran
    link, file = (one["evidence"][0] for one in ran.events if one["type"] == "step_signed")
    assert (link["kind"], link["value"]) == ("link", "https://wiki/1")
    assert file["kind"] == "file"
    assert file["value"].startswith("notes.txt (8 bytes, sha256 ")

    (tmp_path / "notes.txt").unlink()
    without = when.cockpit(*command, state=state)
    assert without.code == 1
    assert "no such file" in without.out


def test_for_people_there_is_a_line_an_event(state: Path, tmp_path: Path) -> None:
    ran = when.cockpit("run", given.a_checklist(tmp_path, ONE), "--headless", "--lead", "Ann", state=state)
    assert ran.code == 0
    assert "A small release, led by Ann" in ran.out
    assert ran.out.splitlines()[-1].split() == ["0:00", "done"]


def test_where_a_person_is_missing_it_stops_and_says_for_what(state: Path, tmp_path: Path) -> None:
    ran = when.cockpit("run", given.a_checklist(tmp_path, ONE, SAID, LAST), "--headless", state=state)
    assert ran.code == 1
    assert "said waits for an attestation: say it" in ran.out
    assert trace(tmp_path) == ["one"]


def test_a_run_that_stopped_for_want_of_a_person_goes_on_when_they_have_signed(
    state: Path, tmp_path: Path
) -> None:
    ran = when.cockpit(
        "run", given.a_checklist(tmp_path, ONE, SAID, LAST), "--headless", "--jsonl", state=state
    )
    assert ran.code == 1
    assert f"--resume {ran.run}" in ran.err
    signed = given.attestations(tmp_path, said="Ann")
    command = ("run", "--headless", "--jsonl", "--resume", ran.run, "--attestations", signed)

    again = when.cockpit(*command, state=state)

    assert again.code == 0, again
    assert set(again.statuses.values()) == {"passed"}
    assert trace(tmp_path) == ["one", "last"]

    third = when.cockpit(*command, state=state)
    assert third.code == 2
    assert "is over (done): nothing is left to do" in third.err


def test_a_value_that_does_not_fit_is_refused_before_the_run(state: Path, tmp_path: Path) -> None:
    asked = "id: ask, title: Asks, run: echo <ticket>"
    checklist = given.a_checklist(tmp_path, asked)
    text = checklist.read_text()
    checklist.write_text(
        text.replace("phases:", "ask: {ticket: {prompt: Which?, pattern: 'CHG-.*'}}\nphases:", 1)
    )
    ran = when.cockpit("run", checklist, "--headless", "--var", "ticket=12", state=state)
    assert ran.code == 2, ran
    assert "does not fit <ticket>" in ran.err
    assert not state.exists()


def test_where_a_second_person_is_missing_it_says_who_has_signed(state: Path, tmp_path: Path) -> None:
    both = "id: both, title: Two have looked, attest: {prompt: look, people: 2}"
    (tmp_path / "signed.yaml").write_text("both: {by: Ann, note: fine}")
    checklist = given.a_checklist(tmp_path, both)
    ran = when.cockpit(
        "run", checklist, "--headless", "--attestations", tmp_path / "signed.yaml", state=state
    )
    assert ran.code == 1
    assert "both waits for another attestation (1 of 2 signed: Ann)" in ran.out


def test_a_failed_step_holds_what_follows_and_ends_with_1(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, FAILS, LAST)
    ran = when.cockpit("run", checklist, "--headless", "--jsonl", state=state)
    assert ran.code == 1
    assert ran.statuses == {"fails": "failed"}
    assert ran.events[-1]["result"] == "failed"
    assert "exit 7: wrong" in ran.events[-1]["reason"]
    assert trace(tmp_path) == []


@pytest.mark.parametrize("needs", [["--only", "last"], ["--from", "last"]], ids=" ".join)
def test_only_and_from_leave_the_rest_out_and_say_so(needs: list[str], state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, ONE, SAID, LAST)
    ran = when.cockpit("run", checklist, "--headless", "--jsonl", *needs, state=state)
    assert ran.code == 0
    assert ran.statuses == {"one": "skipped", "said": "skipped", "last": "passed"}
    reasons = [one["reason"] for one in ran.events if one["type"] == "step_skipped"]
    assert reasons == [f"not in this run ({' '.join(needs)})"] * 2
    assert trace(tmp_path) == ["last"]


def test_only_and_from_together_leave_out_what_either_does(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, ONE, SAID, LAST)
    ran = when.cockpit(
        "run", checklist, "--headless", "--jsonl", "--only", "steps", "--from", "last", state=state
    )
    assert ran.statuses == {"one": "skipped", "said": "skipped", "last": "passed"}
    nothing = when.cockpit("run", checklist, "--dry-run", "--only", "one", "--from", "last", state=state)
    assert nothing.code == 2
    assert "nothing would be done" in nothing.err


def test_only_takes_a_section_and_a_phase_too(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, ONE, LAST)
    for wanted in ("steps", "only"):
        ran = when.cockpit("run", checklist, "--headless", "--only", wanted, state=state)
        assert ran.code == 0
    assert trace(tmp_path) == ["one", "last"] * 2


def test_a_dry_run_shows_every_effect_and_changes_nothing(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, ONE, SAID, LAST)
    before = sorted(tmp_path.rglob("*"))
    ran = when.cockpit("run", checklist, "--dry-run", state=state)
    assert ran.code == 0
    assert "echo one >> trace" in ran.out
    assert "echo last >> trace" in ran.out
    assert [path for path in sorted(tmp_path.rglob("*")) if path.name != "home"] == before


def test_a_dry_run_shows_given_values_previews_reviews_and_whole_branches(
    state: Path, tmp_path: Path
) -> None:
    checklist = given.a_checklist(
        tmp_path,
        "id: a, title: A, run: ./release <tag>, confirm: go, preview: ./diff --all, sign: Read it",
        "id: b, title: B, run: x, changes: false, on_fail: continue",
        "id: c, title: C, attest: say it, when: {passed: [a], failed: [b, a]}",
        "id: d, title: D, run: ./tell <other>, changes: false",
    )
    ran = when.cockpit("run", checklist, "--dry-run", "--var", "tag=v 1", state=state)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert "- a: A  [changes; asks to type go; then a person signs]" in lines
    assert lines[lines.index("    ./release 'v 1'") + 1] == "    # shown before: ./diff --all"
    assert "- c: C  [only if a passed and one of b, a did not pass]" in lines
    assert "- d: D  [asks for <other>]" in lines


def test_a_dry_run_reads_what_was_signed_beforehand(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(
        tmp_path, SAID, "id: two, title: Two, attest: {prompt: both, people: 2}",
        "id: go, title: Go, run: ./go, confirm: go",
    )  # fmt: skip
    signed = tmp_path / "signed.yaml"
    signed.write_text("said: {by: Ann, note: I looked, link: 'https://x.example/1'}\ntwo: [{by: Ann}]\n")
    ran = when.cockpit("run", checklist, "--dry-run", "--attestations", str(signed), state=state)
    assert ran.code == 0, ran
    assert "    # signed beforehand by Ann: I looked, https://x.example/1\n" in ran.out
    assert "    # 1 of 2 have signed beforehand: a run without a screen stops here\n" in ran.out
    assert ran.out.count("nobody has signed beforehand") == 1
    assert "beforehand" not in when.cockpit("run", checklist, "--dry-run", state=state).out
    signed.write_text("sayd: {by: Ann}\n")
    for more in ((), ("--jsonl",)):
        wrong = when.cockpit("run", checklist, "--dry-run", "--attestations", str(signed), *more, state=state)
        assert (wrong.code, wrong.out) == (2, "")
        assert 'there is no step "sayd" in the checklist' in wrong.err


def test_a_dry_run_with_jsonl_is_an_object_for_each_step(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, ONE, SAID, "id: go, title: Go, run: ./go <tag>, confirm: go")
    signed = tmp_path / "signed.yaml"
    signed.write_text("said: {by: Änn}\n")
    ran = when.cockpit(
        "run", checklist, "--dry-run", "--jsonl", "--attestations", str(signed), "--from", "said", state=state
    )
    assert ran.code == 0, ran
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert [(row["seq"], row["type"], row["step"], row["status"]) for row in rows] == [
        (1, "step_planned", "said", "pending"),
        (2, "step_planned", "go", "pending"),
    ]
    assert all(row["at"] > 0 for row in rows)
    assert rows[0]["signed"][0]["by"] == "Änn"
    assert (rows[1]["effect"], rows[1]["asks"], rows[1]["confirm"]) == ("./go <tag>", ["tag"], "go")


@pytest.mark.parametrize("more", [("run",), ("run", "--dry-run"), ("run", "--jsonl"), ("demo",)])
def test_a_layout_that_there_is_not_is_told_also_without_a_screen(
    state: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    checklist = given.a_checklist(tmp_path, ONE)
    ran = when.cockpit(*more, checklist, "--headless", "--layout", "nope", state=state)
    assert ran.code == 2
    assert 'There is no file and no shipped layout "nope".' in ran.err
    assert trace(tmp_path) == []


def test_a_dry_run_of_a_part_shows_that_part(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, ONE, SAID, LAST)
    ran = when.cockpit("run", checklist, "--dry-run", "--from", "said", state=state)
    assert ran.code == 0
    assert "echo one" not in ran.out
    assert "echo last >> trace" in ran.out


def test_a_part_of_a_run_that_has_begun_is_refused(state: Path, tmp_path: Path) -> None:
    ran = when.cockpit("run", given.a_checklist(tmp_path, ONE), "--headless", "--jsonl", state=state)
    again = when.cockpit("run", "--headless", "--resume", ran.run, "--only", "one", state=state)
    assert again.code == 2
    assert "--only" in again.err


def test_a_checklist_beside_the_run_that_goes_on_is_refused(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, SAID)
    ran = when.cockpit("run", checklist, "--headless", "--jsonl", state=state)
    again = when.cockpit("run", checklist, "--headless", "--resume", ran.run, state=state)
    assert again.code == 2
    assert f"not with {checklist}" in again.err


def test_the_shipped_checklists_dry_run_names_all_it_would_do(state: Path) -> None:
    ran = when.cockpit("run", "--dry-run", state=state)
    assert ran.code == 0
    assert sum(line.startswith("- ") for line in ran.out.splitlines()) >= 120
    assert "[changes]" in ran.out
    assert not state.exists()


def test_a_killed_run_is_resumed_and_no_step_is_repeated(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, ONE, SLOW, LAST)
    with when.cockpit_going("run", checklist, "--headless", state=state) as going:
        going.until("slow", "running")
        when.wait_until(lambda: "begin" in trace(tmp_path))
        going.process.kill()
        run = going.run
        going.process.wait()
    unfinished = json.loads(when.cockpit("runs", "--json", state=state).out)
    assert [one["result"] for one in unfinished] == ["unfinished"]

    ran = when.cockpit("run", "--headless", "--jsonl", "--resume", run, state=state)

    assert ran.code == 0, ran
    assert ran.statuses == dict.fromkeys(("one", "slow", "last"), "passed")
    assert trace(tmp_path) == ["one", "begin", "end", "last"]
    assert [one["type"] for one in ran.events].count("run_resumed") == 1
    assert when.cockpit("verify", run, state=state).code == 0


def test_an_interrupted_run_ends_with_130_its_command_goes_on_and_it_can_be_resumed(
    state: Path, tmp_path: Path
) -> None:
    checklist = given.a_checklist(tmp_path, SLOW, LAST)
    with when.cockpit_going("run", checklist, "--headless", state=state) as going:
        going.until("slow", "running")
        when.wait_until(lambda: trace(tmp_path) == ["begin"])
        ran = going.interrupted()
        assert ran.code == 130
        assert f"--resume {going.run}" in ran.err
        told = shlex.split(ran.err.splitlines()[-1])
    when.wait_until(lambda: trace(tmp_path) == ["begin", "end"])

    elsewhere = tmp_path / "another folder"
    elsewhere.mkdir()
    again = when.cockpit(*told[1:], state=tmp_path / "no state", cwd=elsewhere)

    assert again.code == 0, again
    assert trace(tmp_path) == ["begin", "end", "last"]


def test_a_step_that_ended_while_nobody_led_is_told_as_it_ended(state: Path, tmp_path: Path) -> None:
    step = "id: slow, title: Slow, run: echo begin >> trace; sleep 1; echo gone >&2; exit 3"
    with when.cockpit_going("run", given.a_checklist(tmp_path, step), "--headless", state=state) as going:
        going.until("slow", "running")
        when.wait_until(lambda: trace(tmp_path) == ["begin"])
        going.process.kill()
        run = going.run
        going.process.wait()
    (result,) = (state / "runs" / run / "steps" / "slow").iterdir()
    when.wait_until(lambda: any(path.name.startswith("result") for path in result.iterdir()))

    ran = when.cockpit("run", "--headless", "--jsonl", "--resume", run, state=state)

    assert ran.code == 1
    assert "exit 3: gone" in ran.events[-1]["reason"]


def test_a_second_lead_is_refused_with_4_and_told_who_leads(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, SLOW)
    with when.cockpit_going("run", checklist, "--headless", "--lead", "Ann", state=state) as going:
        going.until("slow", "running")
        second = when.cockpit("run", "--headless", "--resume", going.run, state=state)
        listed = when.cockpit("runs", state=state)
        first = going.ended()
    assert second.code == 4
    assert "is led by Ann on" in second.err
    assert f"process {going.process.pid}" in second.err
    assert "led now by Ann" in listed.out
    assert first.code == 0, "the refused one disturbed nothing"


def test_a_second_lead_in_the_namespace_is_refused_with_4_until_the_first_has_gone(
    state: Path, tmp_path: Path
) -> None:
    """Also from another machine: another state folder."""
    checklist = given.a_checklist(
        tmp_path, "id: gate, title: Gate, run: 'until test -e open; do sleep 0.1; done'"
    )
    other = tmp_path / "another" / "state"
    other.parent.mkdir()
    with given.a_cluster(tmp_path) as world:
        command = ("run", checklist, "--headless", "--kubeconfig", world.kubeconfig)
        with when.cockpit_going(*command, "--lead", "Ann", state=state) as going:
            going.until("gate", "running")
            second = when.cockpit(*command, "--lead", "Bob", state=other, cwd=tmp_path)
            assert not other.exists(), "a refused run has left nothing"
            (tmp_path / "open").touch()
            assert going.ended().code == 0
        third = when.cockpit(*command, "--lead", "Bob", state=other, cwd=tmp_path)
    assert second.code == 4, second
    assert "Ann on" in second.err
    assert third.code == 0, third


def test_an_interrupted_demo_leaves_no_process(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, "id: slow, title: Slow, run: sleep 4321")
    with when.cockpit_going("demo", checklist, "--headless", "--speed", "100", state=state) as going:
        going.until("slow", "running")
        when.wait_until(lambda: sleeping("4321"))
        assert going.interrupted(signal.SIGTERM).code == 130
    when.wait_until(lambda: not sleeping("4321"), what="the end of the demo's command")


def sleeping(seconds: str) -> bool:
    said = subprocess.run(["pgrep", "-f", f"^sleep {seconds}$"], capture_output=True)
    return said.returncode == 0


def test_of_more_output_than_the_checklist_lets_it_keep_the_gap_is_stated(
    state: Path, tmp_path: Path
) -> None:
    checklist = given.a_checklist(
        tmp_path, "id: much, title: Much, run: seq 1 400000", rest="limits: {output_mib: 1}\n"
    )
    done = when.cockpit("run", checklist, "--headless", "--jsonl", state=state)
    assert done.code == 0
    kept = [path.read_text() for path in (state / "runs" / done.run / "steps/much/1").glob("output*")]
    assert sum(map(len, kept)) <= (1 << 20) + 200
    assert [
        text for text in kept if "bytes of output are not kept: the output is longer than its cap" in text
    ]


def test_a_run_goes_on_when_nobody_reads_its_lines(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, ONE, "id: two, title: Two, run: sleep 0.3", LAST)
    process = subprocess.Popen(
        [when.PROGRAM, "run", str(checklist), "--headless", "--jsonl"],
        cwd=tmp_path, env=when.environment(state),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "the run goes on" in err
    assert "Traceback" not in err
    assert trace(tmp_path) == ["one", "last"]


def test_letters_that_the_terminal_does_not_have_do_not_end_a_run(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, "id: one, title: 日本 →, run: touch done, changes: false")
    ran = when.cockpit("run", checklist, "--headless", state=state, PYTHONIOENCODING="latin-1")
    assert ran.code == 0
    assert "\\u65e5\\u672c" in ran.out
    assert (tmp_path / "done").exists()
    for command in ([], ["run", checklist, "--dry-run"], ["runs"], ["doctor", checklist]):
        assert when.cockpit(*command, state=state, PYTHONIOENCODING="latin-1").code in (0, 1, 2)


def test_what_programs_read_is_utf_8_whatever_the_terminal_speaks(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, "id: one, title: 日本 é, run: 'true', changes: false")
    ran = when.cockpit(
        "run", checklist, "--headless", "--jsonl", "--lead", "Zoë", state=state, PYTHONIOENCODING="ascii"
    )
    assert ran.events[0]["lead"] == "Zoë"
    for command, word in (
        (["runs", "--json"], "Zoë"),
        (["report", "--format", "json"], "日本 é"),
        (["report", "--format", "html"], "日本 é"),
        (["check", checklist, "--json"], '"steps": 1'),
        (["schema"], "→"),
    ):
        told = when.cockpit(*command, state=state, PYTHONIOENCODING="latin-1")
        assert word in told.out


def test_a_full_disk_under_standard_output_does_not_end_the_run(state: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        said = subprocess.run(
            [when.PROGRAM, "run", str(given.a_checklist(tmp_path, ONE, LAST)), "--headless"],
            cwd=tmp_path, env=when.environment(state), stdout=full, stderr=subprocess.PIPE, text=True,
            timeout=30,
        )  # fmt: skip
    assert said.returncode == 0
    assert said.stderr.count("\n") == 1, said.stderr
    assert trace(tmp_path) == ["one", "last"]


def test_values_of_placeholders_come_from_var_and_never_reach_a_shell_unasked(
    state: Path, tmp_path: Path
) -> None:
    checklist = given.a_checklist(tmp_path, "id: one, title: One, run: echo <release-name> >> trace")
    without = when.cockpit("run", checklist, "--headless", state=state)
    assert without.code == 1
    assert "one waits for a value" in without.out
    ran = when.cockpit("run", checklist, "--headless", "--var", "release-name=a;touch${IFS}b", state=state)
    assert ran.code == 0
    assert trace(tmp_path) == ["a;touch${IFS}b"]


def test_a_secret_is_nowhere_but_in_its_steps_environment(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(
        tmp_path,
        "id: one, title: One, run: 'echo \"it is $TOKEN\"; echo had >> trace', secrets: [TOKEN]",
        "id: two, title: Two, run: 'test -z \"$(printenv TOKEN)\" && echo hidden >> trace'",
        rest="secrets: [TOKEN]\n",
    )
    secret = "correct-horse-battery"
    ran = when.cockpit("run", checklist, "--headless", "--jsonl", state=state, TOKEN=secret)
    assert ran.code == 0, ran
    assert trace(tmp_path) == ["had", "hidden"]
    assert secret not in ran.out + ran.err
    kept = [path for path in state.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert kept == []


def test_the_journal_is_on_disk_before_a_step_begins(state: Path, tmp_path: Path) -> None:
    """A step that looks at its own run finds itself begun there."""
    look = (
        "import glob, sqlite3; db = sqlite3.connect(glob.glob('state/runs/*/journal.db')[0]);"
        " print(db.execute('select body from events order by seq desc').fetchone()[0].decode())"
    )
    (tmp_path / "look.py").write_text(look)
    began = time.time()
    checklist = given.a_checklist(tmp_path, "id: looks, title: Looks, run: python3 look.py > seen")
    assert when.cockpit("run", checklist, "--headless", state=state).code == 0
    event = json.loads((tmp_path / "seen").read_text())
    assert (event["type"], event["step"]) == ("step_started", "looks")
    assert time.time() >= began
