"""Kubernetes' protobuf bodies are read by the schema's field numbers."""

import struct

import pytest
from alfred_tui.demo.kube.protobuf import decode_body
from alfred_tui.demo.kube.store import ApiError


def varint(value: int) -> bytes:
    out = bytearray()
    value &= (1 << 64) - 1
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def data(field: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(raw)) + raw


def body(api_version: str, kind: str, raw: bytes) -> bytes:
    return b"k8s\x00" + data(1, data(1, api_version) + data(2, kind)) + data(2, raw)


def test_a_secret() -> None:
    meta = data(1, "alfred") + data(2, "") + data(3, "default") + data(5, "") + number(7, 0)
    entry = data(1, "key") + data(2, b"\x00\xff")
    found = decode_body(body("v1", "Secret", data(1, meta) + data(2, entry) + data(3, "Opaque")))
    assert found == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "alfred", "namespace": "default"},
        "data": {"key": "AP8="},
        "type": "Opaque",
    }


def test_zeros_count_only_where_they_are_meant() -> None:
    spec = number(1, 0) + number(5, 0)
    found = decode_body(body("apps/v1", "Deployment", data(2, spec)))
    # replicas 0 means none; minReadySeconds 0 is what everybody has who says nothing.
    assert found["spec"] == {"replicas": 0}


def test_the_kinds_of_values() -> None:
    port = data(1, "http") + data(2, "TCP") + number(3, 80) + data(4, number(1, 1) + data(3, "web"))
    other = number(3, 81) + data(4, number(1, 0) + number(2, 8081))
    service = data(2, data(1, port) + data(1, other))
    found = decode_body(body("v1", "Service", service))
    assert found["spec"]["ports"] == [
        {"name": "http", "protocol": "TCP", "port": 80, "targetPort": "web"},
        {"port": 81, "targetPort": 8081},
    ]


def test_nested_messages_that_json_flattens() -> None:
    handler = data(2, data(1, "/live") + data(2, number(1, 0) + number(2, 80)))
    probe = data(1, handler) + number(3, 5)
    container = data(1, "c") + data(2, "i:1") + data(10, probe)
    limits = data(1, "cpu") + data(2, data(1, "500m"))
    container += data(8, data(1, limits))
    found = decode_body(body("v1", "Pod", data(2, data(2, container))))
    assert found["spec"]["containers"] == [
        {
            "name": "c",
            "image": "i:1",
            "livenessProbe": {"httpGet": {"path": "/live", "port": 80}, "timeoutSeconds": 5},
            "resources": {"limits": {"cpu": "500m"}},
        }
    ]


def test_negative_numbers_and_times() -> None:
    meta = data(1, "x") + number(7, -1) + data(8, number(1, 1_700_000_000))
    found = decode_body(body("v1", "ConfigMap", data(1, meta)))
    assert found["metadata"] == {"name": "x", "generation": -1, "creationTimestamp": "2023-11-14T22:13:20Z"}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{}", 400),
        (b"k8s\x00\x0a\xff", 400),
        (b"k8s\x00" + struct.pack("<B", 0x0B), 400),
        (body("example.com/v1", "Thing", b""), 415),
        (body("v1", "Secret", b"\x0a\x10abc"), 400),
    ],
)
def test_what_cannot_be_read_is_refused(raw: bytes, code: int) -> None:
    with pytest.raises(ApiError) as refused:
        decode_body(raw)
    assert refused.value.code == code
