"""Names: ids occur once, and what is referred to exists."""

from collections.abc import Collection, Iterable

import msgspec

from alfred_tui.documents.limits import ENV_NAME
from alfred_tui.documents.nodes import ListNode, MapNode, Node, TextNode
from alfred_tui.documents.outline import Outline
from alfred_tui.documents.wording import known_names, quoted


def check(outline: Outline) -> None:
    """Duplicate ids, references to nothing, and secrets that cannot be environment variables."""
    checklist = outline.checklist
    sections = [section for _, section in checklist.sections()]
    _unique(outline, [*sections, *(step for _, step in outline.all_steps())], "a section or step")
    _unique(outline, checklist.phases, "a phase")
    _unique(outline, checklist.rollback.procedures, "a procedure")
    _unique(outline, checklist.rollback.triggers, "a trigger")
    _references(outline)
    for position, name in enumerate(checklist.secrets):
        if not ENV_NAME.fullmatch(name):
            text = f"{quoted(name)} cannot be a secret: it is not the name of an environment variable"
            outline.findings.error(outline.sites.item(checklist, "secrets", position), text)


def _unique(outline: Outline, named: Iterable[msgspec.Struct], kind: str) -> None:
    first: dict[str, int] = {}
    for one in named:
        name = getattr(one, "id", "")
        if not name or not outline.sites.good(one, "id"):
            continue
        node = outline.at(one, "id")
        if name in first:
            text = f"the id {quoted(name)} is there twice: in line {first[name]} and here"
            outline.findings.error(node, text, f"{kind} needs an id of its own")
        else:
            first[name] = outline.findings.line(node)


def _references(outline: Outline) -> None:
    checklist = outline.checklist
    known: dict[str, tuple[Collection[str], str]] = {
        "step": (outline.steps, ""),
        "host": (checklist.hosts, "hosts"),
        "secret": (checklist.secrets, "secrets"),
    }
    for reference in outline.reader.references:
        names, field = known[reference.form]
        if field and not outline.sites.good(checklist, field):
            names = _written(outline.at(checklist, field))
            if not names:
                continue  # what was written there is no list of names, and that is told
        if reference.name in names:
            continue
        advice = known_names(reference.name, set(names) - {""})
        if not advice and field:
            advice = f"name it under {field}:"
        wrong = f"{reference.label} names {quoted(reference.name)}"
        text = f"{wrong}, which is no {reference.form} of this checklist"
        outline.findings.error(reference.node, text, advice)


def _written(node: Node) -> Collection[str]:
    """The names in a mapping or list in which something else is wrong."""
    if isinstance(node, MapNode):
        return node.entries
    items = node.items if isinstance(node, ListNode) else ()
    return [item.value for item in items if isinstance(item, TextNode)]
