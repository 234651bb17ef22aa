"""What fields the API objects have and how lists and maps among them merge.

One description serves strategic merge patches, server-side apply, strict field validation, protobuf
request bodies and the OpenAPI documents, so that they cannot disagree. It is data: `schema.txt`.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import msgspec

_NAMES = "string integer number boolean bytes quantity intorstring time microtime duration any"
SCALARS = frozenset(_NAMES.split(" "))


class Type(msgspec.Struct, frozen=True):
    """A field's type: a scalar's or definition's name, or a list or map (`container`) of those."""

    name: str
    container: str = ""
    """"" a single value, "[]" a list, "{}" a map."""
    atomic: bool = False
    is_set: bool = False
    map_keys: tuple[str, ...] = ()
    """The fields that identify an item of an associative list, for server-side apply."""
    patch_merge: bool = False
    patch_merge_key: str = ""
    """The field that identifies an item in a strategic merge patch; "" in a merged list of primitives."""

    @property
    def is_definition(self) -> bool:
        return self.name not in SCALARS

    def item(self) -> "Type":
        """The type of a list's items or a map's values."""
        return Type(self.name)


class Field(msgspec.Struct, frozen=True):
    """A field as it stands in JSON, with the protobuf path that leads to it."""

    name: str
    number: int
    type: Type


class Definition(msgspec.Struct, frozen=True):
    """An object's fields by JSON name; `inline` are definitions that protobuf nests and JSON does not."""

    name: str
    atomic: bool
    fields: dict[str, Field]
    inline: dict[int, str]
    numbers: dict[int, Field]


def _type(text: str, traits: list[str]) -> Type:
    container = text[:2] if text[:2] in ("[]", "{}") else ""
    keys: tuple[str, ...] = ()
    merge_key = ""
    for trait in traits:
        kind, _, value = trait.partition(":")
        if kind == "map":
            keys = tuple(value.split(","))
        elif kind == "merge":
            merge_key = value
    return Type(
        name=text.removeprefix(container),
        container=container,
        # A list with no trait is replaced as a whole.
        atomic="atomic" in traits or (container == "[]" and not keys and "set" not in traits),
        is_set="set" in traits,
        map_keys=keys,
        patch_merge=any(trait.partition(":")[0] == "merge" for trait in traits),
        patch_merge_key=merge_key,
    )


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    head, rows = "", list[str]()
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if line.startswith(" "):
            rows.append(line)
            continue
        if head:
            yield head, rows
        head, rows = line, []
    yield head, rows


@cache
def definitions() -> dict[str, Definition]:
    """All definitions by name, such as `core.v1.Pod` or `meta.v1.ObjectMeta`."""
    text = files("alfred_tui.demo.kube").joinpath("schema.txt").read_text(encoding="utf-8")
    found: dict[str, Definition] = {}
    for head, rows in _blocks(text):
        name, _, trait = head.partition(" ")
        inline: dict[int, str] = {}
        numbers: dict[int, Field] = {}
        for row in rows:
            field, number, type_text, *traits = row.split()
            if field == "~":
                inline[int(number)] = type_text
            else:
                numbers[int(number)] = Field(field, int(number), _type(type_text, traits))
        fields = {field.name: field for field in numbers.values()}
        found[name] = Definition(name, trait == "atomic", fields, inline, numbers)
    for definition in found.values():
        for other in definition.inline.values():
            definition.fields.update(found[other].fields)
    return found


def definition(name: str) -> Definition | None:
    """The definition of that name, or None where the structure is not known."""
    return definitions().get(name)


def field_type(owner: Definition | None, field: str) -> Type | None:
    """The type of a definition's field, or None where the definition or the field is not known."""
    if owner is None:
        return None
    found = owner.fields.get(field)
    return None if found is None else found.type


# Every top-level object has these beside what its definition lists.
TYPE_FIELDS = ("apiVersion", "kind")
