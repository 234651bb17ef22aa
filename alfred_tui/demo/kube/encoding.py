"""Objects as JSON bytes, encoded once per version, so that large lists and watches only join bytes."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.objects import DELETED, Change, Key, Obj

_Place = tuple[Key, str, str]

_encode = msgspec.json.Encoder().encode


def encode(value: Any) -> bytes:
    return _encode(value)


def typed(kind: Kind, obj: Obj) -> Obj:
    """The object with kind and apiVersion first, as the API server writes it."""
    rest = {name: value for name, value in obj.items() if name not in ("kind", "apiVersion")}
    return {"kind": kind.kind, "apiVersion": kind.api_version, **rest}


class ObjectBytes:
    """The encoded objects of the store, by resourceVersion."""

    def __init__(self) -> None:
        self._cache: dict[_Place, tuple[str, bytes]] = {}

    def item(self, kind: Kind, obj: Obj) -> bytes:
        """The object as it stands in a list: without kind and apiVersion."""
        meta = obj["metadata"]
        place = (kind.key, meta.get("namespace", ""), meta.get("name", ""))
        version = meta.get("resourceVersion", "")
        cached = self._cache.get(place)
        if cached is not None and cached[0] == version and version:
            return cached[1]
        rest = {name: value for name, value in obj.items() if name not in ("kind", "apiVersion")}
        body = _encode(rest)
        # A watcher that lags asks for older versions: those must not push out the current one.
        if version and (cached is None or int(version) > int(cached[0])):
            self._cache[place] = (version, body)
        return body

    def whole(self, kind: Kind, obj: Obj) -> bytes:
        """The object as it stands alone."""
        return _head(kind.kind, kind.api_version) + self.item(kind, obj)[1:]

    def forget(self, change: Change) -> None:
        """Drops a deleted object's bytes (a listener of the store); events stand under two groups."""
        if change.type == DELETED:
            meta = change.obj["metadata"]
            for key in (change.key, Key(f"{change.key.resource}.k8s.io", change.key.resource)):
                self._cache.pop((key, meta.get("namespace", ""), meta.get("name", "")), None)


def _head(kind: str, api_version: str) -> bytes:
    return f'{{"kind":"{kind}","apiVersion":"{api_version}",'.encode()


# Bytes of a list handed on at once: enough to be few, little enough not to hold up the others.
_PIECE = 256 * 1024


def list_pieces(kind: str, api_version: str, meta: Obj, items: Iterable[bytes]) -> Iterator[bytes]:
    """A List object around encoded items, in pieces."""
    head = _head(kind, api_version) + b'"metadata":' + _encode(meta) + b',"items":['
    return joined_pieces(head, items, b"]}\n")


def joined_pieces(head: bytes, items: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    """`head`, the items with commas between them, and `end`, in pieces."""
    waiting = [head]
    size = 0
    for at, item in enumerate(items):
        if at:
            waiting.append(b",")
        waiting.append(item)
        size += len(item)
        if size >= _PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    waiting.append(end)
    yield b"".join(waiting)


def watch_event(kind: str, obj: bytes) -> bytes:
    """One line of a watch."""
    return b'{"type":"' + kind.encode() + b'","object":' + obj + b"}\n"
