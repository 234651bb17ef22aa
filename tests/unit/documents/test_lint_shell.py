"""A script is read into pipelines of commands, with what joins them and where each stands."""

import pytest
from alfred_tui.documents.lint.shell import Command, parse
from hypothesis import given
from hypothesis import strategies as st


def shown(script: str) -> list[tuple[str, ...]]:
    return [
        tuple(word.value for word in one.words) for pipeline in parse(script) for one in pipeline.commands
    ]


def joints(script: str) -> list[str]:
    return [pipeline.joint for pipeline in parse(script)]


def only(script: str) -> Command:
    (pipeline,) = parse(script)
    (command,) = pipeline.commands
    return command


def test_commands_and_what_joins_them() -> None:
    assert shown("a 1 && b || c; d & e") == [("a", "1"), ("b",), ("c",), ("d",), ("e",)]
    assert joints("a 1 && b || c; d & e") == ["&&", "||", ";", "&", ""]


def test_a_pipeline_ends_with_its_last_command() -> None:
    (pipeline,) = parse("a | b x |\n c")
    assert [one.name for one in pipeline.commands] == ["a", "b", "c"]
    assert pipeline.last.name == "c"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("a 'b c' \"d e\" f\\ g", ("a", "b c", "d e", "f g")),
        ("a \\\n  b", ("a", "b")),
        ("a b # c", ("a", "b")),
        ("a b#c", ("a", "b#c")),
        ("grep \"Running\\|Completed\"", ("grep", "Running\\|Completed")),
        ("X=1 Y=2 a b", ("a", "b")),
        ("sudo -n a b", ("a", "b")),
        ("timeout 5 a b", ("a", "b")),
        ("a 2>&1 >/dev/null b", ("a", "b")),
        ("a <<EOF\nb | c\nEOF\n", ("a",)),
        ("a https://<service-url>/x", ("a", "https://<service-url>/x")),
    ],
)  # fmt: skip
def test_words_are_read_as_a_shell_would(script: str, words: tuple[str, ...]) -> None:
    assert shown(script) == [words]


def test_loops_and_branches_are_looked_through() -> None:
    script = "for s in a b; do\n  x $s | y\ndone\nif ! z; then w; fi\n"
    assert shown(script) == [("x", "$s"), ("y",), ("z",), ("w",)]


def test_a_question_is_no_result() -> None:
    first, then = parse("if grep x f; then y; fi")
    assert first.last.condition
    assert not then.last.condition


def test_substitutions_are_read_too() -> None:
    found = parse('a "$(b | c)" `d`')
    assert [(one.last.name, one.nested) for one in found] == [("a", False), ("c", True), ("d", True)]


def test_redirects_are_told_apart_from_words() -> None:
    command = only("echo x > /health/live 2>>err <in")
    assert command.args == ("x",)
    assert [(one.operator, one.target) for one in command.redirects] == [
        (">", "/health/live"),
        (">>", "err"),
        ("<", "in"),
    ]


def test_flags_in_all_their_forms() -> None:
    command = only("kubectl logs -lapp=x --tail=5 -sf --container c")
    assert command.has("--tail")
    assert command.has("-l")
    assert command.has("-f")
    assert not command.has("-x", "--since")
    assert command.option("--tail") == "5"
    assert command.option("-l") == "app=x"
    assert command.option("--container") == "c"


def test_the_verbs_of_kubectl_without_its_flags() -> None:
    assert only("kubectl -n prod --context=x rollout undo deployment/api").verbs() == ("rollout", "undo")


@given(st.text(alphabet="ab '\"\\$()`|&;<>#\n{}=!-", max_size=60))
def test_any_text_is_read_and_each_command_stands_where_it_says(script: str) -> None:
    for pipeline in parse(script):
        for command in pipeline.commands:
            if not pipeline.nested:
                assert script[command.start : command.start + len(command.text)] == command.text
