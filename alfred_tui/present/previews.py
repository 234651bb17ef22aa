"""What a preview printed, as it is shown above the word: the differences of `kubectl diff` without its noise.

What is left out is said, and what is shown is what is recorded beside the word.
"""

import re
from collections.abc import Iterator, Sequence

from alfred_tui.domain.evidence import Evidence

_FILES = re.compile(r"diff .* \S*/LIVE-\d+/(\S+) \S*/MERGED-\d+/\1")
"""How `kubectl diff` begins each object: its two folders, and the object as a file's name."""
_OBJECT = re.compile(r"[a-z0-9.-]*\.?(?P<kind>[A-Z]\w*)\.(?P<namespace>[^.]*)\.(?P<name>.+)")
"""GROUP.VERSION.KIND.NAMESPACE.NAME; no group for core kinds, an empty namespace for those of a cluster."""
_GENERATION = re.compile(r"[-+]  generation: \d+")
"""Moved by the server with every change of a spec; the same as saying that there is one."""
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")

_KEPT_LINES = 400
_KEPT_CHARACTERS = 20_000


def told(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines to show: of a `kubectl diff` each object's name and what changes in it; all others as they
    are."""
    if not any(_FILES.fullmatch(line) for line in lines):
        return tuple(lines)
    return (*_changes(lines), "", "Left out: what stays as it is, and metadata.generation.")


def _changes(lines: Sequence[str]) -> Iterator[str]:
    inside, before = False, ""
    for line in lines:
        if begun := _FILES.fullmatch(line):
            inside = True
            yield _named(begun[1])
        elif not inside or line.startswith("\\"):
            yield line
        elif line.startswith(("--- ", "+++ ")) and ("/LIVE-" in line or "/MERGED-" in line):
            continue
        elif hunk := _HUNK.match(line):
            if hunk[1] == "0":
                yield "  is new"
            elif hunk[2] == "0":
                yield "  would go"
        elif line.startswith(("-", "+")):
            if not _GENERATION.fullmatch(line):
                yield from filter(_leads, (before,))
                yield line
        elif not line.startswith(" "):
            inside = False
            yield line
        before = line


def _leads(context: str) -> bool:
    """Whether an unchanged line says what the changed one under it belongs to."""
    return context.startswith(" ") and (context.endswith(":") or context.lstrip().startswith("- "))


def _named(file: str) -> str:
    found = _OBJECT.fullmatch(file)
    if found is None:
        return file
    namespace = f" in {found['namespace']}" if found["namespace"] else ""
    return f"{found['kind']} {found['name']}{namespace}"


def as_evidence(lines: Sequence[str]) -> Evidence:
    """What stood above the word, for the record: all of it where it is of a size that people read."""
    kept = "\n".join(lines[:_KEPT_LINES])[:_KEPT_CHARACTERS]
    more = len(lines) - kept.count("\n") - 1
    return Evidence(
        label="would change", kind="command", value=f"{kept}\n… {more} more lines" if more > 0 else kept
    )


def unread(why: str) -> Evidence:
    """That the word was typed without it."""
    return Evidence(label="would change", kind="note", value=why)
