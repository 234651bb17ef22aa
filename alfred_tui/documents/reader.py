"""Reads nodes into the document types, by their shapes, and tells every problem on the way.

A value that is wrong is told and replaced by a neutral one, so that reading goes on; the document is
refused at the end.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from alfred_tui.documents import scalars
from alfred_tui.documents.findings import Findings
from alfred_tui.documents.limits import Keys, Range
from alfred_tui.documents.nodes import MapNode, Node, TextNode
from alfred_tui.documents.scalars import NotThat
from alfred_tui.documents.shapes import (
    Choice,
    Either,
    FieldShape,
    Flag,
    Listing,
    Number,
    Record,
    Shape,
    Table,
    Words,
    fields_of,
)
from alfred_tui.documents.sites import Sites
from alfred_tui.documents.variables import Scope, Site
from alfred_tui.documents.wording import all_of, closest, did_you_mean, quoted, what_is
from alfred_tui.domain.document.actions import Action

BAD: Final = object()
_NO_REFERENCES = frozenset({"id", "verbatim"})
_REFERENCES = frozenset({"step", "host", "secret"})
StructT = TypeVar("StructT", bound=msgspec.Struct)


class Reference(msgspec.Struct, frozen=True):
    """A text that must name something of the document. `form` is `step`, `host` or `secret`."""

    form: str
    name: str
    node: Node
    label: str


class Spot(msgspec.Struct, frozen=True):
    """The field that is being read."""

    label: str
    prose: bool = False
    runtime: bool = False
    range: Range | None = None
    keys: Keys | None = None
    sugar: bool = False
    """One text may stand for a list of one."""
    required: bool = False
    filled: bool = False
    """An empty text does not do."""

    @staticmethod
    def of(field: FieldShape, *, sugar: bool = False) -> "Spot":
        """The spot of a struct's field."""
        return Spot(
            field.name,
            field.prose,
            field.runtime,
            field.range,
            field.keys,
            sugar,
            field.required,
            field.filled,
        )


class Reader:
    """Reads one document. `scope` is absent where nothing is filled in."""

    def __init__(self, findings: Findings, scope: Scope | None = None) -> None:
        self.findings = findings
        self.scope = scope
        self.sites = Sites()
        self.references: list[Reference] = []

    def record(
        self, node: Node, cls: type[StructT], label: str, given: Mapping[str, Any] | None = None
    ) -> StructT:
        """A struct of `cls`; `given` are fields that were read elsewhere."""
        entries = self._entries(node, cls, label)
        self._tell_missing(node, cls, label, entries)
        values: dict[str, Any] = dict(given or {})
        bad: set[str] = set()
        for name, field in fields_of(cls).items():
            if name in values or (name not in entries and not field.required):
                continue
            value = self._field(node, entries.get(name), field)
            if value is not BAD:
                values[name] = value
                continue
            bad.add(name)
            if field.required:
                values[name] = neutral(field.shape)
        self._extra(node, cls, values, bad)
        made = cls(**values)
        self.sites.add(made, node, entries, bad)
        return made

    def _field(self, node: Node, value: Node | None, field: FieldShape) -> Any:
        """The value of a field of the struct at `node`, or BAD; `value` is None for one that is missing."""
        if value is None:
            return BAD
        read = self.value(value, field.shape, Spot.of(field, sugar=not isinstance(node, MapNode)))
        return self._not_empty(value, read, field.name) if field.some and read is not BAD else read

    def _extra(self, node: Node, cls: type[msgspec.Struct], values: dict[str, Any], bad: set[str]) -> None:
        """Reads what is not written as a field of its own."""

    def _known_keys(self, cls: type[msgspec.Struct]) -> frozenset[str]:
        return frozenset(fields_of(cls))

    def _tell_missing(
        self, node: Node, cls: type[msgspec.Struct], label: str, entries: Mapping[str, Node]
    ) -> None:
        """Required fields that are not there, unless an unknown key looks like a misspelling of one."""
        if not isinstance(node, MapNode):
            return
        fields = fields_of(cls)
        missing = [one.name for one in fields.values() if one.required and one.name not in entries]
        if missing:
            meant = {closest(name, fields) for name in entries if name not in self._known_keys(cls)}
            missing = [name for name in missing if name not in meant]
        if missing:
            self._missing(node, label, missing)

    def _missing(self, node: Node, label: str, names: list[str]) -> None:
        self.findings.error(node, f"{label} needs {all_of(quoted(name) for name in names)}")

    def _entries(self, node: Node, cls: type[msgspec.Struct], label: str) -> dict[str, Node]:
        """The fields as written; for an action's plain value, the field that it stands for."""
        if isinstance(node, MapNode):
            known = self._known_keys(cls)
            for key, _ in node:
                if key.value not in known:
                    self._unknown(key, cls, label)
            return {key.value: value for key, value in node}
        if issubclass(cls, Action):
            return self._plain_action(node, cls, label)
        self.findings.error(node, f"{label} wants a mapping, not {what_is(node)}", self._fields_hint(cls))
        return {}

    def _plain_action(self, node: Node, cls: type[Action], label: str) -> dict[str, Node]:
        fields = fields_of(cls)
        required = [name for name, field in fields.items() if field.required]
        if isinstance(node, TextNode) and node.is_null:
            if required:
                self.findings.error(node, f"{label} needs {all_of(quoted(name) for name in required)}")
            return {}
        if cls.sugar:
            if [name for name in required if name != cls.sugar]:
                self._missing(node, label, [name for name in required if name != cls.sugar])
            return {cls.sugar: node}
        self.findings.error(node, f"{label} wants a mapping, not {what_is(node)}", self._fields_hint(cls))
        return {}

    def _fields_hint(self, cls: type[msgspec.Struct]) -> str:
        names = list(fields_of(cls))
        if not names:
            return "write nothing after the colon"
        return f"write its fields, such as {names[0]}, under it"

    def _unknown(self, key: TextNode, cls: type[msgspec.Struct], label: str) -> None:
        self.findings.error(key, f"unknown key {quoted(key.value)}", self._meant(key.value, cls, label))

    def _meant(self, name: str, cls: type[msgspec.Struct], label: str) -> str:
        known = self._known_keys(cls)
        if not known:
            return "write nothing after the colon"
        return did_you_mean(name, known) or f"{label} knows {all_of(sorted(known))}"

    def _not_empty(self, node: Node, value: object, name: str) -> object:
        if value == ():
            self.findings.error(node, f"{name} is an empty list", "name at least one")
            return BAD
        if value == {}:
            self.findings.error(node, f"{name} is an empty mapping", 'write "name: value" in it')
            return BAD
        return value

    def value(self, node: Node, shape: Shape, spot: Spot) -> Any:
        """What a node says for a shape, or BAD after the problem was told."""
        if isinstance(shape, Record):
            return self.record(node, shape.cls, name_of(shape.cls, spot.label))
        if isinstance(shape, Listing):
            return self._listing(node, shape, spot)
        if isinstance(shape, Table):
            return self._table(node, shape, spot)
        if isinstance(node, TextNode) and not node.is_null:
            return self._scalar(node, shape, spot)
        self.findings.error(node, f"{spot.label} {_mismatch(node, shape)}", _empty_hint(node, spot))
        return BAD

    def _scalar(self, node: TextNode, shape: Shape, spot: Spot) -> Any:
        text = self._text(node, shape, spot)
        return BAD if text is None else self._as(node, text, shape, spot)

    def _as(self, node: TextNode, text: str, shape: Shape, spot: Spot) -> Any:
        """A text as what a shape wants, or BAD after the problem was told."""
        try:
            value = self._converted(node, text, shape, spot)
        except NotThat as wrong:
            self.findings.error(node, f"{spot.label} {wrong.message}", wrong.suggestion)
            return BAD
        if spot.filled and isinstance(value, str) and not value.strip():
            how = " once its variables are filled in" if node.value.strip() else ""
            self.findings.error(node, f"{spot.label} is empty{how}")
            return BAD
        return value

    def _text(self, node: TextNode, shape: Shape, spot: Spot) -> str | None:
        form = shape.form if isinstance(shape, Words) else ""
        if self.scope is None or form in _NO_REFERENCES:
            return node.value
        runtime = spot.runtime and isinstance(shape, Words)
        return self.scope.text(node, Site(spot.label, form == "shell", spot.prose, runtime))

    def _converted(self, node: TextNode, text: str, shape: Shape, spot: Spot) -> Any:
        match shape:
            case Words(form=form):
                text = text.removesuffix("\n")
                if form in _REFERENCES and text:
                    label = spot.label.removeprefix("an item of ")
                    self.references.append(Reference(form, text, node, label))
                return scalars.words(text, shape)
            case Number():
                return scalars.number(text, shape, spot.range)
            case Flag():
                return scalars.flag(text)
            case Choice():
                return scalars.choice(text, shape)
            case Either(options=options):
                return self._first(node, text, options, spot)
        raise TypeError(f"{shape} is not written as a scalar")

    def _first(self, node: TextNode, text: str, options: tuple[Shape, ...], spot: Spot) -> Any:
        told: list[NotThat] = []
        for option in options:
            try:
                return self._converted(node, text, option, spot)
            except NotThat as wrong:
                told.append(wrong)
        wanted = " or ".join(scalars.wants(option) for option in options)
        beyond = next((wrong for wrong in told if wrong.message.startswith("must")), None)
        raise beyond or NotThat(f"wants {wanted}; {quoted(text)} is neither")

    def _listing(self, node: Node, shape: Listing, spot: Spot) -> Any:
        item_spot = _inner(spot, f"an item of {spot.label}", filled=spot.filled)
        if isinstance(node, TextNode):
            return self._list_of_text(node, shape, spot, item_spot)
        if isinstance(node, MapNode):
            self.findings.error(
                node, f"{spot.label} wants a list, not a mapping", 'start each item with "- "'
            )
            return BAD
        found: list[Any] = []
        good = True
        for item in node.items:
            values = self._spliced(item, shape.item, item_spot)
            if values is None:
                values = [self.value(item, shape.item, item_spot)]
            found.extend(value for value in values if value is not BAD)
            good = good and BAD not in values
        return tuple(found) if good else BAD

    def _list_of_text(self, node: TextNode, shape: Listing, spot: Spot, item_spot: Spot) -> Any:
        spliced = self._spliced(node, shape.item, item_spot)
        if spliced is not None:
            return BAD if BAD in spliced else tuple(spliced)
        if node.is_null or not isinstance(shape.item, Words) or not spot.sugar or "," in node.value:
            self._not_a_list(node, shape, spot)
            return BAD
        value = self.value(node, shape.item, item_spot)
        return BAD if value is BAD else (value,)

    def _not_a_list(self, node: TextNode, shape: Listing, spot: Spot) -> None:
        advice = "write items under it" if spot.required else "remove the key, or write items under it"
        if not node.is_null:
            advice = "" if isinstance(shape.item, Record) else f"write [{node.value.strip()}]"
            if "${" in node.value:
                advice = "only a list variable can stand here by itself; write it as an item"
        self.findings.error(node, f"{spot.label} wants a list, not {what_is(node)}", advice)

    def _spliced(self, node: Node, shape: Shape, spot: Spot) -> list[Any] | None:
        """The items of the list variable that a node refers to, if it is one `${name}` and nothing else."""
        if self.scope is None or not isinstance(node, TextNode) or "${" not in node.value:
            return None
        if isinstance(shape, Record | Listing | Table):
            return None
        words = self.scope.listing(node)
        return None if words is None else [self._as(node, word, shape, spot) for word in words]

    def _table(self, node: Node, shape: Table, spot: Spot) -> Any:
        if not isinstance(node, MapNode):
            advice = _empty_hint(node, spot) or 'write "name: value" lines under it'
            self.findings.error(node, f"{spot.label} wants names with values, not {what_is(node)}", advice)
            return BAD
        found: dict[str, Any] = {}
        good = True
        for key, item in node:
            if spot.keys is not None and not spot.keys.pattern.fullmatch(key.value):
                text = f"{quoted(key.value)} cannot be a name in {spot.label}"
                self.findings.error(key, text, f"use {spot.keys.words}")
                good = False
            value = self.value(item, shape.item, _inner(spot, f"{spot.label}.{key.value}"))
            good = good and value is not BAD
            found[key.value] = value
        return found if good else BAD


def _inner(spot: Spot, label: str, *, filled: bool = False) -> Spot:
    return Spot(label, spot.prose, spot.runtime, spot.range, filled=filled)


def _mismatch(node: Node, shape: Shape) -> str:
    if isinstance(node, TextNode):
        return "is empty"
    wanted = (
        " or ".join(scalars.wants(one) for one in shape.options)
        if isinstance(shape, Either)
        else scalars.wants(shape)
    )
    return f"wants {wanted}, not {what_is(node)}"


def _empty_hint(node: Node, spot: Spot) -> str:
    if not isinstance(node, TextNode) or not node.is_null:
        return ""
    return "write a value" if spot.required else "write a value, or remove the key"


_NAMES = {
    "CanaryMetric": "the metric",
    "TriggerRule": "the trigger",
    "Phase": "the phase",
    "Section": "the section",
    "Step": "the step",
    "Procedure": "the procedure",
    "Column": "the column",
    "Panel": "the panel",
}


def name_of(cls: type[msgspec.Struct], label: str) -> str:
    """What a person calls a struct of the document."""
    return _NAMES.get(cls.__name__, label)


def neutral(shape: Shape) -> Any:
    """A value of a shape that stands for one that could not be read."""
    match shape:
        case Words():
            return ""
        case Number():
            return 0
        case Flag():
            return False
        case Choice(words=words):
            return words[0]
        case Listing():
            return ()
        case Table():
            return {}
        case Either(options=options):
            return neutral(options[0])
        case Record(cls=cls):
            return cls(**{f.name: neutral(f.shape) for f in fields_of(cls).values() if f.required})
