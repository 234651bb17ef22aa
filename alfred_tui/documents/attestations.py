"""What people signed beforehand: a mapping from step ids to a signature each, or to a list of them."""

from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

import msgspec

from alfred_tui.documents.findings import Findings
from alfred_tui.documents.nodes import ListNode, MapNode, Node, TextNode
from alfred_tui.documents.reader import Reader
from alfred_tui.documents.wording import known_names, quoted, what_is
from alfred_tui.documents.yaml import read_file, read_nodes

_FORM = "write step-id: {by: Ann}"
SignedT = TypeVar("SignedT", bound=msgspec.Struct)


def load_attestations(
    path: Path, kind: type[SignedT], steps: Collection[str]
) -> dict[str, tuple[SignedT, ...]]:
    """Step id to signatures. Raises `Invalid` with every problem; an id that is not among `steps` is one."""
    root, findings = read_nodes(read_file(path), str(path), _FORM)
    if not isinstance(root, MapNode):
        findings.error(root, f"the file holds {what_is(root)}, not a mapping", _FORM)
        raise findings.invalid()
    reader = Reader(findings)
    found: dict[str, tuple[SignedT, ...]] = {}
    for key, value in root:
        if key.value not in steps:
            message = f"there is no step {quoted(key.value)} in the checklist"
            findings.error(key, message, known_names(key.value, steps))
        if isinstance(value, ListNode) and not value.items:
            findings.error(value, f"nobody has signed {quoted(key.value)}", "write [{by: Ann}, {by: Bob}]")
        given = value.items if isinstance(value, ListNode) else (value,)
        for one in given:
            _check_link(one, findings)
        found[key.value] = tuple(reader.record(one, kind, "an attestation") for one in given)
    findings.raise_errors()
    return found


def _check_link(given: Node, findings: Findings) -> None:
    link = given.get("link") if isinstance(given, MapNode) else None
    if isinstance(link, TextNode) and not link.value.startswith(("http://", "https://")):
        findings.error(link, f"{quoted(link.value)} is no link", "write https://…, or name a path as file")
