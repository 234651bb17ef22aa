"""A command's output is held to what its step expects; what is not kept of it is not known to be good."""

from pathlib import Path
from typing import cast

import pytest
from alfred_tui.actions.commands import Finished, judge
from alfred_tui.actions.context import StepContext
from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Expect, Step
from alfred_tui.domain.evidence import Outcome
from alfred_tui.process import Result, Spool
from alfred_tui.process.writing import STDOUT, SpoolWriter

CAP = 1000


class _Context:
    """As much of a step's context as its judgement looks at."""

    def __init__(self, expect: Expect) -> None:
        self.step = Step(id="a", title="A", action=Run(command="x"), expect=expect)


async def judged(folder: Path, output: str, expect: Expect) -> Outcome:
    folder.mkdir(exist_ok=True)
    writer = SpoolWriter(str(folder), CAP)
    for line in output.splitlines(keepends=True):
        writer.write(STDOUT, line.encode(), 10.0)
    writer.close()
    result = Result(status="exited", exit_code=0)
    return await judge(cast("StepContext", _Context(expect)), Finished(result, Spool(folder)))


LONG = "all is well\n" * 500


@pytest.mark.parametrize(
    "expect", [Expect(not_match="ERROR"), Expect(match="ERROR"), Expect(not_match="cap", match="ERROR")]
)
async def test_lines_that_are_not_kept_leave_it_open_whether_one_of_them_matched(
    tmp_path: Path, expect: Expect
) -> None:
    done = await judged(tmp_path, LONG, expect)
    assert done.status == "inconclusive"
    assert "bytes of its output are not kept" in done.reason


async def test_a_match_in_what_is_kept_is_an_answer(tmp_path: Path) -> None:
    done = await judged(tmp_path, LONG + "an ERROR at the end\n", Expect(not_match="ERROR"))
    assert (done.status, done.reason) == ("failed", "Its output has: an ERROR at the end.")
    done = await judged(tmp_path / "other", LONG, Expect(match="well", exit=(0,)))
    assert done.status == "passed"


async def test_blank_output_of_which_a_part_is_lost_may_have_said_something(tmp_path: Path) -> None:
    done = await judged(tmp_path, "\n" * 5000, Expect(no_output=True))
    assert done.status == "inconclusive"
    assert "not kept" in done.reason


async def test_words_after_blank_lines_are_output(tmp_path: Path) -> None:
    done = await judged(tmp_path, "\n\n\n\nthere is something\n", Expect(no_output=True))
    assert done.reason == "It printed something where nothing was expected: there is something."


async def test_a_state_of_a_progress_line_that_was_overwritten_counts(tmp_path: Path) -> None:
    done = await judged(tmp_path, "step 1: ERROR\rstep 2: fine\n", Expect(not_match="ERROR"))
    assert done.status == "failed"


async def test_what_is_whole_and_as_expected_passes(tmp_path: Path) -> None:
    done = await judged(tmp_path, "all is well\n", Expect(match="well$", not_match="ERROR"))
    assert done.status == "passed"
    assert [(one.label, one.value, one.ok) for one in done.evidence][1:] == [
        ("must match", "all is well", True),
        ("must not match", "no such line", True),
    ]
