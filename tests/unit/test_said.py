"""Sentences for a person on standard error."""

import pytest
from alfred_tui.headless.stderr import say


def test_escape_sequences_that_a_sentence_quotes_have_no_effect(capsys: pytest.CaptureFixture[str]) -> None:
    say("unknown key “\x1b[2Jgone”;\nsee the file")
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert "“gone”" in told
    assert told.endswith("see the file\n")
    assert told.count("\n") == 2
