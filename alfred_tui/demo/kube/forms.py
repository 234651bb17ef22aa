"""The forms a client can ask objects in: whole, as a Table for printing, or their metadata alone."""

from collections.abc import Iterator

import msgspec

from alfred_tui.demo.kube.encoding import ObjectBytes, encode, joined_pieces, list_pieces
from alfred_tui.demo.kube.errors import ApiError
from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.tables import printer

WHOLE = "whole"
TABLE = "Table"
PARTIAL = "PartialObjectMetadata"


class Form(msgspec.Struct, frozen=True):
    """`as_` is one of the above, `version` meta.k8s.io's, `include` what a row carries of its object."""

    as_: str = WHOLE
    version: str = "v1"
    include: str = "Metadata"


def form(accept: str, include: str) -> Form:
    """The first form of an Accept header that is served; ApiError 406 when there is none."""
    if not accept.strip():
        return Form()
    for clause in accept.split(","):
        kind, *rest = (part.strip() for part in clause.split(";"))
        parameters = dict(part.partition("=")[::2] for part in rest)
        wanted = parameters.get("as", "")
        if wanted in (TABLE, PARTIAL, f"{PARTIAL}List") and kind in ("application/json", "*/*"):
            as_ = TABLE if wanted == TABLE else PARTIAL
            return Form(as_, parameters.get("v", "v1"), include or "Metadata")
        if not wanted and kind in ("application/json", "*/*", "application/*", _PROTOBUF, "text/plain"):
            return Form()
    message = "only the following media types are accepted: application/json, application/json;as=Table"
    raise ApiError(406, "NotAcceptable", message, {})


# Clients that prefer protobuf take JSON as well; the answer says which it is.
_PROTOBUF = "application/vnd.kubernetes.protobuf"


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
