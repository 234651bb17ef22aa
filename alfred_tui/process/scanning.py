"""Patterns held against the whole of an output, however long it is, in little memory."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from alfred_tui.domain.plain import without_escapes
from alfred_tui.process.reading import PIECE, STREAMS, Index, parts

_CARRIED = 1 << 14
"""Characters of the text before that a match may have begun in: matches may span lines within that."""
_LONGEST = 4 * PIECE
"""Bytes of a line that are searched at once."""


class Scan(msgspec.Struct, frozen=True):
    """What the patterns found."""

    first: tuple[str | None, ...]
    """The first match of each pattern, in the order in which they were given; None for one without."""
    missing: int
    """Bytes of the output that are not kept. Unless it is 0, that a pattern did not match means nothing."""


def scan(folder: Path, patterns: Sequence[str], stream: str = "") -> Scan:
    """Searches the spool's text for each pattern (`re.MULTILINE`); only what `stream` wrote, if one is named.

    Escape sequences are taken out, and each state of a progress line counts as a line. Blocks while it
    reads: call it in a thread.
    """
    wanted = dict(enumerate(re.compile(pattern, re.MULTILINE) for pattern in patterns))
    found: dict[int, str] = {}
    carried = ""
    for piece in _texts(folder, stream):
        if len(found) == len(wanted):
            break
        window = carried + piece
        for number, pattern in wanted.items():
            if number not in found and (match := pattern.search(window)):
                found[number] = match[0]
        at = window.rfind("\n", 0, max(0, len(window) - _CARRIED)) + 1
        carried = window[at:] if len(window) - at <= 2 * _CARRIED else ""
    return Scan(tuple(found.get(number) for number in wanted), missing(folder))


def stream_text(folder: Path, stream: str, limit: int) -> str:
    """The last `limit` bytes at most of what `stream` wrote, without escape sequences."""
    size = sum(end - start for start, end in _ranges(folder, stream))
    skip = max(0, size - limit)
    return without_escapes(b"".join(_pieces(folder, stream, skip)).decode("utf-8", "replace"))


def missing(folder: Path) -> int:
    """Bytes of output between the parts that are kept."""
    found = parts(folder)
    return sum(after.start - before.end for before, after in pairwise(found))


def _texts(folder: Path, stream: str) -> Iterator[str]:
    """The text in pieces that are as long as one read, and longer where a line is."""
    rest = b""
    for data in _pieces(folder, stream, 0):
        rest += data
        if len(rest) < PIECE:
            continue
        at = rest.rfind(b"\n") + 1
        if at or len(rest) >= _LONGEST:
            yield _text(rest[: at or len(rest)])
            rest = rest[at or len(rest) :]
    if rest:
        yield _text(rest)


def _text(data: bytes) -> str:
    text = without_escapes(data.decode("utf-8", "replace"))
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _pieces(folder: Path, stream: str, skip: int) -> Iterator[bytes]:
    """The bytes of the ranges, the first `skip` of them left out."""
    found = parts(folder)
    for low, high in _ranges(folder, stream):
        if skip >= high - low:
            skip -= high - low
            continue
        start, skip = low + skip, 0
        for part in found:
            at, end = max(start, part.start), min(high, part.end)
            while at < end:
                data = part.read(at - part.start, min(PIECE, end - at))
                if not data:
                    break
                yield data
                at += len(data)


def _ranges(folder: Path, stream: str) -> Iterator[tuple[int, int]]:
    """The ranges of the whole output that are kept and that `stream` wrote; all of them for no stream."""
    found = parts(folder)
    if not found:
        return
    numbers = {name: number for number, name in STREAMS.items()}
    wanted: Iterator[tuple[int, int]] = iter([(0, found[-1].end)])
    if stream:
        wanted = Index(folder).runs(numbers[stream], found[-1].end)
    for low, high in wanted:
        for part in found:
            if max(low, part.start) < min(high, part.end):
                yield max(low, part.start), min(high, part.end)
