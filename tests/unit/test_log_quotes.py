"""Of a log those lines are quoted that say why it ended, in a form in which they do no harm."""

import pytest
from alfred_tui.domain.logs.quotes import LONGEST, quoted, telling
from alfred_tui.domain.logs.rule import USUAL_ERROR, LogRule

RULE = LogRule(USUAL_ERROR)


def told(*lines: str) -> tuple[str, ...]:
    return telling("\n".join(lines) + "\n", RULE)


def test_the_last_lines_that_look_like_errors_are_told() -> None:
    assert told("starting", "ERROR no table", "retry", "ERROR exiting") == ("ERROR no table", "ERROR exiting")
    assert told(*(f"ERROR {n}" for n in range(9))) == ("ERROR 6", "ERROR 7", "ERROR 8")


def test_without_an_error_the_last_lines_that_are_not_empty_are_told() -> None:
    assert told("one", "two", "", "three", "four", "  ", "") == ("two", "three", "four")


def test_the_last_line_names_the_exception_under_a_tracebacks_head() -> None:
    trace = (
        "INFO starting",
        "Traceback (most recent call last):",
        '  File "a.py", line 1',
        "KeyError: 'TAX'",
    )
    assert told(*trace) == ("Traceback (most recent call last):", "KeyError: 'TAX'")


@pytest.mark.parametrize(
    "stamp", ["2026-11-23T11:47:56Z", "2026-11-23 11:47:56,123", "[2026-11-23T11:47:56.1+01:00]"]
)
def test_the_time_at_a_lines_begin_is_left_out(stamp: str) -> None:
    assert told(f"{stamp} ERROR at 2026-11-23T11:47:00Z") == ("ERROR at 2026-11-23T11:47:00Z",)


def test_a_log_without_text_tells_nothing() -> None:
    assert telling("", RULE) == telling("\n \n\t\n", RULE) == ()


def test_the_rule_is_the_checklists() -> None:
    assert telling("BOOM here\nfine\nbye", LogRule("BOOM")) == ("BOOM here", "bye")


def test_colours_neither_show_nor_hide_an_error() -> None:
    assert told("\x1b[31mERROR\x1b[0m no table", "bye", "bye", "bye")[0] == "ERROR no table"


@pytest.mark.parametrize("hostile", ["\x1b]0;gone\x07", "\x1b[2J", "\r", "\u202e", "\x9b2J", "\x00"])
def test_a_quoted_line_has_no_effect_on_a_screen(hostile: str) -> None:
    (line,) = told(f"ERROR {hostile}no table")
    assert line.isprintable()
    assert line.startswith("ERROR ")


def test_what_looks_like_a_credential_is_cut() -> None:
    assert quoted("login failed password=hunter2 at db") == "login failed password=… at db"
    assert "hunter2" not in quoted("ERROR postgres://app:hunter2@db/tax")


def test_a_quoted_line_is_short() -> None:
    assert len(quoted("x" * 5000)) == LONGEST
