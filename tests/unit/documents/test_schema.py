"""The shipped JSON Schema is the one that the types make, and it agrees with the reader."""

from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml
from alfred_tui.documents import load_text, shipped
from alfred_tui.documents.reader import Reader
from alfred_tui.documents.schema import field_docs, json_schema, schema_text
from alfred_tui.documents.shapes import fields_of
from alfred_tui.documents.yaml import read_nodes
from alfred_tui.domain.document.actions import BY_KEY, Canary, CanaryMetric, Pods, Rung
from alfred_tui.domain.document.checklist import Expect, Host, Step, TriggerRule

from tests.unit.documents.given import NAME, errors, step

SHIPPED = Path(__file__).parents[3] / "checklists" / "checklist.schema.json"


def complaints(text: str) -> list[str]:
    """What a validator says of the document as an editor reads it."""
    validator = jsonschema.Draft7Validator(json_schema())
    return [error.message for error in validator.iter_errors(yaml.safe_load(text))]


def test_the_shipped_file_is_the_one_that_the_types_make() -> None:
    assert SHIPPED.read_text() == schema_text(), "run make schema"


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(json_schema())


def test_every_struct_and_action_is_described() -> None:
    definitions: dict[str, Any] = json_schema()["definitions"]
    assert {cls.__name__ for cls in BY_KEY.values()} <= set(definitions)
    assert [name for name, one in definitions.items() if not one.get("description")] == []


def test_what_stands_under_a_field_is_its_description() -> None:
    assert field_docs(Step)["retry_delay"] == "Before the second attempt; doubled for each further one."
    assert json_schema()["definitions"]["Step"]["properties"]["retry_delay"]["default"] == "5s"


def test_inherited_fields_are_part_of_an_action() -> None:
    properties = json_schema()["definitions"][Pods.__name__]["properties"]
    assert set(properties) == {"services", "max_new_restarts"}
    assert json_schema()["definitions"][Canary.__name__]["required"] == ["service", "metrics"]


@pytest.mark.parametrize("name", sorted(shipped("checklists")))
def test_the_shipped_checklists_satisfy_it(name: str) -> None:
    assert complaints(shipped("checklists")[name].read_text()) == []


GOOD = [
    "run: make",
    "run: {command: make}",
    "attest:",
    "attest: Is it so?",
    "attest: {prompt: 'Is it so?', people: 2, evidence: required}",
    "pods: [a, b]",
    "pods: a",
    "pods: ${services}",
    'rollout: {deployments: "${services}", timeout: 10m}',
    "run: x\ntimeout: ${wait}\nretries: ${times}\nidempotent: ${safe}",
    "coverage: {report: r, minimum: 80%}",
    "coverage: {report: r, minimum: 0.8}",
    "scale: {deployments: [a], replicas: original}",
    "scale: {deployments: [a], replicas: 0}",
    "claims:",
    "alerts: {quiet: true}",
    "run: x\nenv: {PORT: 8080, DEBUG: false}\nexpect: {exit: [0, 1], number: {find: '(x)', above: 1}}",
    "run: x\nsign: Read it.",
    "run: x\nsign: {prompt: Read it., people: 2}",
    "run: x\ncapture: {name: 'made (.*)'}",
    "pods: 8080",
    "pods: [8080, true]",
    "run: 7\nwhy: 1.10\non_fail: continue\nretries: '3'\nidempotent: 'true'",
    "coverage: {report: 2024, minimum: '0.8'}",
]

BAD = [
    "run: make\nattest: x",
    "why: no action",
    "run: make\ntiemout: 5m",
    "run: make\ntimeout: 10 minutes",
    "run: make\nretries: many",
    "run: make\nneeds: b",
    "run: make\non_fail: stop",
    "run: make\nexpect: {exit: [300]}",
    "coverage:",
    "coverage: {report: r}",
    "coverage: {report: r, minimum: 80}",
    "coverage: 80%",
    "usage: {services: [], resource: cpu}",
    "usage: {services: [a], resource: disk}",
    "scale: {deployments: [a], replicas: some}",
    "pods: a, b",
    "attest: {people: 0}",
    "run: make\nexpect: {number: {above: 1}}",
    "run: make\nenv: {MY-VAR: x}",
    "run: make\ntimeout: 0s",
    "run: make\ntimeout: 0",
    "run: ' '",
    "pods: []",
    "coverage: {report: '', minimum: 80%}",
    "coverage: {report: r, minimum: 200%}",
    "coverage: {report: r, minimum: -5%}",
]

TAIL = "\nvars: {services: [a, b], wait: 5m, times: 2, safe: true}\n"


@pytest.mark.parametrize("body", GOOD)
def test_what_the_reader_takes_the_schema_takes(body: str) -> None:
    text = step(body, TAIL)
    load_text(text, name=NAME)
    assert complaints(text) == []


@pytest.mark.parametrize("body", BAD)
def test_what_the_schema_refuses_the_reader_refuses_too(body: str) -> None:
    text = step(body, TAIL)
    assert complaints(text)
    assert errors(text)


WRITTEN = (
    "x", "''", "' '", "5", "-5", "0", "1", "1.5", "'5'", "'0.5'", "true", "'true'", "5m", "' 5m '", "0s",
    "1h30m", "80%", "80 %", "100.0%", "200%", "-5%", "[]", "['']", "[x]", "[5]", "[true]", "[x, y]", "[200]",
    "{}", "{x: y}", "{x: 5}", "{x: [a]}", "{A: '(b)'}", "x,y", "hold", "'(a)'", "original", "cpu",
    "restricted", "[Ingress]",
)  # fmt: skip
"""Values that YAML and JSON mean the same by."""


def taken(cls: type[msgspec.Struct], field: str, written: str) -> bool:
    """Whether the reader has nothing against the field's value."""
    root, findings = read_nodes(f"{field}: {written}\n", NAME)
    Reader(findings).record(root, cls, "it")
    return not [one for one in findings.of("error") if not one.message.startswith("it needs")]


@pytest.mark.parametrize("cls", [*BY_KEY.values(), Host, TriggerRule, Expect, CanaryMetric, Rung], ids=str)
def test_the_reader_and_the_schema_take_the_same_values(cls: type[msgspec.Struct]) -> None:
    whole = json_schema()
    differ = []
    for field in fields_of(cls):
        asked = {
            **whole["definitions"][cls.__name__]["properties"][field],
            "definitions": whole["definitions"],
        }
        validator = jsonschema.Draft7Validator(asked)
        differ += [
            f"{field}: {written}"
            for written in WRITTEN
            if validator.is_valid(yaml.safe_load(written)) != taken(cls, field, written)
        ]
    assert differ == []
