"""What a crash left of a write that was not finished.

SQLite passes over it without a word: in the write-ahead log, frames after the last whole commit do not count.
The record shall say that something was cut off. The format: https://sqlite.org/fileformat2.html#walformat
"""

import struct
from pathlib import Path

_HEADER = 32
_FRAME = 24


def unfinished_bytes(journal: Path) -> int:
    """Bytes in the write-ahead log of `journal` that belong to no whole commit; 0 when it ended in order."""
    log = journal.with_name(journal.name + "-wal")
    try:
        data = log.read_bytes()
    except FileNotFoundError:
        return 0
    if len(data) < _HEADER:
        return len(data)
    magic, _, page, _ = struct.unpack(">4I", data[:16])
    order = ">" if magic & 1 else "<"
    running = struct.unpack(">2I", data[24:32])
    salts = data[16:24]
    committed = at = _HEADER
    while data[at + 8 : at + 16] == salts:  # a frame of an older round of the log has other salts
        frame = data[at : at + _FRAME + page]
        if len(frame) < _FRAME + page:
            return len(data) - committed
        running = _checksum(order, frame[:8] + frame[_FRAME:], running)
        if struct.pack(">2I", *running) != frame[16:24]:
            return at + len(frame) - committed
        at += len(frame)
        if frame[4:8] != b"\0\0\0\0":  # the size of the database after this commit
            committed = at
    return at - committed


def _checksum(order: str, data: bytes, start: tuple[int, ...]) -> tuple[int, int]:
    """SQLite's own, over pairs of 32-bit words."""
    one, two = start
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two
