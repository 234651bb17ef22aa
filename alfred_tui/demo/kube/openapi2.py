"""The OpenAPI v2 document: empty, since clients ask for it only where they do not find a kind in v3.

kubectl then reads from it that nothing is known of the kind, and says so in its own words; without a
document it would give up on everything in the same file. It takes the document in gnostic's protobuf.
"""

import json

PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_ASKED = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
_TITLE, _VERSION = "Kubernetes", "v1.36.0"


def wants_protobuf(accept: str) -> bool:
    """Whether a client asks for the document in protobuf before JSON."""
    first = accept.partition(",")[0].partition(";")[0].strip()
    return first in (PROTOBUF, _ASKED)


def as_json() -> bytes:
    info = {"title": _TITLE, "version": _VERSION}
    return json.dumps({"swagger": "2.0", "info": info, "paths": {}}, separators=(",", ":")).encode()


def as_protobuf() -> bytes:
    """openapi.v2.Document with swagger (1), info (2: title 1, version 2), paths (8) and definitions (9)."""
    info = _field(1, _TITLE.encode()) + _field(2, _VERSION.encode())
    return _field(1, b"2.0") + _field(2, info) + _field(8, b"") + _field(9, b"")


def _field(number: int, value: bytes) -> bytes:
    return bytes((number << 3 | 2, len(value))) + value
