"""From bytes to nodes: YAML without its guesses, its duplicates and its bombs.

libyaml's events are built into our own nodes, so that every value knows its place, a duplicate key is
refused with both lines, and aliases are counted before they are followed.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from alfred_tui.documents.findings import Findings
from alfred_tui.documents.nodes import ListNode, MapNode, Node, Source, TextNode
from alfred_tui.documents.wording import closest, quoted
from alfred_tui.documents.yaml_errors import in_words

MAX_BYTES = 5_000_000
MAX_DEPTH = 60
MAX_NODES = 200_000
"""Values after all aliases are followed; long texts count once more for every 256 characters."""

_EVENTS = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def read_nodes(
    data: bytes | str, name: str, starts: str = 'a checklist starts with "title:" and "phases:"'
) -> tuple[Node, Findings]:
    """The root of the only document in `data`, and what was found wrong so far. `starts` says how a document
    of its kind begins, to whom gives an empty one.

    Raises `Invalid` where reading cannot go on: not UTF-8, too large, empty, or not YAML.
    """
    source = _source(data, name)
    findings = Findings(source)
    root = _Builder(source, findings).build()
    if root is None or (isinstance(root, TextNode) and root.is_null):
        findings.error(0, "the file is empty", starts)
        raise findings.invalid()
    return root, findings


def _source(data: bytes | str, name: str) -> Source:
    if len(data) > MAX_BYTES:
        raise _stop(
            name,
            "",
            0,
            f"the file is larger than {MAX_BYTES // 1_000_000} MB",
            "a checklist is text of some KB",
        )
    text = data if isinstance(data, str) else _decoded(data, name)
    text = text.removeprefix("\ufeff")
    found = _CONTROL.search(text)
    if found:
        what = f"the control character U+{ord(found[0]):04X} stands here"
        raise _stop(name, text, found.start(), what, 'remove it, or write it as an escape in "double quotes"')
    return Source(name, text)


def _decoded(data: bytes, name: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _stop(name, "", 0, "the file is UTF-16", "save it as UTF-8")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        what = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        raise _stop(name, before, len(before), what, "save the file as UTF-8") from None


def _stop(name: str, text: str, index: int, message: str, suggestion: str) -> Exception:
    findings = Findings(Source(name, text))
    findings.error(index, message, suggestion)
    return findings.invalid()


def _index(mark: object) -> int:
    return int(getattr(mark, "index", 0))


class _Open:
    """A list or mapping whose end has not been seen."""

    __slots__ = ("anchor", "entries", "is_map", "items", "key", "start", "weight")

    def __init__(self, start: int, anchor: str | None, *, is_map: bool) -> None:
        self.start = start
        self.anchor = anchor
        self.is_map = is_map
        self.items: list[Node] = []
        self.entries: dict[str, tuple[TextNode, Node]] = {}
        self.key: Node | None = None
        self.weight = 1


class _Builder:
    """Builds nodes from events without recursion. Depth and expanded size are bounded while it builds."""

    def __init__(self, source: Source, findings: Findings) -> None:
        self._source = source
        self._findings = findings
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._weight = 0
        self._root: Node | None = None

    def build(self) -> Node | None:
        documents = 0
        for event in self._events():
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._fail(
                        event,
                        "a second document starts here",
                        'one file holds one document; remove the "---"',
                    )
            else:
                self._take(event)
        return self._root

    def _events(self) -> Iterator[yaml.Event]:
        try:
            yield from yaml.parse(self._source.text, Loader=_EVENTS)
        except yaml.MarkedYAMLError as error:
            index, message, suggestion = in_words(error, self._source.text)
            self._findings.error(index, message, suggestion)
            raise self._findings.invalid() from None

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.NodeEvent):
            self._check_tag(event)
        start, end = _index(event.start_mark), _index(event.end_mark)
        if isinstance(event, yaml.ScalarEvent):
            node = TextNode(event.value, start, end, plain=not event.style)
            self._add(node, 1 + len(event.value) // 256, event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(self._open) >= MAX_DEPTH:
                self._fail(event, f"values are nested deeper than {MAX_DEPTH}", "no document needs that")
            is_map = isinstance(event, yaml.MappingStartEvent)
            self._open.append(_Open(start, event.anchor, is_map=is_map))
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self._open.pop()
            closed: Node
            if done.is_map:
                closed = MapNode(done.entries, done.start, end)
            else:
                closed = ListNode(tuple(done.items), done.start, end)
            self._add(closed, done.weight, done.anchor)

    def _add(self, node: Node, weight: int, anchor: str | None = None) -> None:
        if anchor:
            self._anchors[anchor] = (node, weight)
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.weight += weight
        if parent.weight > MAX_NODES:
            text = f"the document holds more than {MAX_NODES} values once its aliases are followed"
            self._fail(node.start, text, "write less, or repeat less with * aliases")
        if not parent.is_map:
            parent.items.append(node)
        elif parent.key is None:
            parent.key = node
        else:
            self._pair(parent, parent.key, node)
            parent.key = None

    def _pair(self, parent: _Open, key: Node, value: Node) -> None:
        if not isinstance(key, TextNode):
            self._findings.error(
                key, "a key must be text", 'for a text that starts with [ or {, put it in "quotes"'
            )
        elif key.plain and key.value == "<<":
            self._findings.error(
                key, 'merge keys ("<<") are not read', "write the keys out, or use a * alias for a value"
            )
        elif key.value in parent.entries:
            first = self._findings.line(parent.entries[key.value][0])
            text = f"the key {quoted(key.value)} is there twice: in line {first} and here"
            self._findings.error(key, text, "remove one of them")
        else:
            parent.entries[key.value] = (key, value)

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = str(event.anchor)
        if any(one.anchor == name for one in self._open):
            self._fail(
                event,
                f"the alias *{name} stands inside what it repeats",
                "it would never end; write the value out",
            )
        if name not in self._anchors:
            self._fail(
                event,
                f"the alias *{name} has no anchor &{name} before it",
                'for a text that starts with *, put it in "quotes"',
            )
        node, weight = self._anchors[name]
        self._add(node, weight)

    def _check_tag(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self._findings.error(
                _index(event.start_mark), f"the tag {quoted(shown)} is not read", "write the value without it"
            )

    def _fail(self, at: yaml.Event | int, message: str, suggestion: str) -> None:
        index = at if isinstance(at, int) else _index(at.start_mark)
        self._findings.error(index, message, suggestion)
        raise self._findings.invalid()


def read_file(path: Path) -> bytes:
    """The bytes of a file, at most one more than is read. Raises `Invalid` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _stop(str(path), "", 0, "there is no such file", _neighbours(path)) from None
    except IsADirectoryError:
        raise _stop(str(path), "", 0, "this is a folder", "name a file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _stop(str(path), "", 0, f"the file cannot be read: {reason}", "") from None


def _neighbours(path: Path) -> str:
    try:
        names = [one.name for one in path.parent.iterdir() if one.suffix in (".yaml", ".yml")]
    except OSError:
        return f"there is no folder {path.parent} either"
    known = {Path(one).stem: one for one in names[:1000]}
    # The ending that all of them share says nothing about which was meant.
    found = closest(path.stem, known)
    return f"did you mean {quoted(known[found])}?" if found else ""
