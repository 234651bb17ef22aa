"""A run of many steps leaves nothing open behind it."""

from pathlib import Path

from tests.stories import given, when

COUNT = "ls /proc/$(awk '{print $4}' /proc/$PPID/stat)/fd | wc -l"
"""The descriptors of the cockpit, counted by a step: its parent is the supervisor, whose parent is meant."""
STEPS = 300


def test_three_hundred_steps_leave_no_descriptor_open(state: Path, tmp_path: Path) -> None:
    steps = (f"id: step-{n}, title: Step {n}, run: 'true'" for n in range(STEPS))
    checklist = given.a_checklist(
        tmp_path,
        f"id: before, title: Before, run: \"{COUNT}\", capture: {{open: '(\\d+)'}}",
        *steps,
        f"id: after, title: After, run: \"{COUNT}\", capture: {{open: '(\\d+)'}}",
    )
    done = when.cockpit("run", checklist, "--headless", "--jsonl", state=state, timeout=240)
    assert done.code == 0, done
    counted = {
        one["step"]: int(one["outcome"]["outputs"]["open"])
        for one in done.events
        if one["type"] == "step_finished" and one["step"] in ("before", "after")
    }
    assert counted["after"] <= counted["before"] + 2, counted
