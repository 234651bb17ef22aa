"""The words of problems: quoting what was written, lists, and the name that was probably meant."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from alfred_tui.documents.nodes import ListNode, MapNode, Node

_LONGEST = 60


def quoted(text: str) -> str:
    """`text` in double quotes, printable and shortened."""
    shown = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return f'"{printable(shown)}"'


def printable(text: str) -> str:
    """`text` on one line, with control characters as escapes: what a document holds must not act."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def either(names: Iterable[str], last: str = "or") -> str:
    """`a, b or c`."""
    known = list(names)
    if len(known) < 2:
        return "".join(known)
    return f"{', '.join(known[:-1])} {last} {known[-1]}"


def all_of(names: Iterable[str]) -> str:
    """`a, b and c`."""
    return either(names, "and")


def closest(name: str, known: Collection[str]) -> str:
    """The known name that `name` most resembles, or nothing."""
    folded = {one.lower().replace("_", "-"): one for one in known}
    match = get_close_matches(name.lower().replace("_", "-"), list(folded), n=1, cutoff=0.6)
    return folded[match[0]] if match else ""


def did_you_mean(name: str, known: Collection[str]) -> str:
    """A suggestion for a misspelt name, or nothing."""
    found = closest(name, known)
    return f"did you mean {quoted(found)}?" if found else ""


def known_names(name: str, known: Collection[str]) -> str:
    """A suggestion for a name that does not exist: the nearest, or the few there are."""
    near = did_you_mean(name, known)
    if near or not known:
        return near
    return f"there is {either(sorted(known)[:8], 'and')}{' …' if len(known) > 8 else ''}"


def what_is(node: Node) -> str:
    """A node in words, to say what stands where something else is wanted."""
    if isinstance(node, ListNode):
        return "a list"
    if isinstance(node, MapNode):
        return "a mapping"
    return "empty" if node.is_null else quoted(node.value)
