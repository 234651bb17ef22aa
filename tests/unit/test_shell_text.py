"""A value that is put into a command reaches the program exactly as it is, wherever it stands."""

# ruff: noqa: E501 - tables of sentences, each as it is told

import shutil
import subprocess
from itertools import product

import pytest
from alfred_tui.documents.templates import parts_of
from alfred_tui.domain.document.shell_text import ShellText

VALUES = (
    "plain",
    "two words",
    "it's",
    'a "b"',
    "$HOME `x` $(y)",
    "back\\slash",
    "*",
    "-n",
    "a\nb",
    "",
    "!x",
    "#y",
    "~",
)

WHERE = {
    "a word": "show {}",
    "part of a word": "show a{}b",
    "double quotes": 'show "{}"',
    "within double quotes": 'show "a {} b"',
    "single quotes": "show 'a {}'",
    "ANSI quotes": "show $'a\\t{}'",
    "a substitution": "show $(show {})",
    "a substitution within quotes": 'show "$(show "{}")"',
    "after a comment": "# it's\nshow {}",
    "after an escaped quote": "show \\' {}",
    "after a parenthesis": "(show {}); show x",
    "an assignment": 'x={}; show "$x"',
    "after a parameter": 'show "$${HOME:+y}" {}',
}


def filled(template: str, *words: str) -> str:
    """The command with the words at `${v}`; `{}` is written for it in a template."""
    text = ShellText()
    for part in parts_of(template.replace("{}", "${v}")):
        if part.kind == "literal":
            text.literal(part.text)
        else:
            assert text.value(words) == ""
    return str(text)


def refusal(template: str, value: str) -> str:
    text = ShellText()
    said = ""
    for part in parts_of(template):
        if part.kind == "literal":
            text.literal(part.text)
        else:
            said = said or text.value([value])
    return said


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_reads_every_value_exactly_everywhere() -> None:
    """One bash for all: each case runs with the value filled in and with the value from a variable."""
    script = ["show() { printf '[%s]' \"$@\"; printf '\\n'; }", "set +H"]
    expected = []
    for (where, template), value in product(WHERE.items(), VALUES):
        script.append(f"({filled(template, value)}\n) ; printf '=\\0'")
        expected.append((where, value))
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)], capture_output=True, text=True, check=True, env={"HOME": "/h"}
    )
    shown = done.stdout.split("=\0")[:-1]
    assert len(shown) == len(expected)
    for (where, value), got in zip(expected, shown, strict=True):
        assert _inner(where, value) in got, (where, value, got)


def _inner(where: str, value: str) -> str:
    if where == "part of a word":
        return f"[a{value}b]"
    if where == "within double quotes":
        return f"[a {value} b]"
    if where == "single quotes":
        return f"[a {value}]"
    if where == "ANSI quotes":
        return f"[a\t{value}]"
    if where == "a substitution":
        return value.split()[0] if value.split() else ""
    if where == "a substitution within quotes":
        return f"[[{value}]]"
    return f"[{value}]"


def test_a_list_becomes_words() -> None:
    assert filled("run {}", "a", "b c") == "run a 'b c'"


def test_a_list_within_quotes_is_one_text() -> None:
    assert filled('run "{}"', "a", "b c") == 'run "a b c"'


def test_an_empty_list_is_no_word_at_all() -> None:
    assert filled("run {}") == "run "


def test_a_comment_cannot_be_left_by_a_value() -> None:
    assert filled("make # {}", "x\nrm -rf /") == "make # x rm -rf /"


@pytest.mark.parametrize(
    ("template", "value", "said"),
    [
        ("cat <<EOF\n${v}\nEOF\n", "a\nEOF\nrm x", "it stands in a here-document and its value has several lines"),
        ("x=`echo ${v}`", "$y", "it stands between backticks, which read \\, $ and ` in its value once more; use $(…) instead"),
        ("echo \\${v}", "x", "a \\ stands right before it"),
    ],
)  # fmt: skip
def test_what_cannot_be_quoted_is_refused_with_the_reason(template: str, value: str, said: str) -> None:
    assert refusal(template, value) == said


def test_a_here_document_expands_nothing_of_a_value() -> None:
    assert filled("cat <<EOF\n{}\nEOF\necho {}", "$x") == "cat <<EOF\n\\$x\nEOF\necho '$x'"


def test_a_quoted_here_document_takes_a_value_as_it_is() -> None:
    assert filled("cat <<'EOF'\n{}\nEOF\necho {}", "$x") == "cat <<'EOF'\n$x\nEOF\necho '$x'"


def test_quotes_in_a_here_document_open_nothing() -> None:
    assert filled("cat <<EOF\nit's\nEOF\necho {}", "a b") == "cat <<EOF\nit's\nEOF\necho 'a b'"


def test_quotes_in_a_comment_open_nothing() -> None:
    assert filled("make # don't\necho {}", "a b") == "make # don't\necho 'a b'"


def test_a_hash_within_a_word_opens_no_comment() -> None:
    assert filled("echo a#b {}", "c d") == "echo a#b 'c d'"


def test_a_plain_value_in_backticks_is_fine() -> None:
    assert filled("x=`echo {}` {}", "a b") == "x=`echo 'a b'` 'a b'"
