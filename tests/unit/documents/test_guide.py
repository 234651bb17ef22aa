"""docs/writing-a-checklist.md is true: its examples load, and it names every action, field and code."""

import re
from pathlib import Path

import pytest
from alfred_tui.documents.lint import CODES
from alfred_tui.documents.outputs import OUTPUTS
from alfred_tui.documents.shapes import fields_of
from alfred_tui.domain.document.actions import BY_KEY
from alfred_tui.domain.document.checklist import Step

from tests.unit.documents.given import loaded, steps

GUIDE = (Path(__file__).parents[3] / "docs" / "writing-a-checklist.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
AROUND = """
vars: {image_tag: v1, services: [api, worker]}
secrets: [DATABASE_URL]
rollback:
  procedures: [{id: application, title: Back, steps: [{id: back, title: Back, attest: }]}]
"""


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_is_a_valid_checklist_without_warnings(example: str) -> None:
    text = example if example.startswith("version:") else steps(example) + AROUND
    assert loaded(text).warnings == ()


def test_there_is_an_example_of_every_action() -> None:
    used = set()
    for example in EXAMPLES:
        text = example if example.startswith("version:") else steps(example) + AROUND
        used |= {type(step.action).key for step in loaded(text).checklist.steps()}
    assert used == set(BY_KEY)


@pytest.mark.parametrize("key", sorted(BY_KEY))
def test_every_action_is_listed_with_its_fields_and_what_a_plain_value_stands_for(key: str) -> None:
    (row,) = re.findall(rf"^\| `{key}` \|(.*?)\|", GUIDE, re.MULTILINE)
    assert re.findall(r"`(\w+)`", row) == sorted(
        fields_of(BY_KEY[key]), key=list(fields_of(BY_KEY[key])).index
    )
    assert re.findall(r"\*\*`(\w+)`\*\*", row) == ([BY_KEY[key].sugar] if BY_KEY[key].sugar else [])


def test_every_key_of_a_step_is_explained() -> None:
    table = GUIDE[GUIDE.index("## A step") : GUIDE.index("### What makes")]
    assert set(fields_of(Step)) <= set(re.findall(r"`(\w+)`", table))


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_is_listed(code: str) -> None:
    assert f"| {code} | {CODES[code].replace('|', chr(92) + '|')} |" in GUIDE


@pytest.mark.parametrize("key", sorted(OUTPUTS))
def test_every_output_is_listed(key: str) -> None:
    named = ",\\s".join(f"`{name}`" for name in OUTPUTS[key])
    assert re.search(rf"`{key}` \({named}\)", GUIDE)
