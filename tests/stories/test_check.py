"""`check`: every error at once with its place, the traps, and what a good checklist counts."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.stories import given, when

WRONG = """\
version: 1
title: Wrong in many ways
vars: {name: x}
phases:
  - id: only
    title: Only
    sections:
      - id: steps
        title: Steps
        steps:
          - id: first
            title: The first
            run: echo ${nmae}
            tiemout: 5m
          - id: first
            title: The same again
            run: echo
            attest: too
          - id: third
            title: The third
            run: echo
            timeout: 5 minutes
            needs: [nobody]
          - id: fourth
            title: The fourth
            run: echo
            needs: [fifth]
          - id: fifth
            title: The fifth
            run: echo
            needs: [fourth]
"""

PROBLEMS = {
    (13, "nmae"): 'did you mean "name"?',
    (14, "tiemout"): 'did you mean "timeout"?',
    (15, "first"): "11",
    (18, "attest"): "run",
    (22, "5 minutes"): "5m",
    (23, "nobody"): "no step",
}
"""Line and word of what is wrong, and what is said of it."""


def test_the_shipped_checklist_is_the_documents_120_items_in_22_sections(state: Path) -> None:
    ran = when.cockpit("check", "--json", state=state)
    assert ran.code == 0
    told = json.loads(ran.out)
    assert (told["steps"], told["sections"], told["triggers"], told["procedures"]) == (120, 22, 6, 3)
    assert sum(told["steps_by_action"].values()) == 120
    assert told["title"] == "Production Deployment Checklist"
    assert not state.exists()


def test_every_error_is_told_at_once_with_its_place_and_a_suggestion(state: Path, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG)
    ran = when.cockpit("check", path, state=state)
    assert ran.code == 2
    lines = ran.err.splitlines()
    assert all(line.startswith(f"{path}:") for line in lines)
    for (line, word), said in PROBLEMS.items():
        found = [one for one in lines if one.startswith(f"{path}:{line}:") and word in one]
        assert found, (line, word, lines)
        assert any(said in one for one in found), found
    assert any("cycle" in one or "wait for each other" in one for one in lines), lines
    place = [one.removeprefix(f"{path}:").split(":")[:2] for one in lines]
    assert all(line.isdigit() and column.isdigit() for line, column in place)
    written = WRONG.splitlines()
    line, column = map(int, place[next(i for i, one in enumerate(lines) if "tiemout" in one)])
    assert written[line - 1][column - 1 :].startswith("tiemout")


def test_a_trap_is_a_warning_and_no_error(state: Path, tmp_path: Path) -> None:
    path = given.a_checklist(
        tmp_path, "id: one, title: One, run: 'kubectl rollout status deployment/x | cat'"
    )
    ran = when.cockpit("check", path, state=state)
    assert ran.code == 0
    assert ": warning T" in ran.err
    assert "1 step," in ran.out


def test_good_ones_beside_bad_ones_are_told_and_the_exit_code_is_2(state: Path, tmp_path: Path) -> None:
    good = given.a_checklist(tmp_path, "id: one, title: One, attest: said", name="good.yaml")
    bad = tmp_path / "bad.yaml"
    bad.write_text("title: none\n")
    ran = when.cockpit("check", bad, good, state=state)
    assert ran.code == 2
    assert str(good) in ran.out
    assert f"{bad}:1:1:" in ran.err


def test_a_file_that_is_not_there_keeps_nothing_of_the_others_back(state: Path, tmp_path: Path) -> None:
    good = given.a_checklist(tmp_path, "id: one, title: One, attest: said", name="good.yaml")
    bad = tmp_path / "bad.yaml"
    bad.write_text("title: none\n")
    ran = when.cockpit("check", "prodution", tmp_path / "nowhere.yaml", bad, good, "--json", state=state)
    assert ran.code == 2
    assert [one["file"] for one in json.loads(ran.out)] == [str(good)]
    assert ran.err.splitlines() == [
        'prodution:1:1: There is no file and no shipped checklist "prodution". Did you mean "production"?',
        f"{tmp_path / 'nowhere.yaml'}:1:1: there is no such file",
        f'{bad}:1:1: the checklist needs "phases"',
    ]


def test_a_checklist_is_read_from_standard_input_too(state: Path, tmp_path: Path) -> None:
    good = given.a_checklist(tmp_path, "id: one, title: One, attest: said")
    for text, code, said in (
        (good.read_text(), 0, "-: A small release:"),
        ("title: T\n", 2, "-:1:1: the checklist"),
    ):
        ended = subprocess.run(
            [when.PROGRAM, "check", "-"],
            input=text, env=when.environment(state), capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert ended.returncode == code
        assert said in ended.stdout + ended.stderr


@pytest.mark.parametrize("variable", ["nothing=1", "services", "=x"])
def test_a_variable_that_is_none_is_a_sentence(variable: str, state: Path) -> None:
    ran = when.cockpit("check", "--var", variable, state=state)
    assert ran.code == 2
    assert f"--var {variable.partition('=')[0]}" in ran.err


def test_the_schema_ships_and_is_told(state: Path) -> None:
    ran = when.cockpit("schema", state=state)
    assert ran.code == 0
    schema = json.loads(ran.out)
    assert "json-schema.org" in schema["$schema"]
    assert "phases" in schema["properties"]
