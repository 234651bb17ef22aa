"""What `make crash` shows at length: no kill makes a command run twice or the record lose an event."""

from pathlib import Path

import pytest

from tests.crash.__main__ import kill_many

RUNS = 25


@pytest.mark.crash
def test_no_kill_runs_a_command_twice_or_loses_an_event(tmp_path: Path) -> None:
    reports = kill_many(tmp_path, range(1000, 1000 + RUNS), show=False)
    assert len(reports) == RUNS
    assert [report.line for report in reports if report.wrong] == []
    # A killed supervisor or command cannot go unnoticed; at least one moment must have hit one of each.
    assert {"supervisor", "command"} <= {report.victim for report in reports if report.told}
