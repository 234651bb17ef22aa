"""What Terraform's refusals come to: its own error, who holds the lock, and what to do."""

import pytest
from alfred_tui.actions.terraform_words import advice, error_in

STALE = """\
terraform_data.queue: Refreshing state...

Error: Saved plan is stale

The given plan file can no longer be applied because the state was changed by
another operation after the plan was created.
"""
LOCKED = """\
Error: Error acquiring the state lock

Error message: resource temporarily unavailable
Lock Info:
  ID:        92022dba-0276-d61b-a193-62933477b2e1
  Path:      terraform.tfstate
  Operation: OperationTypeApply
  Who:       root@build-7
  Version:   1.11.4
  Created:   2026-11-30 20:57:32.891031507 +0000 UTC
  Info:


Terraform acquires a state lock to protect the state from being written
by multiple users at the same time. Please resolve the issue above and try
again. For most commands, you can disable locking with the "-lock=false"
flag, but this is not recommended.
"""
BOXED = "╷\n│ Error: Saved plan is stale\n│ \n│ The given plan file can no longer be applied.\n╵\n"


def test_a_stale_plan_is_planned_again_by_the_step_that_made_it() -> None:
    assert advice(STALE.splitlines(), "Plan") == (
        "The state was changed after it was planned, and nothing was applied: open “Plan” again with o,"
        " and look at it."
    )


def test_a_lock_is_told_with_who_holds_it_and_how_a_dead_one_is_broken() -> None:
    assert advice(LOCKED.splitlines()) == (
        "The state is locked, and nothing was changed: root@build-7 holds it for apply since"
        " 2026-11-30 20:57:32. Try again when it is free; if nobody works with it any more:"
        " terraform force-unlock 92022dba-0276-d61b-a193-62933477b2e1."
    )


@pytest.mark.parametrize("text", [STALE, BOXED])
def test_the_error_is_told_and_not_the_end_of_its_explanation(text: str) -> None:
    assert error_in(text.splitlines()) == "Error: Saved plan is stale"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "all is well",
        "step 1\nError: a file is missing, going on without\nstep 2\nmake: *** [all] Error 2",
    ],
)
def test_a_line_among_others_is_no_error_of_the_whole(text: str) -> None:
    assert error_in(text.splitlines()) == ""
    assert advice(text.splitlines()) == ""
