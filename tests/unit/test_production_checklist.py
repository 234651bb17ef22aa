"""The shipped production checklist against the document that it implements (`tests/data`)."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from alfred_tui.documents.load import Loaded, load_checklist
from alfred_tui.domain.document.actions import (
    Attest,
    Canary,
    CapturePoint,
    Compare,
    Logs,
    Rollout,
    Run,
    StartRollback,
    TerraformApply,
)
from alfred_tui.domain.document.checklist import Checklist, Procedure, Step, index

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "checklists" / "production.yaml"
DOCUMENT = ROOT / "tests" / "data" / "production-deployment-checklist.md"

ADDED_STEPS = {"remove-canary", "apply-infrastructure-rollback", "check-restore", "stable-traffic"}
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


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load_checklist(SHIPPED, environ={})


@pytest.fixture(scope="module")
def checklist(loaded: Loaded) -> Checklist:
    return loaded.checklist


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


def all_steps(checklist: Checklist) -> list[Step]:
    in_procedures = [step for procedure in checklist.rollback.procedures for step in procedure.steps]
    return [*checklist.steps(), *in_procedures]


def procedure(checklist: Checklist, name: str) -> Procedure:
    found = checklist.procedure(name)
    assert found is not None
    return found


def pattern_of(checklist: Checklist, step_id: str) -> Logs:
    action = index(checklist)[step_id].action
    assert isinstance(action, Logs)
    return action


def test_it_loads_and_the_only_warnings_are_the_documents_own_mismatch_of_services(loaded: Loaded) -> None:
    assert [warning.code for warning in loaded.warnings] == ["T12", "T12"]
    told = " ".join(warning.message for warning in loaded.warnings)
    assert "architect-apiligence" in told
    assert "social-intelligence" in told


def test_editors_find_the_schema_beside_it() -> None:
    first = SHIPPED.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./checklist.schema.json"


def test_every_step_section_and_procedure_can_be_named_by_others_as_it_is(checklist: Checklist) -> None:
    steps = index(checklist)
    for step_id in (
        "rollback-point", "deploy-infrastructure", "deploy-secrets", "apply-migrations", "deploy-manifests",
        "monitor-rollout", "deploy-canary", "monitor-canary", "compare-error-rates", "compare-latency",
        "canary-proceed", "canary-rollback",
    ):  # fmt: skip
        assert step_id in steps
    assert [phase.id for phase in checklist.phases] == [
        "pre-deployment", "deployment", "post-deployment", "service-checks", "integration-checks",
    ]  # fmt: skip
    assert [one.id for one in checklist.rollback.procedures] == ["application", "infrastructure", "database"]


def test_every_step_says_why_and_every_attestation_at_what_to_look(checklist: Checklist) -> None:
    for step in all_steps(checklist):
        assert len(step.why) > 30, step.id
        for attest in (step.action, step.sign):
            if isinstance(attest, Attest):
                assert len(attest.prompt) > 30, step.id


def test_no_command_names_a_secret(checklist: Checklist) -> None:
    for step in all_steps(checklist):
        if isinstance(step.action, Run):
            assert not [name for name in checklist.secrets if name in step.action.command], step.id


def test_what_changes_production_and_may_not_be_repeated_is_never_retried_by_itself(
    checklist: Checklist,
) -> None:
    for step in all_steps(checklist):
        assert step.may_repeat or step.retries == 0, step.id


def test_what_is_applied_is_the_plan_that_a_person_signed(checklist: Checklist) -> None:
    steps = {step.id: step for step in all_steps(checklist)}
    applies = [step for step in steps.values() if isinstance(step.action, TerraformApply)]
    assert len(applies) == 2
    for step in applies:
        assert isinstance(step.action, TerraformApply)
        assert step.confirm == "apply"
        assert steps[step.action.plan].sign is not None


def test_the_canary_is_sampled_sixty_times_in_its_fifteen_minutes(checklist: Checklist) -> None:
    action = index(checklist)["monitor-canary"].action
    assert isinstance(action, Canary)
    assert (action.bake, action.bake / action.interval) == (900.0, 60.0)
    assert [(one.name, one.limit, one.unit) for one in action.metrics] == [
        ("error rate", 1.0, "%"),
        ("p95 latency", 500.0, "ms"),
    ]


def test_of_the_canarys_two_branches_exactly_one_can_be_due(checklist: Checklist) -> None:
    steps = index(checklist)
    proceed, back = steps["canary-proceed"], steps["canary-rollback"]
    assert proceed.when is not None
    assert back.when is not None
    assert (proceed.when.passed, proceed.when.failed) == (back.when.failed, back.when.passed)
    assert back.action == StartRollback(procedure="application")
    compares = [steps[step_id] for step_id in ("compare-error-rates", "compare-latency")]
    assert all(isinstance(step.action, Compare) and step.on_fail == "continue" for step in compares)


def test_nobody_waits_for_a_person_between_the_rollbacks_start_and_its_undo(checklist: Checklist) -> None:
    steps = {step.id: step for step in procedure(checklist, "application").steps}
    waited_for = ["apply-rollback"]
    for step_id in waited_for:
        step = steps[step_id]
        assert not isinstance(step.action, Attest)
        assert step.sign is None
        assert not step.confirm
        waited_for += step.needs
    assert waited_for == ["apply-rollback", "identify-good-version"]
    assert steps["update-image-tags"].needs == ("apply-rollback",)


def test_every_procedure_says_what_it_does_not_bring_back(checklist: Checklist) -> None:
    assert all(one.warns for one in checklist.rollback.procedures)


def test_a_variable_names_the_services_everywhere() -> None:
    one = load_checklist(SHIPPED, overrides={"services": "alfred-bot"}, environ={}).checklist
    rollout, point = index(one)["monitor-rollout"].action, index(one)["rollback-point"].action
    assert isinstance(rollout, Rollout)
    assert isinstance(point, CapturePoint)
    assert rollout.deployments == point.deployments == ("alfred-bot",)
    assert {trigger.each for trigger in one.rollback.triggers if trigger.promql} == {("alfred-bot",)}


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("2026-11-23T01:00:00Z ERROR request failed id=7 status=500", True),
        ("Traceback (most recent call last):", True),
        ("java.lang.IllegalStateException: no pool", True),
        ("2026-11-23T01:00:00Z INFO handled request id=7 status=200", False),
        ("batch done: 0 errors", False),
        ("batch done: 10 errors", True),
        ("checked, no error; error_count=0", False),
        ('{"level":"info","error":null}', False),
        ("first 0 errors, then panic: nil map", True),
    ],
)
def test_the_log_scan_finds_errors_and_not_their_absence(checklist: Checklist, line: str, bad: bool) -> None:
    scan = pattern_of(checklist, "logs-no-errors")
    assert bool(re.search(scan.must_not_match, line)) == bad


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("connecting to postgresql://alfred:hunter2hunter2@db:5432/alfred", True),
        ("connecting to postgresql://alfred:***@db:5432/alfred", False),
        ("Authorization: Bearer abc.def", True),
        ('{"password": "correct horse"}', True),
        ("password=********", False),
        ("using key sk-proj1234567890abcdef", True),
        ("slack token xoxb-123456789012-abcdef", True),
        ("-----BEGIN RSA PRIVATE KEY-----", True),
        ("token count: 512", False),
        ("token: expired", False),
        ("api_key=0123456789abcdef", True),
        ("GET https://api.example.com:8443/v1/tokens 200", False),
        ("INFO handled request id=7 status=200", False),
    ],
)
def test_the_log_scan_finds_credentials(checklist: Checklist, line: str, bad: bool) -> None:
    scan = pattern_of(checklist, "logs-no-secrets")
    assert bool(re.search(scan.must_not_match, line)) == bad


def test_the_lead_types_a_word_before_each_change_that_nothing_takes_back(checklist: Checklist) -> None:
    asked = {step.id: step.confirm for step in checklist.steps() if step.confirm}
    assert asked == {
        "deploy-infrastructure": "apply",
        "apply-migrations": "migrate",
        "deploy-manifests": "deploy",
        "canary-proceed": "promote",
    }
    shown = {step.id: step.preview for step in checklist.steps() if step.preview}
    assert set(shown) == {"apply-migrations", "deploy-manifests"}
    assert "kubectl diff -k infra/k8s/overlays/prod" in shown["deploy-manifests"]


def test_an_attestation_whose_words_ask_for_an_answer_needs_one(checklist: Checklist) -> None:
    every = [*checklist.steps(), *(one for back in checklist.rollback.procedures for one in back.steps)]
    reviews = [one.action if isinstance(one.action, Attest) else one.sign for one in every]
    asks = re.compile(r"\b(Link|Note|Paste)\b|\blink it\b")
    silent = [one.prompt for one in reviews if one and asks.search(one.prompt) and one.evidence != "required"]
    assert not silent
