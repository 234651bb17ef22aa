"""What bad input gets: a sentence that says what to do, no traceback, and nothing half-written."""

import os
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from alfred_tui.demo.process import DemoEndpoints

from tests.stories import given, when

SAID = "id: said, title: It was said, attest: say it"
PODS = "id: pods, title: The pods are well, pods: [alfred-bot]"


def bomb() -> bytes:
    """Ten to the ninth texts in nine lines."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    return "\n".join(lines).encode()


DOCUMENTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty"),
    "blank": (b"\n\n# nothing\n", "the file is empty"),
    "huge": (b"title: x\n" + b"# filler\n" * 600_000, "larger than 5 MB"),
    "latin": ("title: café\n".encode("latin-1"), "not UTF-8"),
    "utf-16": ("title: x\n".encode("utf-16"), "UTF-16"),
    "list": (b"- one\n- two\n", "not a mapping"),
    "words": (b"hello there\n", "not a mapping"),
    "bomb": (bomb(), "aliases"),
    "deep": (b"[" * 50_000, "deeper"),
    "zero": (b"title: a\0b\n", "control character"),
    "broken": (b"title: [a\n", ":2:1:"),
    "twice": (b"title: a\ntitle: b\n", "title"),
    "two": (b"title: a\n---\ntitle: b\n", "one document"),
}


@pytest.fixture
def documents(tmp_path: Path) -> dict[str, Path]:
    """A file of each kind."""
    for name, (data, _) in DOCUMENTS.items():
        (tmp_path / f"{name}.yaml").write_bytes(data)
    return {name: tmp_path / f"{name}.yaml" for name in DOCUMENTS}


def test_checklists_that_are_none_are_each_told_where_and_why(
    documents: dict[str, Path], state: Path
) -> None:
    ran = when.cockpit("check", *documents.values(), state=state, timeout=20)
    assert ran.code == 2
    for name, (_, said) in DOCUMENTS.items():
        lines = [line for line in ran.err.splitlines() if line.startswith(f"{documents[name]}:")]
        assert len(lines) >= 1, (name, ran)
        assert said in "".join(lines), (name, lines)
    assert max(map(len, ran.err.splitlines())) < 400
    assert not state.exists()


@pytest.mark.parametrize("name", ["empty", "bomb", "latin"])
def test_no_run_begins_with_a_checklist_that_is_none(
    name: str, documents: dict[str, Path], state: Path
) -> None:
    for command in (["run", "--headless"], ["run", "--dry-run"]):
        ran = when.cockpit(*command, documents[name], state=state, timeout=20)
        assert ran.code == 2, ran
        assert DOCUMENTS[name][1] in ran.err
    assert not state.exists()


@pytest.mark.parametrize("name", ["empty", "bomb", "deep"])
def test_no_run_begins_with_attestations_that_are_none(
    name: str, documents: dict[str, Path], state: Path, tmp_path: Path
) -> None:
    checklist = given.a_checklist(tmp_path, SAID)
    ran = when.cockpit(
        "run", checklist, "--headless", "--attestations", documents[name], state=state, timeout=20
    )
    assert ran.code == 2, ran
    assert DOCUMENTS[name][1] in ran.err
    assert not state.exists()


def test_an_attestation_for_a_run_that_goes_on_names_its_steps(state: Path, tmp_path: Path) -> None:
    path = tmp_path / "signed.yaml"
    path.write_text("siad: {by: Ann}")
    ran = when.cockpit("run", given.a_checklist(tmp_path, SAID), "--headless", "--jsonl", state=state)
    again = when.cockpit("run", "--headless", "--resume", ran.run, "--attestations", path, state=state)
    assert again.code == 2
    assert f'{path}:1:1: there is no step "siad" in the checklist, did you mean "said"?' in again.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty; write step-id: {by: Ann}"),
        ("siad: {by: Ann}", 'did you mean "said"?'),
        ("said: {by: Ann, nota: x}", 'did you mean "note"?'),
        ("said: {note: x}", "by"),
        ("said: {by: Ann, link: wiki/page}", "no link"),
        ("said: Ann", "mapping"),
        ('said: {by: ""}', "empty"),
        ("said: []", "nobody"),
    ],
)
def test_an_attestation_that_would_not_count(text: str, said: str, state: Path, tmp_path: Path) -> None:
    path = tmp_path / "signed.yaml"
    path.write_text(text)
    checklist = given.a_checklist(tmp_path, SAID)
    ran = when.cockpit("run", checklist, "--headless", "--attestations", path, state=state)
    assert ran.code == 2, ran
    assert f"{path}:1:" in ran.err
    assert said in ran.err
    assert not state.exists()


NAMES: dict[str, tuple[list[str], int, str]] = {
    "a checklist": (["run", "--headless", "nowhere.yaml"], 2, "no shipped checklist"),
    "another cluster for the demo": (["demo", "--headless", "--context", "prod"], 2, "has its own cluster"),
    "a folder as checklist": (["run", "--headless", "."], 2, "."),
    "a run": (["run", "--headless", "--resume", "nowhere"], 2, "is no run in"),
    "a run to report": (["report", "nowhere"], 2, "is no run in"),
    "a run to verify": (["verify", "nowhere"], 2, "is no run in"),
    "a run to watch": (["watch", "nowhere"], 2, "is no run in"),
    "any run to report": (["report"], 2, "There are no runs"),
    "any run to watch": (["watch"], 2, "There are no runs"),
    "a step": (["run", "--headless", "--from", "nowhere"], 2, "there is no step"),
    "a section": (["run", "--headless", "--only", "nowhere"], 2, "there is no phase, section or step"),
    "a scenario": (["demo", "--headless", "--scenario", "nowhere"], 2, "canary-errors"),
    "a speed": (["demo", "--headless", "--speed", "0"], 2, "--speed"),
    "an option": (["run", "--nowhere"], 2, "--nowhere"),
    "a format": (["report", "--format", "pdf"], 2, "md"),
    "metrics": (["judge", "nowhere.json"], 2, "No such file"),
    "attestations": (["run", "--headless", "--attestations", "nowhere"], 2, "no such file"),
    "attestations for a screen": (["run", "--attestations", "nowhere"], 2, "runs without a screen"),
    "a step nearly": (["run", "--headless", "--from", "unit-test"], 2, 'Did you mean "unit-tests"?'),
    "a section nearly": (["run", "--headless", "--only", "deploymen"], 2, 'Did you mean "deployment"?'),
    "a run by an empty word": (["run", "--headless", "--resume", ""], 2, "--resume is empty"),
    "a part by an empty word": (["run", "--headless", "--only="], 2, "--only is empty"),
    "a beginning by an empty word": (["run", "--headless", "--from", " "], 2, "--from is empty"),
    "a context by an empty word": (["run", "--headless", "--context", ""], 2, "--context is empty"),
    "a kubeconfig by an empty word": (["watch", "--kubeconfig", ""], 2, "--kubeconfig is empty"),
    "a state folder by an empty word": (["runs", "--state-dir", ""], 2, "--state-dir is empty"),
    "a scenario by an empty word": (["demo", "--headless", "--scenario", ""], 2, "--scenario is empty"),
    "a checklist by an empty word": (["check", ""], 2, "name of the file is empty"),
    "a kubeconfig": (["run", "--headless", "--kubeconfig", "nowhere"], 2, "no kubeconfig at"),
    "a path as run": (["report", "/etc"], 2, "is no run in"),
    "a pattern as run": (["verify", "*"], 2, "is no run in"),
    "an empty run": (["verify", ""], 2, "is no run in"),
    "a folder to run in": (["run", "--headless", "--workdir", "nowhere"], 2, "no folder nowhere to run in"),
    "runs in a file": (["runs", "--state-dir", __file__], 2, "is no folder"),
    "a misspelt command": (["rnu"], 2, "Did you mean run or runs?"),
    "a word near nothing": (["zebra", "--headless"], 2, "no shipped checklist"),
}


@pytest.mark.parametrize("what", NAMES)
def test_what_is_named_and_is_not_there(what: str, state: Path) -> None:
    arguments, code, said = NAMES[what]
    ran = when.cockpit(*arguments, state=state)
    assert ran.code == code, ran
    assert said in ran.err
    assert not state.exists()


def a_file(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file"


def below_a_file(folder: Path) -> Path:
    return a_file(folder) / "state"


def nowhere(folder: Path) -> Path:
    return Path("/proc/alfred")


@pytest.mark.parametrize("place", [a_file, below_a_file, nowhere], ids=lambda one: one.__name__)
def test_a_state_folder_that_cannot_be_written(
    place: Callable[[Path], Path], state: Path, tmp_path: Path
) -> None:
    checklist = given.a_checklist(tmp_path, "id: one, title: One, run: touch done")
    ran = when.cockpit("run", checklist, "--headless", "--state-dir", place(tmp_path), state=state)
    assert ran.code == 1
    assert "could not be made" in ran.err
    assert "--state-dir" in ran.err
    assert not (tmp_path / "done").exists()


def test_names_that_are_not_utf_8_are_no_end_of_a_run(state: Path, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    checklist = given.a_checklist(odd, "id: one, title: One, run: touch done")
    ran = when.cockpit(
        "run", checklist, "--headless", "--jsonl", "--lead", os.fsdecode(b"Ren\xe9"), state=state, cwd=odd
    )
    assert ran.code == 0
    assert (odd / "done").exists()
    assert ran.events[0]["lead"] == "Ren\N{REPLACEMENT CHARACTER}"
    assert when.cockpit("check", checklist, "--json", state=state).code == 0
    refused = when.cockpit("run", checklist, "--headless", "--var", os.fsdecode(b"who=\xe9"), state=state)
    assert refused.code == 2
    assert "--var who is not UTF-8" in refused.err


def test_a_folder_that_was_removed_under_the_shell_is_told(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, "id: one, title: One, run: 'true'")
    gone = tmp_path / "gone"
    gone.mkdir()
    ended = subprocess.run(
        ["sh", "-c", 'rmdir "$PWD"; exec "$0" run --headless "$1"', when.PROGRAM, checklist],
        cwd=gone, env=when.environment(state), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "The current folder is not there any more" in ended.stderr
    assert not state.exists()


def test_a_screen_without_a_terminal(state: Path, tmp_path: Path) -> None:
    for arguments in (["run"], ["demo"], []):
        ran = when.cockpit(*arguments, state=state)
        assert ran.code == 2
        assert "draws on a terminal" in ran.err
        assert "--headless" in ran.err
    assert not state.exists()


def test_without_a_cluster_its_checks_ask_a_person_to_attest(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, PODS)
    ran = when.cockpit("run", checklist, "--headless", "--jsonl", state=state)
    assert ran.code == 1
    (ask,) = [one["ask"] for one in ran.events if one["type"] == "step_waiting"]
    assert ask["kind"] == "sign"
    assert "KUBECONFIG is not set" in ask["because"]

    (tmp_path / "kube").write_text("a: [")
    garbled = when.cockpit(
        "run", checklist, "--headless", "--jsonl", state=state, KUBECONFIG=str(tmp_path / "kube")
    )
    (ask,) = [one["ask"] for one in garbled.events if one["type"] == "step_waiting"]
    assert f"{tmp_path / 'kube'} is not valid YAML" in ask["because"]

    signed = given.attestations(tmp_path, pods="Ann")
    ran = when.cockpit("run", checklist, "--headless", "--attestations", signed, state=state)
    assert ran.code == 0


def test_a_cluster_that_cannot_be_reached_is_an_error_of_the_step(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, PODS)
    ran = when.cockpit(
        "run", checklist, "--headless", "--jsonl", "--kubeconfig", given.a_kubeconfig(tmp_path), state=state
    )
    assert ran.code == 1
    assert ran.statuses == {"pods": "error"}
    assert "127.0.0.1:9" in ran.events[-1]["reason"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "No current context"), ("a: [", "YAML"), ("- 1\n", "mapping"), ("\0", "YAML")],
)
def test_a_kubeconfig_that_is_none(text: str, said: str, state: Path, tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    ran = when.cockpit(
        "run", given.a_checklist(tmp_path, PODS), "--headless", "--kubeconfig", path, state=state
    )
    assert ran.code == 2
    assert said in ran.err, ran
    assert str(path) in ran.err
    assert not state.exists()


def test_a_context_that_is_not_there(state: Path, tmp_path: Path) -> None:
    checklist, config = given.a_checklist(tmp_path, PODS), given.a_kubeconfig(tmp_path)
    ran = when.cockpit(
        "run", checklist, "--headless", "--kubeconfig", config, "--context", "nowhere", state=state
    )
    assert ran.code == 2
    assert "The context nowhere is not in" in ran.err
    assert not state.exists()


def test_a_checklist_with_a_commands_name_nearly_is_run_when_it_is_there(state: Path, tmp_path: Path) -> None:
    (tmp_path / "rnu").write_text(given.a_checklist(tmp_path, "id: one, title: One, run: 'true'").read_text())
    assert when.cockpit("rnu", "--headless", state=state, cwd=tmp_path).code == 0


def test_no_run_begins_in_a_namespace_that_does_not_exist(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, PODS)
    with given.a_cluster(tmp_path) as world:
        for user in (world.kubeconfig, world.viewer_kubeconfig):
            ran = when.cockpit(
                "run", checklist, "--headless", "--kubeconfig", user, "--namespace", "nowhere", state=state
            )
            assert ran.code == 2, ran
            assert "There is no namespace nowhere in" in ran.err
            assert "--namespace" in ran.err
    assert not (state / "runs").exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense"])
def test_a_prometheus_that_does_not_answer_is_an_error_of_the_step(
    url: str, state: Path, tmp_path: Path
) -> None:
    checklist = given.a_checklist(tmp_path, "id: asked, title: Asked, query: {promql: up, above: 0}")
    ran = when.cockpit("run", checklist, "--headless", "--prometheus", url, state=state)
    assert ran.code in (1, 2), ran
    assert url.partition("://")[2] in ran.out + ran.err


def test_without_a_prometheus_its_steps_ask_a_person_to_attest(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, "id: asked, title: Asked, query: {promql: up, above: 0}")
    ran = when.cockpit("run", checklist, "--headless", "--jsonl", state=state)
    assert ran.code == 1
    (ask,) = [one["ask"] for one in ran.events if one["type"] == "step_waiting"]
    assert "Prometheus" in ask["because"]


def test_a_watchers_rights_let_it_read_and_say_what_it_may_not(state: Path, tmp_path: Path) -> None:
    with given.a_cluster(tmp_path) as world:
        checklist = given.a_checklist(
            tmp_path,
            PODS,
            "id: secret, title: The secret is written, secret_apply: {name: app, data: {key: TOKEN}}",
            rest="secrets: [TOKEN]\n",
        )
        ran = when.cockpit(
            "run", checklist, "--headless", "--jsonl", "--kubeconfig", world.viewer_kubeconfig,
            state=state, TOKEN="not-a-word-of-it",
        )  # fmt: skip
        names = given.kubectl(world, "get", "secrets", "-o", "name")
    assert ran.code == 1
    assert ran.statuses == {"pods": "passed", "secret": "error"}
    reason = ran.events[-1]["reason"]
    assert "may not" in reason or "forbidden" in reason
    assert "secrets" in reason
    assert "secret/app" not in names.split()


@pytest.mark.parametrize("kind", ["pods: [alfred-bot]", "run: 'kubectl get pods'"], ids=["check", "kubectl"])
def test_commands_use_the_pinned_cluster_whatever_the_shell_says(
    kind: str, state: Path, tmp_path: Path
) -> None:
    with given.a_cluster(tmp_path) as world:
        ran = pinned(world, given.a_checklist(tmp_path, f"id: one, title: One, {kind}"), state, tmp_path)
    assert ran.code == 0, ran


def pinned(world: DemoEndpoints, checklist: Path, state: Path, folder: Path) -> when.Ran:
    """A run on the cluster, in a shell whose KUBECONFIG names another."""
    return when.cockpit(
        "run", checklist, "--headless", "--kubeconfig", world.kubeconfig,
        state=state, KUBECONFIG=str(given.a_kubeconfig(folder)),
    )  # fmt: skip


def test_a_record_that_was_altered_is_found(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, "id: one, title: One, run: 'true'")
    ran = when.cockpit("run", checklist, "--headless", "--jsonl", state=state)
    whole = when.cockpit("verify", ran.run, state=state)
    assert whole.code == 0
    assert f"{len(ran.events)} events" in whole.out
    with sqlite3.connect(state / "runs" / ran.run / "journal.db") as journal:
        journal.execute("UPDATE events SET body = replace(body, 'passed', 'failed') WHERE seq = 3")
    altered = when.cockpit("verify", ran.run, state=state)
    assert altered.code == 1
    assert "from event 3 on" in altered.err


@pytest.mark.parametrize(
    "data", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 5000], ids=["empty", "words", "torn"]
)
def test_a_journal_that_is_none(data: bytes, state: Path) -> None:
    folder = state / "runs" / "20260101-0000-abcd"
    folder.mkdir(parents=True)
    (folder / "journal.db").write_bytes(data)
    for arguments in (["report"], ["verify", folder.name], ["run", "--headless", "--resume", folder.name]):
        ran = when.cockpit(*arguments, state=state)
        assert ran.code == 1, ran
        assert any(told in ran.err for told in ("cannot be read", "has no events", "holds nothing")), ran
    listed = when.cockpit("runs", state=state)
    assert listed.code == 0
    assert "can be read" in listed.out
    assert (folder / "journal.db").read_bytes() == data
