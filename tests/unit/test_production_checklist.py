"""The shipped production checklist against the document that it implements (`tests/data`)."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "checklists" / "production.yaml"
DOCUMENT = ROOT / "tests" / "data" / "production-deployment-checklist.md"

ADDED_STEPS = {"remove-canary", "apply-infrastructure-rollback"}
"""Steps of procedures that the document lacks; each says why beside it in the checklist."""


@dataclass
class Item:
    """A box or a numbered step of the document, with the commands under it and in it."""

    title: str
    commands: list[str] = field(default_factory=list)


@dataclass
class Heading:
    """A heading of the document with its items. `phase` is the heading above it."""

    phase: str
    title: str
    boxes: list[Item] = field(default_factory=list)
    numbered: list[Item] = field(default_factory=list)
    bullets: list[str] = field(default_factory=list)


def read_document() -> list[Heading]:
    headings: list[Heading] = []
    item: Item | None = None
    fence: list[str] | None = None
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.strip().startswith("```"):
            if fence is not None and item is not None:
                item.commands.append(_dedented(fence))
            fence = [] if fence is None else None
        elif fence is not None:
            fence.append(line)
        elif found := re.match(r"(##|###) (.+)", line):
            phase = headings[-1].phase if found[1] == "###" else found[2]
            headings.append(Heading(phase, found[2]))
        elif found := re.match(r"(- \[ \]|\d+\.) (.+)", line):
            item = Item(found[2].replace("`", "").removesuffix(":"), re.findall(r"`([^`]+)`", found[2]))
            (headings[-1].boxes if found[1] == "- [ ]" else headings[-1].numbered).append(item)
        elif line.startswith("- "):
            headings[-1].bullets.append(line[2:])
    return headings


def _dedented(lines: list[str]) -> str:
    margin = min(len(line) - len(line.lstrip()) for line in lines)
    return "\n".join(line[margin:] for line in lines)


DOC = read_document()
WITH_BOXES = [one for one in DOC if one.boxes]
PROCEDURES = [one for one in DOC if one.numbered]
TRIGGERS = next(one for one in DOC if one.title == "Triggering Rollback")
BOXES = [box for heading in WITH_BOXES for box in heading.boxes]


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    return found


def steps_of(shipped: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for phase in shipped["phases"]:
        for section in phase["sections"]:
            yield from section["steps"]


def numbered_steps(procedure: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in procedure["steps"] if step["id"] not in ADDED_STEPS]


def commands_shown(step: dict[str, Any]) -> str:
    run = step.get("run", "")
    return f"{step.get('source', '')}\n{run if isinstance(run, str) else run['command']}"


def test_the_document_is_read_whole() -> None:
    per_phase = Counter(heading.phase for heading in WITH_BOXES for _ in heading.boxes)
    assert list(per_phase.values()) == [44, 19, 29, 22, 6]
    assert [len(one.numbered) for one in PROCEDURES] == [5, 2, 4]
    assert sum(len(box.commands) for box in BOXES) == 16 + 6
    assert sum(len(item.commands) for one in PROCEDURES for item in one.numbered) == 8
    assert len([one for one in DOC if one.phase != one.title]) == 22
    assert len(TRIGGERS.bullets) == 6


def test_phases_and_sections_are_the_documents_in_its_order(shipped: dict[str, Any]) -> None:
    written = [
        (phase["title"], section["title"]) for phase in shipped["phases"] for section in phase["sections"]
    ]
    assert written == [(one.phase, one.title) for one in WITH_BOXES]


def test_every_item_stands_in_its_section_in_the_documents_order_and_words(shipped: dict[str, Any]) -> None:
    sections = [section for phase in shipped["phases"] for section in phase["sections"]]
    for heading, section in zip(WITH_BOXES, sections, strict=True):
        assert [step["title"] for step in section["steps"]] == [box.title for box in heading.boxes]
    assert len(list(steps_of(shipped))) == 120


@pytest.mark.parametrize("box", [box for box in BOXES if box.commands], ids=lambda box: box.title)
def test_an_items_commands_stand_in_its_step_as_the_document_writes_them(
    shipped: dict[str, Any], box: Item
) -> None:
    steps = [step for step in steps_of(shipped) if step["title"] == box.title]
    assert len(steps) == 1
    for command in box.commands:
        assert command in commands_shown(steps[0])


def test_the_six_triggers_are_the_documents(shipped: dict[str, Any]) -> None:
    assert [one["title"] for one in shipped["rollback"]["triggers"]] == TRIGGERS.bullets


def test_the_three_procedures_hold_every_numbered_step_with_its_commands(shipped: dict[str, Any]) -> None:
    procedures = shipped["rollback"]["procedures"]
    assert [one["title"] for one in procedures] == [one.title for one in PROCEDURES]
    for heading, procedure in zip(PROCEDURES, procedures, strict=True):
        written = numbered_steps(procedure)
        assert [step["title"] for step in written] == [item.title for item in heading.numbered]
        for step, item in zip(written, heading.numbered, strict=True):
            for command in item.commands:
                assert command in commands_shown(step)
