"""Whatever a file holds, it is read or refused in sentences: no other error ever comes out."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from alfred_tui.documents import Invalid, Problem, find, load_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PRODUCTION = find("production").read_text()
LINES = PRODUCTION.splitlines(keepends=True)
WRITTEN = (Path(__file__).parent / "as_written.yaml").read_text()

WORDS = "title: T|phases:|  - id: a|run: |attest:|needs: [a]|when: |vars: {a: [b]}|secrets: [A]|expect: "
SIGNS = "${ } ${x} $${ &a *a <<: - : \" ' [ ] { ? ~ !! --- ... # % @ ` \\ é <x> 1 0x -1 1e999 5m"
PIECES = st.sampled_from(
    [*WORDS.split("|"), *SIGNS.split(" "), "\n", "  ", "\t", "|\n", ">-\n", "\x00", "\ufeff"]
)
WRONG_TEXTS = [
    "",
    "x",
    "${services}",
    "${x",
    "5m",
    "10 minutes",
    "(",
    "<x>",
    "\x1b",
    "$${steps.",
    "make || true",
]
WRONG = st.sampled_from(
    [
        None,
        0,
        -1,
        1.5,
        10**30,
        True,
        [],
        {},
        ["a"],
        [[1]],
        ["${services}"],
        {"a": "b"},
        {"run": "x"},
        *WRONG_TEXTS,
    ]
)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(text: str | bytes) -> None:
    """Reads it, and holds what is told to being told properly."""
    try:
        told = load_text(text, name="x.yaml", environ={"A": "b"}).warnings
    except Invalid as refused:
        told = refused.problems
        _not_silent(told)
    for problem in told:
        _well_told(problem)


def _not_silent(told: tuple[Problem, ...]) -> None:
    assert told


def _well_told(problem: Problem) -> None:
    assert problem.line >= 1
    assert problem.column >= 1
    assert problem.message
    assert all(char.isprintable() for char in str(problem)), str(problem)


@SLOW
@given(st.data())
def test_a_checklist_with_lines_moved_lost_or_doubled(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(lines) - 1))
        to = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["drop", "double", "move", "indent", "dedent"])):
            case "drop":
                lines.pop(at)
            case "double":
                lines.insert(to, lines[at])
            case "move":
                lines.insert(to, lines.pop(at))
            case "indent":
                lines[at] = "  " + lines[at]
            case _:
                lines[at] = lines[at].removeprefix("  ")
    read("".join(lines))


@SLOW
@given(st.data())
def test_a_checklist_with_values_exchanged_lost_or_wrong(data: st.DataObject) -> None:
    """The file stays YAML, so that reader, checks and lint are reached."""
    tree = yaml.load(data.draw(st.sampled_from([PRODUCTION, WRITTEN])), Loader=yaml.CSafeLoader)
    for _ in range(data.draw(st.integers(1, 4))):
        holder = tree
        while data.draw(st.integers(0, 5)) and _inner(holder):
            holder = data.draw(st.sampled_from(_inner(holder)))
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            continue
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()):
            holder[key] = deepcopy(data.draw(WRONG))
        else:
            del holder[key]
    read(json.dumps(tree))


def _inner(value: Any) -> list[Any]:
    values = value.values() if isinstance(value, dict) else value
    return [one for one in values if isinstance(one, dict | list)]


@SLOW
@given(st.data())
def test_a_checklist_with_pieces_put_in(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([PRODUCTION, WRITTEN]))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(PIECES) + text[at + cut :]
    read(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=40))
def test_pieces_in_any_order(pieces: list[str]) -> None:
    read("".join(pieces))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    read(data)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    read(text)


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=12),
        st.sampled_from(["${a}", "5m", "a"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "title",
                    "phases",
                    "sections",
                    "steps",
                    "run",
                    "attest",
                    "canary",
                    "metrics",
                    "rollout",
                    "services",
                    "deployments",
                    "vars",
                    "secrets",
                    "rollback",
                    "triggers",
                    "procedures",
                    "expect",
                    "number",
                    "find",
                    "when",
                    "passed",
                    "failed",
                    "needs",
                    "each",
                    "promql",
                    "on",
                    "hosts",
                    "ask",
                ]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_any_value_in_any_place(value: object) -> None:
    read(json.dumps(value))


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="ab $\\{}'\"`()<>|&;\n#=-", max_size=50), st.text(alphabet="a'\"$\\`\n ", max_size=10)
)
def test_any_command(command: str, value: str) -> None:
    step = {"id": "a", "title": "A", "run": command}
    section = {"id": "s", "title": "S", "steps": [step]}
    read(
        json.dumps(
            {
                "title": "T",
                "vars": {"a": value, "b": [value]},
                "phases": [{"id": "p", "title": "P", "sections": [section]}],
            }
        )
    )
