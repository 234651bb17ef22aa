"""The order that the cockpit hands to a supervisor through a pipe, and what it answers.

Both ends are the same interpreter, so the order travels as `marshal` writes it, behind its length: a cut
order is never carried out. Part of the supervisor: only what costs nothing is imported at the top.
"""

from __future__ import annotations

import marshal
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alfred_tui.domain.command import CommandSpec

STARTED = b"+"
"""The supervisor's answer once its state is on disk; else it answers REFUSED and a sentence."""
REFUSED = b"-"

_LENGTH = 8


class Order:
    """A command's spec as the supervisor uses it: in bytes, as the system takes them."""

    argv: list[bytes]
    cwd: bytes
    env: dict[bytes, bytes]
    stdin: bytes
    secrets: dict[str, str]
    cap: int
    grace: float


def encode_order(spec: CommandSpec) -> bytes:
    """The order for `spec`."""
    fields = {
        "argv": [os.fsencode(one) for one in spec.argv],
        "cwd": os.fsencode(spec.cwd),
        "env": {os.fsencode(name): os.fsencode(value) for name, value in spec.env.items()},
        "stdin": os.fsencode(spec.stdin),
        "secrets": spec.secrets,
        "cap": spec.cap,
        "grace": spec.grace,
    }
    data = marshal.dumps(fields)
    return len(data).to_bytes(_LENGTH, "little") + data


def read_order(descriptor: int) -> Order | None:
    """The order from a pipe; None when its sender died before it had said all."""
    data = b""
    while chunk := os.read(descriptor, 1 << 20):
        data += chunk
    if len(data) < _LENGTH or len(data) - _LENGTH != int.from_bytes(data[:_LENGTH], "little"):
        return None
    order = Order()
    order.__dict__.update(marshal.loads(data[_LENGTH:]))  # noqa: S302 - from the cockpit that started us
    return order
