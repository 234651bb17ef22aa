"""A page of native histograms, which Prometheus scrapes in its protobuf format only.

Written by hand after io.prometheus.client.MetricFamily (github.com/prometheus/client_model): a length, then
the message; schema 3 has eight buckets for each doubling.
"""

import math
import struct
from collections.abc import Mapping

MEDIA_TYPE = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
_SCHEMA, _PER_DOUBLING, _HISTOGRAM = 3, 8, 4

Labels = tuple[tuple[str, str], ...]


def page(name: str, series: Mapping[Labels, Mapping[float, int]]) -> bytes:
    """One metric: its series by labels, each as how many observations lie in the bucket of a value."""
    family = _text(1, name) + _number(3, _HISTOGRAM)
    for labels, counts in series.items():
        told = b"".join(_bytes(1, _text(1, key) + _text(2, value)) for key, value in labels)
        family += _bytes(4, told + _bytes(7, _histogram(counts)))
    return _varint(len(family)) + family


def upper_bound(value: float) -> float:
    """Of the bucket that a value lies in."""
    return float(2 ** (_index(value) / _PER_DOUBLING))


def _index(value: float) -> int:
    return math.ceil(math.log2(value) * _PER_DOUBLING)


def _histogram(counts: Mapping[float, int]) -> bytes:
    total = sum(counts.values())
    out = _number(1, total) + _double(2, sum(value * count for value, count in counts.items()))
    out += _number(5, _zigzag(_SCHEMA)) + _double(6, 1e-128) + _number(7, 0)
    spans, deltas = b"", b""
    following, before = 0, 0
    for value, count in sorted(counts.items()):
        index = _index(value)
        spans += _bytes(12, _number(1, _zigzag(index - following)) + _number(2, 1))
        deltas += _number(13, _zigzag(count - before))
        following, before = index + 1, count
    return out + spans + deltas


def _zigzag(number: int) -> int:
    return number * 2 if number >= 0 else -number * 2 - 1


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _double(field: int, number: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", number)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())
