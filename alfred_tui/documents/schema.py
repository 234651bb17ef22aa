"""The JSON Schema of a checklist file, made from the document types, for editors to complete and check by.

It says what can be said of one value by itself; what holds between values the reader says. It refuses nothing
that the reader takes: what is a number or a truth value to YAML is a text where a text is wanted, a number in
quotes is one where a number is wanted, and a value may be written as a `${reference}` wherever the reader
fills one in. JSON Schema draft 7, which editors know best.
"""

import ast
import inspect
import json
import textwrap
from functools import cache
from typing import Any

import msgspec

from alfred_tui.documents.limits import ID, Keys, Range
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
from alfred_tui.domain.document.actions import BY_KEY, Action
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.duration import format_duration

Json = dict[str, Any]

_REFERENCE = r"^\s*\$\{[^{}\n]+\}\s*$"
_DURATION = r"^\s*(0|(\d+(\.\d+)?(ms|s|m|h|d|w))+)\s*$"
_LASTING = r"^\s*(?=.*[1-9])(\d+(\.\d+)?(ms|s|m|h|d|w))+\s*$"
_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
_INTEGER = r"[+-]?(0|[1-9]\d*)"
_PERCENT = r"[+]?(0*100(\.0*)?|0*\d{1,2}(\.\d*)?|\.\d+)\s*%"
_PART = r"[+]?(0*1(\.0*)?|0+(\.\d*)?|\.\d+|(\d+(\.\d*)?|\.\d+)[eE][+-]?\d+)"
_SHARE = rf"^\s*({_PERCENT}|{_PART})\s*$"
_FORMS = {
    "duration": "A duration such as 90s, 15m or 1h30m.",
    "ratio": "A share such as 1% or 0.01.",
    "regex": "A regular expression (Python's).",
    "step": "The id of a step.",
    "host": "The name of an entry of hosts.",
    "secret": "The name of an entry of secrets.",
    "shell": "A shell command. Values that are filled in are quoted.",
    "typed": "A word that can be typed as it is read.",
    "id": "Small letters, digits and -.",
    "verbatim": "Shown as it stands; nothing is filled in.",
}


def json_schema() -> Json:
    """The schema as a JSON document."""
    definitions: Json = {}
    root = _record(Checklist, definitions)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "alfred-cockpit checklist",
        **root,
        "definitions": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """The schema as the file that is shipped."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _record(cls: type[msgspec.Struct], definitions: Json) -> Json:
    fields = fields_of(cls)
    told = field_docs(cls)
    properties = {name: _field(field, told.get(name, ""), definitions) for name, field in fields.items()}
    schema: Json = {"type": "object", "description": doc(cls)}
    required = [name for name, field in fields.items() if field.required]
    if cls is Step:
        properties.update({key: _action(action, definitions) for key, action in BY_KEY.items()})
        schema["oneOf"] = [{"required": [key]} for key in BY_KEY]
    schema["properties"] = properties
    if required:
        schema["required"] = required
    schema["additionalProperties"] = False
    return schema


def _reference(cls: type[msgspec.Struct], definitions: Json) -> Json:
    name = cls.__name__
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = _record(cls, definitions)
    return {"$ref": f"#/definitions/{name}"}


def _action(cls: type[Action], definitions: Json) -> Json:
    """An action as a mapping, or as what may be written in its place."""
    forms: list[Json] = [_reference(cls, definitions)]
    fields = fields_of(cls)
    required = [name for name, field in fields.items() if field.required]
    if cls.sugar and set(required) <= {cls.sugar}:
        field = fields[cls.sugar]
        forms.append(_not_empty(_shape(field.shape, field.range, None, definitions), field))
        if isinstance(field.shape, Listing):
            forms.append({**_words(""), "pattern": r"^[^,]*[^,\s][^,]*$"})
    if not required:
        forms.append({"type": "null"})
    return {"description": doc(cls), "anyOf": forms}


def _field(field: FieldShape, told: str, definitions: Json) -> Json:
    if isinstance(field.shape, Record) and issubclass(field.shape.cls, Action):
        schema = _action(field.shape.cls, definitions)
    else:
        schema = _shape(field.shape, field.range, field.keys, definitions)
        if "$ref" in schema:
            schema = {"allOf": [schema]}  # what stands beside a $ref is ignored in draft 7
    schema = _not_empty(schema, field)
    described = told or schema.get("description", "")
    if described:
        schema = {
            "description": described,
            **{key: one for key, one in schema.items() if key != "description"},
        }
    plain = msgspec.to_builtins(field.default)
    if not field.required and isinstance(plain, str | int | float | bool | list) and plain not in ("", []):
        schema["default"] = _written(field.shape, plain)
    return schema


def _not_empty(schema: Json, field: FieldShape) -> Json:
    if isinstance(field.shape, Listing):
        listed = schema["anyOf"][0]
        if field.some:
            listed["minItems"] = 1
        if field.filled and isinstance(field.shape.item, Words):
            listed["items"].setdefault("pattern", r"\S")
    elif field.some and isinstance(field.shape, Table):
        schema["minProperties"] = 1
    elif field.required and isinstance(field.shape, Words):
        schema.setdefault("pattern", r"\S")
    return schema


def _written(shape: Shape, value: Any) -> Any:
    if isinstance(shape, Number) and shape.form == "duration":
        return format_duration(float(value))
    return value


def _shape(shape: Shape, bounds: Range | None, keys: Keys | None, definitions: Json) -> Json:
    match shape:
        case Words(form=form):
            return _words(form)
        case Number(form=form):
            return _number(form, bounds)
        case Flag():
            return {"anyOf": [{"type": "boolean"}, {"enum": ["true", "false"]}, _filled_in()]}
        case Choice(words=words):
            return {"anyOf": [{"enum": list(words)}, _filled_in()]}
        case Either(options=options):
            return {"anyOf": [_shape(one, bounds, None, definitions) for one in options]}
        case Listing(item=item):
            forms = [{"type": "array", "items": _shape(item, bounds, None, definitions)}]
            return {"anyOf": forms if isinstance(item, Record) else [*forms, _filled_in()]}
        case Table(item=item):
            inner = _shape(item, bounds, None, definitions)
            names: Json = {"propertyNames": {"pattern": f"^{keys.pattern.pattern}$"}} if keys else {}
            return {"type": "object", "additionalProperties": inner, **names}
        case Record(cls=cls):
            return _reference(cls, definitions)


def _filled_in() -> Json:
    return {"type": "string", "pattern": _REFERENCE}


def _words(form: str) -> Json:
    schema: Json = {"type": ["string", "number", "boolean"]}
    if form in _FORMS:
        schema["description"] = _FORMS[form]
    if form == "id":
        schema |= {"type": ["string", "integer", "boolean"], "pattern": f"^{ID.pattern}$", "minimum": 0}
    if form == "typed":
        schema["pattern"] = r"^\S(.*\S)?$"
    if form == "regex":
        schema["format"] = "regex"
    return schema


def _number(form: str, bounds: Range | None) -> Json:
    if form == "duration":
        written = [{"type": "string", "pattern": _LASTING if bounds and bounds.positive else _DURATION}]
        nothing = [] if bounds and bounds.positive else [{"const": 0}]
        return {"description": _FORMS[form], "anyOf": [*written, *nothing, _filled_in()]}
    number: Json = {"type": "integer" if form == "integer" else "number"}
    if bounds and bounds.low is not None and not bounds.positive:
        number["minimum"] = bounds.low
    if bounds and bounds.positive:
        number["exclusiveMinimum"] = 0
    if bounds and bounds.high is not None:
        number["maximum"] = bounds.high
    if form == "ratio":
        share = {"type": "string", "pattern": _SHARE}
        return {"description": _FORMS[form], "anyOf": [number, share, _filled_in()]}
    quoted = {"type": "string", "pattern": rf"^\s*{_INTEGER if form == 'integer' else _NUMBER}\s*$"}
    return {"anyOf": [number, quoted, _filled_in()]}


def doc(cls: type) -> str:
    """A class's docstring on one line."""
    return " ".join(inspect.cleandoc(cls.__doc__ or "").split())


@cache
def field_docs(cls: type[msgspec.Struct]) -> dict[str, str]:
    """What is written under the fields of a class, and of the classes that it extends."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, msgspec.Struct) and base.__module__.startswith("alfred_tui"):
            found.update(_written_under(base))
    return found


def _written_under(cls: type) -> dict[str, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for before, after in zip(body.body, body.body[1:], strict=False):
        if not isinstance(before, ast.AnnAssign) or not isinstance(before.target, ast.Name):
            continue
        if (
            isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            found[before.target.id] = " ".join(after.value.value.split())
    return found
