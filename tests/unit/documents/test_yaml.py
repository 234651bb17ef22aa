"""YAML is read without its guesses, and what is not YAML is told in words, at its place."""

# ruff: noqa: E501 - tables of sentences, each as it is told

import pytest
import yaml
from alfred_tui.documents import Invalid
from alfred_tui.documents.nodes import ListNode, MapNode, Node, TextNode
from alfred_tui.documents.yaml import MAX_BYTES, read_file, read_nodes

from tests.unit.documents.given import NAME


def plain(node: Node) -> object:
    if isinstance(node, TextNode):
        return None if node.is_null else node.value
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {key.value: plain(value) for key, value in node}


def read(text: str | bytes) -> object:
    node, findings = read_nodes(text, NAME)
    findings.raise_errors()
    return plain(node)


def refused(text: str | bytes) -> str:
    with pytest.raises(Invalid) as caught:
        read(text)
    return caught.value.hint.replace(f"{NAME}:", "")


@pytest.mark.parametrize(
    "word", ["yes", "no", "on", "010", "1:30", "2024-01-01", "1_000", "0x1F", "1.10", ".inf", "=", "true"]
)
def test_a_scalar_stays_as_it_is_written(word: str) -> None:
    assert read(f"a: {word}") == {"a": word}


def test_the_key_on_is_not_true() -> None:
    assert read("on: db") == {"on": "db"}


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_nothing_written_is_nothing(nothing: str) -> None:
    assert read(f"a: {nothing}") == {"a": None}


def test_a_quoted_empty_text_is_a_text() -> None:
    assert read("a: ''\nb: '~'") == {"a": "", "b": "~"}


def test_aliases_are_followed() -> None:
    assert read("a: &x {k: v}\nb: *x") == {"a": {"k": "v"}, "b": {"k": "v"}}


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    assert read("﻿a: 1\r\nb: 2\r\n".encode()) == {"a": "1", "b": "2"}


BROKEN = [
    ("a: 1\nb: 2\na: 3", '3:1: the key "a" is there twice: in line 1 and here; remove one of them'),
    ("a:\n\tb: 1", "2:1: a tab is used for indentation; use spaces"),
    ("a: 1\n\t\nb: 2", "2:1: a tab is used for indentation; use spaces"),
    ("a: b: c", '1:5: a second ": " stands in this line; put the text in "quotes"'),
    (
        "a: 1\n b: 2",
        '2:3: this line is indented too far, or the line before it has no ":"; line the keys up',
    ),
    (
        "a:\n  - x\n b: 1",
        "3:2: this line is indented otherwise than those it belongs to; line the keys up",
    ),
    ("a: 'x", "1:4: the quote that opens here is never closed; close it"),
    ("a: [1, 2", "1:9: the [ of line 1 is not closed before this; add , or ]"),
    ("a:\n  {b: 1\nc: 2", "3:2: the { of line 2 is not closed before this; add , or }"),
    ("a: [${x}, y]", '1:6: "${…}" inside [ needs quotes: its { starts a mapping there; write "${name}"'),
    ("a: @x", '1:4: a text cannot start with @; put the text in "quotes"'),
    ("a: `x`", '1:4: a text cannot start with `; put the text in "quotes"'),
    ("a: %x", '1:4: a text cannot start with %; put the text in "quotes"'),
    ("- a\nb: 1", '2:1: a list goes on here without "- "; line the items up'),
    ("a: - b", "1:4: a list cannot start in the line of its key; start it in the next line"),
    ('a: "\\d"', "1:5: this \\ starts no escape that YAML knows; use 'single quotes', or write \\\\"),
    (
        "key: value\nfoo",
        '2:1: this line is neither "key: value" nor the rest of a text; add the ":" or indent it',
    ),
    (
        "a: *x",
        '1:4: the alias *x has no anchor &x before it; for a text that starts with *, put it in "quotes"',
    ),
    (
        "a: &x [*x]",
        "1:8: the alias *x stands inside what it repeats; it would never end; write the value out",
    ),
    ("a: !!str x", '1:4: the tag "!!str" is not read; write the value without it'),
    (
        "a: !!python/object:os.system x",
        '1:4: the tag "!!python/object:os.system" is not read; write the value without it',
    ),
    (
        "a: 1\n<<: {b: 1}",
        '2:1: merge keys ("<<") are not read; write the keys out, or use a * alias for a value',
    ),
    ("? [a]\n: b", '1:3: a key must be text; for a text that starts with [ or {, put it in "quotes"'),
    (
        "a: b\n---\nc: d",
        '2:1: a second document starts here; one file holds one document; remove the "---"',
    ),
    ("a: x\n...\nb: 1", '3:1: text stands after the end of the document; remove the "..." before it'),
    ("", '1:1: the file is empty; a checklist starts with "title:" and "phases:"'),
    ("# only a comment\n", '1:1: the file is empty; a checklist starts with "title:" and "phases:"'),
    ("[" * 100, "1:61: values are nested deeper than 60; no document needs that"),
    (b"\xff\xfea\x00", "1:1: the file is UTF-16; save it as UTF-8"),
    (b"a: b\nc: \xe9t\xe9", "2:4: the byte 0xE9 is not UTF-8; save the file as UTF-8"),
    (
        "a: b\nc: \x1b[31m",
        '2:4: the control character U+001B stands here; remove it, or write it as an escape in "double quotes"',
    ),
    (
        "a: \x00",
        '1:4: the control character U+0000 stands here; remove it, or write it as an escape in "double quotes"',
    ),
]


@pytest.mark.parametrize(("text", "told"), BROKEN)
def test_what_is_not_yaml_is_told_in_words_at_its_place(text: str | bytes, told: str) -> None:
    assert refused(text) == told


@pytest.mark.parametrize(("text", "told"), BROKEN)
def test_without_libyaml_it_is_refused_at_the_same_line(
    text: str | bytes, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.documents.yaml._EVENTS", yaml.BaseLoader)
    assert refused(text).split(":")[0] == told.split(":")[0]


def test_every_duplicate_is_told() -> None:
    assert refused("a: 1\na: 2\nb: {c: 1, c: 2}").splitlines() == [
        '2:1: the key "a" is there twice: in line 1 and here; remove one of them',
        '3:11: the key "c" is there twice: in line 3 and here; remove one of them',
    ]


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    assert (
        refused(b"x" * (MAX_BYTES + 1)) == "1:1: the file is larger than 5 MB; a checklist is text of some KB"
    )


def test_aliases_that_multiply_are_refused_before_they_are_followed() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    assert "holds more than 200000 values once its aliases are followed" in refused("\n".join(lines))


def test_places_count_characters_and_not_bytes() -> None:
    node, findings = read_nodes("é: 1\r\n𝄞ö: {k: v}\r\n", NAME)
    assert isinstance(node, MapNode)
    inner = node.get("𝄞ö")
    assert inner is not None
    assert findings.source.position(inner.start) == (2, 5)


def test_a_problem_shows_no_control_characters(tmp_path: object) -> None:
    assert "\x1b" not in refused('"\\e[31m": 1\n"\\e[31m": 2')


class TestFiles:
    def test_a_file_that_is_not_there_names_one_like_it(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        folder = tmp_path_factory.mktemp("lists")
        (folder / "production.yaml").write_text("a: b")
        with pytest.raises(Invalid) as caught:
            read_file(folder / "prodution.yaml")
        problem = caught.value.problems[0]
        assert problem.sentence == 'there is no such file, did you mean "production.yaml"?'
        with pytest.raises(Invalid) as caught:
            read_file(folder / "shop.yaml")
        assert caught.value.problems[0].sentence == "there is no such file"

    def test_a_folder_is_no_file(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        with pytest.raises(Invalid, match="this is a folder; name a file in it"):
            read_file(tmp_path_factory.mktemp("lists"))

    def test_an_endless_file_is_read_to_the_limit_only(self) -> None:
        from pathlib import Path

        assert len(read_file(Path("/dev/zero"))) == MAX_BYTES + 1

    def test_a_name_that_no_file_can_have_gets_a_sentence(self) -> None:
        from pathlib import Path

        with pytest.raises(Invalid, match="the file cannot be read"):
            read_file(Path("a\0b"))
