"""Steps that would never be due are found before the window, and named in a chain."""

import pytest

from tests.unit.documents.given import errors, loaded, steps

TWO_SECTIONS = """\
title: T
phases:
  - id: p
    title: P
    sections:
      - id: s1
        title: S
        steps:
          - {id: a, title: A, attest: FIRST}
      - id: s2
        title: S
        steps:
          - {id: b, title: B, attest: SECOND}
"""


def test_what_is_needed_must_exist() -> None:
    assert errors(
        steps("- {id: deploy, title: A, attest: }\n- {id: b, title: B, attest: , needs: [deplyo]}")
    ) == ['10:49: needs names "deplyo", which is no step of this checklist, did you mean "deploy"?']


def test_a_step_that_needs_itself() -> None:
    assert errors(steps("- {id: a, title: A, attest: , needs: [a]}")) == [
        "9:48: steps wait for each other: a → a"
    ]


def test_a_cycle_is_told_once_as_a_chain() -> None:
    text = steps(
        """\
        - {id: a, title: A, attest: , needs: [c]}
        - {id: b, title: B, attest: , needs: [a]}
        - {id: c, title: C, attest: , needs: [b]}
        """
    )
    assert errors(text) == ["9:48: steps wait for each other: a → c → b → a"]


def test_two_cycles_are_both_told() -> None:
    text = steps(
        """\
        - {id: a, title: A, attest: , needs: [b]}
        - {id: b, title: B, attest: , needs: [a]}
        - {id: c, title: C, attest: , needs: [d]}
        - {id: d, title: D, attest: , needs: [c]}
        """
    )
    assert errors(text) == [
        "9:48: steps wait for each other: a → b → a",
        "11:48: steps wait for each other: c → d → c",
    ]


def test_needing_what_comes_later_and_waits_by_its_order() -> None:
    text = steps("- {id: a, title: A, attest: , needs: [b]}\n- {id: b, title: B, attest: }")
    assert errors(text) == [
        '9:48: steps wait for each other: a → b → a; "b" names no needs and so waits for all before it; '
        "move it up, or give it needs"
    ]


def test_needing_what_comes_later_is_fine_when_that_does_not_wait() -> None:
    text = steps(
        """\
        - {id: first, title: A, attest: }
        - {id: a, title: A, attest: , needs: [b]}
        - {id: b, title: B, attest: , needs: [first]}
        """
    )
    assert loaded(text).warnings == ()


def test_side_by_side_nothing_waits_by_order() -> None:
    text = steps("- {id: a, title: A, attest: , needs: [b]}\n- {id: b, title: B, attest: }")
    assert loaded(text.replace("steps:\n", "parallel: true\n        steps:\n", 1)).warnings == ()


def test_what_comes_in_a_later_section_is_never_there() -> None:
    text = TWO_SECTIONS.replace("FIRST", ", needs: [b]").replace("SECOND", "")
    assert errors(text) == [
        '9:48: needs names "b", which comes in a later section: neither would ever be due; move one of them'
    ]


def test_what_comes_in_an_earlier_section_is() -> None:
    text = TWO_SECTIONS.replace("FIRST", "").replace("SECOND", ", needs: [a]")
    assert loaded(text).warnings == ()


def test_a_branch_on_a_later_step_would_wait_for_ever() -> None:
    text = steps("- {id: a, title: A, attest: , when: {passed: [b]}}\n- {id: b, title: B, attest: }")
    assert errors(text)[0].startswith("9:47: steps wait for each other: a → b → a")


def test_a_branch_on_nothing() -> None:
    assert errors(steps("- {id: a, title: A, attest: , when: {}}")) == [
        "9:47: when names no step; add passed: or failed:"
    ]


def test_a_procedure_is_a_run_of_its_own() -> None:
    text = steps("- {id: a, title: A, attest: }\n") + (
        "rollback: {procedures: [{id: db, title: D, steps: [{id: r, title: R, attest: , needs: [a]}]}]}\n"
    )
    assert errors(text) == [
        '10:87: needs names "a", which is not in the same run of steps; a procedure is a run of its own'
    ]


def test_a_very_long_section_is_checked_in_reasonable_time() -> None:
    lines = [f"- {{id: s{n}, title: A, attest: }}" for n in range(3000)]
    assert len(loaded(steps("\n".join(lines))).lines) == 3000


@pytest.mark.parametrize("key", ["passed", "failed"])
def test_a_branch_on_an_unknown_step(key: str) -> None:
    text = steps(
        f"- {{id: first, title: A, attest: }}\n- {{id: b, title: B, attest: , when: {{{key}: [frist]}}}}"
    )
    assert errors(text) == [
        f'10:57: {key} names "frist", which is no step of this checklist, did you mean "first"?'
    ]
