"""The tree of a document as it was written: text, lists and mappings with their places.

Scalars stay text. What `yes`, `010` or `1:30` means is decided by the field that takes it, so that YAML's
guesses never change a value.
"""

from bisect import bisect_right
from collections.abc import Iterator

import msgspec

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class TextNode(msgspec.Struct, frozen=True, eq=False):
    """A scalar. `start` and `end` are indexes of its characters in the file, quotes included."""

    value: str
    start: int
    end: int
    plain: bool = True
    """Written without quotes and not as a block."""

    @property
    def is_null(self) -> bool:
        """Whether nothing was written: an empty plain scalar, `~` or `null`."""
        return self.plain and self.value in _NULLS


class ListNode(msgspec.Struct, frozen=True, eq=False):
    """A sequence."""

    items: "tuple[Node, ...]"
    start: int
    end: int


class MapNode(msgspec.Struct, frozen=True, eq=False):
    """A mapping; its keys are unique."""

    entries: "dict[str, tuple[TextNode, Node]]"
    start: int
    end: int

    def key(self, name: str) -> "TextNode | None":
        """The key as it stands in the file."""
        entry = self.entries.get(name)
        return entry[0] if entry else None

    def get(self, name: str) -> "Node | None":
        """The value of a key."""
        entry = self.entries.get(name)
        return entry[1] if entry else None

    def __iter__(self) -> "Iterator[tuple[TextNode, Node]]":
        return iter(self.entries.values())


Node = TextNode | ListNode | MapNode


class Source(msgspec.Struct, frozen=True):
    """A file's name and text, and the way from an index to a line and a column."""

    name: str
    text: str
    _starts: list[int] = []

    def position(self, index: int) -> tuple[int, int]:
        """Line and column of the character at `index`, both from 1."""
        if not self._starts:
            self._starts.append(0)
            at = 0
            for text in self.text.splitlines(keepends=True):
                at += len(text)
                if text.endswith(("\n", "\r")):
                    self._starts.append(at)
        index = max(0, min(index, len(self.text)))
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def locate(self, node: TextNode, needle: str, nth: int = 0) -> int:
        """Index of the `nth` `needle` in the node as written; the node's start when escapes hide it."""
        at = node.start - 1
        for _ in range(nth + 1):
            at = self.text.find(needle, at + 1, node.end)
            if at < 0:
                return node.start
        return at
