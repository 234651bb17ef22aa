"""Checks that read a report which an earlier command wrote: coverage and vulnerabilities."""

import json
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from alfred_tui.actions.context import StepContext
from alfred_tui.domain.document.actions import Coverage, Vulnerabilities
from alfred_tui.domain.errors import NotAnswered, NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome

_LARGEST = 64 * 1024 * 1024


async def coverage(ctx: StepContext) -> Outcome:
    """Line coverage against its minimum."""
    action = ctx.step.action
    assert isinstance(action, Coverage)
    path = ctx.equipment.workdir / action.report
    share = read_coverage(path)
    held = share >= action.minimum
    evidence = (
        Evidence(
            label="line coverage",
            value=f"{share:.1%} (at least {action.minimum:.0%})",
            kind="number",
            ok=held,
        ),
        Evidence(label="report", value=action.report, kind="file"),
    )
    if held:
        return Outcome(status="passed", evidence=evidence, outputs={"coverage": f"{share:.4f}"})
    return Outcome(
        status="failed", reason=f"Coverage is {share:.1%}, below {action.minimum:.0%}.", evidence=evidence
    )


def read_coverage(path: Path) -> float:
    """The covered share of lines, 0 to 1, of coverage.py's JSON, Cobertura's XML or an lcov file."""
    text = _text(path)
    try:
        if path.suffix == ".xml":
            return float(ElementTree.fromstring(text).attrib["line-rate"])  # noqa: S314 - a report of our own build
        if path.suffix == ".json":
            return float(json.loads(text)["totals"]["percent_covered"]) / 100
        found = sum(int(line[3:]) for line in text.splitlines() if line.startswith("LF:"))
        hit = sum(int(line[3:]) for line in text.splitlines() if line.startswith("LH:"))
        return hit / found
    except (ElementTree.ParseError, KeyError, ValueError, TypeError, ZeroDivisionError) as error:
        raise NotAnswered(
            f"{path.name} is no coverage report that can be read ({type(error).__name__}: {error}).",
            hint="Expected coverage.py JSON (.json), Cobertura XML (.xml) or lcov.",
        ) from error


async def vulnerabilities(ctx: StepContext) -> Outcome:
    """Severities of a Trivy report against the most that is allowed."""
    action = ctx.step.action
    assert isinstance(action, Vulnerabilities)
    counts, worst = count_severities(ctx.equipment.workdir / action.report)
    evidence = [
        Evidence(
            label=severity.lower(),
            value=f"{counts[severity]} (at most {most})",
            kind="number",
            ok=counts[severity] <= most,
        )
        for severity, most in action.allow.items()
    ]
    evidence += [
        Evidence(label=severity.lower(), value=str(count), kind="number")
        for severity, count in sorted(counts.items())
        if severity not in action.allow
    ]
    evidence += [Evidence(label="found", value=one, ok=False) for one in worst[:10]]
    over = [severity for severity, most in action.allow.items() if counts[severity] > most]
    if over:
        told = ", ".join(f"{counts[severity]} {severity.lower()}" for severity in over)
        return Outcome(status="failed", reason=f"The scan found {told}.", evidence=tuple(evidence))
    return Outcome(status="passed", evidence=tuple(evidence))


def count_severities(path: Path) -> tuple[Counter[str], list[str]]:
    """Counts by severity, and the identifiers of the critical and high ones, of Trivy's JSON (schema 2)."""
    try:
        report: Any = json.loads(_text(path))
        if not isinstance(report, dict) or "SchemaVersion" not in report:
            raise ValueError("no SchemaVersion")
        found = [
            one
            for result in report.get("Results") or []
            for kind in ("Vulnerabilities", "Misconfigurations", "Secrets")
            for one in result.get(kind) or []
            if one.get("Status") != "PASS"
        ]
    except (ValueError, AttributeError, TypeError) as error:
        raise NotAnswered(
            f"{path.name} is no Trivy JSON report ({error}).",
            hint="Write it with `trivy … --format json --output`.",
        ) from error
    counts: Counter[str] = Counter(str(one.get("Severity", "UNKNOWN")).upper() for one in found)
    worst = [
        f"{one.get('VulnerabilityID') or one.get('ID') or one.get('RuleID')} {one.get('PkgName', '')}".strip()
        for one in found
        if str(one.get("Severity", "")).upper() in ("CRITICAL", "HIGH")
    ]
    return counts, worst


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise NotAnswered(f"{path.name} is larger than {_LARGEST >> 20} MB; it was not read.")
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise NotConfigured(
            f"The report {path.name} is not there; the step that writes it has not."
        ) from None
    except OSError as error:
        raise NotAnswered(f"{path.name} could not be read: {error.strerror}.") from error
