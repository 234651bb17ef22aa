"""The lines of a watch, read as far as every kind has the same: what happened, and how far it is told."""

import msgspec


class Event(msgspec.Struct):
    """One line: its type, and the object as it came."""

    type: str = ""
    object: msgspec.Raw = msgspec.Raw(b"{}")


class VersionOnly(msgspec.Struct, rename="camel", frozen=True):
    """The metadata of a bookmark."""

    resource_version: str = ""
    annotations: dict[str, str] | None = None


class _Bookmark(msgspec.Struct):
    metadata: VersionOnly = VersionOnly()


_event = msgspec.json.Decoder(Event)
_bookmark = msgspec.json.Decoder(_Bookmark)


def read_event(line: bytes) -> Event:
    """The event of a line. Raises msgspec's errors for any other line."""
    return _event.decode(line)


def read_bookmark(raw: msgspec.Raw) -> VersionOnly:
    """The metadata of a BOOKMARK's object."""
    return _bookmark.decode(raw).metadata
