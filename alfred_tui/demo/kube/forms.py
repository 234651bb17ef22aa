"""The forms a client can ask objects in: whole, as a Table for printing, or their metadata alone."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import yaml
from aiohttp import web

from alfred_tui.demo.kube.encoding import ObjectBytes, encode, joined_pieces, list_pieces
from alfred_tui.demo.kube.errors import ApiError, bad_request
from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.tables import printer

WHOLE = "whole"
TABLE = "Table"
PARTIAL = "PartialObjectMetadata"


_TYPES = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
_ANY = ("*/*", "application/*")
# Protobuf is not written: those who prefer it take JSON as well, and the answer says which it is.
# Logs are asked for as text.
_WHOLE_TYPES = (*_TYPES, *_ANY, "text/plain")
_YAML = "application/yaml"


class Form(msgspec.Struct, frozen=True):
    """`as_` is one of the above, `version` meta.k8s.io's, `include` what a row carries of its object.

    `of_list` is whether the metadata of a list was asked for, or of one object.
    """

    as_: str = WHOLE
    version: str = "v1"
    include: str = "Metadata"
    of_list: bool = False


def form(accept: str, include: str) -> Form:
    """The first form of an Accept header that is served; ApiError 406 when there is none."""
    if not accept.strip():
        return Form()
    known = False
    for kind, parameters in _clauses(accept):
        known = known or kind in _WHOLE_TYPES
        wanted = parameters.get("as", "")
        if not wanted and kind in _WHOLE_TYPES:
            return Form()
        served = parameters.get("g") == "meta.k8s.io" and parameters.get("v") in ("v1", "v1beta1")
        if wanted in (TABLE, PARTIAL, _PARTIAL_LIST) and served and kind in (_TYPES[0], *_ANY):
            as_ = TABLE if wanted == TABLE else PARTIAL
            return Form(as_, parameters["v"], include or "Metadata", wanted == _PARTIAL_LIST)
    listed = ", ".join(_TYPES)
    if known:
        raise ApiError(406, "NotAcceptable", f"only the following media types are accepted: {listed}")
    raise ApiError(406, "NotAcceptable", f"406: Not Acceptable\n\nAvailable representations: {listed}", {})


_PARTIAL_LIST = f"{PARTIAL}List"


def _clauses(accept: str) -> Iterator[tuple[str, dict[str, str]]]:
    for clause in accept.split(","):
        kind, *rest = (part.strip() for part in clause.split(";"))
        yield kind, dict(part.partition("=")[::2] for part in rest)


def check_form(wanted: Form, kind: Kind, *, is_list: bool) -> None:
    """ApiError 406 for a form of one object asked for a list, or the other way round; 400 for other rows."""
    internal = f"*{kind.definition.partition('.')[0]}.{kind.kind}"
    if wanted.as_ == PARTIAL and wanted.of_list != is_list:
        asked, got = (_PARTIAL_LIST, f"is not a list ({internal})")
        if is_list:
            asked, got = PARTIAL, f"is a list ({internal}List)"
        message = f"you requested {asked}, but the requested object {got}"
        raise ApiError(406, "NotAcceptable", message)
    if wanted.as_ == TABLE and wanted.include not in ("Metadata", "Object", "None"):
        why = f"Invalid value: \"{wanted.include}\": must be 'Metadata', 'Object', 'None', or empty"
        raise bad_request(f"Unable to convert to Table as requested: includeObject: {why}")


def prefers_yaml(accept: str) -> bool:
    """Whether the first type of an Accept header that is served is YAML."""
    return next((kind for kind, _ in _clauses(accept) if kind in _WHOLE_TYPES), "") == _YAML


def as_yaml(answer: web.StreamResponse) -> web.StreamResponse:
    """A JSON answer in YAML; any other as it is."""
    if (
        not isinstance(answer, web.Response)
        or answer.content_type != _TYPES[0]
        or not isinstance(answer.body, bytes)
    ):
        return answer
    value = json.loads(answer.body)
    text: bytes = yaml.dump(value, Dumper=_Dumper, default_flow_style=False, encoding="utf-8")
    return web.Response(body=text, status=answer.status, content_type=_YAML, headers=_kept(answer.headers))


class _Dumper(yaml.SafeDumper):
    """Quotes with double quotes, as Kubernetes does."""


def _plain_tag(dumper: Any, value: str) -> str:
    return str(dumper.resolve(yaml.ScalarNode, value, (True, False)))


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    plain = _plain_tag(dumper, value) == "tag:yaml.org,2002:str"
    style = "|" if "\n" in value else None if plain else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name in ("Warning", "Retry-After")}


def partial(obj: Obj, version: str) -> Obj:
    """PartialObjectMetadata of an object."""
    return {"kind": PARTIAL, "apiVersion": f"meta.k8s.io/{version}", "metadata": obj["metadata"]}


class Shaper:
    """Encodes objects in the form asked for."""

    def __init__(self, objects: ObjectBytes) -> None:
        self._objects = objects

    def one(self, kind: Kind, obj: Obj, wanted: Form, now: float) -> bytes:
        """One stored object."""
        if wanted.as_ == TABLE:
            meta = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
            return self.table(kind, [obj], meta, wanted, now, headers=True)
        if wanted.as_ == PARTIAL:
            return encode(partial(obj, wanted.version))
        return self._objects.whole(kind, obj)

    def many(self, kind: Kind, items: list[Obj], meta: Obj, wanted: Form, now: float) -> Iterator[bytes]:
        """A list of stored objects, in pieces."""
        if wanted.as_ == TABLE:
            return self._table_pieces(kind, items, meta, wanted, now, headers=True)
        if wanted.as_ == PARTIAL:
            encoded = (encode(partial(obj, wanted.version)) for obj in items)
            return list_pieces(f"{PARTIAL}List", f"meta.k8s.io/{wanted.version}", meta, encoded)
        encoded = (self._objects.item(kind, obj) for obj in items)
        return list_pieces(f"{kind.kind}List", kind.api_version, meta, encoded)

    def column_definitions(self, kind: Kind) -> list[Obj]:
        """A kind's column headers."""
        return [column.definition() for column in printer(kind.key).columns]

    def table(
        self, kind: Kind, items: list[Obj], meta: Obj, wanted: Form, now: float, *, headers: bool
    ) -> bytes:
        """A Table of meta.k8s.io; a watch sends its column headers once."""
        return b"".join(self._table_pieces(kind, items, meta, wanted, now, headers=headers))

    def _table_pieces(
        self, kind: Kind, items: list[Obj], meta: Obj, wanted: Form, now: float, *, headers: bool
    ) -> Iterator[bytes]:
        cells = printer(kind.key).cells
        table: Obj = {"kind": TABLE, "apiVersion": f"meta.k8s.io/{wanted.version}", "metadata": meta}
        table["columnDefinitions"] = self.column_definitions(kind) if headers else None
        rows = (encode({"cells": cells(obj, now), "object": _row_object(kind, obj, wanted)}) for obj in items)
        return joined_pieces(encode(table)[:-1] + b',"rows":[', rows, b"]}")


def _row_object(kind: Kind, obj: Obj, wanted: Form) -> Obj | None:
    if wanted.include == "None":
        return None
    if wanted.include == "Object":
        return {"kind": kind.kind, "apiVersion": kind.api_version, **obj}
    return partial(obj, wanted.version)
