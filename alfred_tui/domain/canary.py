"""Canary samples: what was measured when, and in which state a measurement is when it is no number."""

from typing import Literal

import msgspec

SampleState = Literal[
    "ok", "no-data", "nan", "inf", "several-series", "stale", "no-traffic", "unreachable", "error"
]
"""Everything but `ok` is a gap: drawn as one, never counted as zero and never as a pass."""


class Sample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measurement of one side. `value` counts only when `state` is `ok`; `at` is epoch seconds."""

    at: float
    value: float = 0.0
    state: SampleState = "ok"
    message: str = ""
    rate: float | None = None
    """Requests per second of this side at that time; None where nobody asked, or it is not known."""


class Measurement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Canary and baseline of one metric at one time, in the metric's unit."""

    metric: str
    canary: Sample
    baseline: Sample


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the bake itself, such as a weight that changed, at epoch seconds."""

    at: float
    label: str
