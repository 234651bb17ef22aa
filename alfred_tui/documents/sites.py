"""Where each part of a document stands in its file, for what is checked after it was read."""

from collections.abc import Mapping

import msgspec

from alfred_tui.documents.nodes import MapNode, Node


class Sites:
    """The node of every struct that was read, and of its fields; and which fields could not be read."""

    def __init__(self) -> None:
        self._nodes: dict[int, tuple[msgspec.Struct, Node]] = {}
        self._fields: dict[int, Mapping[str, Node]] = {}
        self._bad: set[tuple[int, str]] = set()

    def add(self, struct: msgspec.Struct, node: Node, fields: Mapping[str, Node], bad: set[str]) -> None:
        """Notes a struct. It is kept, so that its identity stays its own."""
        self._nodes[id(struct)] = (struct, node)
        self._fields[id(struct)] = fields
        self._bad.update((id(struct), name) for name in bad)

    def node(self, struct: msgspec.Struct) -> Node:
        """The struct's own node."""
        known = self._nodes.get(id(struct))
        return known[1] if known else MapNode({}, 0, 0)

    def field(self, struct: msgspec.Struct, name: str) -> Node:
        """The value of a field; the struct's node when it was left out."""
        return self._fields.get(id(struct), {}).get(name) or self.node(struct)

    def item(self, struct: msgspec.Struct, name: str, position: int) -> Node:
        """An item of a list field, or the list itself when it was not written as one."""
        node = self.field(struct, name)
        items = getattr(node, "items", ())
        return items[position] if position < len(items) else node

    def given(self, struct: msgspec.Struct, name: str) -> bool:
        """Whether the field was written."""
        return name in self._fields.get(id(struct), {})

    def good(self, struct: msgspec.Struct, name: str) -> bool:
        """Whether the field's value can be believed: it was left out, or read without a problem."""
        return (id(struct), name) not in self._bad
