"""What the supervisor does when its command is killed before it could begin."""

import os
from pathlib import Path

import pytest
from alfred_tui.process import supervisor
from alfred_tui.process.spec import Order


def test_a_command_that_was_killed_at_its_gate_does_not_take_the_supervisor_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_answer", lambda message: None)
    order = Order()
    order.stdin = b""
    one = supervisor.Supervision(str(tmp_path), order)
    reading, one._gate = os.pipe()
    one._told, writing = os.pipe()
    one._input = os.open(os.devnull, os.O_RDONLY)
    os.close(reading)
    os.close(writing)
    one._begin()
    assert one._trouble == ""
    for descriptor in (one._gate, one._told):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)
