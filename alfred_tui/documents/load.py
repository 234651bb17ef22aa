"""From a file to a checklist that can be led: read, filled in, checked, and its traps named."""

from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from alfred_tui.documents.checks import check
from alfred_tui.documents.findings import Findings
from alfred_tui.documents.lint import lint
from alfred_tui.documents.nodes import MapNode, Node, TextNode
from alfred_tui.documents.problems import Problem
from alfred_tui.documents.reader import Reader
from alfred_tui.documents.steps import ChecklistReader
from alfred_tui.documents.variables import read_scope
from alfred_tui.documents.wording import what_is
from alfred_tui.documents.yaml import read_file, read_nodes
from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.domain.document.layout import Layout

VERSION = 1


class Loaded(msgspec.Struct, frozen=True):
    """A checklist as it was read."""

    checklist: Checklist
    text: str
    digest: str
    """SHA-256 of the file's bytes, in hex."""
    path: str
    warnings: tuple[Problem, ...]
    lines: Mapping[str, int]
    """The line of each step, by its id."""


def load_checklist(
    path: Path,
    *,
    overrides: Mapping[str, str] | None = None,
    offers: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Loaded:
    """Reads a checklist file. Raises `Invalid` with every problem, also when the file cannot be read."""
    return load_text(read_file(path), name=str(path), overrides=overrides, offers=offers, environ=environ)


def load_text(
    text: bytes | str,
    *,
    name: str,
    overrides: Mapping[str, str] | None = None,
    offers: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Loaded:
    """Reads a checklist. `overrides` replace `vars`, and `offers` those of them that it has;
    `environ` is what `${env.NAME}` reads.

    Raises `Invalid` with every problem.
    """
    root, findings = read_nodes(text, name)
    root = _mapping(root, findings)
    _refuse_other_version(root, findings)
    taken = {name: value for name, value in (offers or {}).items() if name in _variables(root)}
    scope = read_scope(root, taken | dict(overrides or {}), environ or {}, findings)
    reader = ChecklistReader(findings, scope)
    checklist: Checklist = reader.record(root, Checklist, "the checklist", {"vars": dict(scope.values)})
    check(checklist, reader)
    findings.raise_errors()
    lint(checklist, reader)
    data = text.encode() if isinstance(text, str) else text
    return Loaded(
        checklist=checklist,
        text=findings.source.text,
        digest=sha256(data).hexdigest(),
        path=name,
        warnings=findings.of("warning"),
        lines={step.id: findings.line(reader.sites.node(step)) for step, _, _ in reader.users},
    )


def _variables(root: MapNode) -> Collection[str]:
    declared = root.get("vars")
    return declared.entries if isinstance(declared, MapNode) else ()


def load_layout(path: Path) -> Layout:
    """Reads a layout file. Raises `Invalid` with every problem."""
    starts = 'a layout starts with "title:" and "columns:"'
    root, findings = read_nodes(read_file(path), str(path), starts)
    reader = Reader(findings)
    layout = reader.record(_mapping(root, findings), Layout, "the layout")
    _each_once(layout, reader)
    findings.raise_errors()
    return layout


def _each_once(layout: Layout, reader: Reader) -> None:
    first: dict[str, Node] = {}
    for panel in (*(one for column in layout.columns for one in column.panels), *layout.bottom):
        node = reader.sites.field(panel, "name")
        if not reader.sites.good(panel, "name"):
            continue
        if panel.name in first:
            line = reader.findings.line(first[panel.name])
            text = f"the panel {panel.name} is there twice: in line {line} and here"
            reader.findings.error(node, text, "a panel stands in one place")
        first.setdefault(panel.name, node)


def _mapping(root: Node, findings: Findings) -> MapNode:
    if isinstance(root, MapNode):
        return root
    text = f"the file holds {what_is(root)}, not a mapping"
    findings.error(root, text, 'it starts with keys such as "title:"')
    raise findings.invalid()


def _refuse_other_version(root: MapNode, findings: Findings) -> None:
    node = root.get("version")
    if isinstance(node, TextNode) and node.value.isdigit() and int(node.value[:9]) > VERSION:
        text = f"the checklist is of version {node.value[:9]}; this alfred-cockpit reads version {VERSION}"
        findings.error(node, text, "install a newer alfred-cockpit")
        raise findings.invalid()
