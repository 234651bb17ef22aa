"""The document types as shapes: one reading of their type hints, shared by the reader and the JSON Schema.

Only the type forms that the document types use are known; a new form fails here, in the first test.
"""

import types
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from alfred_tui.documents.limits import KEYS, RANGES, Keys, Range
from alfred_tui.domain.document.actions import Action
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.document.fields import Written

PROSE = frozenset({"title", "why", "about", "prompt", "warns"})
"""Fields that a person reads; a list in them is written with commas."""


class Words(msgspec.Struct, frozen=True):
    """Text. `form` is a mark of `domain.document.fields`, `id` or `verbatim`; empty for plain text."""

    form: str = ""


class Number(msgspec.Struct, frozen=True):
    """`form` is `integer`, `number`, `duration` or `ratio`."""

    form: str


class Flag(msgspec.Struct, frozen=True):
    """True or false."""


class Choice(msgspec.Struct, frozen=True):
    """One of a few words."""

    words: tuple[str, ...]


class Either(msgspec.Struct, frozen=True):
    """The first of the shapes that fits."""

    options: "tuple[Shape, ...]"


class Listing(msgspec.Struct, frozen=True):
    """A list of one shape."""

    item: "Shape"


class Table(msgspec.Struct, frozen=True):
    """A mapping with free keys."""

    item: "Shape"


class Record(msgspec.Struct, frozen=True):
    """A mapping with the fields of a struct."""

    cls: type[msgspec.Struct]


Shape = Words | Number | Flag | Choice | Either | Listing | Table | Record


class FieldShape(msgspec.Struct, frozen=True):
    """A field of a struct as it is written."""

    name: str
    shape: Shape
    required: bool
    default: object
    range: Range | None
    keys: Keys | None
    runtime: bool
    """Whether `${steps.ID.NAME}` may stand in it."""

    @property
    def some(self) -> bool:
        """Whether an empty list or mapping does not do: it must be there, or stands in the place of a default
        that holds something, and would let any answer do."""
        return self.required or (isinstance(self.default, tuple | dict) and bool(self.default))

    @property
    def filled(self) -> bool:
        """Whether an empty text does not do: where one must be there, and as an item of a list, where it is
        read as a name, unless the default says otherwise."""
        if isinstance(self.shape, Listing):
            return not (isinstance(self.default, tuple) and "" in self.default)
        return self.required

    @property
    def prose(self) -> bool:
        """Whether a person reads it."""
        return self.name in PROSE


_NOTED = Words("noted")


@cache
def fields_of(cls: type[msgspec.Struct]) -> dict[str, FieldShape]:
    """The fields of a struct by name, as far as a file has them.

    A step's action is not among them, its key is the action's own; nor is what the reader notes.
    """
    found: dict[str, FieldShape] = {}
    for info in msgspec.structs.fields(cls):
        if cls is Step and info.name == "action":
            continue
        shape = _field_shape(cls, info)
        if shape == _NOTED:
            continue
        found[info.name] = FieldShape(
            name=info.name,
            shape=shape,
            required=info.required,
            default=_default(info),
            range=RANGES.get((cls.__name__, info.name)),
            keys=KEYS.get((cls.__name__, info.name)),
            runtime=_holds_text(shape)
            and (issubclass(cls, Action) or (cls is Step and info.name in ("cwd", "env"))),
        )
    return found


def _default(info: msgspec.structs.FieldInfo) -> object:
    if info.default_factory is not msgspec.NODEFAULT:
        return info.default_factory()
    return None if info.default is msgspec.NODEFAULT else info.default


def _field_shape(cls: type[msgspec.Struct], info: msgspec.structs.FieldInfo) -> Shape:
    if info.name == "id":
        return Words("id")
    if cls is Step and info.name == "source":
        return Words("verbatim")
    return shape_of(info.type)


def _holds_text(shape: Shape) -> bool:
    if isinstance(shape, Listing | Table):
        return _holds_text(shape.item)
    return isinstance(shape, Words) and shape.form in ("", "shell", "typed")


def shape_of(hint: Any) -> Shape:
    """The shape of a type hint. Raises TypeError for a form that no document type uses."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        mark = next(one for one in args if isinstance(one, Written))
        return Number(mark.form) if args[0] is float else Words(mark.form)
    if origin is Literal:
        return Choice(tuple(args))
    if origin is tuple:
        return Listing(shape_of(args[0]))
    if origin is dict:
        return Table(shape_of(args[1]))
    if origin in (Union, types.UnionType):
        options = tuple(shape_of(one) for one in args if one is not type(None))
        return options[0] if len(options) == 1 else Either(options)
    return _plain(hint)


def _plain(hint: Any) -> Shape:
    simple: dict[object, Shape] = {
        str: Words(),
        int: Number("integer"),
        float: Number("number"),
        bool: Flag(),
    }
    if hint in simple:
        return simple[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return Record(hint)
    raise TypeError(f"a document field cannot be {hint}")
